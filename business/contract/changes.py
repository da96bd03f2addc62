"""The contract's changes of products: offered, refused or performed, once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

from business.contract.case import DEBTOR, GOTONE, LOST, MZONE, POOR, STOPPED, ContractCase
from business.port import CancelProduct, Done, NotDone, OpenProduct, Refused, Why


class ChangesContract(ContractCase):
    """Opening and cancelling the operator's own products."""

    async def test_an_offer_changes_nothing_and_survives_json(self) -> None:
        offer = await self.offered(GOTONE, OpenProduct("crbt"))
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (500, True, True))
        self.assertEqual(offer.effective, date(2026, 11, 22))
        self.assertEqual(await self.moved(GOTONE), [])
        again = replace(offer, token=json.loads(json.dumps(offer.token)), details={})
        outcome = await self.business.perform(GOTONE, OpenProduct("crbt"), again, "k")
        self.assertIsInstance(outcome, Done)

    async def test_opening_charges_once_and_shows(self) -> None:
        outcome = await self.do(GOTONE, OpenProduct("crbt"), "k1")
        self.assertIsInstance(outcome, Done)
        self.assertEqual([row.amount for row in await self.moved(GOTONE)], [-500])
        fee = await self.business.fee(GOTONE)
        self.assertEqual((fee.balance, fee.spent), (9500, 5460))
        self.assertIn("crbt", (await self.business.subscriber(GOTONE)).opened)
        await self.balanced(GOTONE)

    async def test_the_same_key_gives_the_first_result(self) -> None:
        change = OpenProduct("crbt")
        offer = await self.offered(GOTONE, change)
        first = await self.business.perform(GOTONE, change, offer, "k1")
        again = await self.business.perform(GOTONE, change, offer, "k1")
        self.assertFalse(first.repeated)
        self.assertEqual(again, replace(first, repeated=True))
        self.assertEqual(len(await self.moved(GOTONE)), 1)

    async def test_the_same_key_many_at_once(self) -> None:
        change = OpenProduct("crbt")
        offer = await self.offered(GOTONE, change)
        outcomes = await self.all(*(self.business.perform(GOTONE, change, offer, "k") for _ in range(20)))
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done})
        self.assertEqual(sorted(outcome.repeated for outcome in outcomes), [False] + [True] * 19)
        self.assertEqual(len(await self.moved(GOTONE)), 1)

    async def test_two_wishes_at_once_open_once(self) -> None:
        change = OpenProduct("crbt")
        offer = await self.offered(GOTONE, change)
        outcomes = await self.all(*(self.business.perform(GOTONE, change, offer, f"k{n}") for n in range(10)))
        self.assertEqual(sum(isinstance(outcome, Done) for outcome in outcomes), 1)
        self.assertEqual({o.why for o in outcomes if isinstance(o, Refused)}, {Why.ALREADY})
        self.assertEqual(len(await self.moved(GOTONE)), 1)

    async def test_a_key_belongs_to_its_change(self) -> None:
        await self.do(GOTONE, OpenProduct("crbt"), "k")
        other = await self.do(GOTONE, OpenProduct("missed"), "k")
        self.assertIsInstance(other, NotDone)
        self.assertEqual(len(await self.moved(GOTONE)), 1)

    async def test_a_refusal_is_also_a_first_result(self) -> None:
        change = OpenProduct("crbt")
        offer = await self.offered(GOTONE, change)
        await self.business.perform(GOTONE, change, offer, "k1")
        first = await self.business.perform(GOTONE, change, offer, "k2")
        assert isinstance(first, Refused)
        self.assertEqual(first.why, Why.ALREADY)
        await self.do(GOTONE, CancelProduct("crbt"), "k3")
        again = await self.business.perform(GOTONE, change, offer, "k2")
        self.assertEqual(again, replace(first, repeated=True))

    async def test_a_cancel_is_confirmed_only_where_it_loses_something(self) -> None:
        await self.do(GOTONE, OpenProduct("crbt"), "k1")
        self.assertTrue((await self.offered(GOTONE, CancelProduct("crbt"))).confirm)
        self.assertFalse((await self.offered(GOTONE, CancelProduct("fetion"))).confirm)

    async def test_a_changed_tariff_is_refused(self) -> None:
        offer = await self.offered(GOTONE, OpenProduct("crbt"))
        await self.retariff("crbt", 600)
        outcome = await self.business.perform(GOTONE, OpenProduct("crbt"), offer, "k")
        assert isinstance(outcome, Refused)
        self.assertEqual((outcome.why, outcome.details["fee"]), (Why.OFFER_CHANGED, 600))
        self.assertEqual(await self.moved(GOTONE), [])

    async def test_an_offer_is_bound_to_its_own_change(self) -> None:
        for token in ((await self.offered(GOTONE, OpenProduct("missed"))).token, "", "nonsense", "[]"):
            offer = replace(await self.offered(GOTONE, OpenProduct("crbt")), token=token)
            outcome = await self.business.perform(GOTONE, OpenProduct("crbt"), offer, f"k{token}")
            assert isinstance(outcome, Refused)
            self.assertEqual(outcome.why, Why.OFFER_CHANGED)
        self.assertEqual(await self.moved(GOTONE), [])

    async def test_what_is_refused_before_anybody_confirms(self) -> None:
        await self.refused(GOTONE, OpenProduct("no such"), Why.UNKNOWN_PRODUCT)
        await self.refused(GOTONE, OpenProduct("fetion"), Why.ALREADY)
        await self.refused(GOTONE, CancelProduct("missed"), Why.NOT_OPEN)
        await self.refused(GOTONE, CancelProduct("no such"), Why.UNKNOWN_PRODUCT)
        need = await self.refused(GOTONE, OpenProduct("box"), Why.NEED)
        self.assertEqual(need.details["need"], "crbt")
        brand = await self.refused(GOTONE, OpenProduct("roam"), Why.BRAND)
        self.assertEqual(brand.details["brands"], ("动感地带",))
        poor = await self.refused(POOR, OpenProduct("crbt"), Why.BALANCE)
        self.assertEqual((poor.details["balance"], poor.details["fee"]), (280, 500))
        debt = await self.refused(DEBTOR, OpenProduct("crbt"), Why.ARREARS)
        self.assertEqual(debt.details["owed"], 4700, "of past months: this one's is not due yet")
        await self.refused(STOPPED, OpenProduct("fetion"), Why.SUSPENDED)
        await self.refused(LOST, OpenProduct("crbt"), Why.SUSPENDED)

    async def test_in_arrears_what_is_free_may_be_opened(self) -> None:
        self.assertIsInstance(await self.do(DEBTOR, OpenProduct("fetion"), "k"), Done)

    async def test_a_post_paid_month_under_way_is_no_debt(self) -> None:
        self.assertIsInstance(await self.do(MZONE, OpenProduct("roam"), "k"), Done)
        fee = await self.business.fee(MZONE)
        self.assertEqual((fee.spent, fee.owed, fee.balance), (1400, 0, 0))

    async def test_closed_on_the_last_evening_of_a_month(self) -> None:
        self.now = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)  # 19:00
        refusal = await self.refused(GOTONE, OpenProduct("missed"), Why.HOURS)
        self.assertEqual(refusal.details["from"], self.now)
        self.now = datetime(2026, 11, 30, 10, 59, tzinfo=UTC)
        await self.offered(GOTONE, OpenProduct("missed"))

    async def test_cancelled_and_opened_again_is_charged_once_a_month(self) -> None:
        await self.do(GOTONE, OpenProduct("crbt"), "k1")
        cancelled = await self.do(GOTONE, CancelProduct("crbt"), "k2")
        assert isinstance(cancelled, Done)
        self.assertEqual(cancelled.details["end"], date(2026, 12, 1))
        product = await self.business.product(GOTONE, "crbt")
        assert product is not None
        self.assertEqual((product.open, product.until), (False, date(2026, 11, 30)))
        self.assertIsInstance(await self.do(GOTONE, OpenProduct("crbt"), "k3"), Done)
        self.assertEqual(len(await self.moved(GOTONE)), 1)
        await self.do(GOTONE, CancelProduct("crbt"), "k4")
        self.now = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # December in Hunan
        self.assertIsInstance(await self.do(GOTONE, OpenProduct("crbt"), "k5"), Done)
        self.assertEqual(len(await self.moved(GOTONE)), 2)

    async def test_free_again_this_month_does_not_turn_into_a_charge_next_month(self) -> None:
        await self.do(GOTONE, OpenProduct("crbt"), "k1")
        await self.do(GOTONE, CancelProduct("crbt"), "k2")
        offer = await self.offered(GOTONE, OpenProduct("crbt"))
        self.now = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
        outcome = await self.business.perform(GOTONE, OpenProduct("crbt"), offer, "k3")
        assert isinstance(outcome, Refused)
        self.assertEqual(outcome.why, Why.OFFER_CHANGED)

    async def test_a_plan_starts_next_month_and_charges_nothing_now(self) -> None:
        offer = await self.offered(GOTONE, OpenProduct("plan"))
        self.assertEqual((offer.effective, offer.confirm), (date(2026, 12, 1), True))
        await self.business.perform(GOTONE, OpenProduct("plan"), offer, "k")
        self.assertEqual(await self.moved(GOTONE), [])

    async def test_cancelling_is_allowed_to_whoever_owes_or_is_stopped(self) -> None:
        await self.do(DEBTOR, OpenProduct("fetion"), "k1")
        self.assertIsInstance(await self.do(DEBTOR, CancelProduct("fetion"), "k2"), Done)
