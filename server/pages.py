"""The console's pages: health, metrics, and the transcript of a call."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from ivr.transcript import Transcripts
from server.console import JSON, ConsoleReply, ConsoleRequest, Route, json_reply

Health = Callable[[], Awaitable[Mapping[str, bool]]]
"""Each part by its name, and whether it can serve."""

Measured = Callable[[], Awaitable[str]]
"""The metrics as Prometheus reads them."""

LONGEST_WAIT = 30.0  # seconds that a transcript is waited for
METRICS = "text/plain; version=0.0.4; charset=utf-8"


def pages(health: Health, measured: Measured, transcripts: Transcripts) -> tuple[Route, ...]:
    """The route table of the console."""

    async def live(call: ConsoleRequest) -> ConsoleReply:
        return ConsoleReply("ok\n")

    async def ready(call: ConsoleRequest) -> ConsoleReply:
        parts = dict(await health())
        good = all(parts.values())
        return json_reply({"ready": good, "parts": parts}, 200 if good else 503)

    async def metrics(call: ConsoleRequest) -> ConsoleReply:
        return ConsoleReply(await measured(), type=METRICS)

    async def transcript(call: ConsoleRequest) -> ConsoleReply:
        return await _transcript(transcripts, call)

    return (
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", metrics),
        Route("/calls/{id}/transcript", transcript),
    )


async def _transcript(transcripts: Transcripts, call: ConsoleRequest) -> ConsoleReply:
    """Lines from ``after`` on; waits for one. The header ``x-call-over`` says whether more will come."""
    if not call.from_loopback:
        return ConsoleReply("only from this machine\n", 403)
    after = call.query.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 7):
        return ConsoleReply("after: a whole number\n", 400)
    lines, over = await transcripts.after(call.parts["id"], int(after), LONGEST_WAIT)
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return ConsoleReply(body, type=JSON, headers={"x-call-over": "1" if over else "0"})
