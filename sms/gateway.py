"""The SMS hall: from the link to the disk, the conversation, and back.

    gateway = Gateway(store=store, halls=halls, desk=desk, reactor=reactor, random=SystemRandom(),
                      links=[LinkConfig(...)], config=GatewayConfig(...))
    await gateway.start()        # takes up what an earlier hall left, then binds
    gateway.ready                # at least one link is bound
    await gateway.stop()         # finishes what is being handled, unbinds

It is the other channels' :class:`counter.post.Post`: ``compose(message) -> rows``, committed by the caller
with what belongs to them, then ``send(rows)``; or ``await post(message)``, which does both. ``settling.late``
tells by SMS what came of an operation that a caller was told is 正在办理. The store must be started, and hold
the text of every hall that is published (``store.keep_hall``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from twisted.internet.defer import gatherResults
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from counter import care as asking
from counter.common import Common
from counter.conversation import HallVersions, Timeouts
from counter.desk import Desk
from counter.journal import Journal
from counter.lasting import Lasting
from counter.messages import ShortMessage
from counter.operations import Operation
from counter.promos import Promos
from counter.settling import FIRST_WAIT, Settling
from menus.model.channels import SMS
from menus.model.events import Asks, Outcome
from menus.model.numbers import SERVICE_NUMBER
from sms import receipts
from sms.agents import AgentsDesk
from sms.answering import Answering, SmsHallParts
from sms.bulk import BulkLimits, BulkSending
from sms.care import NoticeConfig, NoticeScheduler
from sms.composer import Composer
from sms.given_up import GivenUp
from sms.intake import Arrival, Intake
from sms.lanes import Places
from sms.outbox import KEEP_TRYING, Outbox
from sms.reports import HandledReports
from sms.routes import LinkRoutes
from sms.smpp.link import ILinkReactor, LinkConfig, SmppConnection, SmppLink
from sms.smpp.pdu import MessagePdu
from sms.subscribers import OpenSessions
from sms.throttle import ReplyThrottle
from sms.turns import Turns
from store import Conclusion, Outbound, Store, StoreError
from store.seal import PLAIN, Plain, Sealer

EVIDENCE = 600.0
"""Seconds back that a restart looks for redeliveries."""
RECALL = 120.0
"""Seconds that a message waits for the late answer of one SMSC while another may take it."""


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """``number``: what subscribers text to, and the sender of replies. ``own``: further numbers of ours,
    never answered. ``wide``: 16-bit references. ``keep``: seconds that settled rows are kept. ``drain``:
    seconds that :meth:`Gateway.stop` waits for answers of the SMSC. ``keep_trying``: seconds after which a
    message that the SMSC has not taken is given up. ``survey``: the number that asks for scores ("" none).
    ``bulk``: whether the menu's bulk messages are sent; ``blacklist``: who gets none."""

    number: str = SERVICE_NUMBER
    own: frozenset[str] = field(default_factory=frozenset)
    promos_a_day: int = 10
    wide: bool = False
    receipts: bool = False
    keep: float = 7 * 86_400.0
    drain: float = 2.0
    keep_trying: float = KEEP_TRYING
    settle_every: float = 2.0
    care: NoticeConfig = field(default_factory=NoticeConfig)
    first_wait: float = FIRST_WAIT
    survey: str = ""
    bulk: bool = False
    blacklist: frozenset[str] = frozenset()


class Gateway:
    """See the head of this file."""

    log = Logger()
    _stopping = False

    def __init__(
        self,
        *,
        store: Store,
        halls: HallVersions,
        desk: Desk,
        reactor: ILinkReactor,
        random: Random,
        links: Sequence[LinkConfig],
        config: GatewayConfig | None = None,
        limits: ReplyThrottle | None = None,
        timeouts: Timeouts | None = None,
        places: Places | None = None,
        sealer: Sealer | Plain = PLAIN,
        care: asking.NoticeQueries | None = None,
    ) -> None:
        self.config = config = config or GatewayConfig()
        self._store = store
        self._reactor = reactor
        self.subscribers = OpenSessions(halls, random, sealer.seal, sealer.unseal)
        self.promos = Promos(config.promos_a_day)
        self.routes = routes = LinkRoutes(several=len(links) > 1)
        marks = {"wide": config.wide, "receipts": config.receipts}
        self._composer = Composer(store, config.number, **marks, routes=routes)
        self._awaited = receipts.Awaited()
        self.links = [self._link(each, random, len(links) > 1) for each in links]
        self.outbox = self._outbox()
        self.intake = self._intake(config, sealer)
        self.common = common = Common(halls, desk, reactor, self.promos, timeouts or Timeouts())
        self.answering = self._answering(common, limits or ReplyThrottle(), sealer)
        self.turns = Turns(self.answering, reactor, self.intake.done, places)
        self.settling = Settling(
            store, common, self, self.answering.resume, unseal=sealer.unseal, first_wait=config.first_wait
        )
        self.desk = AgentsDesk(store, common, self.turns, self.subscribers, post=self, survey=config.survey)
        self.given_up = GivenUp(store, self.send, reactor.seconds)
        self.care = None if care is None else self._care(common, care)
        self.reports = None if care is None else self._reports(common, care)
        self.bulk = None if care is None else self._bulk(common, care)
        self._timers: list[LoopingCall] = []

    def _intake(self, config: GatewayConfig, sealer: Sealer | Plain) -> Intake:
        lines = frozenset({config.survey} - {""})
        own = config.own | {config.number} | lines
        return Intake(
            self._store, self._reactor, self._arrived, own=own, lines=lines, routes=self.routes, sealer=sealer
        )

    def _outbox(self) -> Outbox:
        return Outbox(
            self.links,
            self._store,
            self._reactor,
            taken=self._taken,
            finished=self._finished,
            keep_trying=self.config.keep_trying,
        )

    def _answering(self, common: Common, limits: ReplyThrottle, sealer: Sealer | Plain) -> Answering:
        journal = Journal(
            self._store,
            Lasting(self._store, self._reactor),
            self._reactor.seconds,
            promos=self.promos,
            unsettled=common.desk.unsettled,
            late=self._late,
            seal=sealer.seal,
        )
        return Answering(
            common, journal, SmsHallParts(self.subscribers, self._composer, self.outbox.put, limits)
        )

    async def _late(self, operation: Operation, outcome: Outcome) -> None:
        await self.settling.late(operation, outcome)

    def _link(self, config: LinkConfig, random: Random, others: bool) -> SmppLink:
        recall = RECALL if others else self.config.keep_trying
        return SmppLink(replace(config, recall=recall), self, self._reactor, random)

    def _care(self, common: Common, asks: asking.NoticeQueries) -> NoticeScheduler:
        return NoticeScheduler(
            store=self._store,
            halls=common.halls,
            desk=common.desk,
            asks=asks,
            composer=self._composer,
            sent=self.outbox.put,
            waiting=self._waiting,
            reactor=self._reactor,
            config=self.config.care,
        )

    def _reports(self, common: Common, care: asking.NoticeQueries) -> HandledReports:
        return HandledReports(
            store=self._store,
            common=common,
            asks=care,
            composer=self._composer,
            sent=self.outbox.put,
            hours=self.config.care.hours,
        )

    def _bulk(self, common: Common, care: asking.NoticeQueries) -> BulkSending:
        return BulkSending(
            self._store,
            common,
            care,
            post=self,
            waiting=self._waiting,
            limits=BulkLimits(self.config.care.hours, self.config.care.per_second, self.config.blacklist),
        )

    def _waiting(self) -> int:
        """What goes before reminders and ordered bills: texts, and whatever is to be sent."""
        return len(self.intake.backlog) + len(self.outbox)

    @property
    def ready(self) -> bool:
        """At least one link is bound; health says so."""
        return any(link.bound for link in self.links)

    # ---- start and stop ------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Take up what an earlier hall left, then connect. Raises StoreError."""
        now = self._reactor.seconds()
        found = await self._store.recover(now - EVIDENCE, SMS.name)
        self.subscribers.recover(found)
        self._composer.recover(found)
        self.promos.recover(found)
        for message_id, row in found.receipts.items():
            self._awaited.sent(message_id, row)
        self.outbox.recover(found.waiting_out, found.failed_out)
        await self.settling.take_up()
        newest = max((row.received for row in found.recent), default=0.0)
        self.intake.recover(found, max(newest, found.alive or 0.0))
        await self._store.alive(now)
        self._every(1.0, lambda: self.intake.tick(self._reactor.seconds()))
        self._every(self.config.settle_every, self._settle)
        self._every(60.0, self.outbox.watch)
        if len(self.links) > 1:
            self._every(1.0, self.outbox.look)
        self._every(600.0, self._upkeep)
        if self.care is not None:
            self._every(60.0, self.care.tick)
        if self.reports is not None:
            self._every(60.0, self.reports.tick)
        if self.bulk is not None and self.config.bulk:
            self._every(60.0, self.bulk.tick)
        for link in self.links:
            link.start()

    def _every(self, seconds: float, what: Callable[[], object]) -> None:
        timer = LoopingCall(what)
        timer.clock = self._reactor
        self._timers.append(timer)
        timer.start(seconds, now=False).addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        self.log.failure("a timer of the SMS hall failed", failure)

    async def stop(self) -> None:
        """Take no more, finish what is being handled and sent, unbind."""
        self._stopping = True
        self.intake.close()
        for timer in self._timers:
            if timer.running:
                timer.stop()
        if self.care is not None:
            await self.care.stop()
        if self.bulk is not None:
            await self.bulk.stop()
        self.turns.lanes.close()
        await self.turns.lanes.quiet()
        self.answering.stop()
        until = self._reactor.seconds() + self.config.drain
        while not self.outbox.idle and self._reactor.seconds() < until:
            await deferLater(self._reactor, 0.02)
        self.outbox.stop()
        await gatherResults([link.stop() for link in self.links])

    async def _settle(self) -> None:
        """A sign of life, the operations that stay unknown, what people decided about texts. What fails is
        tried again next time."""
        try:
            await self._store.alive(self._reactor.seconds())
            await self.settling.tick()
            await self.given_up.tick()
        except StoreError as error:
            if not self._stopping:
                self.log.error("settling waits for the store: {why}", why=str(error))
        except Exception:
            if not self._stopping:  # the disk may be gone before a round has ended; the next hall begins anew
                self.log.failure("settling failed")

    async def _upkeep(self) -> None:
        """Let go of what is old."""
        now = self._reactor.seconds()
        self.answering.limits.age(now)
        self.subscribers.forget_idle(now - self.config.keep)
        self.promos.forget_before(datetime.fromtimestamp(now - 86_400, UTC).date().isoformat())
        try:
            while await self._store.purge(now - self.config.keep) >= 1000:
                await deferLater(self._reactor, 0.1)
        except Exception:
            self.log.failure("upkeep failed")

    # ---- told by the links (sms.smpp.link.Receiver) --------------------------------------------------------
    def message(self, connection: SmppConnection, mo: MessagePdu) -> None:
        self.intake.message(connection, mo)

    def receipt(self, mo: MessagePdu) -> None:
        receipt = receipts.read(mo)
        row = None if receipt is None else self._awaited.came(receipt)
        if receipt is not None and row is not None:
            self._store.delivered(row, receipt.status).addErrback(self._failed)

    def bound(self, link: SmppLink) -> None:
        self.outbox.look()

    def lost(self, link: SmppLink) -> None:
        """What was under way has come back to the outbox; another link may take it."""
        self.outbox.look()

    # ---- inside --------------------------------------------------------------------------------------------
    def _arrived(self, arrival: Arrival) -> None:
        self.turns.take(arrival)

    def _taken(self, row: Outbound, message_id: str) -> None:
        if row.receipt and message_id:
            early = self._awaited.sent(message_id, row.id)
            if early is not None:
                self._store.delivered(row.id, early.status).addErrback(self._failed)

    def _finished(self, message: int, ok: bool) -> None:
        if ok:
            self.subscribers.question_taken(message, self._reactor.seconds())

    # ---- for other channels (counter.post.Post) ------------------------------------------------------------
    def compose(self, message: ShortMessage, *, joins: bool = True) -> list[Outbound]:
        """The rows of one message, not kept yet."""
        return self._composer.compose(message, self._reactor.seconds(), joins=joins)

    def ask(self, subscriber: str, asks: Asks) -> None:
        """A message to ``subscriber`` that is in the store asks this: wait for the answer."""
        self.turns.ask(subscriber, asks)

    def send(self, rows: Sequence[Outbound]) -> None:
        """They are in the store: send them."""
        self.outbox.put(rows)

    async def post(self, message: ShortMessage) -> None:
        """Keep one message and send it. Raises StoreError."""
        rows = self.compose(message)
        await self._store.conclude(Conclusion(outbox=tuple(rows)))
        self.send(rows)
