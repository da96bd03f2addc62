"""The detail list: one's own password first, then sums by kind and the newest items, in three parts."""

from __future__ import annotations

from typing import Any

from business.http.arguments import LIMIT
from business.port import Details
from counter.testing.house import NOW, PASSWORDS, POSTPAID, at_once, texts, work
from counter.testing.stocked import DETAILS, StockedHouse, wanting
from handlers import details, plans
from menus.model.events import Answered, Outcome, Refused, Text
from menus.model.specs import Action
from sms.text import split

SECRET = PASSWORDS[POSTPAID]


def asked(**inputs: str) -> Outcome:
    return StockedHouse().run(wanting("details.list", Action.QUERY, {"secret": SECRET, **inputs}))


def test_last_month_by_kind_and_the_newest_items() -> None:
    found = asked()
    assert isinstance(found, Answered)
    assert {name: value.raw for name, value in found.values.items()} == {
        "month": NOW.date().replace(month=8, day=1),
        "n": 5,
        "total": 220,
        "calls": 3,
        "call_fee": 60,
        "messages": 1,
        "message_fee": 10,
        "sessions": 1,
        "data_fee": 150,
    }
    assert [item.variant for item in found.items] == ["call", "message", "data", "call"]
    assert found.items[2].values["mb"].raw == 2  # megabytes that were begun


def test_nothing_is_told_without_the_password() -> None:
    refused = asked(secret="000000")
    assert isinstance(refused, Refused)
    assert refused.reason == "password wrong"


def test_the_running_month_and_one_without_items() -> None:
    for month in ("201009", "8月", "201007"):
        found = asked(month=month)
        assert isinstance(found, Answered)
        assert found.variant == ("" if month == "8月" else "none")


def test_a_month_that_is_not_kept() -> None:
    refused = asked(month="201003")
    assert isinstance(refused, Refused)
    assert refused.reason == "month range"


def test_a_month_of_more_items_than_are_looked_at_is_not_summed_up_by_kind() -> None:
    house = StockedHouse()

    async def many(_msisdn: str, month: Any, _limit: int) -> Details:
        return Details(month, DETAILS, 9000, 77_00)

    house.business.details = many  # type: ignore[method-assign, assignment]
    found = house.run(work("details.list", secret=SECRET))
    assert isinstance(found, Answered)
    assert (found.variant, found.values["n"].raw) == ("many", 9000)


def test_the_answer_by_text_is_at_most_three_parts() -> None:
    house = StockedHouse()
    conversation = house.conversation(POSTPAID)
    turn = at_once(conversation.turn(Text("0108 201008 " + SECRET)))
    assert "通话3次0.60元" in texts(turn)
    assert len(split(texts(turn), reference=1)) <= 3


def test_no_more_is_asked_for_than_a_back_office_need_give() -> None:
    assert details.LOOKED_AT <= LIMIT
    assert plans.LOOKED_AT <= LIMIT
