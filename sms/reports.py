"""The second message about a report of spam: written once people have dealt with it (R085, within 48 hours).

    reports = HandledReports(store=store, common=common, asks=NoticeQueries(business), composer=composer,
                             sent=outbox.put, hours=Hours())
    await reports.tick()        # every minute

How far the back office's list has been read is kept with the messages in one commit, and a report stands in
the store once: neither a kill nor a second hall writes twice. What was handled before the first round is
history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.logger import Logger

from business.port import HandledReport, NotOffered
from business.port.days import SHANGHAI
from counter.care import NoticeQueries
from counter.common import Common
from counter.messages import ShortMessage, worded
from counter.notices import SPAM_HANDLED, Hours
from handlers.request import day
from menus.dialogue.machine import notice
from menus.model.channels import SMS
from menus.model.values import Kind, Value
from sms.composer import Composer
from store import Notice, Outbound, Store, StoreConflict

PAGE = 50
PROGRESS = f"care {SPAM_HANDLED}"


class HandledReports:
    """See the head of this file. ``told``: messages written."""

    log = Logger()

    def __init__(
        self,
        *,
        store: Store,
        common: Common,
        asks: NoticeQueries,
        composer: Composer,
        sent: Callable[[Sequence[Outbound]], None],
        hours: Hours,
    ) -> None:
        self._store = store
        self._common = common
        self._asks = asks
        self._composer = composer
        self._sent = sent
        self._hours = hours
        self._running = False
        self.told = 0

    async def tick(self) -> None:
        """One page of those that were handled since. What fails is tried again at the next tick."""
        if self._running or not self._hours.holds(self._common.desk.now()):
            return
        self._running = True
        try:
            await self._page()
        except NotOffered:
            pass  # this back office keeps no reports
        except StoreConflict:
            self.log.warn("reports of spam were told of by another hall")
        except Exception as error:
            self.log.warn("reports of spam wait: {why}", why=type(error).__name__)
        finally:
            self._running = False

    async def _page(self) -> None:
        after = await self._store.progress(PROGRESS)
        if after is None:
            moment = int(self._common.clock.seconds() * 1_000_000)
            await self._store.notify((), (), (PROGRESS, f"{moment:016d}"))
            return
        page = await self._asks.handled_reports(after, PAGE)
        if not page:
            return
        now = self._common.clock.seconds()
        rows = [row for each in page for row in await self._rows(each, now)]
        notices = [Notice(SPAM_HANDLED, each.number, each.msisdn, now) for each in page]
        await self._store.notify(notices, rows, (PROGRESS, page[-1].place))
        self.told += len(page)
        self._sent(rows)

    async def _rows(self, report: HandledReport, now: float) -> list[Outbound]:
        facts = await self._common.desk.facts(report.msisdn, SMS)
        opened = report.opened.astimezone(SHANGHAI).date()
        values = {"number": Value(Kind.CODE, report.number), "day": day(opened)}
        text = worded(notice(self._common.halls.newest, "notice spam handled", values, facts))
        if not text:
            return []
        return self._composer.compose(
            ShortMessage(report.msisdn, text, SPAM_HANDLED), now, joins=facts.long_sms
        )
