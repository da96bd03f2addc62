"""The console's HTTP: typed routes over ``twisted.web``.

``GET /health/live`` the process answers; ``GET /health/ready`` it can serve (each part by name);
``GET /metrics`` Prometheus; ``GET /calls/CALL-ID/transcript?after=N`` what a call has said so far, as JSON
lines, held open until there is more (loopback only: it is the caller's own conversation).

Requests are bounded (:mod:`business.http.bounded`) and name a host of ours (:mod:`business.http.names`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from ipaddress import ip_address
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger, LogLevel
from twisted.web.http import Request
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from business.http.bounded import BoundedRequest, BoundedSite
from business.http.names import Hosts
from business.http.routing import RouteTable
from server.descriptors import for_requests

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
PROGRAMS = ("/hall/", "/desk/")
"""Under these it is programs that ask: what is wrong is JSON there, whatever it is."""
SINGLE = ("Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key")
"""Header fields that say one thing: two of them say none, and what is no text says none either."""
FAILED = "the console failed here; the log says why"


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """One HTTP request: the path's parts, the query's first values, who asks, and what it carries:
    ``headers`` by their names in lower case."""

    parts: Mapping[str, str]
    query: Mapping[str, str]
    peer: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def from_loopback(self) -> bool:
        try:
            return ip_address(self.peer).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class ConsoleReply:
    body: str
    status: int = 200
    type: str = TEXT
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: object, status: int = 200) -> ConsoleReply:
    return ConsoleReply(json.dumps(value, ensure_ascii=False) + "\n", status, JSON)


Handler = Callable[[ConsoleRequest], Awaitable[ConsoleReply]]


@dataclass(frozen=True, slots=True)
class Route:
    """A path, and who answers it."""

    path: str
    handler: Handler
    method: str = "GET"


@implementer(IResource)
class Routes(Resource):
    """The table as a leaf resource."""

    isLeaf = True
    log = Logger()

    def __init__(self, routes: tuple[Route, ...], hosts: Hosts) -> None:
        super().__init__()
        self._hosts = hosts
        self._routes = RouteTable(routes)

    def render(self, request: Request) -> int:
        Deferred.fromCoroutine(self._answer(cast(BoundedRequest, request)))
        return NOT_DONE_YET

    async def _answer(self, request: BoundedRequest) -> None:
        """Answer it, whatever it is: one that were never finished would hold its connection for ever."""
        gone: list[bool] = []
        request.notifyFinish().addErrback(lambda _: gone.append(True))
        path = _utf8(request.path)
        try:
            reply = self._refused(request, path) or await self._reply(request, path)
            if not gone:
                _write(request, reply)
        except Exception:
            self._failed("one that never came to its page")
            if not gone:
                _write(request, _wrong(path, FAILED, 500))

    def _refused(self, request: BoundedRequest, path: str) -> ConsoleReply | None:
        """What is said to a request that no page is to see."""
        refused = request.refusal(self._hosts)
        if refused is not None:
            return _wrong(path, refused.why, refused.status)
        if request.too_large:
            return _wrong(path, "the body is too large", 413)
        why = _misheaded(request)
        return None if why is None else _wrong(path, why, 400)

    async def _reply(self, request: BoundedRequest, path: str) -> ConsoleReply:
        found = self._routes.find(_utf8(request.method), path.removesuffix("/"))
        if found is None:
            return _wrong(path, "no such page", 404)
        if found.allowed is not None:
            return _wrong(path, f"only {found.allowed}", 405, {"allow": found.allowed})
        try:
            return await found.route.handler(_call(request, found.parts))
        except Exception:
            self._failed(found.route.path)
            return _wrong(path, FAILED, 500)

    def _failed(self, where: str) -> None:
        """An error, not critical: whoever asks again and again is told of once a minute."""
        self.log.failure("the console failed a request: {where}", level=LogLevel.error, where=where)


def _write(request: BoundedRequest, reply: ConsoleReply) -> None:
    """What can fail here comes before the first octet that is written."""
    body, phrase = reply.body.encode(), HTTPStatus(reply.status).phrase.encode()
    request.setResponseCode(reply.status, phrase)
    request.setHeader("content-type", reply.type)
    request.setHeader("x-content-type-options", "nosniff")
    for name, value in reply.headers.items():
        request.setHeader(name, value)
    request.write(body)
    request.finish()


def _wrong(path: str, why: str, status: int, headers: Mapping[str, str] | None = None) -> ConsoleReply:
    """What is wrong with a request, before any page of ``path`` has seen it."""
    if path.startswith(PROGRAMS):
        return replace(json_reply({"error": why}, status), headers=headers or {})
    return ConsoleReply(f"{why}\n", status, headers=headers or {})


def _misheaded(request: BoundedRequest) -> str | None:
    """Why its header fields cannot be believed: one of which there may be one stands there twice (RFC 9110
    section 5.3), or holds octets that are no text (section 5.5)."""
    for name in SINGLE:
        values = request.requestHeaders.getRawHeaders(name.encode()) or []  # asked for as str, they decode
        if len(values) > 1:
            return f"{name} stands there more than once"
        if not all(map(_is_text, values)):
            return f"{name}: these octets are no text"
    return None


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _call(request: BoundedRequest, parts: Mapping[str, str]) -> ConsoleRequest:
    args: dict[bytes, list[bytes]] = request.args or {}
    return ConsoleRequest(
        parts,
        {_utf8(name): _utf8(values[0]) for name, values in args.items()},
        request.getClientAddress().host,
        {_utf8(n).lower(): _utf8(values[0]) for n, values in request.requestHeaders.getAllRawHeaders()},
        b"" if request.content is None else request.content.read(),
    )


def _utf8(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def site(
    routes: tuple[Route, ...], hosts: Hosts | None = None, *, reactor: IReactorTime | None = None
) -> BoundedSite:
    """The console's site. ``hosts``: the names that it is asked by (None: only this machine's own)."""
    return BoundedSite(Routes(routes, hosts or Hosts()), reactor=reactor, most=for_requests())
