"""What is sent to many: bulk messages once a month (R116), urgent notices to a city; never twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from counter.care import NoticeQueries
from counter.common import Common
from counter.conversation import Timeouts
from counter.desk import Desk
from counter.notices import Hours
from counter.promos import Promos
from counter.testing.house import FixedHalls, House
from handlers import FUNCTIONS
from menus.model.conditions import parse
from sms.agents import NothingToSend
from sms.bulk import BulkLimits, BulkSending
from sms.composer import Composer
from sms.testing.fakes import HALL, reactor
from store import Conclusion, Outbound, Store, WishRow

CHANGSHA = ("13900000001", "13900000002")


class BulkCase(TestCase):
    timeout = 120

    async def setUp(self) -> None:  # type: ignore[override]
        self.house = House()
        self.house.now = self.house.now.replace(day=2, hour=11)
        self.url = f"sqlite:///{self.mktemp()}.db"
        self.sent: list[Outbound] = []
        self.blacklist: frozenset[str] = frozenset()
        await self.begin()
        self.addCleanup(self.end)

    async def begin(self) -> None:
        self.store = Store(self.url, reactor, gather=0)
        await self.store.start()
        desk = Desk(self.house.memory, FUNCTIONS, lambda: self.house.now, facts_live=0.0)
        self.promos = Promos(0)
        self.bulk = BulkSending(
            self.store,
            Common(FixedHalls(HALL), desk, reactor, self.promos, Timeouts()),
            NoticeQueries(self.house.memory),
            post=_Post(self),
            waiting=lambda: 0,
            limits=BulkLimits(Hours(), 100_000.0, self.blacklist),
        )

    async def end(self) -> None:
        await self.bulk.stop()
        await self.store.stop()

    @property
    def told(self) -> list[str]:
        return sorted({row.subscriber for row in self.sent})


class _Post:
    def __init__(self, case: BulkCase) -> None:
        self._case = case

    def compose(self, message: Any, *, joins: bool = True) -> list[Outbound]:
        return Composer(self._case.store, "10086").compose(message, 0.0, joins=joins)

    def send(self, rows: Any) -> None:
        self._case.sent += rows

    def ask(self, subscriber: str, asks: Any) -> None: ...


class Bulk(BulkCase):
    async def test_everybody_for_whom_it_is_meant_is_written_to_once_a_month(self) -> None:
        await self.bulk.tick()
        first = len(self.sent)
        self.assertIn("13900000002", self.told)
        self.assertEqual({row.kind for row in self.sent}, {"bulk"})
        for who in self.told:
            facts = await self.house.memory.subscriber(who)
            self.assertFalse(facts.vip)
        await self.bulk.tick()
        await self.end()
        await self.begin()
        await self.bulk.tick()
        self.assertEqual(len(self.sent), first)
        self.house.now = self.house.now.replace(month=self.house.now.month + 1)
        await self.bulk.tick()
        self.assertEqual(len(self.sent), 2 * first)

    async def test_not_at_night_and_not_on_other_days(self) -> None:
        day = self.house.now
        for moment in (day.replace(hour=21), day.replace(hour=9), day.replace(day=15)):
            self.house.now = moment
            await self.bulk.tick()
        self.assertEqual(self.sent, [])

    async def test_who_refuses_promos_or_stands_on_the_blacklist_gets_none(self) -> None:
        self.blacklist = frozenset({"13900000003"})
        await self.end()
        await self.begin()
        self.promos.committed(Conclusion(wishes=(WishRow("13900000002", 0, 0.0),)))
        await self.bulk.tick()
        self.assertTrue(self.sent)
        self.assertFalse({"13900000002", "13900000003"} & set(self.told))

    async def test_a_city_s_goes_to_that_city(self) -> None:
        (first, *_) = HALL.bulk
        only = replace(first, id="only", when=parse("长沙 每月1日到3日", {}))
        hall = replace(HALL, bulk=(only,))
        self.bulk._common = replace(self.bulk._common, halls=FixedHalls(hall))
        await self.bulk.tick()
        self.assertTrue(self.sent)
        for who in self.told:
            self.assertEqual((await self.house.memory.subscriber(who)).city, "长沙")


class Urgent(BulkCase):
    async def test_everybody_of_the_city_is_told_at_once_and_once_a_key(self) -> None:
        self.house.now = self.house.now.replace(hour=23)  # also at night
        there = await self.house.memory.numbers("长沙", "", 100)
        self.assertEqual(await self.bulk.urgent("长沙", "今晚网络检修", "k"), len(there))
        self.assertEqual(self.told, sorted(there))
        self.assertEqual(await self.bulk.urgent("长沙", "今晚网络检修", "k"), 0)
        self.assertEqual(await self.bulk.urgent("长沙", "检修已结束", "k2"), len(there))
        self.assertEqual({row.kind for row in self.sent}, {"urgent"})

    async def test_a_key_never_swallows_another_notice(self) -> None:
        under_way = Deferred.fromCoroutine(self.bulk.urgent("长沙", "今晚网络检修", "k"))
        for _ in range(2):  # while the first is under way, and when it has ended
            for city, text in (("长沙", "检修已结束"), ("株洲", "今晚网络检修")):
                with self.assertRaisesRegex(NothingToSend, "another message"):
                    await self.bulk.urgent(city, text, "k")
            await under_way
        self.assertEqual({row.body.decode("utf-16-be") for row in self.sent if row.body}, {"今晚网络检修"})
