"""Answers that are kept: how long, of what, and never across a change."""

from __future__ import annotations

from datetime import date

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract.case import FIFTY, GOTONE, NOBODY, NOW, PASSWORD, POOR, contract_data
from business.guards.cached import UNSURE, CachedBusiness
from business.guards.faults import Delay, FailAfter, FailBefore, FaultyBusiness, Hang
from business.port import Change, Offer, OpenProduct, Performed, TopUp, Unavailable, UnknownSubscriber


class TestCached(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.faulty = FaultyBusiness(MemoryBusiness(contract_data(), lambda: NOW), self.clock)
        self.business = CachedBusiness(self.faulty, self.clock.seconds, live=5.0)

    def asked(self, name: str) -> int:
        """How often the back office itself was asked."""
        return self.faulty.calls.count(name)

    async def do(self, msisdn: str, change: Change, key: str = "k") -> Performed:
        offer = await self.business.offer(msisdn, change)
        assert isinstance(offer, Offer)
        return await self.business.perform(msisdn, change, offer, key)

    # ---- how long, and of what ----
    async def test_an_answer_is_kept_for_its_seconds_and_no_longer(self) -> None:
        first = await self.business.fee(GOTONE)
        self.clock.advance(4.9)
        self.assertIs(await self.business.fee(GOTONE), first)
        self.assertEqual(self.asked("fee"), 1)
        self.clock.advance(0.1)
        await self.business.fee(GOTONE)
        self.assertEqual(self.asked("fee"), 2)
        self.assertEqual((self.business.hits, self.business.misses), (1, 2))

    async def test_another_subscriber_and_another_month_are_other_questions(self) -> None:
        october, november = date(2026, 10, 1), date(2026, 11, 1)
        self.assertNotEqual(
            await self.business.bill(GOTONE, october), await self.business.bill(GOTONE, november)
        )
        self.assertNotEqual(await self.business.fee(GOTONE), await self.business.fee(POOR))
        self.assertEqual((self.asked("bill"), self.asked("fee")), (2, 2))

    async def test_who_somebody_is_and_what_is_secret_is_never_kept(self) -> None:
        for _ in range(2):
            await self.business.subscriber(GOTONE)
            await self.business.check_password(GOTONE, PASSWORD)
            await self.business.puk(GOTONE)
            await self.business.offer(GOTONE, OpenProduct("crbt"))
        for name in ("subscriber", "check_password", "puk", "offer"):
            self.assertEqual(self.asked(name), 2, name)

    async def test_errors_are_not_kept(self) -> None:
        self.faulty.plan("fee", FailBefore())
        await self.assertFailure(Deferred.fromCoroutine(self.business.fee(GOTONE)), Unavailable)
        self.assertEqual((await self.business.fee(GOTONE)).balance, 10_000)
        for _ in range(2):
            call = Deferred.fromCoroutine(self.business.fee(NOBODY))
            await self.assertFailure(call, UnknownSubscriber)
        self.assertEqual(self.asked("fee"), 4)

    async def test_subscribers_that_are_kept_in_mind_are_bounded(self) -> None:
        self.business = CachedBusiness(self.faulty, self.clock.seconds, live=5.0, subjects=2)
        for number in (GOTONE, POOR, GOTONE, "13800000003", POOR):
            await self.business.fee(number)
        self.assertEqual(self.asked("fee"), 3)
        await self.business.fee(GOTONE)  # it went when the third came
        self.assertEqual(self.asked("fee"), 4)

    # ---- at once ----
    def test_equal_questions_at_once_are_asked_once(self) -> None:
        self.faulty.plan("fee", Delay(1.0))
        asking = [Deferred.fromCoroutine(self.business.fee(GOTONE)) for _ in range(5)]
        self.clock.advance(1.0)
        self.assertEqual({self.successResultOf(one).balance for one in asking}, {10_000})
        self.assertEqual(self.asked("fee"), 1)

    def test_a_failure_is_everybodys_who_asked_at_once(self) -> None:
        self.faulty.plan("fee", Delay(1.0))
        asking = [Deferred.fromCoroutine(self.business.fee(NOBODY)) for _ in range(3)]
        self.clock.advance(1.0)
        for one in asking:
            self.failureResultOf(one, UnknownSubscriber)

    def test_one_who_hangs_up_does_not_take_the_answer_from_the_others(self) -> None:
        self.faulty.plan("fee", Delay(1.0))
        first, second = (Deferred.fromCoroutine(self.business.fee(GOTONE)) for _ in range(2))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.clock.advance(1.0)
        self.assertEqual(self.successResultOf(second).balance, 10_000)

    def test_when_the_last_one_hangs_up_the_question_is_given_up(self) -> None:
        self.faulty.plan("fee", Hang())
        asking = Deferred.fromCoroutine(self.business.fee(GOTONE))
        asking.cancel()
        self.failureResultOf(asking, CancelledError)
        again = Deferred.fromCoroutine(self.business.fee(GOTONE))
        self.assertEqual(self.successResultOf(again).balance, 10_000)

    # ---- changes ----
    async def test_a_change_ends_what_was_kept(self) -> None:
        await self.business.fee(GOTONE)
        await self.business.product(GOTONE, "crbt")
        await self.do(GOTONE, OpenProduct("crbt"))
        self.assertEqual((await self.business.fee(GOTONE)).balance, 9500)
        product = await self.business.product(GOTONE, "crbt")
        assert product is not None
        self.assertTrue(product.open)

    async def test_topping_up_another_number_ends_what_was_kept_about_it(self) -> None:
        await self.business.fee(POOR)
        await self.business.points(POOR)
        await self.do(GOTONE, TopUp(FIFTY, POOR))
        self.assertEqual((await self.business.fee(POOR)).balance, 5280)

    async def test_others_keep_theirs(self) -> None:
        await self.business.fee(POOR)
        await self.do(GOTONE, OpenProduct("crbt"))
        await self.business.fee(POOR)
        self.assertEqual(self.asked("fee"), 1)

    async def test_a_question_under_way_when_something_changes_is_not_kept(self) -> None:
        self.faulty.plan("fee", Delay(1.0))
        asking = Deferred.fromCoroutine(self.business.fee(GOTONE))
        await self.do(GOTONE, OpenProduct("crbt"))
        self.clock.advance(1.0)
        self.successResultOf(asking)
        await self.business.fee(GOTONE)
        self.assertEqual(self.asked("fee"), 2)

    async def test_a_question_asked_while_it_changes_is_asked_and_not_kept(self) -> None:
        offer = await self.business.offer(GOTONE, OpenProduct("crbt"))
        assert isinstance(offer, Offer)
        await self.business.fee(GOTONE)
        self.faulty.plan("perform", Delay(1.0))
        changing = Deferred.fromCoroutine(self.business.perform(GOTONE, OpenProduct("crbt"), offer, "k"))
        self.assertEqual((await self.business.fee(GOTONE)).balance, 10_000)
        self.assertEqual(self.asked("fee"), 2)
        self.clock.advance(1.0)
        self.successResultOf(changing)
        self.assertEqual((await self.business.fee(GOTONE)).balance, 9500)

    async def test_while_it_is_unknown_what_became_of_a_change_nothing_is_kept(self) -> None:
        self.faulty.plan("perform", FailAfter())
        await self.do(GOTONE, OpenProduct("crbt"))
        for _ in range(2):
            await self.business.fee(GOTONE)
        self.assertEqual(self.asked("fee"), 2)
        self.clock.advance(UNSURE)
        for _ in range(2):
            await self.business.fee(GOTONE)
        self.assertEqual(self.asked("fee"), 3)
