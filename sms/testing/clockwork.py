"""An outbox, its links and an SMSC on one clock that a test turns: hours of silence take no time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from sms.outbox import KEEP_TRYING, Outbox
from sms.smpp.link import ILinkReactor, LinkConfig, SmppConnection, SmppLink
from sms.smpp.pdu import HEADER, MessagePdu, PduError
from sms.testing.fakes import FakeSmsc, Muted, QuietConnection
from store import Outbound

STEP = 0.5
BEGIN = 1_000_000.0


class Pipe:
    """One side's transport; what is written arrives at ``other`` in the next turn of the clock."""

    def __init__(self, clock: MemoryReactorClock, protocol: Any) -> None:
        self.clock = clock
        self.protocol = protocol
        self.other: Pipe
        self.open = True
        self.frozen: Callable[[], bool] = lambda: False
        self.arrived: list[bytes] = []
        self.ending: Exception | None = None

    def setTcpNoDelay(self, on: bool) -> None: ...

    def write(self, data: bytes) -> None:
        if self.open:
            self.clock.callLater(0, self.other.arrives, data)

    def arrives(self, data: bytes) -> None:
        self.arrived.append(data)
        self.read()

    def read(self) -> None:
        while self.arrived and not self.frozen():
            self.protocol.dataReceived(self.arrived.pop(0))

    def loseConnection(self) -> None:
        self.close(ConnectionDone())

    def abortConnection(self) -> None:
        self.close(ConnectionLost())

    def close(self, why: Exception) -> None:
        if self.open:
            self.open = self.other.open = False
            for side in (self, self.other):
                self.clock.callLater(0, side.gone, why)

    def gone(self, why: Exception) -> None:
        """What had arrived is read before the end is noticed, as a socket's buffer is."""
        if self.frozen():
            self.ending = why
        else:
            self.read()
            self.protocol.connectionLost(Failure(why))


class ClockSmsc(FakeSmsc):
    """As its base, and: ``frozen``: it reads nothing (a stopped process); ``late``: it takes what is
    submitted when that ends, and answers then; ``down``: connections are refused; ``alone``: one bind."""

    def __init__(self, clock: MemoryReactorClock) -> None:
        super().__init__()
        self.clock = clock
        self.frozen = self.late = self.down = self.alone = self.deaf = False
        self.queue: list[tuple[_Esme, bytes]] = []
        self.connections: list[QuietConnection] = []

    def may_bind(self, system_id: str, password: str) -> bool:
        return super().may_bind(system_id, password) and not (self.alone and self.connection is not None)

    def thaw(self) -> None:
        self.frozen = False
        for each in list(self.connections):
            pipe: Any = each.transport
            pipe.read()
            if pipe.ending is not None:
                pipe.gone(pipe.ending)

    def catch_up(self) -> None:
        self.late = False
        queue, self.queue = self.queue, []
        for connection, frame in queue:
            connection.takes(frame)

    def fall(self) -> None:
        for each in list(self.connections):
            each.transport.abortConnection()

    def accept(self) -> QuietConnection:
        connection = _Esme(self, self.clock, self.complaints.append)
        self.connections.append(connection)
        return connection

    def gone(self, connection: Any) -> None:
        super().gone(connection)
        self.connections.remove(connection)


class _Esme(QuietConnection):
    office: ClockSmsc

    def submits(self, frame: bytes) -> None:
        if self.office.late:
            self.office.queue.append((self, frame))
        else:
            self.takes(frame)

    def takes(self, frame: bytes) -> None:
        try:
            super().submits(frame)
        except Muted:
            pass
        except PduError as error:
            self._refuse(4, error.status, HEADER.unpack_from(frame)[3])

    def _enquired(self, frame: bytes) -> None:
        if not self.office.deaf:
            super()._enquired(frame)


class ClockReactor(MemoryReactorClock):
    """Connects to the SMSC of the port."""

    def __init__(self) -> None:
        super().__init__()
        self.rightNow = BEGIN
        self.smscs: dict[int, ClockSmsc] = {}

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        connector = super().connectTCP(host, port, factory, timeout, bindAddress)
        self.callLater(0, self._arrive, self.smscs[port], factory, connector)
        return connector

    def _arrive(self, smsc: ClockSmsc, factory: Any, connector: Any) -> None:
        if smsc.down:
            factory.clientConnectionFailed(connector, Failure(ConnectionRefusedError()))
            return
        ours = Pipe(self, factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1)))
        theirs = Pipe(self, smsc.accept())
        theirs.frozen = lambda: smsc.frozen
        ours.other, theirs.other = theirs, ours
        for side in (theirs, ours):
            side.protocol.makeConnection(side)


class MemoryDisk:
    """The outbox's table. ``states`` as in the store's schema."""

    def __init__(self) -> None:
        self.rows: dict[int, Outbound] = {}
        self.states: dict[int, int] = {}
        self.reasons: dict[int, str] = {}

    def enqueue(self, rows: list[Outbound]) -> None:
        for row in rows:
            self.rows[row.id], self.states[row.id] = row, 0

    def accepted(self, id: int, message_id: str, at: float, *, lazily: bool) -> Deferred[None]:
        assert self.states[id] == 0, "taken twice"
        self.states[id] = 1
        return succeed(None)

    def given_up(self, id: int, at: float, reason: str, *, dropped: bool = False) -> Deferred[None]:
        assert self.states[id] == 0
        self.states[id], self.reasons[id] = 3 if dropped else 2, reason
        return succeed(None)

    def waiting(self) -> list[Outbound]:
        return [self.rows[id] for id in sorted(self.rows) if self.states[id] == 0]

    def failed(self) -> frozenset[int]:
        return frozenset(self.rows[id].message for id, state in self.states.items() if state > 1)


class World:
    """``world.post("13800000001", "text")``, ``world.run(600)``, ``world.smsc.texts``."""

    def __init__(
        self,
        smscs: int = 1,
        keep_trying: float = KEEP_TRYING,
        each: Mapping[int, dict[str, Any]] = MappingProxyType({}),
        **link: Any,
    ) -> None:
        """``link``: of every link's configuration, ``each``: of that to the SMSC of a number (1, 2, …)."""
        self.clock = ClockReactor()
        self.disk = MemoryDisk()
        self.keep_trying = keep_trying
        self.each = each
        self.config = LinkConfig("127.0.0.1", 1, password="secret", **link)
        self.ids = 0
        for port in range(1, smscs + 1):
            self.clock.smscs[port] = ClockSmsc(self.clock)
        self.smsc = self.clock.smscs[1]
        self.taken: list[Outbound] = []
        self.start()

    def start(self) -> None:
        """A hall, on what the one before left."""
        configs = [
            replace(self.config, **{"port": port, "name": str(port), **self.each.get(port, {})})
            for port in self.clock.smscs
        ]
        self.links = [SmppLink(each, self, cast(ILinkReactor, self.clock), Random(7)) for each in configs]
        self.outbox = Outbox(
            self.links,
            self.disk,
            self.clock,
            taken=lambda row, id: self.taken.append(row),
            finished=lambda message, ok: None,
            keep_trying=self.keep_trying,
        )
        for link in self.links:
            link.start()
        self.outbox.recover(self.disk.waiting(), self.disk.failed())
        self.run(2)

    def kill(self) -> None:
        """The process ends here and now; sockets close."""
        for call in list(self.clock.getDelayedCalls()):
            if not isinstance(getattr(getattr(call, "func", None), "__self__", None), Pipe):
                call.cancel()
        for link in self.links:
            for each in (link._connection, link._old, link._binding):
                if each is not None:
                    dead: Any = each
                    dead.connectionLost = dead.dataReceived = lambda *_: None
                    dead.transport.abortConnection()
        self.run(1)

    def run(self, seconds: float) -> None:
        end = self.clock.seconds() + seconds
        while self.clock.seconds() < end:
            minute = self.clock.seconds() // 60
            self.clock.advance(min(STEP, end - self.clock.seconds()) if seconds > 0 else 0)
            for _ in range(4):
                self.clock.advance(0)
            if len(self.links) > 1:
                self.outbox.look()
            if self.clock.seconds() // 60 != minute:
                self.outbox.watch()

    def post(
        self, to: str, text: str, kind: str = "answer", *, parts: int = 1, **more: Any
    ) -> list[Outbound]:
        """Keep a message and send it."""
        first = self.ids + 1
        rows = []
        for number in range(1, parts + 1):
            self.ids += 1
            body, esm = text.encode(), 0
            if parts > 1:
                body, esm = bytes((5, 0, 3, first & 0xFF, parts, number)) + body, 0x40
            udh = first & 0xFF if parts > 1 else None
            rows.append(
                Outbound(
                    *(self.ids, first, to, "10086", 0, esm),
                    **{
                        "body": body,
                        "kind": kind,
                        "waits_for": None,
                        "created": self.clock.seconds(),
                        "expires": None,
                        "udh": udh,
                        **more,
                    },
                )
            )
        self.disk.enqueue(rows)
        self.outbox.put(rows)
        return rows

    def submits(self) -> list[MessagePdu]:
        return self.smsc.taken

    # ---- Receiver ----
    def message(self, connection: SmppConnection, mo: MessagePdu) -> None: ...

    def receipt(self, mo: MessagePdu) -> None: ...

    def bound(self, link: SmppLink) -> None:
        self.outbox.look()

    def lost(self, link: SmppLink) -> None:
        self.outbox.look()
