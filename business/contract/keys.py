"""The contract's promise about keys, of changes that need no product: one key, one change, one result."""

from __future__ import annotations

from dataclasses import replace

from business.contract.case import FIFTY, GOTONE, ContractCase
from business.port import CancelSp, Change, Done, NotDone, Performed, Refused, TopUp, Why


class KeysContract(ContractCase):
    """One key, one change, one result."""

    async def test_an_sp_cancelled_with_the_same_key_many_at_once(self) -> None:
        outcomes = await self._many(CancelSp(("sp1",)))
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done})
        self.assertEqual(sum(not outcome.repeated for outcome in outcomes if isinstance(outcome, Done)), 1)

    async def test_a_card_with_the_same_key_many_at_once(self) -> None:
        outcomes = await self._many(TopUp(FIFTY, GOTONE))
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done})
        self.assertEqual(sum(not outcome.repeated for outcome in outcomes if isinstance(outcome, Done)), 1)
        self.assertEqual([row.amount for row in await self.moved(GOTONE)], [5000])

    async def _many(self, change: Change) -> list[Performed]:
        offer = await self.offered(GOTONE, change)
        return await self.all(*(self.business.perform(GOTONE, change, offer, "k") for _ in range(10)))

    async def test_the_key_of_one_sp_does_not_cancel_another(self) -> None:
        await self.do(GOTONE, CancelSp(("sp1",)), "k")
        self.assertIsInstance(await self.do(GOTONE, CancelSp(("sp2",)), "k"), NotDone)
        left = await self.business.sp_subscriptions(GOTONE)
        self.assertEqual([one.id for one in left], ["sp2", "sp3", "sp4"])

    async def test_a_refused_sp_is_refused_again_by_its_key(self) -> None:
        change = CancelSp(("sp1",))
        offer = await self.offered(GOTONE, change)
        await self.business.perform(GOTONE, change, offer, "k1")
        first = await self.business.perform(GOTONE, change, offer, "k2")
        assert isinstance(first, Refused)
        self.assertEqual((first.why, first.repeated), (Why.NOTHING, False))
        again = await self.business.perform(GOTONE, change, offer, "k2")
        self.assertEqual(again, replace(first, repeated=True))

    async def test_keys_differ_by_every_one_of_255_characters_and_by_case(self) -> None:
        for sp, last in (("sp1", "a"), ("sp2", "A"), ("sp3", "b")):
            outcome = await self.do(GOTONE, CancelSp((sp,)), "k" * 254 + last)
            assert isinstance(outcome, Done), outcome
            self.assertFalse(outcome.repeated)
        self.assertEqual([one.id for one in await self.business.sp_subscriptions(GOTONE)], ["sp4"])
