"""How an account stands, and which months can be asked for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from business.port import Fee
from counter.testing.house import EASYOWN, LOW, MZONE, NOW, PASSWORDS, POSTPAID, House, work
from handlers.fees import LOW_BALANCE, month_of, months_back
from menus.model.events import Answered, Refused
from menus.model.values import Kind, Value


def fee(**known: int | bool) -> Fee:
    blank: dict[str, int | bool] = {
        "spent": 10_00,
        "balance": 0,
        "owed": 0,
        "overdue": 0,
        "prepaid": True,
        "sp": 0,
    }
    return Fee(at=NOW, **{**blank, **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "realtime", "balance"),
    [
        (fee(balance=52_35), "credit", "credit"),
        (fee(balance=52_35, sp=5_00), "sp", "credit"),
        (fee(balance=LOW_BALANCE), "credit", "credit"),
        (fee(balance=LOW_BALANCE - 1), "low", "low"),
        (fee(balance=LOW_BALANCE - 1, sp=5_00), "low", "low"),
        (fee(owed=1), "arrears", "arrears"),
        (fee(owed=1, prepaid=False, overdue=1), "post", "post"),
        (fee(prepaid=False, overdue=20_00), "post", "post"),
        (fee(prepaid=False, balance=20_00, sp=1_00), "post clear", "post clear"),
    ],
)
def test_the_variant_says_how_the_account_stands(account: Fee, realtime: str, balance: str) -> None:
    from business.guards.faults import Lie

    house = House()
    house.business.plan("fee", Lie(account), Lie(account))
    for does, expected in (("fees.realtime", realtime), ("fees.balance", balance)):
        outcome = house.run(work(does))
        assert isinstance(outcome, Answered)
        assert outcome.variant == expected
        assert outcome.values["spent"] == Value(Kind.MONEY, 10_00)


def test_another_phone_needs_its_own_password_and_not_the_callers() -> None:
    house = House()
    right = house.run(work("fees.other", number=MZONE, secret=PASSWORDS[MZONE]))
    wrong = house.run(work("fees.other", number=MZONE, secret=PASSWORDS[POSTPAID]))
    assert isinstance(right, Answered)
    assert right.values["number"] == Value(Kind.PHONE, MZONE)
    assert "sp" not in right.values
    assert wrong == Refused("password mismatch")


def test_a_bill_without_a_month_is_last_months() -> None:
    bill = House().run(work("fees.bill"))
    assert isinstance(bill, Answered)
    assert bill.values["month"].raw == date(2010, 8, 1)
    items = ("plan", "voice", "data", "msg", "vas", "sp", "other")
    assert bill.values["total"].raw == sum(int(str(bill.values[i].raw)) for i in items)


def test_a_bill_waits_for_the_third_of_the_month() -> None:
    house = House()
    house.now = NOW.replace(day=2)
    pending = house.run(work("fees.bill", month="201008"))
    assert isinstance(pending, Answered)
    assert pending.variant == "pending"
    assert pending.values["ready"].raw == date(2010, 9, 3)


@pytest.mark.parametrize("month", ["201009", "201003", "201013", "199909", "什么", "209912"])
def test_other_months_are_refused_with_those_that_there_are(month: str) -> None:
    refused = House().run(work("fees.bill", month=month))
    assert isinstance(refused, Refused)
    assert refused.reason == "month range"
    assert (refused.values["first"].raw, refused.values["last_m"].raw) == (date(2010, 4, 1), date(2010, 8, 1))
    assert refused.values["last"].raw == "201008"


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("201008", date(2010, 8, 1)),
        ("2010年8月", date(2010, 8, 1)),
        ("2010-08", date(2010, 8, 1)),
        ("8", date(2010, 8, 1)),
        ("08", date(2010, 8, 1)),
        ("8月", date(2010, 8, 1)),
        ("8月份", date(2010, 8, 1)),
        ("12", date(2009, 12, 1)),
        ("13", None),
        ("", None),
        ("2010", None),
    ],
)
def test_months_as_people_write_them(written: str, month: date | None) -> None:
    assert month_of(written, NOW.date()) == month


def test_months_back_crosses_the_year() -> None:
    assert [months_back(date(2011, 2, 28), n) for n in (0, 1, 2, 14)] == [
        date(2011, 2, 1),
        date(2011, 1, 1),
        date(2010, 12, 1),
        date(2009, 12, 1),
    ]


def test_days_are_counted_as_china_does() -> None:
    """At 20:00 UTC of 31 August it is September in Changsha, so that August is last month."""
    from datetime import UTC

    house = House()
    house.now = NOW.replace(month=8, day=31, hour=20, tzinfo=UTC) + timedelta(days=3)
    bill = house.run(work("fees.bill"), EASYOWN)
    assert isinstance(bill, Answered)
    assert bill.values["month"].raw == date(2010, 8, 1)


def test_low_balance_of_the_demo() -> None:
    outcome = House().run(work("fees.realtime"), LOW)
    assert isinstance(outcome, Answered)
    assert outcome.variant == "low"
