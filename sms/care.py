"""Reminders and ordered bills: written once to everybody who ordered them, by a scheduler that survives kills
(R042, catalogue 0209-0211).

    care = NoticeScheduler(store=store, halls=halls, desk=desk, asks=NoticeQueries(business),
                           composer=composer, sent=outbox.put, waiting=lambda: len(outbox), reactor=reactor,
                           config=NoticeConfig())
    await care.tick()        # every minute; does what is due, one page after the other

Who was written to, the messages and how far the run has come are one commit; a subscriber stands in the
store once a kind and period, so that neither a kill nor a second hall sends anything twice. Pages are paced,
and wait while the outbox is busy with answers. There is no MMSC here: an MMS bill goes out as a long SMS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from counter import care as asking
from counter.conversation import HallVersions
from counter.desk import Desk
from counter.messages import ShortMessage, worded
from counter.notices import (
    KINDS,
    LOW_BALANCE,
    MMS_BILL,
    SMS_BILL,
    Hours,
    Run,
    due,
    last_month,
    wanted_again,
)
from menus.dialogue.machine import notice
from menus.model.channels import SMS
from menus.model.events import Answered, Event, Facts, NotDone
from sms.composer import Composer
from store import Notice, Outbound, Store, StoreConflict, StoreRefused

PAGE = 50
BUSY = 500
"""Messages in the outbox beyond which notices wait."""
PENDING = "pending"
"""The variant of a bill that is not produced yet."""


@dataclass(frozen=True, slots=True)
class NoticeConfig:
    """``per_second``: notices at the most."""

    hours: Hours = field(default_factory=Hours)
    per_second: float = 20.0


class NoticeScheduler:
    """See the head of this file. ``counts``: notices sent, by kind."""

    log = Logger()

    def __init__(
        self,
        *,
        store: Store,
        halls: HallVersions,
        desk: Desk,
        asks: asking.NoticeQueries,
        composer: Composer,
        sent: Callable[[Sequence[Outbound]], None],
        waiting: Callable[[], int],
        reactor: IReactorTime,
        config: NoticeConfig | None = None,
    ) -> None:
        self._store = store
        self._halls = halls
        self._desk = desk
        self._asks = asks
        self._composer = composer
        self._sent = sent
        self._waiting = waiting
        self._reactor = reactor
        self._config = config or NoticeConfig()
        self._running: Deferred[None] | None = None
        self._resting: Deferred[None] | None = None
        self._stopping = False
        self.counts = dict.fromkeys(KINDS, 0)

    async def tick(self) -> None:
        """Do what is due. A back office that fails ends it; the next tick goes on at the same page."""
        if self._running is not None or self._stopping:
            return
        self._running = Deferred()
        try:
            for kind in KINDS:
                await self._run(kind)
        except Exception as error:
            if not self._stopping:
                self.log.warn("notices wait: {why}", why=type(error).__name__)
        finally:
            running, self._running = self._running, None
            running.callback(None)

    async def stop(self) -> None:
        """After the page in hand."""
        self._stopping = True
        if self._resting is not None:
            self._resting.cancel()
        if self._running is not None:
            await self._running

    # ---- a run ---------------------------------------------------------------------------------------------
    async def _run(self, kind: str) -> None:
        hours = self._config.hours
        run = due(kind, self._desk.now(), Run.from_text(await self._store.progress(_name(kind))), hours)
        while run is not None and not run.ended and not self._stopping and hours.holds(self._desk.now()):
            if self._waiting() >= BUSY:
                await self._rest(1.0)
                continue
            run, written = await self._page(kind, run)
            await self._rest(written / self._config.per_second)

    async def _rest(self, seconds: float) -> None:
        self._resting = deferLater(self._reactor, seconds)
        await self._resting

    async def _page(self, kind: str, run: Run) -> tuple[Run, int]:
        """Write to one page of subscribers; the run as it is then, and to how many was written."""
        due_now = await self._ask(kind, run.after)
        full = len(due_now) == PAGE
        upto = due_now[-1].msisdn if full else ""
        page = _Page(kind, "" if kind == LOW_BALANCE else run.period)
        page.told = await self._store.noticed(kind, page.period, run.after, upto)
        if kind == LOW_BALANCE:
            below = {each.msisdn for each in due_now}
            page.forget = [Notice(kind, "", who, sent) for who, sent in page.told.items() if who not in below]
        else:
            other = SMS_BILL if kind == MMS_BILL else MMS_BILL
            page.other = await self._store.noticed(other, page.period, run.after, upto)
        for each in due_now:
            try:
                await self._write(page, each)
            except Exception as error:  # one of whom nothing can be said keeps nobody else from being told
                self.log.warn("a notice could not be put in words: {why}", why=type(error).__name__)
                page.missed = True
        after = run.page(upto, page.missed) if full else run.page(upto, page.missed).end(self._desk.now())
        try:
            kept = await self._keep(page, after)
        except StoreRefused:
            kept = await self._keep_each(page, run, after)
        return (after, len(page.rows)) if kept else (run, 0)

    async def _ask(self, kind: str, after: str) -> tuple[asking.Due, ...]:
        if kind == LOW_BALANCE:
            return await self._asks.low_balances(after, PAGE)
        return await self._asks.holders(kind, after, PAGE)

    async def _write(self, page: _Page, each: asking.Due) -> None:
        now, told = self._desk.now(), page.told.get(each.msisdn)
        if told is not None and not (page.kind == LOW_BALANCE and wanted_again(told, now)):
            return
        facts = await self._desk.facts(each.msisdn, SMS)
        if page.kind == LOW_BALANCE:
            events: tuple[Event, ...] | None = notice(
                self._halls.newest, "notice low balance", each.values, facts
            )
        else:
            events = await self._bill(each.msisdn, last_month(now.date()), facts)
        if events is None:
            page.missed = True
            return
        at, text = self._reactor.seconds(), worded(events)
        if text and each.msisdn not in page.other:  # the one long SMS is both bills
            until = at + self._config.hours.left(now) if page.kind == LOW_BALANCE else None
            message = ShortMessage(each.msisdn, text, page.kind)
            page.rows.append(self._composer.compose(message, at, joins=facts.long_sms, expires=until))
        if told is not None:
            page.forget.append(Notice(page.kind, page.period, each.msisdn, told))
        page.notices.append(Notice(page.kind, page.period, each.msisdn, at))

    async def _bill(self, msisdn: str, month: date, facts: Facts) -> tuple[Event, ...] | None:
        """What the bill of ``month`` says; nothing where nothing was spent; None: try again."""
        hall = self._halls.newest
        work = asking.bill_work(hall, month)
        outcome = await self._desk.run(work, msisdn, SMS) if work is not None else None
        if work is None or not isinstance(outcome, Answered):
            return None if isinstance(outcome, NotDone) else ()
        if outcome.variant:
            return None if outcome.variant == PENDING else ()
        return asking.bill_message(hall, work, outcome, facts)

    async def _keep(self, page: _Page, run: Run) -> bool:
        """Commit it and send it; False where another hall was quicker: it is looked at anew."""
        rows = [row for letter in page.rows for row in letter]
        try:
            progress = (_name(page.kind), run.to_text())
            await self._store.notify(page.notices, rows, progress, forget=page.forget)
        except StoreConflict:
            self.log.warn("a page of notices was written by another hall")
            return False
        self.counts[page.kind] += len(page.rows)
        self._sent(rows)
        return True

    async def _keep_each(self, page: _Page, run: Run, after: Run) -> bool:
        """As :meth:`_keep`, subscriber by subscriber: whom the store refuses is left out of the page."""
        rest = _Page(page.kind, page.period, forget=list(page.forget))
        for each in page.notices:
            one = _Page(page.kind, page.period, notices=[each])
            one.rows = [letter for letter in page.rows if letter[0].subscriber == each.subscriber]
            one.forget = [told for told in page.forget if told.subscriber == each.subscriber]
            rest.forget = [told for told in rest.forget if told.subscriber != each.subscriber]
            try:
                if not await self._keep(one, run):
                    return False
            except StoreRefused:
                self.log.warn("a notice could not be kept, and is not sent")
        return await self._keep(rest, after)


@dataclass(slots=True)
class _Page:
    """What one page comes to. ``rows``: one list a message; ``other``: who has had the other kind of bill."""

    kind: str
    period: str
    told: dict[str, float] = field(default_factory=dict)
    other: dict[str, float] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    forget: list[Notice] = field(default_factory=list)
    rows: list[list[Outbound]] = field(default_factory=list)
    missed: bool = False


def _name(kind: str) -> str:
    return f"care {kind}"
