"""SIP over UDP and TCP: sockets to bytes and back, with limits on all that a peer can make us hold.

UDP is one plain socket, read a few datagrams a wake-up (media ticks beside us must not wait) and written
without Twisted's bookkeeping. TCP is framed by Content-Length; a message that dribbles in, a peer that does
not read what it asked for, and idle connections are cut off.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.protocol import ClientFactory, Factory, Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from zope.interface import implementer

from ivr.sip.api import Hop, Settings
from ivr.sip.framing import Framer, FramingError

Receive = Callable[[bytes, Hop], None]
MAX_PENDING = 65_536  # octets kept for a connection that is being made
BUFFER = 4 * 1024 * 1024


@implementer(IReadDescriptor)
class UdpTransport:
    """One UDP socket. Raises CannotListenError from ``__init__`` when the address cannot be had."""

    def __init__(self, reactor: Any, host: str, port: int, receive: Receive, reads: int) -> None:
        self._reactor = reactor
        self._receive = receive
        self._reads = reads
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER)  # the kernel gives what it may
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise CannotListenError(host, port, error) from error
        self.port: int = self._socket.getsockname()[1]
        self.dropped = 0
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:
        return "SIP/UDP"

    def doRead(self) -> None:
        for _ in range(self._reads):
            try:
                data, (host, port) = self._socket.recvfrom(65_535)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error for something that we sent
                continue
            self._receive(data, Hop("UDP", host, port))

    def send(self, data: bytes, host: str, port: int) -> None:
        """What cannot be sent now is dropped: SIP over UDP sends again by itself."""
        try:
            self._socket.sendto(data, (host, port))
        except OSError:
            self.dropped += 1

    def connectionLost(self, reason: Failure) -> None:
        """Called by the reactor when the socket is broken or the reactor stops."""
        self.close()

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._reactor.removeReader(self)
            self._socket.close()


class Connection(Protocol, TimeoutMixin):
    """One TCP connection, whoever opened it."""

    transport: Any

    def __init__(self, owner: TcpTransport, opening: _Opening | None = None) -> None:
        self._owner = owner
        self._opening = opening
        self._framer = Framer(owner.settings.max_message)
        self._waiting = False
        self.open = False

    def connectionMade(self) -> None:
        address = self.transport.getPeer()
        self._hop = Hop("TCP", address.host, address.port, self)
        self.open = True
        if not self._owner.opened(self):
            self.transport.abortConnection()
            return
        self.transport.registerProducer(self, True)
        self.transport.setTcpNoDelay(True)
        self.setTimeout(self._owner.settings.tcp_idle)
        if self._opening is not None:
            self.write(bytes(self._opening.waiting))

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        return self._owner.reactor.callLater(period, func)

    def dataReceived(self, data: bytes) -> None:
        try:
            messages = self._framer.feed(data)
        except FramingError as error:
            self._owner.malformed(self._hop, error)
            self.cut()
            return
        for message in messages:
            self._owner.receive(message, self._hop)
        if self._framer.pings:
            self.write(b"\r\n")
            self._framer.pings = 0
        self._watch(bool(messages))

    def _watch(self, complete: bool) -> None:
        """A message has its seconds from its first octet on, however often it dribbles."""
        partial = self._framer.partial
        if partial and (complete or not self._waiting):
            self.setTimeout(self._owner.settings.tcp_message_seconds)
        elif not partial:
            self.setTimeout(self._owner.settings.tcp_idle)
        self._waiting = partial

    def write(self, data: bytes) -> None:
        if self.open:
            self.transport.write(data)

    def cut(self) -> None:
        self.open = False
        self.setTimeout(None)
        self.transport.loseConnection()

    def timeoutConnection(self) -> None:
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """The peer does not read: 64 KiB of answers wait for it already."""
        self.transport.abortConnection()

    def resumeProducing(self) -> None: ...

    def stopProducing(self) -> None: ...

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.open = False
        self.setTimeout(None)
        self._owner.closed(self)


class _Opening(ClientFactory):
    """A connection that is being made, and what waits for it."""

    noisy = False

    def __init__(self, owner: TcpTransport, host: str, port: int) -> None:
        self._owner = owner
        self.where = (host, port)
        self.waiting = bytearray()

    def buildProtocol(self, addr: object) -> Connection:
        connection = Connection(self._owner, self)
        self._owner.made(self, connection)
        return connection

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._owner.openings.pop(self.where, None)


class _Listening(Factory):
    noisy = False

    def __init__(self, owner: TcpTransport) -> None:
        self._owner = owner

    def buildProtocol(self, addr: object) -> Connection:
        return Connection(self._owner)


class TcpTransport:
    """The TCP side: a listening port, the connections to it, and those that we open."""

    def __init__(
        self, reactor: Any, settings: Settings, receive: Receive, log: Callable[[str, str], None]
    ) -> None:
        self.reactor = reactor
        self.settings = settings
        self.receive = receive
        self.connections: set[Connection] = set()
        self.openings: dict[tuple[str, int], _Opening] = {}
        self._ours: dict[tuple[str, int], Connection] = {}
        self._log = log
        self._port: Any = None

    def listen(self, host: str, port: int) -> int:
        """Raises CannotListenError."""
        self._port = self.reactor.listenTCP(port, _Listening(self), interface=host)
        return int(self._port.getHost().port)

    def send(self, data: bytes, hop: Hop) -> None:
        """By the hop's own connection while it stands, else by one that we open (§18.2.2)."""
        flow = hop.flow
        where = (hop.host, hop.port)
        if isinstance(flow, Connection) and flow.open:
            flow.write(data)
            return
        ours = self._ours.get(where)
        if ours is not None and ours.open:
            ours.write(data)
            return
        opening = self.openings.get(where)
        if opening is None:
            if len(self.connections) + len(self.openings) >= self.settings.max_connections:
                return
            opening = self.openings[where] = _Opening(self, *where)
            self.reactor.connectTCP(*where, opening, timeout=4)
        if len(opening.waiting) < MAX_PENDING:
            opening.waiting += data

    def made(self, opening: _Opening, connection: Connection) -> None:
        self.openings.pop(opening.where, None)
        self._ours[opening.where] = connection

    def opened(self, connection: Connection) -> bool:
        if len(self.connections) >= self.settings.max_connections:
            return False
        self.connections.add(connection)
        return True

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)
        for where in [place for place, ours in self._ours.items() if ours is connection]:
            del self._ours[where]

    def malformed(self, hop: Hop, error: FramingError) -> None:
        """Headers that frame nothing still get the answer that is due to them, then the line is cut."""
        self._log(hop.host, f"SIP/TCP: {error}")
        if "malformed" in str(error):
            self.receive(error.head, hop)

    async def close(self) -> None:
        if self._port is not None:
            await maybeDeferred(self._port.stopListening)  # None when the reactor has stopped it already
        for connection in list(self.connections):
            connection.cut()
