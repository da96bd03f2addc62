"""A whole server of the description over any back office of ours: to try the client, the hall or an
integration against, and to read as an example of how the description is meant.

    site = reference_site(business, token="…", seconds=reactor.seconds)
    reactor.listenTCP(8087, site, interface="127.0.0.1")

Requests are checked strictly: what is not as described gets 400 with the field's name, before the back office
hears of it. One log line a request, with the operation's name and never its path, which has a number in it.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http import Request
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from business.guards.shared import Shared
from business.http import arguments, wire
from business.http.arguments import BadRequest
from business.http.bounded import MOST, BoundedRequest, BoundedSite
from business.http.names import Hosts
from business.http.operations import HEALTH, OPERATIONS, HttpOperation
from business.http.problems import MEDIA_TYPE, Problem, ProblemKind
from business.http.routing import RouteTable
from business.port import QUESTIONS, Business, BusinessError, Busy, NotOffered, Resting, UnknownSubscriber

JSON = "application/json"
HEALTH_KEPT = 1.0  # seconds for which an answer about our health stands
REFUSALS = {400: ProblemKind.BAD_REQUEST, 403: ProblemKind.FORBIDDEN, 421: ProblemKind.MISDIRECTED}


@dataclass(frozen=True, slots=True)
class JsonReply:
    """A status and a JSON body; None: no body."""

    value: Any
    status: int = 200


Answer = JsonReply | Problem


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request: what is in the path, the raw query and body, the key."""

    parts: Mapping[str, str]
    query: str
    body: bytes
    key: str | None


@dataclass(frozen=True, slots=True)
class ReferenceRoute:
    """``name`` is for the log; ``open``: asks for no token."""

    name: str
    method: str
    path: str
    handler: Callable[[ReceivedRequest], Awaitable[Answer]]
    open: bool = False


class Reference:
    """The description's operations over ``business``, as routes."""

    def __init__(self, business: Business, seconds: Callable[[], float]) -> None:
        self.business = business
        self._healthy = Shared(business.healthy, seconds, keep=HEALTH_KEPT)

    def routes(self) -> tuple[ReferenceRoute, ...]:
        asked = tuple(self._route(operation) for operation in OPERATIONS.values())
        return (*asked, ReferenceRoute("healthy", "GET", HEALTH, self._health, open=True))

    def _route(self, operation: HttpOperation) -> ReferenceRoute:
        question = QUESTIONS.get(operation.name)

        async def handle(call: ReceivedRequest) -> Answer:
            given = arguments.read(operation, call.parts, call.query, call.body, call.key)
            if question is None:
                return _told(operation, await self.business.perform(**given))
            return _told(operation, await self.business.ask(question(**given)))

        return ReferenceRoute(operation.name, operation.method, operation.path, handle)

    async def _health(self, call: ReceivedRequest) -> Answer:
        arguments.no_query(call.query)
        if not await self._healthy():
            return Problem(ProblemKind.UNAVAILABLE)
        return JsonReply({"healthy": True, "themes": sorted(self.business.themes)})


def _told(operation: HttpOperation, answer: Any) -> Answer:
    if answer is None:
        return Problem(ProblemKind.NOT_FOUND)
    if operation.is_list:
        return JsonReply({"items": answer})
    return JsonReply({operation.name: answer} if operation.is_text else wire.encode(answer))


@implementer(IResource)
class _Routes(Resource):
    """The table as a leaf resource; ``seconds`` gives monotonic time for the log."""

    isLeaf = True
    log = Logger()

    def __init__(
        self,
        routes: tuple[ReferenceRoute, ...],
        token: str | None,
        seconds: Callable[[], float],
        hosts: Hosts | None,
    ) -> None:
        super().__init__()
        self._hosts = hosts
        self._routes = RouteTable(routes)
        self._token = None if token is None else token.encode()
        self._seconds = seconds

    def render(self, request: Request) -> int:
        Deferred.fromCoroutine(self._serve(cast(BoundedRequest, request))).addErrback(
            lambda failure: self.log.failure("boss", failure)
        )
        return NOT_DONE_YET

    async def _serve(self, request: BoundedRequest) -> None:
        began = self._seconds()
        gone: list[bool] = []
        request.notifyFinish().addErrback(lambda _: gone.append(True))
        name, answer = await self._answer(request)
        self.log.info(
            "{method} {operation}: {status} in {ms} ms",
            method=request.method.decode("latin-1")[:8],
            operation=name,
            status=answer.status,
            ms=round((self._seconds() - began) * 1000, 1),
        )
        if not gone:
            _send(request, answer)

    async def _answer(self, request: BoundedRequest) -> tuple[str, Answer]:
        refused = None if self._hosts is None else request.refusal(self._hosts)
        if refused is not None:
            return "-", Problem(REFUSALS[refused.status], refused.why)
        path = request.path.decode("ascii", "replace")
        method = request.method.decode("latin-1")
        found = self._routes.find(method, path)
        if found is None:
            return "-", Problem(ProblemKind.NOT_FOUND, "no such path")
        if found.allowed is not None:
            return found.route.name, Problem(ProblemKind.WRONG_METHOD, headers={"Allow": found.allowed})
        return found.route.name, await self._checked(found.route, request, found.parts)

    async def _checked(
        self, route: ReferenceRoute, request: BoundedRequest, parts: Mapping[str, str]
    ) -> Answer:
        if not route.open and not self._may(request):
            return Problem(ProblemKind.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
        if request.too_large:
            return Problem(ProblemKind.TOO_LARGE)
        body = request.content.read() if request.content else b""
        if body and not _is_json(request):
            return Problem(ProblemKind.WRONG_MEDIA_TYPE)
        keys = _headers(request, b"idempotency-key")
        key = None if not keys else keys[0] if len(keys) == 1 else ""  # two are as bad as an empty one
        query = request.uri.partition(b"?")[2].decode("ascii", "replace")
        try:
            return await route.handler(ReceivedRequest(parts, query, body, key))
        except (BadRequest, BusinessError) as error:
            return _problem(error)
        except Exception:
            self.log.failure("boss: {operation}", operation=route.name)
            return Problem(ProblemKind.INTERNAL)

    def _may(self, request: Request) -> bool:
        if self._token is None:
            return True
        said = request.requestHeaders.getRawHeaders(b"authorization") or []
        scheme, _, given = said[0].partition(b" ") if len(said) == 1 else (b"", b"", b"")
        return scheme.lower() == b"bearer" and hmac.compare_digest(given.strip(), self._token)


def _problem(error: BadRequest | BusinessError) -> Problem:
    match error:
        case BadRequest():
            return Problem(ProblemKind.BAD_REQUEST, str(error), error.where)
        case UnknownSubscriber():
            return Problem(ProblemKind.UNKNOWN_SUBSCRIBER)
        case NotOffered():
            return Problem(ProblemKind.NOT_OFFERED)
        case Resting():
            return Problem(ProblemKind.RESTING, since=error.since, until=error.until)
        case Busy():
            return Problem(ProblemKind.TOO_MANY)
        case _:
            return Problem(ProblemKind.UNAVAILABLE)


def _is_json(request: Request) -> bool:
    said = _headers(request, b"content-type") or [""]
    return said[0].partition(";")[0].strip().lower() == JSON


def _headers(request: Request, name: bytes) -> list[str]:
    """Every value; any octet may stand in one."""
    return [value.decode("latin-1") for value in request.requestHeaders.getRawHeaders(name) or []]


def _send(request: Request, answer: Answer) -> None:
    request.setResponseCode(answer.status, HTTPStatus(answer.status).phrase.encode())
    request.setHeader("Cache-Control", "no-store")  # a bill or a PUK is nobody else's
    request.setHeader("X-Content-Type-Options", "nosniff")
    if isinstance(answer, Problem):
        body, kind = answer.body(), MEDIA_TYPE
        for name, value in answer.headers.items():
            request.setHeader(name, value)
        if answer.retry_after is not None:
            request.setHeader("Retry-After", str(answer.retry_after))
    else:
        body, kind = wire.dumps(answer.value) if answer.value is not None else b"", JSON
    request.setHeader("Content-Type", kind)
    request.setHeader("Content-Length", str(len(body)))
    request.write(body)
    request.finish()


def reference_site(
    business: Business,
    *,
    seconds: Callable[[], float],
    token: str | None = None,
    more: tuple[ReferenceRoute, ...] = (),
    hosts: Hosts | None = None,
    reactor: IReactorTime | None = None,
    most: int = MOST,
) -> BoundedSite:
    """The server over ``business``, which is started and stopped by the caller.

    ``token``: what ``Authorization: Bearer`` must carry (None: nobody is asked). ``more``: further routes.
    ``hosts``: the names that it is asked by; None: any with a token, which no page of the web knows, else
    this machine's own. ``most``: connections.
    """
    if hosts is None and token is None:
        hosts = Hosts()
    routes = (*Reference(business, seconds).routes(), *more)
    return BoundedSite(_Routes(routes, token, seconds, hosts), reactor=reactor, most=most)
