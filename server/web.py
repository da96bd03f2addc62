"""The web hall as the server runs it: three routes on the console's port, for whoever holds the token.

    POST   /hall/sessions               {"number": "13900000001", "from": "203.0.113.9"}; both may be left out
    POST   /hall/sessions/{id}/inputs   {"text": "0101"} or {"choice": 2}; Idempotency-Key: …
    DELETE /hall/sessions/{id}

``Authorization: Bearer`` and the token of ``var/web.token``; ``Content-Type: application/json``, so that no
page of another site can post here. ``docs/web.md`` is for whoever writes the front end.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from counter.parts import ChannelParts
from ivr.sip.sources import source_of
from server.console import ConsoleReply, ConsoleRequest, Route, json_reply
from server.door import Body, TokenDoor, text_of
from server.metrics import Metrics
from server.settings import Settings
from web.hall import OVER, UNKNOWN, RequestRefused, WebHall

TOKEN = "web.token"
"""The file under ``var``."""
KEY = "idempotency-key"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
BEYOND = 5.0  # seconds that an answer may take beyond the back office's


class WebServed:
    """See the head of this file."""

    log = Logger()

    def __init__(self, settings: Settings, parts: ChannelParts, metrics: Metrics) -> None:
        most = parts.common.timeouts.deadline + BEYOND
        self._door = TokenDoor(settings.var / TOKEN, parts.common.clock, most)
        self.hall = hall = WebHall(parts)
        sessions = hall.sessions
        metrics.gauge("hall_web_sessions", "Web sessions that are not over", lambda: len(sessions))
        metrics.counts("hall_web_inputs", "Inputs of web sessions", (), lambda: {(): hall.handled})

    async def start(self) -> None:
        """Raises OSError, StoreError."""
        self._door.open()
        await self.hall.sessions.start()

    async def stop(self) -> None:
        """Take no more, and let those under way end while the store is there."""
        await self._door.close()

    def look_after(self) -> None:
        """Delete what is over."""
        purged = Deferred.fromCoroutine(self.hall.sessions.purge())
        purged.addErrback(lambda failure: self.log.warn("web sessions not purged: {why}", why=failure.value))

    @property
    def versions(self) -> frozenset[str]:
        """Menu versions that sessions stand on."""
        return self.hall.sessions.versions

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("/hall/sessions", self._door.admits(self._open), "POST"),
            Route("/hall/sessions/{id}/inputs", self._door.admits(self._take), "POST"),
            Route("/hall/sessions/{id}", self._door.admits(self._close), "DELETE"),
        )

    # ---- requests ------------------------------------------------------------------------------------------
    async def _open(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        _only(body, "number", "from")
        number = text_of(body, "number") if "number" in body else None
        source = _address(text_of(body, "from")) if "from" in body else UNKNOWN
        return json_reply(await self.hall.open(number, source), 201)

    async def _take(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        _only(body, "text", "choice")
        if ("choice" in body) is ("text" in body):
            raise RequestRefused(422, "text or choice, one of them")
        text = _choice(body["choice"]) if "choice" in body else text_of(body, "text")
        key = call.headers.get(KEY)
        if key is not None and not key.strip():
            raise RequestRefused(422, "Idempotency-Key: a name of the input's own, or no such header")
        return json_reply(await self.hall.take(_name(call), text, (key or "").strip()))

    async def _close(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        await self.hall.close(_name(call))
        return ConsoleReply("", 204)


def _name(call: ConsoleRequest) -> str:
    """The session that is meant. Raises RequestRefused for what names none."""
    name = call.parts["id"]
    if not NAME.fullmatch(name):
        raise RequestRefused(404, OVER)
    return name


def _only(body: Body, *names: str) -> None:
    """Raises RequestRefused for a field that nobody reads: a slip in ``number`` would leave him nameless."""
    if other := sorted(body.keys() - set(names)):
        raise RequestRefused(422, f"unknown field {other[0]}; there are: {', '.join(names)}")


def _choice(value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1000:
        raise RequestRefused(422, "choice: a whole number from 0 to 999")
    return str(value)


def _address(text: str) -> str:
    """The source that it belongs to, as every channel counts them: of IPv6 the /64 that one customer has."""
    try:
        if "%" not in text:
            return source_of(str(ip_address(text)))
    except ValueError:
        pass
    raise RequestRefused(422, "from: the customer's address, without a port")
