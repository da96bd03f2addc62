"""A back office is waited for so long: a late query is given up, a late change goes on."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract.case import GOTONE, NOW, contract_data
from business.guards.deadline import DeadlineBusiness
from business.guards.faults import Delay, FaultyBusiness, Hang
from business.port import Done, Offer, OpenProduct, Performed, Unavailable, Unknown


class TestDeadline(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.faulty = FaultyBusiness(MemoryBusiness(contract_data(), lambda: NOW), self.clock)
        self.business = DeadlineBusiness(self.faulty, self.clock, 10.0)

    def tearDown(self) -> None:
        self.assertEqual(self.clock.getDelayedCalls(), [], "no timer is left behind")

    def perform(self, key: str) -> Deferred[Performed]:
        change = OpenProduct("crbt")
        offer = self.successResultOf(Deferred.fromCoroutine(self.business.offer(GOTONE, change)))
        assert isinstance(offer, Offer)
        return Deferred.fromCoroutine(self.business.perform(GOTONE, change, offer, key))

    def test_an_answer_in_time_is_the_answer(self) -> None:
        self.faulty.plan("fee", Delay(9.9))
        asking = Deferred.fromCoroutine(self.business.fee(GOTONE))
        self.clock.advance(9.9)
        self.assertEqual(self.successResultOf(asking).balance, 10_000)

    def test_a_late_query_is_given_up(self) -> None:
        self.faulty.plan("fee", Hang())
        asking = Deferred.fromCoroutine(self.business.fee(GOTONE))
        self.clock.advance(9.9)
        self.assertNoResult(asking)
        (hanging,) = self.faulty._hanging
        self.clock.advance(0.1)
        self.failureResultOf(asking, Unavailable)
        self.assertTrue(hanging.called, "the call itself is cancelled")
        self.faulty._hanging.clear()

    def test_a_late_change_is_unknown_and_comes_to_its_end(self) -> None:
        self.faulty.plan("perform", Hang())
        changing = self.perform("k")
        self.clock.advance(10.0)
        self.assertIsInstance(self.successResultOf(changing), Unknown)
        self.faulty.release()
        again = self.successResultOf(self.perform_again("k"))
        self.assertIsInstance(again, Done)
        assert isinstance(again, Done)
        self.assertTrue(again.repeated)

    def perform_again(self, key: str) -> Deferred[Performed]:
        offer = Offer(0, False, False, NOW.date(), "")
        return Deferred.fromCoroutine(self.business.perform(GOTONE, OpenProduct("crbt"), offer, key))

    def test_a_change_that_nobody_waits_for_comes_to_its_end(self) -> None:
        self.faulty.plan("perform", Hang())
        changing = self.perform("k")
        changing.cancel()
        self.failureResultOf(changing, CancelledError)
        self.faulty.release()
        fee = self.successResultOf(Deferred.fromCoroutine(self.business.fee(GOTONE)))
        self.assertEqual(fee.balance, 9500)

    def test_one_that_hangs_is_not_healthy(self) -> None:
        self.faulty.plan("healthy", Hang())
        asking = Deferred.fromCoroutine(self.business.healthy())
        self.clock.advance(10.0)
        self.assertFalse(self.successResultOf(asking))
