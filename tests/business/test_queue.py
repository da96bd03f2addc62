"""Callers go before texts, texts before what nobody waits for, and nobody is turned away."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from boss.memory import MemoryBusiness
from business.contract.case import GOTONE, NOW, contract_data
from business.guards.breaker import Circuit, CircuitBreaker
from business.guards.patient import PatientBusiness
from business.guards.queue import Queue, QueuedBusiness, Rank
from business.port import Business, Busy, Change, Fee, NotDone, Offer, OpenProduct, Origin, Performed

CRBT = OpenProduct("crbt")


class SlowBusiness(MemoryBusiness):
    """Answers when it is told to. ``asked``: who waits, in order."""

    def __init__(self) -> None:
        super().__init__(contract_data(), lambda: NOW)
        self.asked: list[tuple[str, Deferred[None]]] = []

    async def points(self, msisdn: str) -> Any:
        wait: Deferred[None] = Deferred()
        self.asked.append((msisdn, wait))
        await wait

    def answer(self) -> str:
        number, wait = self.asked.pop(0)
        wait.callback(None)
        return number


class InTurn(SynchronousTestCase):
    def setUp(self) -> None:
        self.slow = SlowBusiness()
        self.queue = Queue(lambda: 8)
        self.by = {rank: QueuedBusiness(self.slow, self.queue, rank) for rank in Rank}

    def tearDown(self) -> None:
        while self.slow.asked:
            self.slow.answer()

    def ask(self, rank: Rank, name: str) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.by[rank].points(name))

    def under_way(self) -> list[str]:
        return [name for name, _ in self.slow.asked]

    def test_texts_leave_places_to_callers_and_bulk_leaves_most(self) -> None:
        for n in range(20):
            self.ask(Rank.BULK, f"bulk {n}")
        self.assertEqual(self.under_way(), ["bulk 0"])
        for n in range(20):
            self.ask(Rank.TEXT, f"text {n}")
        self.assertEqual(len(self.under_way()), 6)
        self.ask(Rank.CALLER, "caller 0")
        self.ask(Rank.CALLER, "caller 1")
        self.assertEqual(self.under_way()[6:], ["caller 0", "caller 1"])

    def test_the_next_is_the_highest_of_those_who_wait_then_the_first(self) -> None:
        for n in range(9):
            self.ask(Rank.CALLER, f"first {n}")
        self.ask(Rank.BULK, "bulk")
        self.ask(Rank.TEXT, "text 0")
        self.ask(Rank.TEXT, "text 1")
        self.ask(Rank.CALLER, "caller")
        came = []
        while self.slow.asked:
            came.append(self.slow.answer())
        self.assertEqual(came[8:], ["first 8", "caller", "text 0", "text 1", "bulk"])

    def test_three_thousand_wait_and_all_are_answered_in_order(self) -> None:
        all_ = [self.ask(Rank.TEXT, f"{n}") for n in range(3000)]
        came = []
        while self.slow.asked:
            self.assertLessEqual(len(self.slow.asked), 6)
            came.append(self.slow.answer())
        self.assertEqual(came, [f"{n}" for n in range(3000)])
        for each in all_:
            self.successResultOf(each)

    def test_who_gives_up_waiting_takes_no_place(self) -> None:
        for n in range(8):
            self.ask(Rank.CALLER, f"{n}")
        gone, stays = self.ask(Rank.CALLER, "gone"), self.ask(Rank.CALLER, "stays")
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.slow.answer()
        self.assertEqual(self.under_way()[-1], "stays")
        self.assertEqual(self.queue.waiting(Rank.CALLER), 0)
        self.assertNoResult(stays)

    def test_what_fails_gives_its_place_back(self) -> None:
        self.slow.points = None  # type: ignore[assignment,method-assign]
        for n in range(30):
            self.failureResultOf(self.ask(Rank.CALLER, f"{n}"), TypeError)
        self.assertIsInstance(
            self.successResultOf(Deferred.fromCoroutine(self.by[Rank.TEXT].fee(GOTONE))), Fee
        )

    def test_a_back_office_that_answers_at_once_needs_no_stack(self) -> None:
        for n in range(8):
            self.ask(Rank.CALLER, f"{n}")
        fees = [Deferred.fromCoroutine(self.by[Rank.CALLER].fee(GOTONE)) for _ in range(5000)]
        self.slow.answer()
        for fee in fees:
            self.assertIsInstance(self.successResultOf(fee), Fee)


class BusyBusiness(MemoryBusiness):
    """Others are before us, ``busy`` times."""

    def __init__(self, busy: int) -> None:
        super().__init__(contract_data(), lambda: NOW)
        self.busy, self.keys = busy, list[str]()

    async def fee(self, msisdn: str) -> Fee:
        if self.busy:
            self.busy -= 1
            raise Busy("others wait")
        return await super().fee(msisdn)

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        self.keys.append(key)
        if self.busy:
            self.busy -= 1
            return NotDone("others wait", busy=True)
        return await super().perform(msisdn, change, offer, key, channel)


class Waiting(SynchronousTestCase):
    def made(self, busy: int, seconds: float = 30.0) -> Business:
        self.clock = Clock()
        self.inner = BusyBusiness(busy)
        self.breaker = CircuitBreaker(self.inner, self.clock.seconds, failures=3, slow=2.0, rest=10.0)
        return PatientBusiness(self.breaker, self.clock, seconds)

    def passes(self, seconds: float) -> None:
        for _ in range(int(seconds * 10)):
            self.clock.advance(0.1)

    def test_busy_is_asked_again_and_says_nothing_of_the_back_offices_health(self) -> None:
        fee = Deferred.fromCoroutine(self.made(busy=10).fee(GOTONE))
        self.assertNoResult(fee)
        self.passes(20)
        self.successResultOf(fee)
        self.assertEqual((self.breaker.circuit, self.breaker.opened), (Circuit.CLOSED, 0))

    def test_a_change_is_asked_again_by_its_key(self) -> None:
        business = self.made(busy=5)
        offer = self.successResultOf(Deferred.fromCoroutine(business.offer(GOTONE, CRBT)))
        done = Deferred.fromCoroutine(business.perform(GOTONE, CRBT, offer, "k"))
        self.passes(10)
        self.assertNotIsInstance(self.successResultOf(done), NotDone)
        self.assertEqual(self.inner.keys, ["k"] * 6)
        self.assertEqual(self.breaker.opened, 0)

    def test_it_is_not_asked_for_ever_nor_for_who_has_gone(self) -> None:
        late = Deferred.fromCoroutine(self.made(busy=1000, seconds=5.0).fee(GOTONE))
        self.passes(6)
        self.failureResultOf(late, Busy)
        gone = Deferred.fromCoroutine(self.made(busy=1000).fee(GOTONE))
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])
