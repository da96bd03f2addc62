"""A fake SMSC with faults to order, and a hall around a gateway: the real menu, the real conversation, the
``memory`` business, a store in a directory of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater

import handlers
from boss.memory import MemoryBusiness
from business.port import Change, Offer, Origin, Performed
from business.port.days import SHANGHAI
from counter.desk import Desk
from counter.testing.house import FixedHalls, demo_data, the_hall
from peers.smsc import SmscConnection
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.link import LinkConfig
from sms.smpp.pdu import MessagePdu, PduError
from sms.text import concatenation, decode
from store import Store
from store.seal import PLAIN

reactor: Any = global_reactor
CALLER = "13900000001"
Refusal = Callable[[MessagePdu], int | None]
HALL = the_hall()


class CountingBusiness(MemoryBusiness):
    """Counts what is performed for the first time; ``before`` may hold a call up."""

    def __init__(self) -> None:
        now = datetime.now(SHANGHAI)
        super().__init__(deepcopy(demo_data(now.date())), lambda: datetime.now(SHANGHAI))
        self.performed: list[str] = []
        self.asked: list[str] = []
        self.before: Callable[[], Deferred[None] | None] = lambda: None

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        self.asked.append(key)
        held = self.before()
        if held is not None:
            await held
        result = await super().perform(msisdn, change, offer, key, channel)
        if not getattr(result, "repeated", False):
            self.performed.append(key)
        return result


class FakeSmsc:
    """An SMSC of one ESME. ``texts`` is what handsets got, joined and in order; ``taken`` every submit_sm.

    ``refuse(message)`` gives a status to refuse with, or None; ``mute`` swallows submit_sm unanswered.
    """

    def __init__(self, password: str = "secret") -> None:
        self.password = password
        self.taken: list[MessagePdu] = []
        self.texts: list[tuple[str, str]] = []
        self.acks: list[tuple[int, int]] = []
        self.binds = 0
        self.refuse: Refusal = lambda message: None
        self.mute: Callable[[MessagePdu], bool] = lambda message: False
        self.connection: SmscConnection | None = None
        self.complaints: list[str] = []
        self.ids = 0
        self.next_id: Callable[[], str] = self._next_id
        self._parts: dict[Any, dict[int, bytes]] = {}
        self.port: Any = None

    def listen(self, port: int = 0) -> int:
        factory = Factory.forProtocol(lambda: QuietConnection(self, reactor, self.complaints.append))
        self.port = reactor.listenTCP(port, factory, interface="127.0.0.1")
        return int(self.port.getHost().port)

    async def close(self) -> None:
        await self.port.stopListening()
        if self.connection is not None and self.connection.lost_at is None:
            self.connection.transport.abortConnection()
            await self.until(lambda: self.connection is None)

    def _next_id(self) -> str:
        self.ids += 1
        return f"{self.ids:08x}"

    # ---- office ----
    def may_bind(self, system_id: str, password: str) -> bool:
        self.binds += 1
        return password == self.password

    def bound(self, connection: SmscConnection) -> None:
        self.connection = connection

    def gone(self, connection: SmscConnection) -> None:
        if self.connection is connection:
            self.connection = None

    def submitted(self, connection: SmscConnection, message: MessagePdu) -> str:
        self.taken.append(message)
        if self.mute(message):
            raise Muted
        status = self.refuse(message)
        if status is not None:
            raise PduError(status, "as the test wants")
        self._show(message)
        return self.next_id()

    def _show(self, message: MessagePdu) -> None:
        found = concatenation(message.body, message.esm)
        key = (message.destination, found.reference, found.total)
        parts = self._parts.setdefault(key, {})
        parts[found.number] = found.body
        if len(parts) == found.total:
            whole = b"".join(parts[number] for number in sorted(parts))
            self.texts.append((message.destination, decode(whole, message.coding)))
            del self._parts[key]

    # ---- what the tests do ----
    def send_mo(
        self,
        text: str | bytes,
        source: str = CALLER,
        *,
        coding: int = 8,
        esm: int = 0,
        tlvs: dict[int, bytes] | None = None,
        destination: str = "10086",
    ) -> int:
        """Bring a text; its sequence number."""
        body = text if isinstance(text, bytes) else text.encode("utf-16-be")
        assert self.connection is not None
        sequence = 0

        def answered(status: int) -> None:
            self.acks.append((sequence, status))

        message = MessagePdu(source, destination, body, coding, esm, tlvs=tlvs or {})
        sequence = self.connection.deliver(message, answered)
        return sequence

    async def until(self, so: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until ``so``; an AssertionError says what there was instead after ``seconds``."""
        end = reactor.seconds() + seconds
        while not so():
            if reactor.seconds() > end:
                raise AssertionError(f"did not come: texts {self.texts}, acks {self.acks}")
            await deferLater(reactor, 0.005)

    def to(self, handset: str = CALLER) -> list[str]:
        return [text for destination, text in self.texts if destination == handset]


class Muted(PduError):
    """Not refused, not answered."""

    def __init__(self) -> None:
        super().__init__(0, "muted")


class QuietConnection(SmscConnection):
    """Swallows what the test wants unanswered."""

    def submits(self, frame: bytes) -> None:
        try:
            super().submits(frame)
        except Muted:
            pass

    def binds(self, frame: bytes) -> None:
        try:
            super().binds(frame)
        except Muted:
            pass


class GatewayBench:
    """A store, a business, a fake SMSC and a gateway between them."""

    def __init__(self, **config: Any) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.smsc = FakeSmsc()
        self.business = CountingBusiness()
        self.config = GatewayConfig(**config)
        self.port = self.smsc.listen()
        self.more: dict[str, Any] = {}
        self.link: dict[str, Any] = {"answer_timeout": 30.0, "first_delay": 0.05}
        self.others: list[dict[str, Any]] = []  # further SMSCs: what their links have of their own

    async def open(self) -> Gateway:
        """Start store and gateway; bound when this returns."""
        sealer = self.more.get("sealer", PLAIN)
        self.store = Store(f"sqlite:///{self.directory}/hall.db", reactor, gather=0, sealer=sealer)
        await self.store.start()
        desk = Desk(self.business, handlers.FUNCTIONS, lambda: datetime.now(SHANGHAI), facts_live=0.0)
        common = {"host": "127.0.0.1", "password": "secret", **self.link}
        links = [LinkConfig(**{**common, **own}) for own in ({"port": self.port}, *self.others)]
        self.gateway = Gateway(
            store=self.store,
            halls=FixedHalls(HALL),
            desk=desk,
            reactor=reactor,
            random=Random(1),
            links=links,
            config=self.config,
            **self.more,
        )
        await self.gateway.start()
        await self.smsc.until(lambda: self.gateway.ready)
        return self.gateway

    async def shut(self) -> None:
        await self.gateway.stop()
        await self.store.stop()

    async def close(self) -> None:
        await self.shut()
        await self.smsc.close()

    async def says(self, text: str, source: str = CALLER, replies: int = 1) -> list[str]:
        """Text the hall, and wait for so many messages."""
        before = len(self.smsc.to(source))
        self.smsc.send_mo(text, source)
        await self.smsc.until(lambda: len(self.smsc.to(source)) >= before + replies)
        return self.smsc.to(source)[before:]
