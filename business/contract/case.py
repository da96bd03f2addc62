"""What the contract's tests stand on: the data, the time, and steps that several of them take."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults

from business.port import (
    Allowance,
    AllowanceKind,
    Attribution,
    Brand,
    Change,
    Complaint,
    ComplaintKind,
    ComplaintState,
    ComplaintStep,
    Detail,
    DetailKind,
    Offer,
    Payment,
    Performed,
    Place,
    Refused,
    Reward,
    SpCategory,
    SpSubscription,
    Why,
)
from business.port.days import Clock
from business.port.secrecy import QUICK, card_digest, hash_password
from business.port.stock import (
    Account,
    BackOfficeData,
    Card,
    Holding,
    Movement,
    OptionKind,
    Segment,
    Suspension,
    Terms,
    Usage,
)

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
    Terms("crbt", "彩铃", 500, charged_at_once=True, cancel_asked=True),
    Terms("box", "彩铃盒", 100, charged_at_once=True, need="crbt"),
    Terms("missed", "来电提醒", 300, True, fees=((Brand.EASYOWN, 100),), closed_from=19),
    Terms("fetion", "飞信", 0),
    Terms("plan", "流量套餐", 2000, next_month=True),
    Terms("roam", "漫游", 500, True, brands=(Brand.MZONE,), cities=("长沙",)),
    Terms("pack_l", "大包", 2000, next_month=True, group="pack"),
    Terms("pack_s", "小包", 500, next_month=True, fees=((Brand.MZONE, 300),), group="pack"),
    Terms("pack_mz", "动感包", 400, next_month=True, brands=(Brand.MZONE,), group="pack"),
    Terms("pack_zz", "株洲包", 100, next_month=True, cities=("株洲",), group="pack"),
    Terms("balance_remind", "余额提醒", option=OptionKind.THRESHOLD, option_default=1000),
    Terms("call_forward", "呼叫转移", option=OptionKind.NUMBER),
)
REWARDS = (
    Reward("credit50", "50元话费", 4170, 5000),
    Reward("credit10", "10元话费", 840, 1000),
    Reward("credit30", "30元话费", 2500, 3000),
)
SEGMENTS = (
    Segment("1380000", Attribution("湖南", "长沙", "0731", "移动")),
    Segment("1367430", Attribution("吉林", "长春", "0431", "移动")),
)
PLACES = (
    ("长沙", Place("五一路营业厅", "长沙市五一大道1号", "073110000001", "8:00-20:00")),
    ("株洲", Place("车站路营业厅", "株洲市车站路2号", "073110000002", "8:30-18:00")),
    ("长沙", Place("黄兴路营业厅", "长沙市黄兴路3号", "073110000003", "9:00-21:00")),
)
PUK = "48151623"
ID_NUMBER = "430199198808080016"
SALT = b"0123456789abcdef"


def at(day: str, hour: str = "10:00") -> datetime:
    """A moment in Hunan."""
    return datetime.fromisoformat(f"{day}T{hour}:00+08:00")


PAYMENTS = (
    Payment(at("2026-05-21", "23:59"), 10_000, "银行代扣"),  # older than six months
    Payment(at("2026-05-22", "00:00"), 3000, "营业厅"),
    Payment(at("2026-11-03"), 5000, "充值卡"),
)
DETAILS = (
    Detail(at("2026-10-31", "23:59"), DetailKind.VOICE, "13900000001", 61, 40, "长沙"),
    Detail(at("2026-11-01", "00:00"), DetailKind.MESSAGE, "13900000001", 1, 10, ""),
    Detail(at("2026-11-20"), DetailKind.DATA, "", 2048, 200, "株洲"),
    Detail(at("2026-11-21"), DetailKind.VOICE, "13900000002", 600, 250, "长沙"),
)
ALLOWANCES = {
    MONTH: (
        Allowance("大包", AllowanceKind.VOICE, 350, 122),
        Allowance("大包", AllowanceKind.DATA, 153_600, 160_000),
    ),
    date(2026, 10, 1): (Allowance("小包", AllowanceKind.MESSAGES, 100, 99),),
}
COMPLAINTS = (
    Complaint(
        "TS26110100001", ComplaintKind.NETWORK, ComplaintState.WORKING, at("2026-11-01"), at("2026-11-02"),
        urged=1, steps=(
            ComplaintStep(at("2026-11-01"), "受理", "一线客服"),
            ComplaintStep(at("2026-11-01", "15:00"), "催办", "客户", "请快一点"),
        ),
    ),
    Complaint(
        "TS26052000001", ComplaintKind.FEE, ComplaintState.CLOSED, at("2026-05-20"), at("2026-05-21"),
        answer="已退费",
    ),
    Complaint(
        "TS26110500001", ComplaintKind.OTHER, ComplaintState.ACCEPTED, at("2026-11-05"), at("2026-11-06"),
    ),
)  # fmt: skip

REPORTS = (
    Complaint(
        "TS26110700001", ComplaintKind.SPAM, ComplaintState.CLOSED, at("2026-11-07"), at("2026-11-09"),
        steps=(
            ComplaintStep(at("2026-11-07"), "受理", "一线客服"),
            ComplaintStep(at("2026-11-09"), "归档", "一线客服"),
        ),
    ),
    Complaint(
        "TS26110600001", ComplaintKind.SPAM, ComplaintState.ANSWERED, at("2026-11-06"), at("2026-11-08"),
        steps=(
            ComplaintStep(at("2026-11-06"), "受理", "一线客服"),
            ComplaintStep(at("2026-11-10"), "回复", "一线客服"),
        ),
    ),
    Complaint(
        "TS26110800001", ComplaintKind.SPAM, ComplaintState.ACCEPTED, at("2026-11-08"), at("2026-11-10"),
        steps=(ComplaintStep(at("2026-11-08"), "受理", "一线客服"),),
    ),
)  # fmt: skip


def contract_data() -> BackOfficeData:
    """Six subscribers: in credit, nearly empty, in arrears, suspended for debt, stopped on wish, M-Zone."""
    return BackOfficeData(
        PRODUCTS,
        (
            _gotone(),
            Account(POOR, Brand.EASYOWN, "株洲", True, 280, holdings=_reminded()),
            Account(
                DEBTOR, Brand.GOTONE, "衡阳", False, -8640, usage={MONTH: Usage(plan=3940)},
                holdings={"balance_remind": Holding(False, date(2026, 1, 1))},
            ),
            Account(
                STOPPED, Brand.EASYOWN, "岳阳", True, -1230, suspended=Suspension.DEBT,
                holdings=_reminded(500),
            ),
            Account(
                LOST, Brand.GOTONE, "常德", True, 5000, suspended=Suspension.ASKED,
                suspended_since=date(2026, 11, 1), holdings=_reminded(6000),
            ),
            Account(
                MZONE, Brand.MZONE, "长沙", False, 0, usage={MONTH: Usage(voice=900)}, holdings=_reminded(),
                complaints=REPORTS,
            ),
        ),
        tuple(Card(card_digest(number), face) for number, face in CARDS.items()),
        REWARDS,
        SEGMENTS,
        PLACES,
    )  # fmt: skip


def _gotone() -> Account:
    sp = tuple(
        SpSubscription(f"sp{n}", f"业务{n}", "湘江传媒", f"1066000{n}", n * 100, category)
        for n, category in enumerate(SpCategory, 1)
    )
    paid = {"fetion": Holding(True, date(2026, 1, 1)), "crbt": Holding(False, date(2026, 1, 1))}
    months = {
        MONTH: Usage(1800, 1240, 200, 120, 600, 1000, 0),
        date(2026, 10, 1): Usage(5800, 100, 2, 3, 4, 5, 6),
    }
    return Account(
        GOTONE, Brand.GOTONE, "长沙", True, 10_000, vip=True, points=3260, points_this_year=860, sp=sp,
        password=hash_password(PASSWORD, SALT, QUICK), usage=months, holdings=paid, joined=date(2004, 3, 18),
        id_number=hash_password(ID_NUMBER, SALT, QUICK), name="王小明", puk=PUK, payments=PAYMENTS,
        details=DETAILS, allowances=ALLOWANCES, complaints=COMPLAINTS,
    )  # fmt: skip


def _reminded(threshold: int | None = None) -> dict[str, Holding]:
    return {"balance_remind": Holding(True, date(2026, 1, 1), option=threshold)}


class ContractCase(_Base):
    """The steps; :class:`business.contract.BusinessContract` has the tests."""

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
        outcome: Performed = await self.business.perform(
            msisdn, change, await self.offered(msisdn, change), key
        )
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
