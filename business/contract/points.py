"""The contract's exchange of points for credit."""

from __future__ import annotations

from dataclasses import replace

from business.contract.case import DEBTOR, GOTONE, LOST, MZONE, REWARDS, STOPPED, ContractCase
from business.port import Done, ExchangePoints, Refused, Why
from business.port.stock import BackOfficeData

TEN, THIRTY, FIFTY = ExchangePoints("credit10"), ExchangePoints("credit30"), ExchangePoints("credit50")


class PointsContract(ContractCase):
    """Points for credit."""

    async def points_of(self, msisdn: str) -> int:
        return int((await self.business.points(msisdn)).available)

    async def test_an_exchange_is_asked_about_with_what_it_takes_and_gives(self) -> None:
        offer = await self.offered(GOTONE, TEN)
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (0, False, True))
        shown = {name: offer.details[name] for name in ("points", "worth", "title", "left")}
        self.assertEqual(shown, {"points": 840, "worth": 1000, "title": "10元话费", "left": 2420})
        self.assertEqual(await self.points_of(GOTONE), 3260)

    async def test_an_exchange_takes_points_and_credits_the_balance(self) -> None:
        outcome = await self.do(GOTONE, TEN, "k")
        assert isinstance(outcome, Done)
        self.assertEqual((outcome.details["left"], outcome.details["balance"]), (2420, 11_000))
        self.assertEqual(await self.points_of(GOTONE), 2420)
        self.assertEqual((await self.business.fee(GOTONE)).balance, 11_000)
        (row,) = await self.moved(GOTONE)
        self.assertEqual((row.kind, row.amount, row.key), ("exchange", 1000, "k"))
        await self.balanced(GOTONE)

    async def test_too_few_points(self) -> None:
        refusal = await self.refused(GOTONE, FIFTY, Why.POINTS)
        self.assertEqual((refusal.details["points"], refusal.details["needed"]), (3260, 4170))
        await self.refused(MZONE, TEN, Why.POINTS)

    async def test_points_are_frozen_in_debt_and_while_stopped(self) -> None:
        for who in (DEBTOR, STOPPED, LOST):
            await self.refused(who, TEN, Why.POINTS_FROZEN)

    async def test_there_is_no_such_reward(self) -> None:
        await self.refused(GOTONE, ExchangePoints("no such"), Why.UNKNOWN_PRODUCT)

    async def test_the_same_key_at_once_exchanges_once(self) -> None:
        offer = await self.offered(GOTONE, TEN)
        outcomes = await self.all(*(self.business.perform(GOTONE, TEN, offer, "k") for _ in range(10)))
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done})
        self.assertEqual(sorted(outcome.repeated for outcome in outcomes), [False] + [True] * 9)
        self.assertEqual(await self.points_of(GOTONE), 2420)
        self.assertEqual(len(await self.moved(GOTONE)), 1)

    async def test_points_for_one_are_not_given_for_two_at_once(self) -> None:
        offer = await self.offered(GOTONE, THIRTY)
        outcomes = await self.all(*(self.business.perform(GOTONE, THIRTY, offer, f"k{n}") for n in range(5)))
        self.assertEqual(sum(isinstance(outcome, Done) for outcome in outcomes), 1)
        self.assertEqual({one.why for one in outcomes if isinstance(one, Refused)}, {Why.POINTS})
        self.assertEqual(await self.points_of(GOTONE), 760)
        self.assertEqual([row.amount for row in await self.moved(GOTONE)], [3000])
        await self.balanced(GOTONE)

    async def test_a_reward_that_has_become_dearer_is_refused(self) -> None:
        offer = await self.offered(GOTONE, TEN)
        dearer = replace(next(one for one in REWARDS if one.id == "credit10"), points=900)
        await self.fill(BackOfficeData(rewards=(dearer,)))
        outcome = await self.business.perform(GOTONE, TEN, offer, "k")
        assert isinstance(outcome, Refused)
        self.assertEqual(outcome.why, Why.OFFER_CHANGED)
        self.assertEqual(await self.points_of(GOTONE), 3260)
