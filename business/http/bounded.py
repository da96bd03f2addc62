"""HTTP with bounds, for every site of ours: twisted.web alone would

* write a body of any length to a temporary file first;
* wait for ever for a request that comes an octet a minute, and for a reader that has stopped reading;
* make the answers to all requests that stand in one packet at once, however slowly they are read;
* take as many connections as there are descriptors.

    site = BoundedSite(resource, reactor=reactor)

An address has its share of the connections; when it is used up, the oldest of its own that has no request
under way makes room. So whoever opens connections without end hurts only those who share the address with
him, and those only while their requests are not whole.
"""

from __future__ import annotations

from math import inf
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from business.http.names import Asked, Hosts, Refusal, split_target

BODY = 64 * 1024  # octets; the longest request, a complaint, has some ten thousand
GIVE_UP = 16 * BODY  # whoever goes on sending is cut off
HEADERS = 100  # lines of a request
IDLE = 60  # seconds after which a silent connection is closed
WHOLE = 20.0  # seconds from a request's first octet to its last
LINGER = 15.0  # seconds for reading the end of an answer before the connection is cut off
TOLD_AGAIN = 60.0  # seconds from one line about refused connections to the next
MOST = 2_000  # connections of all together; one address has half of them
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class BoundedRequest(Request):
    """``too_large``: the body is longer than :data:`BODY`, and was thrown away as it came."""

    too_large = False
    authority: bytes | None = None
    _octets = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **{**named, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:
        if length is not None and length > BODY:
            self.too_large = True
        super().gotLength(0 if self.too_large or length is None else length)

    def handleContentChunk(self, data: bytes) -> None:
        self._octets += len(data)
        if self._octets > BODY:
            self.too_large = True
        if not self.too_large:
            super().handleContentChunk(data)
        elif self._octets > GIVE_UP and self.channel is not None:
            self.channel.forceAbortClient()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self.authority, path = split_target(path)
        super().requestReceived(command, path, version)

    def refusal(self, hosts: Hosts) -> Refusal | None:
        """Why ``hosts`` do not let it in, or None."""

        def said(name: bytes) -> list[bytes]:
            return list(self.requestHeaders.getRawHeaders(name) or ())

        asked = Asked(
            method=self.method,
            version=self.clientproto,
            local=str(getattr(self.host, "host", "")),
            hosts=said(b"host"),
            authority=self.authority,
            origins=said(b"origin"),
            sites=said(b"sec-fetch-site"),
        )
        return hosts.refusal(asked)


class BoundedChannel(HTTPChannel):
    """One connection. What it answers waits until what it answered before is read."""

    maxHeaders = HEADERS
    transport: Any
    site: BoundedSite
    peer = ""
    _deadline: IDelayedCall | None = None  # for a request that is not whole yet
    _answered: Request | None = None  # whose answer is not read yet, while more requests wait
    _gone = False

    def connectionMade(self) -> None:
        super().connectionMade()
        if not self.site.admit(self):
            self.forceAbortClient()

    # ---- requests ------------------------------------------------------------------------------------------
    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        begun = not self._handlingRequest and (self.requests or self._buffer)
        if not begun or self._gone:
            self._stop_waiting()
        elif self._deadline is None:
            self._deadline = self.callLater(WHOLE, self.forceAbortClient)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            deadline, self._deadline = self._deadline, None
            if deadline.active():
                deadline.cancel()

    def allHeadersReceived(self) -> None:
        """A body that is said to be far too long is not waited for."""
        if self.length is not None and self.length > GIVE_UP:
            self.requests[-1].too_large = True
            self.transport.write(TOO_LARGE)
            self._cut_off_later()
        else:
            super().allHeadersReceived()

    def allContentReceived(self) -> None:
        self._stop_waiting()
        self.site.works(self)
        super().allContentReceived()

    # ---- answers -------------------------------------------------------------------------------------------
    def requestDone(self, request: Request) -> None:
        """The next request is begun when this one's answer is on its way, and never within this one."""
        if not self._gone:
            self.site.rests(self)
        if not self.persistent or not (self._waitingForTransport or self._dataBuffer):
            super().requestDone(request)
            return
        self._answered = request
        self.setTimeout(self._savedTimeOut)
        if not self._waitingForTransport:
            self.callLater(0, self._go_on)

    def resumeProducing(self) -> None:
        super().resumeProducing()
        if self._answered is not None:
            self.callLater(0, self._go_on)

    def _go_on(self) -> None:
        if self._answered is None or self._waitingForTransport or self._gone:
            return
        request, self._answered = self._answered, None
        super().requestDone(request)

    # ---- the end -------------------------------------------------------------------------------------------
    def loseConnection(self) -> None:
        super().loseConnection()
        self._cut_off_later()

    def timeoutConnection(self) -> None:
        self.loseConnection()

    def _cut_off_later(self) -> None:
        if self._abortingCall is None and not self._gone:
            self._abortingCall = self.callLater(LINGER, self.forceAbortClient)

    def forceAbortClient(self) -> None:
        if not self._gone:
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone = True
        self._stop_waiting()
        self.site.lost(self)
        call: IDelayedCall | None = self._abortingCall
        if call is not None and not call.active():
            self._abortingCall = None
        super().connectionLost(reason)


class _Share:
    """The connections of one address: how many, and those without a request under way, oldest first."""

    __slots__ = ("all", "idle")

    def __init__(self) -> None:
        self.all = 0
        self.idle: dict[BoundedChannel, None] = {}


class BoundedSite(Site):
    """``most``: connections; ``share``: of one address, half of all unless given. No access log: what is
    asked for has numbers in it, and what matters is a metric. ``refused``: connections for which there was no
    room, or that made room for others; a line a minute tells of it."""

    _log = Logger()

    displayTracebacks = False
    protocol = BoundedChannel  # type: ignore[assignment]

    def __init__(
        self,
        resource: IResource,
        *,
        reactor: IReactorTime | None = None,
        share: int | None = None,
        most: int = MOST,
    ) -> None:
        super().__init__(resource, requestFactory=BoundedRequest, timeout=IDLE, reactor=reactor)
        self._share = most // 2 if share is None else share
        self._most = most
        self._open = 0
        self._told = -inf
        self.refused = 0
        self._shares: dict[str, _Share] = {}

    def acceptableProtocols(self) -> list[bytes]:
        """Not HTTP/2, whichever libraries are there: these bounds are HTTP/1.1's."""
        return [b"http/1.1"]

    def log(self, request: HTTPRequest) -> None:
        pass

    # ---- for the channels ----------------------------------------------------------------------------------
    def admit(self, channel: BoundedChannel) -> bool:
        """Whether there is room for one more."""
        channel.peer = str(getattr(channel.getPeer(), "host", ""))
        share = self._shares.setdefault(channel.peer, _Share())
        if share.all >= self._share:
            makes_room = share
        elif self._open >= self._most:
            makes_room = max(self._shares.values(), key=lambda each: each.all)
        else:
            makes_room = None  # there is enough
        share.all += 1
        self._open += 1
        if makes_room is not None:
            self._refuse(channel.peer)
            oldest = next(iter(makes_room.idle), None)
            if oldest is None:
                return False
            del makes_room.idle[oldest]
            oldest.forceAbortClient()
        share.idle[channel] = None
        return True

    def _refuse(self, peer: str) -> None:
        self.refused += 1
        now = self.reactor.seconds()
        if now - self._told >= TOLD_AGAIN:
            self._told = now
            self._log.warn(
                "HTTP: more connections than there is room for, the last one from {peer}: one was closed"
                " ({refused} since the start)",
                peer=peer,
                refused=self.refused,
            )

    def works(self, channel: BoundedChannel) -> None:
        self._shares[channel.peer].idle.pop(channel, None)

    def rests(self, channel: BoundedChannel) -> None:
        self._shares[channel.peer].idle[channel] = None

    def lost(self, channel: BoundedChannel) -> None:
        share = self._shares[channel.peer]
        share.idle.pop(channel, None)
        share.all -= 1
        self._open -= 1
        if not share.all:
            del self._shares[channel.peer]
