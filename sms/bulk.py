"""What is sent to many: the month's bulk messages (R116), and urgent notices to a whole city.

    bulk = BulkSending(store, common, asks, post=gateway, waiting=lambda: len(outbox), limits=limits)
    await bulk.tick()                                    # every minute: ``bulk:`` of menus.yaml
    await bulk.urgent("长沙", "今晚二十二点到六点…", "key")   # to everybody there, at once; to how many

A bulk message goes once a month to everybody for whom its ``when:`` holds, within the hours and at the rate
of the settings, while no answers wait; not to who refuses promos, nor to who stands on the blacklist. It has
the last rank in the outbox. Who was written to, the messages and how far it has come are one commit, city by
city, page by page: neither a kill nor a second hall writes twice, and what was broken off goes on where it
was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from business.port import NotOffered
from counter.care import NoticeQueries
from counter.common import Common
from counter.messages import ShortMessage
from counter.notices import BULK, URGENT, Hours, Run
from counter.post import Post
from menus.model.channels import SMS
from menus.model.conditions import begins, holds
from menus.model.events import Facts
from menus.model.hall import Promo
from menus.model.province import CITIES
from menus.model.text import render_text
from sms.agents import ANOTHERS, NothingToSend
from store import Notice, Outbound, Store, StoreConflict

PAGE, BUSY = 50, 500
"""Numbers of a page; messages in the outbox beyond which bulk waits."""
URGENT_PAGE = 500


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """``per_second``: messages at the most; ``blacklist``: who gets none."""

    hours: Hours
    per_second: float = 20.0
    blacklist: frozenset[str] = frozenset()


class BulkSending:
    """See the head of this file. ``sent``: bulk messages written."""

    log = Logger()

    def __init__(
        self,
        store: Store,
        common: Common,
        asks: NoticeQueries,
        *,
        post: Post,
        waiting: Callable[[], int],
        limits: BulkLimits,
    ) -> None:
        self._store = store
        self._common = common
        self._asks = asks
        self._post = post
        self._waiting = waiting
        self._limits = limits
        self._running: Deferred[None] | None = None
        self._resting: Deferred[None] | None = None
        self._stopping = False
        self._urgent: dict[str, str] = {}  # by key, what is under way
        self.sent = 0

    async def tick(self) -> None:
        """Do what is due. What fails ends it; the next tick goes on at the same page."""
        if self._running is not None or self._stopping:
            return
        self._running = Deferred()
        try:
            for bulk in self._common.halls.newest.bulk:
                for city in sorted(bulk.when.cities) or CITIES:
                    await self._run(bulk, city)
        except NotOffered:
            pass  # this back office does not say whom it knows
        except Exception as error:
            if not self._stopping:
                self.log.warn("bulk messages wait: {why}", why=type(error).__name__)
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

    # ---- bulk ----------------------------------------------------------------------------------------------
    async def _run(self, bulk: Promo, city: str) -> None:
        name = f"{BULK} {bulk.id} {city}"
        period = f"{self._common.desk.now():%Y-%m}"
        run = Run.from_text(await self._store.progress(name))
        if run is None or run.period != period:
            run = Run(period)
        while not run.ended and self._may(bulk):
            if self._waiting() >= BUSY:
                await self._rest(1.0)
                continue
            run, written = await self._page(bulk, city, run, name)
            await self._rest(written / self._limits.per_second)

    def _may(self, bulk: Promo) -> bool:
        now = self._common.desk.now()
        nobody = Facts(now=now, channel=SMS, caller=None)
        return not self._stopping and self._limits.hours.holds(now) and begins(bulk.when, nobody)

    async def _rest(self, seconds: float) -> None:
        self._resting = deferLater(self._common.clock, seconds)
        await self._resting

    async def _page(self, bulk: Promo, city: str, run: Run, name: str) -> tuple[Run, int]:
        """Write to one page of a city; the run as it is then, and to how many was written."""
        page = await self._asks.numbers(city, run.after, PAGE)
        full = len(page) == PAGE
        after = run.page(page[-1] if page else run.after, missed=False)
        after = after if full else after.end(self._common.desk.now())
        kind = f"{BULK} {bulk.id}"
        rows: list[Outbound] = []
        notices: list[Notice] = []
        told = await self._store.noticed(kind, run.period, run.after, page[-1] if full else "")
        for msisdn in page:
            if msisdn in told or not (letter := await self._letter(bulk, msisdn)):
                continue
            rows += letter
            notices.append(Notice(kind, run.period, msisdn, self._common.clock.seconds()))
        try:
            await self._keep(notices, rows, (name, after.to_text()))
        except StoreConflict:
            return run, 0  # another hall was quicker: it is looked at anew
        self.sent += len(notices)
        return after, len(notices)

    async def _letter(self, bulk: Promo, msisdn: str) -> Sequence[Outbound]:
        """Nothing for whom it is not meant, and for who wants nothing of the kind."""
        if msisdn in self._limits.blacklist or self._common.promos.refused_by(msisdn):
            return ()
        facts = await self._common.desk.facts(msisdn, SMS)
        if facts.brand is None or facts.suspended or not holds(bulk.when, facts):
            return ()
        text = render_text(bulk.text, {}).strip()
        return self._post.compose(ShortMessage(msisdn, text, BULK), joins=facts.long_sms)

    async def _keep(
        self, notices: Sequence[Notice], rows: Sequence[Outbound], progress: tuple[str, str]
    ) -> None:
        await self._store.notify(notices, rows, progress)
        self._post.send(rows)

    # ---- urgent --------------------------------------------------------------------------------------------
    async def urgent(self, city: str, text: str, key: str) -> int:
        """To everybody of a city, before notices and promos; to how many. The same key again goes on where
        it was broken off, and writes to nobody twice. Raises NothingToSend where that key is another
        notice's, StoreError, and what the back office raises."""
        name, what = f"{URGENT} {key}", f"{city} {sha256(text.encode()).hexdigest()[:32]}"
        if self._urgent.get(name, what) != what:
            raise NothingToSend(ANOTHERS)
        if name in self._urgent:
            return 0
        self._urgent[name] = what
        try:
            return await self._urgently(city, text, Run(what), name)
        finally:
            del self._urgent[name]

    async def _urgently(self, city: str, text: str, new: Run, name: str) -> int:
        run = Run.from_text(await self._store.progress(name)) or new
        if run.period != new.period:
            raise NothingToSend(ANOTHERS)
        written = 0
        while not run.ended and not self._stopping:
            page = await self._asks.numbers(city, run.after, URGENT_PAGE)
            full = len(page) == URGENT_PAGE
            after = run.page(page[-1] if page else run.after, missed=False)
            after = after if full else after.end(self._common.desk.now())
            now = self._common.clock.seconds()
            rows = [row for who in page for row in self._post.compose(ShortMessage(who, text, URGENT))]
            notices = [Notice(name, "", who, now) for who in page]
            await self._keep(notices, rows, (name, after.to_text()))
            run, written = after, written + len(page)
        return written
