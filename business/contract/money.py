"""The contract's changes of SP subscriptions and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from business.contract.case import (
    CARDS,
    DEBTOR,
    FIFTY,
    GOTONE,
    HUNDRED,
    LOST,
    MZONE,
    NOBODY,
    PASSWORD,
    POOR,
    STOPPED,
    WRONG_CARD,
    ContractCase,
)
from business.port import (
    CancelSp,
    Done,
    OpenProduct,
    Refused,
    Status,
    TopUp,
    Why,
)


class MoneyContract(ContractCase):
    """SP subscriptions, top-up cards."""

    async def test_exactly_the_named_subscriptions_end(self) -> None:
        outcome = await self.do(GOTONE, CancelSp(("sp3", "sp1")), "k")
        assert isinstance(outcome, Done)
        self.assertEqual(outcome.details["names"], ("业务3", "业务1"))
        left = await self.business.sp_subscriptions(GOTONE)
        self.assertEqual([one.id for one in left], ["sp2", "sp4"])
        self.assertEqual(await self.moved(GOTONE), [])

    async def test_an_unknown_subscription_is_named_as_failed(self) -> None:
        outcome = await self.do(GOTONE, CancelSp(("sp2", "no such")), "k")
        assert isinstance(outcome, Done)
        self.assertEqual(outcome.details["failed"], ("no such",))
        self.assertEqual(len(await self.business.sp_subscriptions(GOTONE)), 3)

    async def test_nothing_to_cancel_is_refused(self) -> None:
        await self.refused(GOTONE, CancelSp(()), Why.NOTHING)
        await self.refused(GOTONE, CancelSp(("no such",)), Why.NOTHING)
        self.assertEqual(len(await self.business.sp_subscriptions(GOTONE)), 4)

    async def test_an_offer_for_some_does_not_cancel_others(self) -> None:
        offer = await self.offered(GOTONE, CancelSp(("sp1",)))
        outcome = await self.business.perform(GOTONE, CancelSp(("sp1", "sp2")), offer, "k")
        self.assertIsInstance(outcome, Refused)
        self.assertEqual(len(await self.business.sp_subscriptions(GOTONE)), 4)

    async def test_many_cancel_different_ones_at_once(self) -> None:
        await self.all(*(self.do(GOTONE, CancelSp((f"sp{n}",)), f"k{n}") for n in (1, 2, 3)))
        self.assertEqual([one.id for one in await self.business.sp_subscriptions(GOTONE)], ["sp4"])

    # ---- top-up -------------------------------------------------------------------------------------------
    async def test_a_card_credits_its_face_once(self) -> None:
        outcome = await self.do(GOTONE, TopUp(FIFTY, GOTONE), "k1")
        assert isinstance(outcome, Done)
        self.assertEqual((outcome.details["face"], outcome.details["balance"]), (5000, 15_000))
        again = await self.do(GOTONE, TopUp(FIFTY, GOTONE), "k1")
        self.assertEqual(again, replace(outcome, repeated=True))
        used = await self.do(GOTONE, TopUp(FIFTY, GOTONE), "k2")
        assert isinstance(used, Refused)
        self.assertEqual(used.why, Why.BAD_CARD)
        self.assertIn(used.details["left"], (4, 5), "it was a card and no guess: it may cost no try")
        self.assertEqual([row.amount for row in await self.moved(GOTONE)], [5000])
        await self.balanced(GOTONE)

    async def test_one_card_wanted_by_many_at_once(self) -> None:
        who = (GOTONE, POOR, STOPPED, LOST, MZONE)
        await self.all(*(self.do(one, TopUp(HUNDRED, one), f"k{one}") for one in who))
        moved = [row.amount for one in who for row in await self.moved(one)]
        self.assertEqual(moved, [10_000])

    async def test_crossed_top_ups_do_not_wait_for_each_other(self) -> None:
        cards = sorted(CARDS)[:10]
        pairs = [(GOTONE, POOR) if n % 2 else (POOR, GOTONE) for n in range(10)]
        outcomes = await self.all(
            *(self.do(a, TopUp(card, b), f"k{card}") for card, (a, b) in zip(cards, pairs, strict=True))
        )
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done})
        rows = [*await self.moved(GOTONE), *await self.moved(POOR)]
        self.assertEqual(sum(row.amount for row in rows), 50_000)
        await self.balanced(POOR)

    async def test_topping_up_somebody_else_asks_and_tells_no_balance(self) -> None:
        offer = await self.offered(GOTONE, TopUp(FIFTY, POOR))
        self.assertTrue(offer.confirm)
        self.assertNotIn(FIFTY, repr(offer))
        outcome = await self.business.perform(GOTONE, TopUp(FIFTY, POOR), offer, "k")
        assert isinstance(outcome, Done)
        self.assertNotIn("balance", outcome.details)
        self.assertEqual((await self.business.fee(POOR)).balance, 5280)
        self.assertEqual(await self.moved(GOTONE), [])

    async def test_an_offer_for_one_number_does_not_credit_another(self) -> None:
        offer = await self.offered(GOTONE, TopUp(FIFTY, GOTONE))
        outcome = await self.business.perform(GOTONE, TopUp(FIFTY, POOR), offer, "k")
        self.assertIsInstance(outcome, Refused)
        self.assertEqual(await self.moved(POOR), [])

    async def test_an_unknown_target_is_refused(self) -> None:
        await self.refused(GOTONE, TopUp(FIFTY, NOBODY), Why.UNKNOWN_TARGET)

    async def test_wrong_cards_are_counted_and_lock_for_the_day(self) -> None:
        left = []
        for n in range(5):
            outcome = await self.do(GOTONE, TopUp(WRONG_CARD, GOTONE), f"k{n}")
            assert isinstance(outcome, Refused)
            left.append(outcome.details["left"])
        self.assertEqual(left, [4, 3, 2, 1, 0])
        await self.refused(GOTONE, TopUp(FIFTY, GOTONE), Why.CARD_LOCKED)
        self.now = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # midnight in Hunan
        self.assertIsInstance(await self.do(GOTONE, TopUp(FIFTY, GOTONE), "next day"), Done)

    async def test_a_repeated_wrong_card_counts_once(self) -> None:
        for _ in range(7):
            outcome = await self.do(GOTONE, TopUp(WRONG_CARD, GOTONE), "one key")
            assert isinstance(outcome, Refused)
            self.assertEqual(outcome.details["left"], 4)

    async def test_a_card_of_another_length_is_a_slip_and_not_counted(self) -> None:
        for _ in range(6):
            refusal = await self.refused(GOTONE, TopUp("12345", GOTONE), Why.BAD_CARD)
            self.assertEqual(refusal.details["left"], 5)

    async def test_paying_the_debt_brings_a_stopped_number_back(self) -> None:
        outcome = await self.do(STOPPED, TopUp(FIFTY, STOPPED), "k")
        assert isinstance(outcome, Done)
        self.assertEqual((outcome.details["balance"], outcome.details["owed"]), (3770, 0))
        self.assertEqual((await self.business.subscriber(STOPPED)).status, Status.ACTIVE)
        self.assertIsInstance(await self.do(STOPPED, OpenProduct("crbt"), "k2"), Done)

    async def test_paying_part_of_the_debt_leaves_the_rest(self) -> None:
        outcome = await self.do(DEBTOR, TopUp(FIFTY, DEBTOR), "k")
        assert isinstance(outcome, Done)
        fee = await self.business.fee(DEBTOR)
        self.assertEqual(
            (fee.overdue, fee.owed, fee.balance), (0, 0, 0)
        )  # 47 of the past, 36.40 of this month
        await self.balanced(DEBTOR)

    async def test_a_number_stopped_by_its_owner_stays_stopped(self) -> None:
        await self.do(LOST, TopUp(FIFTY, LOST), "k")
        self.assertEqual((await self.business.subscriber(LOST)).status, Status.SUSPENDED)

    async def test_no_secret_in_any_repr(self) -> None:
        change = TopUp(FIFTY, GOTONE)
        offer = await self.offered(GOTONE, change)
        outcome = await self.business.perform(GOTONE, change, offer, "k")
        for shown in (change, offer, outcome, self.business, await self.business.subscriber(GOTONE)):
            self.assertNotIn(FIFTY, repr(shown))
            self.assertNotIn(PASSWORD, repr(shown))
