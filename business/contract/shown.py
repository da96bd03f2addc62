"""The contract's queries of the past: payments, details, allowances, complaints, and what was done."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from twisted.internet.defer import Deferred

from business.contract.case import (
    ALLOWANCES,
    COMPLAINTS,
    DETAILS,
    FIFTY,
    GOTONE,
    HUNDRED,
    LOST,
    MONTH,
    NOBODY,
    PAYMENTS,
    POOR,
    PUK,
    STOPPED,
    WRONG_CARD,
    ContractCase,
)
from business.port import (
    Brand,
    CancelProduct,
    Change,
    Details,
    Done,
    OpenProduct,
    Origin,
    Payment,
    Record,
    Refused,
    Resting,
    TopUp,
    UnknownSubscriber,
)
from business.port.stock import Account, BackOfficeData

OCTOBER = date(2026, 10, 1)
BUSY = "13800000077"
LAST_EVENING = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)  # 22:00 in Hunan
MIDNIGHT = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


class ShownContract(ContractCase):
    """Payments, details, allowances, PUK, complaints."""

    async def test_payments_of_six_months_the_newest_first(self) -> None:
        self.assertEqual(await self.business.payments(GOTONE), (PAYMENTS[2], PAYMENTS[1]))
        self.assertEqual(await self.business.payments(POOR), ())

    async def test_a_top_up_is_a_payment_of_whom_it_credits(self) -> None:
        await self.do(GOTONE, TopUp(FIFTY, POOR), "k1")
        self.assertEqual(await self.business.payments(POOR), (Payment(self.now, 5000, "充值卡"),))
        self.assertEqual(len(await self.business.payments(GOTONE)), 2)
        await self.do(GOTONE, OpenProduct("crbt"), "k2")  # a charge is none
        self.assertEqual(len(await self.business.payments(GOTONE)), 2)

    async def test_of_many_payments_the_newest_two_hundred_are_shown(self) -> None:
        many = tuple(Payment(PAYMENTS[2].at + timedelta(minutes=n), n, "充值卡") for n in range(1, 251))
        busy = Account(BUSY, Brand.EASYOWN, "岳阳", True, payments=many)
        await self.fill(BackOfficeData(accounts=(busy,)))
        shown = await self.business.payments(BUSY)
        self.assertEqual([one.amount for one in shown], list(range(250, 50, -1)))

    async def test_details_of_a_month_by_the_clock_of_hunan(self) -> None:
        november = await self.business.details(GOTONE, MONTH, 10)
        self.assertEqual(november, Details(MONTH, (DETAILS[3], DETAILS[2], DETAILS[1]), 3, 460))
        october = await self.business.details(GOTONE, OCTOBER, 10)
        self.assertEqual(october, Details(OCTOBER, (DETAILS[0],), 1, 40))

    async def test_details_show_the_newest_and_count_all(self) -> None:
        newest = (DETAILS[3], DETAILS[2], DETAILS[1])
        for limit, items in ((1000, newest), (2, newest[:2]), (1, newest[:1])):
            found = await self.business.details(GOTONE, MONTH, limit)
            self.assertEqual(found, Details(MONTH, items, 3, 460))

    async def test_details_of_months_without_any_are_empty(self) -> None:
        for month in (date(2026, 5, 1), date(2026, 12, 1), date(2026, 9, 1)):
            self.assertEqual(await self.business.details(GOTONE, month, 10), Details(month, (), 0, 0))

    async def test_details_are_ones_own(self) -> None:
        self.assertEqual(await self.business.details(POOR, MONTH, 10), Details(MONTH, (), 0, 0))

    async def test_what_is_counted_rests_on_a_months_last_evening(self) -> None:
        self.now = LAST_EVENING
        for call in (self.business.details(GOTONE, MONTH, 10), self.business.payments(GOTONE)):
            rest = await self.assertFailure(Deferred.fromCoroutine(call), Resting)
            self.assertEqual((rest.since, rest.until), (LAST_EVENING, MIDNIGHT))
        self.assertEqual((await self.business.fee(GOTONE)).balance, 10_000)
        for awake in (datetime(2026, 11, 30, 13, 59, tzinfo=UTC), MIDNIGHT):
            self.now = awake
            self.assertEqual((await self.business.details(GOTONE, MONTH, 10)).count, 3)

    async def test_allowances_of_the_running_month_in_their_order(self) -> None:
        voice, data = await self.business.allowances(GOTONE)
        self.assertEqual((voice, data), ALLOWANCES[MONTH])
        self.assertEqual((voice.left, data.left), (228, 0))
        self.now = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
        self.assertEqual(await self.business.allowances(GOTONE), ())

    async def test_puk_where_it_is_known(self) -> None:
        self.assertEqual(await self.business.puk(GOTONE), PUK)
        self.assertIsNone(await self.business.puk(POOR))

    async def test_complaints_of_six_months_with_their_steps(self) -> None:
        newest, older = await self.business.complaints(GOTONE)
        self.assertEqual((newest, older), (COMPLAINTS[2], COMPLAINTS[0]))
        self.assertEqual(await self.business.complaints(POOR), ())

    async def test_whoever_is_suspended_or_owes_is_shown_the_same(self) -> None:
        for who in (STOPPED, LOST):
            self.assertEqual((await self.business.details(who, MONTH, 3)).count, 0)
            self.assertEqual(await self.business.payments(who), ())
            self.assertEqual(await self.business.records(who), ())

    async def test_nobody_is_unknown_to_all_of_them_also_while_they_rest(self) -> None:
        for now in (self.now, LAST_EVENING):
            self.now = now
            for call in (
                self.business.payments(NOBODY),
                self.business.details(NOBODY, MONTH, 10),
                self.business.allowances(NOBODY),
                self.business.puk(NOBODY),
                self.business.complaints(NOBODY),
                self.business.records(NOBODY),
                self.business.rewards(NOBODY),
                self.business.choices(NOBODY, "pack"),
            ):
                await self.assertFailure(Deferred.fromCoroutine(call), UnknownSubscriber)


class RecordsContract(ContractCase):
    """What was done, and by which channel."""

    async def test_what_was_done_and_refused_is_recorded_with_its_channel(self) -> None:
        opened = await self.by(OpenProduct("crbt"), "k1", Origin.VOICE)
        self.assertIsInstance(opened, Done)
        earlier, later = self.now, datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        self.now = later
        self.assertIsInstance(await self.by(CancelProduct("crbt"), "k2", Origin.SMS), Done)
        refused = await self.by(TopUp(WRONG_CARD, GOTONE), "k3", Origin.WEB)
        self.assertIsInstance(refused, Refused)
        card, cancelled, crbt = await self.business.records(GOTONE)
        self.assertEqual((card.at, card.channel, card.what, card.done), (later, Origin.WEB, "充值", False))
        self.assertEqual(cancelled, Record(later, Origin.SMS, "取消", "彩铃", True))
        self.assertEqual(crbt, Record(earlier, Origin.VOICE, "开通", "彩铃", True))

    async def test_a_repeated_key_is_recorded_once(self) -> None:
        change = OpenProduct("crbt")
        offer = await self.offered(GOTONE, change)
        for _ in range(3):
            await self.business.perform(GOTONE, change, offer, "k", Origin.SMS)
        self.assertEqual(len(await self.business.records(GOTONE)), 1)

    async def test_records_are_ones_own_and_of_six_months(self) -> None:
        await self.do(GOTONE, TopUp(HUNDRED, POOR), "k")
        self.assertEqual(len(await self.business.records(GOTONE)), 1)
        self.assertEqual(await self.business.records(POOR), ())
        self.now = datetime(2027, 5, 22, 2, 30, tzinfo=UTC)
        self.assertEqual(len(await self.business.records(GOTONE)), 1)
        self.now = datetime(2027, 5, 22, 16, 0, tzinfo=UTC)  # the 23rd in Hunan
        self.assertEqual(await self.business.records(GOTONE), ())

    async def test_no_secret_is_in_a_record(self) -> None:
        await self.do(GOTONE, TopUp(FIFTY, GOTONE), "k")
        self.assertNotIn(FIFTY, repr(await self.business.records(GOTONE)))

    async def by(self, change: Change, key: str, channel: Origin) -> object:
        offer = await self.offered(GOTONE, change)
        return await self.business.perform(GOTONE, change, offer, key, channel)
