"""The contract kit: what every back office must do, as tests that its author runs.

    class TestMine(BusinessContract, twisted.trial.unittest.TestCase):
        def make(self, clock):
            return MyBusiness(..., clock)

``make`` gives a back office that is empty and not started; :meth:`BusinessContract.fill`,
:meth:`BusinessContract.retariff` and :meth:`BusinessContract.moved` suit those that have ``put`` and
``movements`` (:class:`business.accounts.Loadable`); override them for one that is filled and audited otherwise.
Time stands still at :attr:`BusinessContract.now` until a test moves it. How the data looks: see
:func:`contract_data`.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults

from business.accounts import Account, BackOfficeData, Card, Holding, Movement, Suspension, Terms, Usage
from business.days import Clock
from business.port import (
    Bill,
    BillPending,
    Brand,
    CancelProduct,
    CancelSp,
    Change,
    Done,
    NotDone,
    Offer,
    OpenProduct,
    PasswordAnswer,
    PasswordCheck,
    Performed,
    Points,
    Refused,
    SpCategory,
    SpSubscription,
    Status,
    TopUp,
    UnknownSubscriber,
    Why,
)
from business.secrecy import card_digest, hash_password

if TYPE_CHECKING:
    from twisted.trial.unittest import TestCase as _Base
else:
    _Base = object

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)  # 10:30 in Hunan
MONTH = date(2026, 11, 1)
GOTONE, POOR, DEBTOR, STOPPED, LOST, MZONE = (f"1380000000{n}" for n in range(1, 7))
NOBODY = "13899999999"
PASSWORD = "258036"
CARDS = {f"5000000000000000{n:02}": 5000 for n in range(10)} | {"999999999999999999": 10000}
FIFTY, HUNDRED = "500000000000000001", "999999999999999999"
WRONG_CARD = "123456789012345678"

PRODUCTS = (
    Terms("crbt", "彩铃", 500, charged_at_once=True),
    Terms("box", "彩铃盒", 100, charged_at_once=True, need="crbt"),
    Terms("missed", "来电提醒", 300, True, fees=((Brand.EASYOWN, 100),), closed_from=19),
    Terms("fetion", "飞信", 0),
    Terms("plan", "流量套餐", 2000, next_month=True),
    Terms("roam", "漫游", 500, True, brands=(Brand.MZONE,), cities=("长沙",)),
)


def contract_data() -> BackOfficeData:
    """Six subscribers: in credit, nearly empty, in arrears, suspended for debt, stopped on request, M-Zone."""
    sp = tuple(
        SpSubscription(f"sp{n}", f"业务{n}", "湘江传媒", f"1066000{n}", n * 100, category)
        for n, category in enumerate(SpCategory, 1)
    )
    paid = {"fetion": Holding(True, date(2026, 1, 1)), "crbt": Holding(False, date(2026, 1, 1))}
    months = {MONTH: Usage(1800, 1240, 200, 120, 600, 1000, 0), date(2026, 10, 1): Usage(5800, 100, 2, 3, 4, 5, 6)}
    gotone = Account(
        GOTONE, Brand.GOTONE, "长沙", True, 10_000, vip=True, points=3260, points_this_year=860, sp=sp,
        password=hash_password(PASSWORD, b"0123456789abcdef"), usage=months, holdings=paid,
    )  # fmt: skip
    return BackOfficeData(
        PRODUCTS,
        (
            gotone,
            Account(POOR, Brand.EASYOWN, "株洲", True, 280),
            Account(DEBTOR, Brand.GOTONE, "衡阳", False, -8640, usage={MONTH: Usage(plan=3940)}),
            Account(STOPPED, Brand.EASYOWN, "岳阳", True, -1230, suspended=Suspension.DEBT),
            Account(LOST, Brand.GOTONE, "常德", True, 5000, suspended=Suspension.ASKED),
            Account(MZONE, Brand.MZONE, "长沙", False, 0, usage={MONTH: Usage(voice=900)}),
        ),
        tuple(Card(card_digest(number), face) for number, face in CARDS.items()),
    )


class BusinessContract(_Base):
    """Mix into a trial TestCase; see the head of this file."""

    now: datetime

    def make(self, clock: Clock) -> Any:
        raise NotImplementedError("make() gives the back office to be tested")

    async def fill(self, data: BackOfficeData) -> None:
        await self.business.put(data)

    async def retariff(self, product: str, fee: int) -> None:
        terms = next(one for one in PRODUCTS if one.id == product)
        await self.business.put(BackOfficeData((replace(terms, fee=fee),)))

    async def moved(self, msisdn: str) -> list[Movement]:
        """Every movement of the subscriber's money, the opening one left out."""
        return [row for row in await self.business.movements(msisdn) if row.kind != "opening"]

    async def setUp(self) -> None:  # type: ignore[override]
        self.now = NOW
        self.business = self.make(lambda: self.now)
        await self.business.start()
        self.addCleanup(self._stop)
        await self.fill(contract_data())

    def _stop(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.business.stop())

    # ---- steps --------------------------------------------------------------------------------------------
    async def offered(self, msisdn: str, change: Change) -> Offer:
        offer = await self.business.offer(msisdn, change)
        self.assertIsInstance(offer, Offer, f"{change} was to be offered")
        assert isinstance(offer, Offer)
        return offer

    async def do(self, msisdn: str, change: Change, key: str) -> Performed:
        outcome: Performed = await self.business.perform(msisdn, change, await self.offered(msisdn, change), key)
        return outcome

    async def refused(self, msisdn: str, change: Change, why: Why) -> Refused:
        """The offer is refused for ``why``; nothing has moved."""
        before = await self.moved(msisdn)
        answer = await self.business.offer(msisdn, change)
        self.assertIsInstance(answer, Refused)
        assert isinstance(answer, Refused)
        self.assertEqual(answer.why, why)
        self.assertEqual(await self.moved(msisdn), before)
        return answer

    async def all(self, *calls: Coroutine[Any, Any, T]) -> list[T]:
        """All at once."""
        return list(await gatherResults([Deferred.fromCoroutine(call) for call in calls], consumeErrors=True))

    async def balanced(self, msisdn: str) -> None:
        """The balance is the sum of its ledger."""
        fee = await self.business.fee(msisdn)
        rows = await self.business.movements(msisdn)
        if fee.balance or fee.owed:
            self.assertEqual(fee.balance - fee.owed, sum(row.amount for row in rows))

    # ---- queries ------------------------------------------------------------------------------------------
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

    async def test_fee_of_prepaid_and_post_paid(self) -> None:
        fee = await self.business.fee(GOTONE)
        self.assertEqual((fee.at, fee.spent, fee.balance, fee.owed), (NOW, 4960, 10_000, 0))
        self.assertEqual((fee.sp, fee.overdue, fee.prepaid), (1000, 0, True))
        debt = await self.business.fee(DEBTOR)
        self.assertEqual((debt.balance, debt.owed, debt.overdue), (0, 8640, 4700))
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

    # ---- opening and cancelling ---------------------------------------------------------------------------
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
        self.assertEqual(debt.details["owed"], 8640)
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

    # ---- SP subscriptions ---------------------------------------------------------------------------------
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
