"""Reminders and ordered bills, with the real menu and a real store: who ordered one is written to once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

import handlers
from boss.memory import MemoryBusiness
from business.port import (
    Complain,
    ComplaintKind,
    ComplaintState,
    ComplaintStep,
    Done,
    LowBalance,
    Unavailable,
)
from business.port.days import SHANGHAI
from counter.care import NoticeQueries
from counter.common import Common
from counter.conversation import Timeouts
from counter.desk import Desk
from counter.messages import ShortMessage
from counter.notices import Hours, Run
from counter.promos import Promos
from counter.testing.house import FixedHalls, demo_data
from sms.care import NoticeConfig, NoticeScheduler
from sms.composer import Composer
from sms.reports import HandledReports
from sms.testing.fakes import HALL
from sms.text import decode
from store import Notice, Outbound, Store

reactor: Any = global_reactor
ONE, TWO, NINE = "13900000001", "13900000002", "13900000009"


class Orders(MemoryBusiness):
    """The demo's subscribers; the tests say who ordered what, and when the back office is away."""

    def __init__(self, clock: Any) -> None:
        super().__init__(deepcopy(demo_data(clock().date())), clock)
        self.low: dict[str, tuple[int, int]] = {}
        self.orders: dict[str, list[str]] = {"sms_bill": [], "mms_bill": []}
        self.away = False
        self.pages = 0
        self.page: tuple[LowBalance, ...] | None = None  # told whatever is asked

    async def low_balances(self, after: str, limit: int) -> tuple[LowBalance, ...]:
        self.pages += 1
        if self.page is not None:
            return self.page
        if self.away:
            raise Unavailable("away")
        return tuple(LowBalance(who, *self.low[who]) for who in sorted(self.low) if who > after)[:limit]

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        if self.away:
            raise Unavailable("away")
        return tuple(who for who in sorted(self.orders[product]) if who > after)[:limit]


class CareCase(TestCase):
    timeout = 120

    async def setUp(self) -> None:  # type: ignore[override]
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
        self.business = Orders(lambda: self.now)
        self.sent: list[Outbound] = []
        self.waiting = 0
        self.url = f"sqlite:///{Path(tempfile.mkdtemp())}/hall.db"
        await self.begin()
        self.addCleanup(self.end)

    async def begin(self) -> None:
        """A hall starts on the same store."""
        self.store = Store(self.url, reactor, gather=0)
        await self.store.start()
        desk = Desk(self.business, handlers.FUNCTIONS, lambda: self.now, facts_live=0.0)
        self.care = NoticeScheduler(
            store=self.store,
            halls=FixedHalls(HALL),
            desk=desk,
            asks=NoticeQueries(self.business),
            composer=Composer(self.store, "10086"),
            sent=self._send,
            waiting=lambda: self.waiting,
            reactor=reactor,
            config=NoticeConfig(per_second=100_000.0),
        )

    async def end(self) -> None:
        await self.care.stop()
        await self.store.stop()

    def _send(self, rows: Sequence[Outbound]) -> None:
        self.sent.extend(rows)

    def texts(self, who: str) -> list[str]:
        """Whole messages, their parts joined."""
        whole: dict[int, str] = {}
        for row in self.sent:
            if row.subscriber == who:
                body = row.body or b""
                skip = 1 + body[0] if row.esm & 0x40 else 0
                whole[row.message] = whole.get(row.message, "") + decode(body[skip:], row.coding)
        return list(whole.values())


class TestLowBalances(CareCase):
    async def test_a_reminder_is_worth_nothing_once_the_days_hours_are_over_and_a_bill_is(self) -> None:
        self.now = datetime(2026, 11, 22, 18, 30, tzinfo=SHANGHAI)
        self.business.low = {ONE: (380, 1000)}
        self.business.orders["sms_bill"] = [NINE]
        await self.care.tick()
        for row in self.sent:
            lasts = None if row.expires is None else round(row.expires - row.created)
            self.assertEqual(lasts, 5400 if row.subscriber == ONE else None)
        self.assertEqual({row.subscriber for row in self.sent}, {ONE, NINE})

    async def test_one_whom_the_store_refuses_keeps_nobody_else_from_being_told(self) -> None:
        self.business.low = {ONE: (380, 1000), TWO: (270, 1000), NINE: (100, 1000)}
        trigger = f"CREATE TRIGGER t BEFORE INSERT ON notices WHEN NEW.subscriber='{TWO}'"
        await self.store._open.read(
            lambda cursor: cursor.execute(trigger + " BEGIN SELECT RAISE(ABORT,'no place'); END")
        )
        await self.care.tick()
        self.assertEqual([len(self.texts(who)) for who in (ONE, TWO, NINE)], [1, 0, 1])
        await self.care.tick()
        self.assertEqual([len(self.texts(who)) for who in (ONE, TWO, NINE)], [1, 0, 1], "nobody twice")
        self.assertEqual(self.business.pages, 1, "the run is through")

    async def test_one_of_whom_nothing_can_be_said_is_tried_again_and_the_others_are_told(self) -> None:
        self.business.low = {ONE: (380, 1000), TWO: (270, 1000), NINE: (100, 1000)}
        compose = self.care._composer.compose

        def fails_for_two(message: ShortMessage, *given: Any, **more: Any) -> list[Outbound]:
            if message.to == TWO:
                raise ValueError("a text that cannot be cut")
            return compose(message, *given, **more)

        self.care._composer.compose = fails_for_two  # type: ignore[method-assign]
        await self.care.tick()
        self.assertEqual([len(self.texts(who)) for who in (ONE, TWO, NINE)], [1, 0, 1])
        self.now += timedelta(hours=1)
        self.care._composer.compose = compose  # type: ignore[method-assign]
        await self.care.tick()
        self.assertEqual([len(self.texts(who)) for who in (ONE, TWO, NINE)], [1, 1, 1])

    async def test_whoever_is_below_is_told_the_balance_once(self) -> None:
        self.business.low = {ONE: (380, 1000)}
        await self.care.tick()
        await self.care.tick()
        (text,) = self.texts(ONE)
        self.assertIn("3.80元", text)
        self.assertIn("10元", text)
        self.assertLessEqual(len(text), 70)
        self.assertEqual(self.care.counts["low_balance"], 1)

    async def test_not_again_on_the_next_day_but_after_a_week(self) -> None:
        self.business.low = {ONE: (380, 1000)}
        for _ in range(8):
            await self.care.tick()
            self.now += timedelta(days=1)
        self.assertEqual(len(self.texts(ONE)), 1)

    async def test_above_and_below_again_is_a_new_dip(self) -> None:
        self.business.low = {ONE: (380, 1000), TWO: (100, 1000)}
        await self.care.tick()
        self.now += timedelta(days=1)
        self.business.low = {TWO: (100, 1000)}
        await self.care.tick()
        self.now += timedelta(days=1)
        self.business.low = {ONE: (90, 1000), TWO: (100, 1000)}
        await self.care.tick()
        self.assertEqual(len(self.texts(ONE)), 2)
        self.assertEqual(len(self.texts(TWO)), 1)

    async def test_nobody_is_woken(self) -> None:
        self.business.low = {ONE: (380, 1000)}
        self.now = self.now.replace(hour=21)
        await self.care.tick()
        self.assertEqual(self.sent, [])

    async def test_everybody_of_many_pages_once(self) -> None:
        everybody = [f"1390001{n:04}" for n in range(203)]
        self.business.low = dict.fromkeys(everybody, (380, 1000))
        await self.care.tick()
        self.assertEqual(sorted(row.subscriber for row in self.sent), everybody)
        self.assertEqual(self.business.pages, 5)

    async def test_a_back_office_whose_pages_have_no_end_is_not_asked_for_ever(self) -> None:
        everybody = [f"1390001{n:04}" for n in range(60)]
        for page in (everybody[:50], everybody[49::-1], ["../health", *everybody[:49]]):
            self.business.pages = 0
            self.business.page = tuple(LowBalance(who, 380, 1000) for who in page)
            await self.care.tick()
            self.assertLessEqual(self.business.pages, 2)
        self.assertLessEqual(len(self.texts(everybody[0])), 1)
        self.business.page = None
        self.business.low = dict.fromkeys(everybody, (380, 1000))
        await self.care.tick()
        self.assertEqual(sorted(row.subscriber for row in self.sent), everybody)

    async def test_a_back_office_that_is_away_is_asked_again_later(self) -> None:
        self.business.low = {ONE: (380, 1000)}
        self.business.away = True
        await self.care.tick()
        self.assertEqual(self.sent, [])
        self.business.away = False
        await self.care.tick()
        self.assertEqual(len(self.texts(ONE)), 1)


class TestBills(CareCase):
    async def test_an_ordered_bill_comes_on_the_third_and_reads_like_0102(self) -> None:
        self.business.orders["sms_bill"] = [ONE]
        self.now = self.now.replace(day=2)
        await self.care.tick()
        self.assertEqual(self.sent, [])
        self.now = self.now.replace(day=3)
        await self.care.tick()
        (text,) = self.texts(ONE)
        self.assertIn("10月账单", text)
        await self.care.tick()
        self.assertEqual(len(self.texts(ONE)), 1)

    async def test_who_ordered_both_gets_one(self) -> None:
        self.business.orders = {"sms_bill": [ONE], "mms_bill": [ONE, TWO]}
        await self.care.tick()
        self.assertEqual((len(self.texts(ONE)), len(self.texts(TWO))), (1, 1))

    async def test_who_orders_the_other_kind_while_some_bills_are_missing_gets_no_second_one(self) -> None:
        self.business.orders["mms_bill"] = [ONE]
        await self.care.tick()
        self.business.orders["sms_bill"] = [ONE]
        await self.store.notify([], [], ("care sms_bill", Run("2026-10").to_text()))
        await self.care.tick()
        self.assertEqual(len(self.texts(ONE)), 1)

    async def test_each_month_has_its_own(self) -> None:
        self.business.orders["sms_bill"] = [ONE]
        await self.care.tick()
        self.now = datetime(2026, 12, 3, 10, tzinfo=SHANGHAI)
        await self.care.tick()
        self.assertEqual(len(self.texts(ONE)), 2)

    async def test_where_nothing_was_spent_nothing_is_sent(self) -> None:
        self.business.orders["sms_bill"] = ["13900000003"]  # has no bill of three months ago
        self.now = datetime(2026, 9, 3, 10, tzinfo=SHANGHAI)
        await self.care.tick()
        self.assertEqual(self.sent, [])

    async def test_who_is_no_subscriber_any_more_is_left_out(self) -> None:
        self.business.orders["sms_bill"] = ["13811111111", TWO]
        await self.care.tick()
        self.assertEqual({row.subscriber for row in self.sent}, {TWO})


class TestRestarts(CareCase):
    async def test_a_new_hall_on_the_same_store_sends_nothing_again(self) -> None:
        self.business.low = {ONE: (380, 1000)}
        self.business.orders["sms_bill"] = [ONE]
        await self.care.tick()
        before = list(self.sent)
        await self.end()
        await self.begin()
        await self.care.tick()
        self.assertEqual(self.sent, before)

    async def test_what_a_killed_hall_had_committed_waits_in_the_outbox(self) -> None:
        """The page is committed and the hall dies before it hands the rows on."""
        self.business.low = {ONE: (380, 1000)}
        self.care._sent = lambda rows: None
        await self.care.tick()
        await self.end()
        await self.begin()
        found = await self.store.recover(0.0)
        self.assertEqual([row.subscriber for row in found.waiting_out], [ONE])
        await self.care.tick()
        self.assertEqual(self.sent, [])

    async def test_another_hall_was_quicker(self) -> None:
        self.business.orders["sms_bill"] = [ONE, TWO]
        noticed = self.store.noticed
        first = True

        async def late(*which: Any) -> dict[str, float]:
            nonlocal first
            told: dict[str, float] = await noticed(*which)
            if first and which[0] == "sms_bill":
                first = False
                await self.store.notify([Notice("sms_bill", "2026-10", ONE, 1.0)], [], ("other", ""))
            return told

        self.store.noticed = late  # type: ignore[method-assign, assignment]
        await self.care.tick()
        self.flushLoggedErrors()
        self.assertEqual({row.subscriber for row in self.sent}, {TWO})

    async def test_another_hall_reminded_the_second_time_too(self) -> None:
        """Both have read that the last reminder is long ago; the other one commits first."""
        self.business.low = {ONE: (380, 1000)}
        await self.store.notify([Notice("low_balance", "", ONE, 1.0)], [], ("other", ""))
        noticed = self.store.noticed
        first = True

        async def late(*which: Any) -> dict[str, float]:
            nonlocal first
            told: dict[str, float] = await noticed(*which)
            if first:
                first = False
                now = Notice("low_balance", "", ONE, self.now.timestamp())
                long_ago = Notice("low_balance", "", ONE, told[ONE])
                await self.store.notify([now], [], ("other", ""), forget=[long_ago])
            return told

        self.store.noticed = late  # type: ignore[method-assign, assignment]
        await self.care.tick()
        self.flushLoggedErrors()
        self.assertEqual(self.sent, [])

    async def test_notices_wait_while_the_outbox_is_full(self) -> None:
        self.business.low = {ONE: (380, 1000)}
        self.waiting = 10_000
        running = Deferred.fromCoroutine(self.care.tick())
        await self.store.progress("care low_balance")
        self.assertEqual(self.sent, [])
        await self.care.stop()
        await running
        self.assertEqual(self.sent, [])


KILLED = """
import sys
from twisted.internet.task import react
from tests.sms.test_care import ending_care
react(ending_care, sys.argv[1:])
"""


async def ending_care(_reactor: Any, url: str) -> None:
    """What the killed process runs: everybody below the threshold, a line a page, until all are told."""
    case = CareCase()
    case.now = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
    case.business = Orders(lambda: case.now)
    case.business.low = dict.fromkeys(EVERYBODY, (380, 1000))
    case.sent, case.waiting, case.url = [], 0, url
    await case.begin()
    case.care._sent = lambda rows: print(len(rows), flush=True)
    await case.care.tick()
    print("told", flush=True)
    await case.end()


EVERYBODY = [f"1390002{n:04}" for n in range(620)]


def test_killed_again_and_again_everybody_is_written_to_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hall.db"
    for pages in (2, 1, 4):
        with _hall(url) as hall:
            assert hall.stdout is not None
            for _ in range(pages):
                assert hall.stdout.readline().strip() == "50"
            hall.kill()
    with _hall(url) as hall:
        said, _ = hall.communicate(timeout=60)
        assert said.splitlines()[-1] == "told"
    with sqlite3.connect(tmp_path / "hall.db") as disk:
        rows = disk.execute("SELECT subscriber FROM outbox ORDER BY subscriber").fetchall()
    assert [who for (who,) in rows] == EVERYBODY


def _hall(url: str) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", KILLED, url], cwd=root, stdout=subprocess.PIPE, text=True)


# ---- reports of spam (R085) --------------------------------------------------------------------------------
class TestHandledReports(CareCase):
    async def begin(self) -> None:
        await super().begin()
        desk = Desk(self.business, handlers.FUNCTIONS, lambda: self.now, facts_live=0.0)
        self.reports = HandledReports(
            store=self.store,
            common=Common(FixedHalls(HALL), desk, _Clock(self), Promos(0), Timeouts()),
            asks=NoticeQueries(self.business),
            composer=Composer(self.store, "10086"),
            sent=self._send,
            hours=Hours(),
        )

    async def report(self, who: str, key: str) -> str:
        change = Complain("10661234*中奖了", ComplaintKind.SPAM)
        offer = await self.business.offer(who, change)
        done = await self.business.perform(who, change, offer, key)  # type: ignore[arg-type]
        assert isinstance(done, Done)
        return str(done.details["number"])

    def handled(self, who: str, number: str) -> None:
        account = self.business._accounts[who]
        step = ComplaintStep(self.now, "归档", "一线客服")
        account.complaints = tuple(
            replace(one, state=ComplaintState.CLOSED, steps=(*one.steps, step))
            for one in account.complaints
            if one.number == number
        )

    async def later(self, hours: int = 1) -> None:
        self.now += timedelta(hours=hours)
        await self.reports.tick()

    async def test_a_second_message_says_that_it_was_handled(self) -> None:
        await self.reports.tick()
        number = await self.report(ONE, "k")
        await self.later()
        self.assertEqual(self.texts(ONE), [])
        self.now += timedelta(hours=1)
        self.handled(ONE, number)
        await self.later()
        (told,) = self.texts(ONE)
        self.assertIn(f"您11月22日举报的垃圾短信（编号{number}）已核实处理", told)
        self.assertLessEqual(len(told), 70)
        await self.later()
        self.assertEqual(len(self.texts(ONE)), 1)

    async def test_a_hall_that_begins_anew_goes_on_where_it_was(self) -> None:
        await self.reports.tick()
        first, second = await self.report(ONE, "k1"), await self.report(TWO, "k2")
        self.now += timedelta(hours=1)
        self.handled(ONE, first)
        await self.later()
        await self.end()
        await self.begin()
        self.now += timedelta(hours=1)
        self.handled(TWO, second)
        await self.later()
        self.assertEqual([len(self.texts(who)) for who in (ONE, TWO)], [1, 1])

    async def test_what_was_handled_before_the_first_hall_is_history(self) -> None:
        number = await self.report(ONE, "k")
        self.handled(ONE, number)
        await self.later()
        await self.later()
        self.assertEqual(self.texts(ONE), [])

    async def test_nobody_is_told_at_night(self) -> None:
        await self.reports.tick()
        number = await self.report(ONE, "k")
        self.now += timedelta(hours=1)
        self.handled(ONE, number)
        await self.later(12)
        self.assertEqual(self.texts(ONE), [])
        await self.later(12)
        self.assertEqual(len(self.texts(ONE)), 1)


class _Clock:
    """The store's reactor, with the time of the test."""

    def __init__(self, case: CareCase) -> None:
        self._case = case

    def seconds(self) -> float:
        return self._case.now.timestamp()

    def callLater(self, *args: object) -> object:
        return reactor.callLater(*args)

    def getDelayedCalls(self) -> object:
        return reactor.getDelayedCalls()
