"""Payments: the newest of six months, one month's, and none."""

from __future__ import annotations

import pytest

from counter.testing.house import MZONE, NOW, POSTPAID
from counter.testing.stocked import StockedHouse, wanting
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action


def asked(caller: str = POSTPAID, **inputs: str) -> Outcome:
    return StockedHouse().run(wanting("payments.records", Action.QUERY, inputs), caller)


def test_the_newest_five_and_the_sum_of_all() -> None:
    found = asked()
    assert isinstance(found, Answered)
    assert found.variant == "more"
    assert (found.values["n"].raw, found.values["total"].raw) == (6, 6 * 5000 + 39)
    assert [item.values["date"].raw for item in found.items] == [
        NOW.date().replace(month=m, day=2) for m in (9, 8, 7, 6, 5)
    ]
    assert found.items[0].values["way"].raw == "充值卡"


def test_one_month_also_the_running_one() -> None:
    found = asked(month="201009")
    assert isinstance(found, Answered)
    assert (found.variant, found.values["total"].raw, len(found.items)) == ("month", 5009, 1)


def test_no_payments_at_all_and_none_in_a_month() -> None:
    assert asked(MZONE) == Answered("none")
    none = asked(MZONE, month="8")
    assert isinstance(none, Answered)
    assert none.variant == "month none"


@pytest.mark.parametrize("month", ["201003", "201010", "201013", "什么"])
def test_other_months_are_refused_with_those_that_there_are(month: str) -> None:
    refused = asked(month=month)
    assert isinstance(refused, Refused)
    assert refused.reason == "month range"
    assert refused.values["last"].raw == "201009"
