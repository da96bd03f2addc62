"""``hall10086 dial NUMBER``: call the hall over SIP, press keys, record what is heard."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from menus.model.numbers import SERVICE_NUMBER

if TYPE_CHECKING:
    from peers.dial import Dialled

NO_ANSWER = 408
"""What our own SIP core says when nothing comes back (RFC 3261 §8.1.3.1)."""


@click.command("dial")
@click.argument("number")
@click.option(
    "--keys", default="", help='Keys: "1 1". A space waits for the next prompt, a dot hears it out.'
)
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), help="Write what is heard to this WAV."
)
@click.option("--called", default=SERVICE_NUMBER, show_default=True, help="Number to call.")
@click.option("--sip", "where", default="127.0.0.1:5060", metavar="HOST:PORT", show_default=True)
@click.option("--http", "console", default="127.0.0.1:8086", metavar="HOST:PORT", show_default=True)
@click.option("--seconds", default=180.0, show_default=True, help="Hang up after this long.")
@click.option("--json", "as_json", is_flag=True, help="The call's figures as one JSON object.")
def command(
    *,
    number: str,
    keys: str,
    record: Path | None,
    called: str,
    where: str,
    console: str,
    seconds: float,
    as_json: bool,
) -> None:
    """Call the hall as NUMBER and print each prompt as it is played.

    hall10086 dial 13900000001 --keys "1 1" --record call.wav

    Keys without a space between them are pressed at once. Some keys count only after the prompt is over:
    --keys "3 2 1 . 1" opens the ring-back tone, --keys ". . . ." never presses anything.

    Hangs up when all keys are pressed and nothing more is said. Exit status 1: the call was not answered;
    2: it could not be made.
    """
    from twisted.internet import task

    async def main(reactor: Any) -> None:
        status = await _call(
            reactor,
            number,
            target=f"sip:{called}@{where}",
            console=console,
            as_json=as_json,
            keys=keys,
            record=record,
            seconds=seconds,
        )
        raise SystemExit(status)  # which is how task.react learns of it

    task.react(lambda reactor: _deferred(main(reactor)), ())


def _deferred(work: Any) -> Any:
    from twisted.internet.defer import Deferred

    return Deferred.fromCoroutine(work).addErrback(_told)


def _told(failure: Any) -> None:
    if failure.check(SystemExit):
        failure.raiseException()
    click.echo(f"hall10086: {failure.getErrorMessage()}", err=True)
    raise SystemExit(2)


async def _call(
    reactor: Any, number: str, *, target: str, console: str, as_json: bool, seconds: float, **given: Any
) -> int:
    from peers.dial import DialTimes, dial

    host = target.rpartition("@")[2]
    made = await dial(
        reactor,
        target,
        f"sip:{number}@{host}",
        on_line=None if as_json else click.echo,
        transcript=lambda call_id: _transcript(reactor, console, call_id),
        times=DialTimes(seconds=seconds),
        **given,
    )
    click.echo(figures(made, host, as_json=as_json))
    return 0 if made.status is not None and 200 <= made.status < 300 else 1


def figures(made: Dialled, host: str, *, as_json: bool) -> str:
    """What became of a call, for people or as JSON."""
    if as_json:
        shown = {name: getattr(made, name) for name in made.__slots__}
        return json.dumps(shown, ensure_ascii=False)
    if made.status in (None, NO_ANSWER):
        return f"no answer from {host}: is the hall running (hall10086 serve)?"
    if made.status >= 300:
        return f"refused with {made.status}"
    ended = {None: "time is up", "local": "we hung up", "bye": "the hall hung up"}.get(made.ended, made.ended)
    return f"[answered, {_first(made)}, {made.said_seconds:.1f} s of speech, {ended}]"


def _first(made: Dialled) -> str:
    """When something was first heard: packets of silence, which come within a millisecond, are not."""
    if made.first_sound is not None:
        return f"first sound after {made.first_sound * 1000:.0f} ms"
    return "no audio" if made.first_audio is None else "only silence"


async def _transcript(reactor: Any, console: str, call_id: str) -> AsyncIterator[str]:
    """What the hall's console says of the call, line by line; nothing if there is no console."""
    from twisted.web.client import Agent, readBody

    agent = Agent(reactor, connectTimeout=2.0)
    after = 0
    while True:
        url = f"http://{console}/calls/{quote(call_id, safe='')}/transcript?after={after}"
        try:
            response = await agent.request(b"GET", url.encode())
            body = await readBody(response)
        except Exception:  # a hall without this console: the call goes on without its words
            return
        if response.code != 200:
            return
        lines = [json.loads(line) for line in body.splitlines()]
        after += len(lines)
        for line in lines:
            shown = _shown(line)
            if shown:
                yield shown
        if response.headers.getRawHeaders("x-call-over") == ["1"]:
            return


def _shown(line: dict[str, Any]) -> str:
    """One line of a transcript for people."""
    if "say" in line:
        return "\n".join(f"  {row}" for row in str(line["say"]).splitlines())
    if "key" in line:
        return f"按 {line['key']}" + ("" if line.get("counted", True) else "（不算：请听完再按）")
    if "end" in line:
        return f"挂机：{line['end']}"
    return f"  [{line.get('note', '')}]"
