"""The web hall as the server runs it: three routes on the console's port, for whoever holds the token.

    POST   /hall/sessions               {"number": "13900000001", "from": "203.0.113.9"}; both may be left out
    POST   /hall/sessions/{id}/inputs   {"text": "0101"} or {"choice": 2}; Idempotency-Key: …
    DELETE /hall/sessions/{id}

``Authorization: Bearer`` and the token of ``var/web.token``; ``Content-Type: application/json``, so that no
page of another site can post here. ``docs/web.md`` is for whoever writes the front end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from counter.parts import ChannelParts
from counter.waiting import within
from ivr.sip.sources import source_of
from server.console import ConsoleReply, ConsoleRequest, Route, json_reply
from server.files import kept_token
from server.metrics import Metrics
from server.settings import Settings
from store import StoreError
from web.hall import OVER, UNKNOWN, RequestRefused, WebHall

TOKEN = "web.token"
"""The file under ``var``."""
KEY = "idempotency-key"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
Body = dict[str, Any]
BEYOND = 5.0  # seconds that an answer may take beyond the back office's
AGAIN = "ask again, under the same key"


class WebServed:
    """See the head of this file."""

    log = Logger()

    def __init__(self, settings: Settings, parts: ChannelParts, metrics: Metrics) -> None:
        self._file = settings.var / TOKEN
        self._token = ""
        self._clock = parts.common.clock
        self._most = parts.common.timeouts.deadline + BEYOND
        self._under_way = 0
        self._closing = False
        self.hall = hall = WebHall(parts)
        sessions = hall.sessions
        metrics.gauge("hall_web_sessions", "Web sessions that are not over", lambda: len(sessions))
        metrics.counts("hall_web_inputs", "Inputs of web sessions", (), lambda: {(): hall.handled})

    async def start(self) -> None:
        """Raises OSError, StoreError."""
        self._token = kept_token(self._file)
        await self.hall.sessions.start()

    async def stop(self) -> None:
        """Take no more, and let those under way end while the store is there."""
        self._closing = True
        for _ in range(50):
            if self._under_way:
                await deferLater(self._clock, 0.1)

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
            Route("/hall/sessions", self._admitted(self._open), "POST"),
            Route("/hall/sessions/{id}/inputs", self._admitted(self._take), "POST"),
            Route("/hall/sessions/{id}", self._admitted(self._close), "DELETE"),
        )

    # ---- requests ------------------------------------------------------------------------------------------
    def _admitted(
        self, handler: Callable[[ConsoleRequest, Body], Coroutine[Any, Any, ConsoleReply]]
    ) -> Callable[[ConsoleRequest], Awaitable[ConsoleReply]]:
        async def answered(call: ConsoleRequest) -> ConsoleReply:
            given = call.headers.get("authorization", "").encode()
            if not self._token or not compare_digest(given, f"Bearer {self._token}".encode()):
                refused = json_reply({"error": f"Authorization: Bearer and the token of {self._file}"}, 401)
                return ConsoleReply(refused.body, 401, refused.type, {"www-authenticate": "Bearer"})
            if self._closing:
                return json_reply({"error": "the hall is ending"}, 503)
            self._under_way += 1
            try:
                reply: ConsoleReply | None = await within(self._clock, self._most, handler(call, _body(call)))
            except RequestRefused as why:
                return json_reply({"error": str(why)}, why.status)
            except StoreError:
                reply = None
            finally:
                self._under_way -= 1
            return reply or json_reply({"error": f"no answer of the hall's disk: {AGAIN}"}, 503)

        return answered

    async def _open(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        number = _text(body, "number") if "number" in body else None
        source = _address(_text(body, "from")) if "from" in body else UNKNOWN
        return json_reply(await self.hall.open(number, source), 201)

    async def _take(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        if ("choice" in body) is ("text" in body):
            raise RequestRefused(422, "text or choice, one of them")
        text = _choice(body["choice"]) if "choice" in body else _text(body, "text")
        return json_reply(await self.hall.take(_name(call), text, call.headers.get(KEY, "")))

    async def _close(self, call: ConsoleRequest, body: Body) -> ConsoleReply:
        await self.hall.close(_name(call))
        return ConsoleReply("", 204)


def _name(call: ConsoleRequest) -> str:
    """The session that is meant. Raises RequestRefused for what names none."""
    name = call.parts["id"]
    if not NAME.fullmatch(name):
        raise RequestRefused(404, OVER)
    return name


def _body(call: ConsoleRequest) -> Body:
    """The JSON object that a request carries. Raises RequestRefused."""
    if not call.body:
        return {}
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused(415, "Content-Type: application/json")
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        raise RequestRefused(400, "the body is no JSON") from None
    if not isinstance(body, dict):
        raise RequestRefused(400, "the body is no JSON object")
    return body


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not _is_writable(value):
        raise RequestRefused(422, f"{name}: a text")
    return value


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


def _is_writable(text: str) -> bool:
    """JSON can name halves of characters, and NUL; no database takes them."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text
