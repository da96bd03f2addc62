"""A back office that fails in a row is left alone, and found again by one probe."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from boss.memory import MemoryBusiness
from business.contract.case import GOTONE, NOBODY, NOW, contract_data
from business.guards.breaker import Circuit, CircuitBreaker
from business.guards.faults import Delay, FailAfter, FailBefore, Hang, Lie
from business.guards.faults import FaultyBusiness as Faulty
from business.port import Done, Fee, NotDone, Offer, OpenProduct, Unavailable, Unknown, UnknownSubscriber

CRBT = OpenProduct("crbt")


class TestBreaker(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.faulty = Faulty(MemoryBusiness(contract_data(), lambda: NOW), self.clock)
        self.breaker = CircuitBreaker(self.faulty, self.clock.seconds, failures=3, slow=2.0, rest=10.0)
        offer = self.successResultOf(Deferred.fromCoroutine(self.faulty.inner.offer(GOTONE, CRBT)))
        assert isinstance(offer, Offer)
        self.offer = offer

    def fee(self) -> Deferred[Fee]:
        return Deferred.fromCoroutine(self.breaker.fee(GOTONE))

    def fail(self, times: int) -> None:  # type: ignore[override]
        for _ in range(times):
            self.faulty.plan("fee", FailBefore())
            self.failureResultOf(self.fee(), Unavailable)

    def perform(self, key: str) -> Any:
        return self.successResultOf(
            Deferred.fromCoroutine(self.breaker.perform(GOTONE, CRBT, self.offer, key))
        )

    def test_a_few_failures_change_nothing(self) -> None:
        self.fail(2)
        self.successResultOf(self.fee())
        self.fail(2)
        self.assertEqual(self.breaker.circuit, Circuit.CLOSED)
        self.successResultOf(self.fee())

    def test_failures_in_a_row_open_it_and_then_nothing_is_sent(self) -> None:
        self.fail(3)
        self.assertEqual((self.breaker.circuit, self.breaker.opened), (Circuit.OPEN, 1))
        before = list(self.faulty.calls)
        self.failureResultOf(self.fee(), Unavailable)
        self.assertIsInstance(self.perform("k"), NotDone)
        self.assertEqual(self.faulty.calls, before)

    def test_one_probe_finds_it_well_again(self) -> None:
        self.fail(3)
        self.clock.advance(10)
        self.assertEqual(self.breaker.circuit, Circuit.HALF_OPEN)
        self.faulty.plan("fee", Hang())
        probe = self.fee()
        self.failureResultOf(self.fee(), Unavailable)  # the others still wait for what the probe says
        self.faulty.release()
        self.successResultOf(probe)
        self.assertEqual(self.breaker.circuit, Circuit.CLOSED)
        self.assertIsInstance(self.perform("k"), Done)

    def test_a_probe_that_fails_leaves_it_alone_again(self) -> None:
        self.fail(3)
        self.clock.advance(10)
        self.fail(1)
        self.assertEqual((self.breaker.circuit, self.breaker.opened), (Circuit.OPEN, 2))
        self.clock.advance(9.9)
        self.failureResultOf(self.fee(), Unavailable)
        self.clock.advance(0.1)
        self.successResultOf(self.fee())

    def test_changes_that_fail_count_and_may_be_the_probe(self) -> None:
        for n, fault in enumerate((FailBefore(), FailAfter(), Lie(Unknown("?")))):
            self.faulty.plan("perform", fault)
            self.assertIsInstance(self.perform(f"k{n}"), NotDone | Unknown)
        self.assertEqual(self.breaker.circuit, Circuit.OPEN)
        self.clock.advance(10)
        outcome = self.perform("k1")
        self.assertEqual((type(outcome), outcome.repeated), (Done, True))
        self.assertEqual(self.breaker.circuit, Circuit.CLOSED)

    def test_answers_that_take_long_are_failures(self) -> None:
        for _ in range(3):
            self.faulty.plan("fee", Delay(2.0))
            slow = self.fee()
            self.clock.advance(2.0)
            self.successResultOf(slow)
        self.assertEqual(self.breaker.circuit, Circuit.OPEN)

    def test_that_nobody_is_known_by_a_number_is_an_answer(self) -> None:
        self.fail(2)
        self.failureResultOf(Deferred.fromCoroutine(self.breaker.fee(NOBODY)), UnknownSubscriber)
        self.fail(2)
        self.assertEqual(self.breaker.circuit, Circuit.CLOSED)

    def test_who_hangs_up_says_nothing_unless_it_took_long(self) -> None:
        self.fail(2)
        self.faulty.plan("fee", Hang(), Hang())
        soon = self.fee()
        soon.cancel()
        self.failureResultOf(soon, CancelledError)
        self.assertEqual(self.breaker.circuit, Circuit.CLOSED)
        late = self.fee()
        self.clock.advance(2.0)
        late.cancel()
        self.failureResultOf(late, CancelledError)
        self.assertEqual(self.breaker.circuit, Circuit.OPEN)

    def test_a_probe_whose_asker_hangs_up_makes_way_for_another(self) -> None:
        self.fail(3)
        self.clock.advance(10)
        self.faulty.plan("fee", Hang())
        probe = self.fee()
        probe.cancel()
        self.failureResultOf(probe, CancelledError)
        self.successResultOf(self.fee())
        self.assertEqual(self.breaker.circuit, Circuit.CLOSED)

    def test_what_comes_late_from_before_says_nothing(self) -> None:
        self.faulty.plan("fee", Hang())
        old = self.fee()
        self.fail(3)
        self.faulty.release()
        self.successResultOf(old)
        self.assertEqual(self.breaker.circuit, Circuit.OPEN)

    def test_failures_from_before_do_not_make_it_longer(self) -> None:
        self.faulty.plan("fee", Hang(), Hang(), Hang())
        old = [self.fee() for _ in range(3)]
        self.fail(3)
        self.clock.advance(9)
        for one in old:
            one.cancel()
            self.failureResultOf(one, CancelledError)
        self.clock.advance(1)
        self.assertEqual((self.breaker.circuit, self.breaker.opened), (Circuit.HALF_OPEN, 1))
