"""The back office that misbehaves on purpose does so exactly as planned."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract import contract_data
from business.contract.case import GOTONE, NOBODY, NOW
from business.guards.faults import Delay, FailAfter, FailBefore, FaultyBusiness, Hang, Lie
from business.port import (
    Done,
    NotDone,
    Offer,
    OpenProduct,
    Performed,
    Unavailable,
    Unknown,
    UnknownSubscriber,
)

CRBT = OpenProduct("crbt")


class TestFaults(TestCase):
    def setUp(self) -> None:
        self.time = Clock()
        self.inner = MemoryBusiness(contract_data(), lambda: NOW)
        self.faulty = FaultyBusiness(self.inner, self.time)

    async def perform(self, key: str) -> Performed:
        offer = await self.inner.offer(GOTONE, CRBT)
        if not isinstance(offer, Offer):
            offer = Offer(500, True, True, NOW.date(), '["open","crbt",500,500]')
        return await self.faulty.perform(GOTONE, CRBT, offer, key)

    def charges(self) -> int:
        return sum(row.kind == "charge" for row in self.inner.ledger)

    async def test_failing_before_does_nothing(self) -> None:
        self.faulty.plan("perform", FailBefore())
        self.assertIsInstance(await self.perform("k"), NotDone)
        self.assertEqual(self.charges(), 0)
        self.assertIsInstance(await self.perform("k"), Done)

    async def test_failing_after_has_done_it(self) -> None:
        self.faulty.plan("perform", FailAfter())
        self.assertIsInstance(await self.perform("k"), Unknown)
        self.assertEqual(self.charges(), 1)
        outcome = await self.perform("k")
        assert isinstance(outcome, Done)
        self.assertTrue(outcome.repeated)

    async def test_a_query_fails_and_the_next_does_not(self) -> None:
        self.faulty.plan("fee", FailBefore())
        await self.assertFailure(Deferred.fromCoroutine(self.faulty.fee(GOTONE)), Unavailable)
        self.assertEqual((await self.faulty.fee(GOTONE)).balance, 10_000)
        self.assertEqual(self.faulty.calls, ["fee", "fee"])
        await self.assertFailure(Deferred.fromCoroutine(self.faulty.fee(NOBODY)), UnknownSubscriber)

    def test_a_delay_takes_its_seconds(self) -> None:
        self.faulty.plan("points", Delay(4.0))
        late = Deferred.fromCoroutine(self.faulty.points(GOTONE))
        self.time.advance(3.9)
        self.assertNoResult(late)
        self.time.advance(0.1)
        self.assertEqual(self.successResultOf(late).available, 3260)

    def test_hanging_waits_for_release(self) -> None:
        self.faulty.plan("perform", Hang())
        hanging = Deferred.fromCoroutine(self.perform("k"))
        self.time.advance(3600)
        self.assertNoResult(hanging)
        self.assertEqual(self.charges(), 0)
        self.faulty.release()
        self.assertIsInstance(self.successResultOf(hanging), Done)
        self.assertEqual(self.charges(), 1)

    async def test_a_lie_does_nothing(self) -> None:
        self.faulty.plan("perform", Lie(Done({"fee": 500})))
        self.assertIsInstance(await self.perform("k"), Done)
        self.assertEqual(self.charges(), 0)

    def test_only_what_the_port_has_can_be_planned(self) -> None:
        with self.assertRaises(ValueError):
            self.faulty.plan("fees", FailBefore())
