"""Who may ask what changes something on the console's port: whoever holds a token of a file under ``var``.

``Authorization: Bearer`` and the token; ``Content-Type: application/json``, so that no page of another site
can post here. What is under way when the hall ends is let come to its end."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine
from hmac import compare_digest
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from counter.waiting import within
from server.console import ConsoleReply, ConsoleRequest, json_reply
from server.files import kept_token
from store import StoreError
from web.hall import RequestRefused

Body = dict[str, Any]
AGAIN = "ask again, under the same key"
Handler = Callable[[ConsoleRequest, Body], Coroutine[Any, Any, ConsoleReply]]


class TokenDoor:
    """See the head of this file. ``most``: seconds that an answer may take."""

    def __init__(self, file: Path, clock: IReactorTime, most: float) -> None:
        self._file = file
        self._clock = clock
        self._most = most
        self._token = ""
        self._under_way = 0
        self._closing = False

    def open(self) -> None:
        """Read the token, or make one. Raises OSError."""
        self._token = kept_token(self._file)

    async def close(self) -> None:
        """Take no more, and let those under way end while the store is there."""
        self._closing = True
        for _ in range(50):
            if self._under_way:
                await deferLater(self._clock, 0.1)

    def admits(self, handler: Handler) -> Callable[[ConsoleRequest], Awaitable[ConsoleReply]]:
        """``handler`` for those who hold the token. What it raises is told: RequestRefused, StoreError."""

        async def answered(call: ConsoleRequest) -> ConsoleReply:
            scheme, _, given = call.headers.get("authorization", "").partition(" ")
            right = compare_digest(given.strip().encode(), self._token.encode())
            if not self._token or scheme.lower() != "bearer" or not right:
                refused = json_reply({"error": f"Authorization: Bearer and the token of {self._file}"}, 401)
                return ConsoleReply(refused.body, 401, refused.type, {"www-authenticate": "Bearer"})
            if self._closing:
                return json_reply({"error": "the hall is ending"}, 503)
            self._under_way += 1
            try:
                reply: ConsoleReply | None = await within(
                    self._clock, self._most, handler(call, json_body(call))
                )
            except RequestRefused as why:
                return json_reply({"error": str(why)}, why.status)
            except StoreError:
                reply = None
            finally:
                self._under_way -= 1
            return reply or json_reply({"error": f"no answer of the hall's disk: {AGAIN}"}, 503)

        return answered


def json_body(call: ConsoleRequest) -> Body:
    """The JSON object that a request carries. Raises RequestRefused."""
    if not call.body:
        return {}
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused(415, "Content-Type: application/json")
    if call.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestRefused(415, "no Content-Encoding: the body as it is")
    try:
        body = json.loads(call.body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RequestRefused(400, "the body is no JSON") from None
    if not isinstance(body, dict):
        raise RequestRefused(400, "the body is no JSON object")
    return body


def _once(pairs: list[tuple[str, Any]]) -> Body:
    """Raises RequestRefused where a name stands twice: the one that counts would be anybody's guess."""
    body = dict(pairs)
    if len(body) < len(pairs):
        raise RequestRefused(400, "the body names something twice")
    return body


def text_of(body: Body, name: str) -> str:
    """Raises RequestRefused where it is none that can be written down."""
    value = body.get(name)
    if not isinstance(value, str) or not _is_writable(value):
        raise RequestRefused(422, f"{name}: a text")
    return value


def _is_writable(text: str) -> bool:
    """JSON can name halves of characters, and NUL; no database takes them."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text
