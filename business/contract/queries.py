"""The contract's queries: what is shown of a subscriber, and to nobody else."""

from __future__ import annotations

from datetime import UTC, date, datetime

from twisted.internet.defer import Deferred

from business.contract.case import (
    DEBTOR,
    GOTONE,
    LOST,
    MONTH,
    MZONE,
    NOBODY,
    NOW,
    PASSWORD,
    POOR,
    STOPPED,
    ContractCase,
)
from business.port import Bill, BillPending, Brand, OpenProduct, Points, Status, UnknownSubscriber


class QueriesContract(ContractCase):
    """Who, fee, bills, points, products."""

    async def test_it_is_healthy(self) -> None:
        self.assertTrue(await self.business.healthy())

    async def test_who_is_calling(self) -> None:
        who = await self.business.subscriber(GOTONE)
        self.assertEqual((who.msisdn, who.brand, who.city), (GOTONE, Brand.GOTONE, "长沙"))
        self.assertEqual((who.vip, who.prepaid, who.owed), (True, True, 0))
        self.assertEqual((who.status, who.opened), (Status.ACTIVE, frozenset({"fetion"})))
        self.assertEqual((await self.business.subscriber(STOPPED)).status, Status.SUSPENDED)

    async def test_nobody_is_unknown_everywhere(self) -> None:
        offer = await self.offered(GOTONE, OpenProduct("crbt"))
        for call in (
            self.business.subscriber(NOBODY),
            self.business.fee(NOBODY),
            self.business.bill(NOBODY, date(2026, 10, 1)),
            self.business.points(NOBODY),
            self.business.product(NOBODY, "crbt"),
            self.business.sp_subscriptions(NOBODY),
            self.business.check_password(NOBODY, PASSWORD),
            self.business.offer(NOBODY, OpenProduct("crbt")),
            self.business.perform(NOBODY, OpenProduct("crbt"), offer, "k"),
        ):
            await self.assertFailure(Deferred.fromCoroutine(call), UnknownSubscriber)

    async def test_what_no_number_has_in_it_is_nobodys(self) -> None:
        """Whatever a line brings: it is no failure, and the next one is answered."""
        for odd in (f"{GOTONE[:-1]}\udcff", f"{GOTONE}\x00", "\x00", "9" * 5000):
            for call in (
                self.business.subscriber(odd),
                self.business.fee(odd),
                self.business.check_password(odd, PASSWORD),
                self.business.offer(odd, OpenProduct("crbt")),
            ):
                await self.assertFailure(Deferred.fromCoroutine(call), UnknownSubscriber)
            self.assertIsNone(await self.business.product(GOTONE, odd))
            self.assertIsNone(await self.business.attribution(odd))
        self.assertEqual((await self.business.fee(GOTONE)).balance, 10_000)

    async def test_fee_of_prepaid_and_post_paid(self) -> None:
        fee = await self.business.fee(GOTONE)
        self.assertEqual((fee.at, fee.spent, fee.balance, fee.owed), (NOW, 4960, 10_000, 0))
        self.assertEqual((fee.sp, fee.overdue, fee.prepaid), (1000, 0, True))
        debt = await self.business.fee(DEBTOR)
        self.assertEqual((debt.balance, debt.owed, debt.overdue), (0, 4700, 4700))
        self.assertEqual((await self.business.fee(STOPPED)).owed, 1230)

    async def test_bills_pending_and_none(self) -> None:
        october = await self.business.bill(GOTONE, date(2026, 10, 1))
        self.assertEqual(october, Bill(date(2026, 10, 1), 5800, 100, 2, 3, 4, 5, 6))
        self.assertEqual(await self.business.bill(GOTONE, MONTH), BillPending(MONTH, date(2026, 12, 3)))
        self.assertIsNone(await self.business.bill(GOTONE, date(2026, 9, 1)))
        self.assertIsNone(await self.business.bill(GOTONE, date(2026, 5, 1)))

    async def test_last_months_bill_waits_for_the_third(self) -> None:
        self.now = datetime(2026, 12, 2, 15, 59, tzinfo=UTC)  # the 2nd, 23:59 in Hunan
        self.assertEqual(await self.business.bill(GOTONE, MONTH), BillPending(MONTH, date(2026, 12, 3)))
        self.now = datetime(2026, 12, 2, 16, 0, tzinfo=UTC)
        bill = await self.business.bill(GOTONE, MONTH)
        assert isinstance(bill, Bill)
        self.assertEqual(bill.total, 4960)

    async def test_points_and_their_name(self) -> None:
        self.assertEqual(await self.business.points(GOTONE), Points("积分", 3260, 860, False))
        self.assertEqual((await self.business.points(MZONE)).name, "M值")
        self.assertTrue((await self.business.points(DEBTOR)).frozen)
        self.assertTrue((await self.business.points(LOST)).frozen)

    async def test_products(self) -> None:
        fetion = await self.business.product(GOTONE, "fetion")
        assert fetion is not None
        self.assertEqual((fetion.title, fetion.fee, fetion.open), ("飞信", 0, True))
        self.assertIsNone(await self.business.product(GOTONE, "no such"))
        missed = await self.business.product(POOR, "missed")
        assert missed is not None
        self.assertEqual((missed.fee, missed.charged_at_once, missed.open), (100, True, False))
