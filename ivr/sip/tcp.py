"""SIP over TCP: connections framed by Content-Length, with limits on all that a peer can make us hold.

A message that dribbles in, a connection that never brings a whole one, a peer that does not read what it
asked for, and idle connections are cut off. A source that sends more than its share is not read for a
while. Each source has a share of the connections, and some are kept for those that we open ourselves; where
none are left, the oldest one that never brought a message makes room, or an idle one of who has most.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from ivr.sip.api import Hop, Log, SipSettings
from ivr.sip.fair_queue import FairQueue, Receive
from ivr.sip.framing import Framer, FramingError
from ivr.sip.sources import OCTETS, Source, Sources
from ivr.sip.transport import ISipReactor

MAX_PENDING = 65_536  # octets kept for a connection that is being made
CONNECTING = 3.0  # a connection costs as much as so many messages
OURS = 10  # one in so many connections is kept for those that we open
SILENT, IDLE = 1.0, 30.0  # seconds after which one makes room: it never brought a message; it brought some


class TcpConnection(Protocol, TimeoutMixin):
    """One TCP connection, whoever opened it. ``heard``: when a whole message came last, or it was made."""

    transport: Any

    def __init__(self, owner: TcpTransport, source: Source, opening: _Opening | None = None) -> None:
        self._owner = owner
        self._opening = opening
        self._framer = Framer(owner.settings.max_message)
        self._waiting = False
        self._paused: Any = None
        self.source = source
        self.heard = owner.turns.clock()
        self.ours = opening is not None  # we opened it
        self.spoke = self.ours  # a whole message came
        self.open = False

    def connectionMade(self) -> None:
        address = self.transport.getPeer()
        self._hop = Hop("TCP", address.host, address.port, self)
        self.open = True
        self.transport.registerProducer(self, True)
        self.transport.setTcpNoDelay(True)
        settings = self._owner.settings
        self.setTimeout(settings.tcp_idle if self.spoke else min(settings.tcp_first, settings.tcp_idle))
        if self._opening is not None:
            self.write(bytes(self._opening.waiting))

    def callLater(self, period: float, func: Any) -> Any:
        return self._owner.reactor.callLater(period, func)

    def dataReceived(self, data: bytes) -> None:
        try:
            messages = self._framer.feed(data)
        except FramingError as error:
            self._owner.malformed(self._hop, error)
            self.cut()
            return
        if messages or self._framer.pings:
            self._owner.turns.stream(messages, self._hop, self.source)
            self._rest(len(messages) + self._framer.pings + len(data) / OCTETS)
        if self._framer.pings:
            self.write(b"\r\n")
            self._framer.pings = 0
        if messages:
            self.heard = self._owner.turns.clock()
            self.spoke = True
        self._watch(bool(messages))

    def _rest(self, cost: float) -> None:
        """Read no more for a while if this source has used up its share of messages."""
        wait = self.source.messages.owes(self._owner.turns.clock(), cost)
        if wait and self._paused is None and self.open:
            self._owner.sources.exceeded(self.source, "messages")
            self.transport.pauseProducing()
            self._paused = self.callLater(wait, self._read_on)

    def _read_on(self) -> None:
        self._paused = None
        if self.open:
            self.transport.resumeProducing()

    def _watch(self, complete: bool) -> None:
        """A message has its seconds from its first octet on, however often it dribbles. Keep-alives do not
        keep a connection that never brought one."""
        partial = self._framer.partial
        if partial and (complete or not self._waiting):
            self.setTimeout(self._owner.settings.tcp_message_seconds)
        elif not partial and self.spoke:
            self.setTimeout(self._owner.settings.tcp_idle)
        self._waiting = partial

    def write(self, data: bytes) -> None:
        if self.open:
            self.transport.write(data)

    def cut(self) -> None:
        self._over()
        self.transport.loseConnection()

    def abort(self) -> None:
        self._over()
        self.transport.abortConnection()

    def _over(self) -> None:
        self.open = False
        self.setTimeout(None)
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None
        self._owner.closed(self)

    def timeoutConnection(self) -> None:
        self.abort()

    def pauseProducing(self) -> None:
        """The peer does not read: 64 KiB of answers wait for it already."""
        self.abort()

    def resumeProducing(self) -> None: ...

    def stopProducing(self) -> None: ...

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._over()


class _Opening(ClientFactory):
    """A connection that is being made, and what waits for it."""

    noisy = False

    def __init__(self, owner: TcpTransport, host: str, port: int) -> None:
        self._owner = owner
        self.where = (host, port)
        self.waiting = bytearray()

    def buildProtocol(self, addr: object) -> TcpConnection:
        return self._owner.made(self)

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._owner.openings.pop(self.where, None)


class _Listening(ServerFactory):
    noisy = False

    def __init__(self, owner: TcpTransport) -> None:
        self._owner = owner

    def buildProtocol(self, addr: Any) -> TcpConnection | None:
        return self._owner.accepted(addr.host)


class TcpTransport:
    """The TCP side: a listening port, the connections to it, and those that we open."""

    def __init__(
        self,
        reactor: ISipReactor,
        settings: SipSettings,
        *,
        sources: Sources,
        turns: FairQueue,
        receive: Receive,
        log: Log,
    ) -> None:
        self.reactor = reactor
        self.settings = settings
        self.sources = sources
        self.turns = turns
        self._receive = receive  # at once: the answer to what is cut off afterwards
        self._log = log
        self.connections: dict[TcpConnection, None] = {}  # theirs and ours, oldest first
        self.openings: dict[tuple[str, int], _Opening] = {}
        self._ours: dict[tuple[str, int], TcpConnection] = {}
        self._port: Any = None

    def listen(self, host: str, port: int) -> int:
        """Raises CannotListenError."""
        self._port = self.reactor.listenTCP(port, _Listening(self), interface=host)
        return int(self._port.getHost().port)

    # ---- those that come to us
    def accepted(self, host: str) -> TcpConnection | None:
        """A connection from there; None: it has its share, or there is no room."""
        source = self.sources.of(host)
        if not source.messages.allow(self.turns.clock(), CONNECTING):
            self.sources.exceeded(source, "messages")
            return None
        if source.connections >= source.may.connections and not self._silent_one_goes(source):
            self.sources.exceeded(source, "connections")
            return None
        theirs = len(self.connections) - len(self._ours)
        most = self.settings.max_connections
        if theirs >= most - most // OURS and not self._one_goes(source):
            self.sources.over["connections"] += 1
            self._log(source.key, "SIP/TCP: no connection is free; refused")
            return None
        connection = TcpConnection(self, source)
        source.connections += 1
        self.connections[connection] = None
        return connection

    def _one_goes(self, newcomer: Source) -> bool:
        """One of all makes room: for a trusted newcomer any stranger's does."""
        return (
            self._silent_one_goes()
            or self._idle_one_goes(newcomer)
            or (newcomer.trusted and self._strangers_one_goes())
        )

    def _strangers_one_goes(self) -> bool:
        strangers = [one for one in self.connections if not one.ours and not one.source.trusted]
        if strangers:
            min(strangers, key=lambda one: one.heard).abort()
        return bool(strangers)

    def _silent_one_goes(self, source: Source | None = None) -> bool:
        """The oldest connection (of this source) that never brought a message makes room, if it had time."""
        before = self.turns.clock() - SILENT
        for connection in self.connections:
            if connection.heard > before and not connection.spoke:
                return False
            if not connection.spoke and connection.source in (source or connection.source,):
                connection.abort()
                return True
        return False

    def _idle_one_goes(self, newcomer: Source) -> bool:
        """Of the source that has most, the connection that was idle for longest, if it has more than the
        newcomer."""
        theirs = [one for one in self.connections if not one.ours]
        if not theirs:
            return False
        most = max((one.source for one in theirs), key=lambda source: source.connections)
        idle = min((one for one in theirs if one.source is most), key=lambda one: one.heard)
        if most.connections <= newcomer.connections + 1 or idle.heard > self.turns.clock() - IDLE:
            return False
        idle.abort()
        return True

    def closed(self, connection: TcpConnection) -> None:
        if connection not in self.connections:
            return
        del self.connections[connection]
        if connection.ours:
            self._ours = {place: one for place, one in self._ours.items() if one is not connection}
        else:
            connection.source.connections -= 1

    # ---- those that we open
    def send(self, data: bytes, hop: Hop) -> None:
        """By the hop's own connection while it stands, else by one that we open (§18.2.2)."""
        flow = hop.flow
        where = (hop.host, hop.port)
        if isinstance(flow, TcpConnection) and flow.open:
            flow.write(data)
            return
        ours = self._ours.get(where)
        if ours is not None and ours.open:
            ours.write(data)
            return
        opening = self.openings.get(where) or self._open(where)
        if opening is not None and len(opening.waiting) < MAX_PENDING:
            opening.waiting += data

    def _open(self, where: tuple[str, int]) -> _Opening | None:
        """Connect; None: there are too many already, to this host or in all."""
        ours = (*self.openings, *self._ours)
        share = self.sources.of(where[0]).may.connections
        most = self.settings.max_connections
        if len(ours) + len(self.connections) - len(self._ours) >= most or (
            sum(host == where[0] for host, _port in ours) >= share
        ):
            self.sources.over["connections"] += 1
            self._log(where[0], "SIP/TCP: no connection is free; not sent")
            return None
        opening = self.openings[where] = _Opening(self, *where)
        self.reactor.connectTCP(*where, opening, timeout=4)
        return opening

    def made(self, opening: _Opening) -> TcpConnection:
        self.openings.pop(opening.where, None)
        connection = TcpConnection(self, self.sources.of(opening.where[0]), opening)
        self._ours[opening.where] = connection
        self.connections[connection] = None
        return connection

    # ----
    def malformed(self, hop: Hop, error: FramingError) -> None:
        """Headers that frame nothing still get the answer that is due to them, then the line is cut."""
        self._log(hop.host, f"SIP/TCP: {error}")
        if "malformed" in str(error):
            self._receive(error.head, hop)

    async def close(self) -> None:
        if self._port is not None:
            await maybeDeferred(self._port.stopListening)  # None when the reactor has stopped it already
        for connection in list(self.connections):
            connection.cut()
