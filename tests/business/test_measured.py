"""Every call is measured: its name, how it ended, how long it took."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract.case import FIFTY, GOTONE, NOBODY, NOW, contract_data
from business.guards.faults import Delay, FailAfter, FailBefore, FaultyBusiness, Hang
from business.guards.measured import OUTCOMES, MeasuredBusiness
from business.port import NotOffered, Offer, OpenProduct, TopUp, Unavailable, UnknownSubscriber
from business.port.bare import BareBusiness


class TestMeasured(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.faulty = FaultyBusiness(MemoryBusiness(contract_data(), lambda: NOW), self.clock)
        self.seen: list[tuple[str, str, float]] = []
        self.business = MeasuredBusiness(
            self.faulty, lambda *measured: self.seen.append(measured), self.clock.seconds
        )

    def test_how_long_an_answer_took(self) -> None:
        self.faulty.plan("fee", Delay(1.5))
        asking = Deferred.fromCoroutine(self.business.fee(GOTONE))
        self.clock.advance(1.5)
        self.successResultOf(asking)
        self.assertEqual(self.seen, [("fee", "answered", 1.5)])

    async def test_how_queries_end(self) -> None:
        self.faulty.plan("points", FailBefore())
        await self.assertFailure(Deferred.fromCoroutine(self.business.points(GOTONE)), Unavailable)
        await self.assertFailure(Deferred.fromCoroutine(self.business.fee(NOBODY)), UnknownSubscriber)
        await self.business.offer(GOTONE, OpenProduct("no such"))
        self.faulty.inner = BareBusiness()
        await self.assertFailure(Deferred.fromCoroutine(self.business.fee(GOTONE)), NotOffered)
        self.assertEqual(
            [(name, outcome) for name, outcome, _ in self.seen],
            [
                ("points", "unavailable"),
                ("fee", "unknown subscriber"),
                ("offer", "refused"),
                ("fee", "not offered"),
            ],
        )

    async def test_how_changes_end(self) -> None:
        change = TopUp(FIFTY, GOTONE)
        offer = await self.business.offer(GOTONE, change)
        assert isinstance(offer, Offer)
        self.faulty.plan("perform", FailBefore(), FailAfter())
        for key in ("k1", "k1", "k1", "k2"):
            await self.business.perform(GOTONE, change, offer, key)
        ended = [outcome for name, outcome, _ in self.seen if name == "perform"]
        self.assertEqual(ended, ["not done", "unknown", "repeated", "refused"])
        self.assertLessEqual(set(ended), set(OUTCOMES))
        self.assertNotIn(FIFTY, repr(self.seen))

    def test_whoever_gives_up_is_seen(self) -> None:
        self.faulty.plan("fee", Hang())
        asking = Deferred.fromCoroutine(self.business.fee(GOTONE))
        self.clock.advance(2.0)
        asking.cancel()
        self.failureResultOf(asking)
        self.assertEqual(self.seen, [("fee", "given up", 2.0)])
