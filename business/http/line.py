"""The line to the back office: requests over persistent, bounded connections, and what became of each.

A request ends in one of three ways, and whoever sends changes must know which: it was answered
(:class:`HttpAnswer`), it never left (:class:`NotSent`), or it left and nothing proper came back
(:class:`NoAnswer`). So a connection counts as made only when its TLS handshake is over, and a body says when
it is first written. treq does the asking; of what it can do, redirects, cookies and compression are declined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

from treq.client import HTTPClient
from treq.cookies import IndexableCookieJar
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import (
    IConsumer,
    IHandshakeListener,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool, PotentialDataLoss, ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory, IBodyProducer, IResponse
from zope.interface import implementer

from business.http import tls
from business.http.client_options import ClientOptions
from business.http.requests import BackOfficeRequest
from business.reactor import IBackOfficeReactor

BODY = 1024 * 1024  # octets of an answer; a thousand items of a detail list have 150,000
PLACE = "http://back-office"  # what treq is told: it would take an IPv6 address for a name
KEEP = 60  # seconds that an idle connection is kept


class NotSent(Exception):
    """The request never left this process. ``busy``: only because too many others do."""

    def __init__(self, why: str, *, busy: bool = False) -> None:
        super().__init__(why)
        self.busy = busy


class NoAnswer(Exception):
    """The request left, and no whole answer came."""


class RequestAbandoned(NoAnswer):
    """The request left, and whoever asked has stopped waiting."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    type: str
    retry_after: str | None
    body: bytes = field(repr=False)


class HttpLine:
    """``url``: the checked address. Raises ValueError or OSError for files that will not do."""

    def __init__(self, url: str, reactor: IBackOfficeReactor, options: ClientOptions) -> None:
        self._options = options
        self._token = options.token()
        self._turn = DeferredSemaphore(options.connections)
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = options.connections
        self._pool.cachedConnectionTimeout = KEEP
        self._pool.retryAutomatically = False  # the client knows better what may be repeated
        agent = Agent.usingEndpointFactory(reactor, _Endpoints(url, reactor, options), self._pool)
        no_cookies = IndexableCookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
        self._client = HTTPClient(_Uncompressed(agent, url), no_cookies)
        self._reactor = reactor

    def renew_token(self) -> None:
        """The token was refused: perhaps there is a new one in its file."""
        try:
            self._token = self._options.token()
        except (OSError, ValueError):
            pass  # being written this moment, perhaps; the old one stays

    async def exchange(self, request: BackOfficeRequest) -> HttpAnswer:
        """Send it, and the whole answer. Cancelling gives up at once. Raises NotSent, NoAnswer."""
        body = _Body(request.body or b"")
        try:
            await self._own_turn()
            try:
                return await self._exchange(request, body)
            finally:
                self._turn.release()
        except Exception as error:
            if isinstance(error, NotSent):
                raise
            if not body.begun:
                raise NotSent(_told(error)) from None
            raise (RequestAbandoned if _cancelled(error) else NoAnswer)(_told(error)) from None

    async def _own_turn(self) -> None:
        """Wait for one of the connections. Raises NotSent, busy."""
        try:
            await self._turn.acquire()
        except CancelledError:
            raise NotSent("all connections were in use", busy=True) from None

    async def _exchange(self, request: BackOfficeRequest, body: _Body) -> HttpAnswer:
        response = await self._client.request(
            request.method,
            PLACE + request.path,
            headers=self._headers(request),
            data=body,
            allow_redirects=False,
            unbuffered=True,
            reactor=cast(Any, self._reactor),
        )
        octets = await _Bounded.read(response)
        headers = response.headers
        (kind, *_) = headers.getRawHeaders("content-type") or [""]
        (wait, *_) = headers.getRawHeaders("retry-after") or [None]
        return HttpAnswer(response.code, kind.partition(";")[0].strip().lower(), wait, octets)

    def _headers(self, request: BackOfficeRequest) -> Headers:
        headers = Headers({"Accept": ["application/json, application/problem+json"]})
        headers.addRawHeader("User-Agent", "hall10086")
        if self._token is not None:
            headers.addRawHeader("Authorization", f"Bearer {self._token}")
        if request.body is not None:
            headers.addRawHeader("Content-Type", "application/json")
        if request.key is not None:
            headers.addRawHeader("Idempotency-Key", request.key)
        return headers

    async def close(self) -> None:
        await self._pool.closeCachedConnections()


class _Improper(Exception):
    """An answer that we do not take."""


@implementer(IAgent)
class _Uncompressed:
    """Asks at ``url``, and for no compression, which treq would; and takes none: a small answer may unfold to
    gigabytes."""

    def __init__(self, agent: Agent, url: str) -> None:
        self._agent = agent
        self._url = url.encode("ascii")

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        assert headers is not None
        headers.removeHeader("accept-encoding")
        uri = self._url + uri.removeprefix(PLACE.encode())
        asked: Deferred[IResponse] = self._agent.request(method, uri, headers, bodyProducer)
        return asked.addCallback(self._plain)

    @staticmethod
    def _plain(response: IResponse) -> IResponse:
        if response.headers.hasHeader("content-encoding"):
            _Bounded.drop(response)
            raise _Improper("a compressed answer, which nobody asked for")
        return response


def _cancelled(error: BaseException) -> bool:
    reasons = getattr(error, "reasons", ())
    return isinstance(error, CancelledError) or any(_cancelled(reason.value) for reason in reasons)


def _told(error: Exception) -> str:
    """Why, in a few words that hold nothing of the request."""
    reasons = getattr(error, "reasons", None)
    if _cancelled(error):
        return "it took too long"
    if reasons:
        return _told(reasons[0].value)
    return str(error) if isinstance(error, _Improper) else type(error).__name__


# ---- bodies ------------------------------------------------------------------------------------------------
@implementer(IBodyProducer)
class _Body:
    """A request's body. ``begun``: something of this request may have left."""

    def __init__(self, octets: bytes) -> None:
        self.length = len(octets)
        self.begun = False
        self._octets = octets

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        self.begun = True
        consumer.write(self._octets)
        return succeed(None)

    def pauseProducing(self) -> None:
        """It is all written already."""

    def resumeProducing(self) -> None:
        """It is all written already."""

    def stopProducing(self) -> None:
        """It is all written already."""


class _Bounded(Protocol):
    """Takes an answer's body of at most :data:`BODY` octets; cancelling drops the connection."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._octets = 0
        self.whole: Deferred[bytes] = Deferred(lambda _: self._drop())

    @classmethod
    def read(cls, response: IResponse) -> Deferred[bytes]:
        taker = cls()
        response.deliverBody(taker)
        return taker.whole

    @classmethod
    def drop(cls, response: IResponse) -> None:
        cls.read(response).addErrback(lambda _: None).cancel()

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        self._octets += len(data)
        if self._octets <= BODY:
            self._parts.append(data)
        elif not self.whole.called:
            self._parts.clear()
            self.whole.errback(Failure(_Improper(f"an answer of more than {BODY} octets")))
            self._drop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):  # the latter ends with the connection (HTTP/1.0)
            self.whole.callback(b"".join(self._parts))
        else:
            self.whole.errback(reason)


# ---- connecting --------------------------------------------------------------------------------------------
@implementer(IAgentEndpointFactory)
class _Endpoints:
    """Connects to the one host that there is."""

    def __init__(self, url: str, reactor: IBackOfficeReactor, options: ClientOptions) -> None:
        self._reactor = reactor
        self._seconds = options.connect_timeout
        self._options = None
        where = URI.fromBytes(url.encode("ascii"))
        if where.scheme == b"https":
            own = (options.cert_file, options.key_file) if options.cert_file and options.key_file else None
            self._options = tls.client_options(where.host.decode("ascii"), options.ca_file, own)

    def endpointForURI(self, uri: URI) -> Any:
        endpoint = HostnameEndpoint(self._reactor, uri.host, uri.port, timeout=self._seconds)
        if self._options is None:
            return endpoint
        return _Shaken(wrapClientTLS(self._options, endpoint))


@implementer(IStreamClientEndpoint)
class _Shaken:
    """An endpoint that has connected when the TLS handshake is over: before that nothing can have been sent,
    however the handshake fails."""

    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        shaking = WrappingFactory(factory)
        shaking.protocol = _Shaking
        connected: Deferred[Any] = self._endpoint.connect(shaking)
        return connected.addCallback(lambda protocol: protocol.shaken)


@implementer(IHandshakeListener)
class _Shaking(ProtocolWrapper):
    def __init__(self, factory: Any, wrapped: Any) -> None:
        super().__init__(factory, wrapped)
        self.shaken: Deferred[Any] = Deferred(lambda _: self.abortConnection())

    def handshakeCompleted(self) -> None:
        if not self.shaken.called:
            self.shaken.callback(self.wrappedProtocol)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.shaken.called:
            self.shaken.errback(reason)
        super().connectionLost(reason)
