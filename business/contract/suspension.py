"""The contract's stopping and starting of telephones."""

from __future__ import annotations

from datetime import UTC, date, datetime

from business.contract.case import DEBTOR, FIFTY, GOTONE, LOST, NOBODY, POOR, STOPPED, ContractCase
from business.port import Done, OpenProduct, Refused, Resume, Status, Suspend, TopUp, Why


def hunan(year: int, month: int, day: int = 1) -> datetime:
    """Midnight there."""
    return datetime.fromisoformat(f"{year}-{month:02}-{day:02}T00:00:00+08:00").astimezone(UTC)


class SuspensionContract(ContractCase):
    """Stopping a telephone, and starting it again."""

    async def status(self, msisdn: str) -> Status:
        return Status((await self.business.subscriber(msisdn)).status)

    async def test_stopping_is_asked_about_and_names_the_fee_from_next_month(self) -> None:
        offer = await self.offered(GOTONE, Suspend(GOTONE))
        self.assertEqual((offer.fee, offer.confirm, offer.effective), (500, True, date(2026, 11, 22)))
        self.assertEqual(offer.details["start"], date(2026, 12, 1))
        outcome = await self.business.perform(GOTONE, Suspend(GOTONE), offer, "k")
        self.assertIsInstance(outcome, Done)
        self.assertEqual(await self.status(GOTONE), Status.SUSPENDED)
        self.assertEqual(await self.moved(GOTONE), [])
        await self.refused(GOTONE, OpenProduct("crbt"), Why.SUSPENDED)

    async def test_who_is_stopped_is_not_stopped_again(self) -> None:
        await self.refused(LOST, Suspend(LOST), Why.STOPPED)
        await self.refused(GOTONE, Suspend(STOPPED), Why.STOPPED)

    async def test_a_lost_telephone_is_stopped_whatever_it_owes_and_from_another_one(self) -> None:
        self.assertIsInstance(await self.do(DEBTOR, Suspend(DEBTOR), "k1"), Done)
        self.assertIsInstance(await self.do(GOTONE, Suspend(POOR), "k2"), Done)
        self.assertEqual(
            [await self.status(one) for one in (DEBTOR, POOR, GOTONE)],
            [Status.SUSPENDED, Status.SUSPENDED, Status.ACTIVE],
        )

    async def test_an_offer_for_one_number_does_not_stop_another(self) -> None:
        offer = await self.offered(GOTONE, Suspend(GOTONE))
        outcome = await self.business.perform(GOTONE, Suspend(POOR), offer, "k")
        assert isinstance(outcome, Refused)
        self.assertEqual((outcome.why, await self.status(POOR)), (Why.OFFER_CHANGED, Status.ACTIVE))

    async def test_nobody_is_neither_stopped_nor_started(self) -> None:
        await self.refused(GOTONE, Suspend(NOBODY), Why.UNKNOWN_TARGET)
        await self.refused(GOTONE, Resume(NOBODY), Why.UNKNOWN_TARGET)

    async def test_starting_in_the_first_month_is_free_and_not_asked_about(self) -> None:
        offer = await self.offered(LOST, Resume(LOST))
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (0, False, False))
        self.assertIsInstance(await self.business.perform(LOST, Resume(LOST), offer, "k"), Done)
        self.assertEqual(await self.status(LOST), Status.ACTIVE)
        self.assertEqual(await self.moved(LOST), [])
        await self.refused(LOST, Resume(LOST), Why.NOT_STOPPED)

    async def test_later_months_are_paid_when_it_is_started(self) -> None:
        await self.do(GOTONE, Suspend(GOTONE), "k1")
        self.now = hunan(2027, 1)  # December and January have begun
        offer = await self.offered(GOTONE, Resume(GOTONE))
        self.assertEqual((offer.fee, offer.charged, offer.confirm), (1000, True, True))
        outcome = await self.business.perform(GOTONE, Resume(GOTONE), offer, "k2")
        assert isinstance(outcome, Done)
        self.assertEqual((outcome.details["charged"], outcome.details["balance"]), (1000, 9000))
        (row,) = await self.moved(GOTONE)
        self.assertEqual((row.kind, row.amount), ("keep", -1000))
        self.assertEqual((await self.business.fee(GOTONE)).spent, 1000)
        await self.balanced(GOTONE)

    async def test_the_month_counts_from_its_first_moment_in_hunan(self) -> None:
        for moment, fee in ((datetime(2026, 11, 30, 15, 59, tzinfo=UTC), 0), (hunan(2026, 12), 500)):
            self.now = moment
            self.assertEqual((await self.offered(LOST, Resume(LOST))).fee, fee)

    async def test_six_months_at_the_most_are_paid(self) -> None:
        for year, month, fee in ((2027, 5, 3000), (2027, 6, 3000), (2029, 1, 3000)):
            self.now = hunan(year, month)
            self.assertEqual((await self.offered(LOST, Resume(LOST))).fee, fee)

    async def test_a_month_that_begins_before_the_yes_is_asked_about_anew(self) -> None:
        offer = await self.offered(LOST, Resume(LOST))
        self.now = hunan(2026, 12)
        outcome = await self.business.perform(LOST, Resume(LOST), offer, "k")
        assert isinstance(outcome, Refused)
        self.assertEqual((outcome.why, outcome.details["fee"]), (Why.OFFER_CHANGED, 500))
        self.assertEqual(await self.moved(LOST), [])

    async def test_who_cannot_pay_for_the_months_tops_up_first(self) -> None:
        await self.do(POOR, Suspend(POOR), "k1")
        self.now = hunan(2026, 12)
        refusal = await self.refused(POOR, Resume(POOR), Why.BALANCE)
        self.assertEqual((refusal.details["balance"], refusal.details["fee"]), (280, 500))
        await self.do(POOR, TopUp(FIFTY, POOR), "k2")
        self.assertEqual(await self.status(POOR), Status.SUSPENDED)
        self.assertIsInstance(await self.do(POOR, Resume(POOR), "k3"), Done)
        self.assertEqual((await self.business.fee(POOR)).balance, 4780)

    async def test_what_was_stopped_for_debt_is_started_by_paying(self) -> None:
        refusal = await self.refused(STOPPED, Resume(STOPPED), Why.ARREARS)
        self.assertEqual(refusal.details["owed"], 1230)
        await self.refused(GOTONE, Resume(STOPPED), Why.ARREARS)

    async def test_many_starts_at_once_are_paid_once(self) -> None:
        self.now = hunan(2026, 12)
        offer = await self.offered(LOST, Resume(LOST))
        keys = ["same"] * 5 + [f"k{n}" for n in range(5)]
        outcomes = await self.all(*(self.business.perform(LOST, Resume(LOST), offer, key) for key in keys))
        done = [one for one in outcomes if isinstance(one, Done) and not one.repeated]
        self.assertEqual(len(done), 1)
        whys = {one.why for one in outcomes if isinstance(one, Refused)}
        self.assertEqual(whys, {Why.NOT_STOPPED})
        self.assertEqual([row.amount for row in await self.moved(LOST)], [-500])

    async def test_two_who_stop_each_other_at_once_do_not_wait_for_each_other(self) -> None:
        pairs = ((GOTONE, POOR), (POOR, GOTONE))
        offers = [await self.offered(who, Suspend(target)) for who, target in pairs]
        outcomes = await self.all(
            *(
                self.business.perform(who, Suspend(target), offer, f"k{who}")
                for (who, target), offer in zip(pairs, offers, strict=True)
            )
        )
        self.assertEqual({type(outcome) for outcome in outcomes}, {Done})
