"""What the contract's tests stand on: the data, the time, and steps that several of them take."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults

from business.accounts import Account, BackOfficeData, Card, Holding, Movement, Suspension, Terms, Usage
from business.days import Clock
from business.port import Brand, Change, Offer, Performed, Refused, SpCategory, SpSubscription, Why
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
    Terms("crbt", "彩铃", 500, charged_at_once=True, cancel_asked=True),
    Terms("box", "彩铃盒", 100, charged_at_once=True, need="crbt"),
    Terms("missed", "来电提醒", 300, True, fees=((Brand.EASYOWN, 100),), closed_from=19),
    Terms("fetion", "飞信", 0),
    Terms("plan", "流量套餐", 2000, next_month=True),
    Terms("roam", "漫游", 500, True, brands=(Brand.MZONE,), cities=("长沙",)),
)


def contract_data() -> BackOfficeData:
    """Six subscribers: in credit, nearly empty, in arrears, suspended for debt, stopped on wish, M-Zone."""
    sp = tuple(
        SpSubscription(f"sp{n}", f"业务{n}", "湘江传媒", f"1066000{n}", n * 100, category)
        for n, category in enumerate(SpCategory, 1)
    )
    paid = {"fetion": Holding(True, date(2026, 1, 1)), "crbt": Holding(False, date(2026, 1, 1))}
    months = {
        MONTH: Usage(1800, 1240, 200, 120, 600, 1000, 0),
        date(2026, 10, 1): Usage(5800, 100, 2, 3, 4, 5, 6),
    }
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
