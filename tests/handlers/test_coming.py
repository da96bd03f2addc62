"""What begins on the first of next month is not told as present before."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from business.port import Product
from business.port.days import SHANGHAI
from counter.testing.house import House, at_once, texts, work
from handlers.products import running
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import Answered, Text

TODAY = date(2010, 9, 22)
FIRST = datetime(2010, 10, 1, 0, 10, tzinfo=SHANGHAI)


def said(house: House, *words: str) -> str:
    conversation = house.conversation()
    return [texts(at_once(conversation.turn(Text(word)))) for word in words][-1]


def changed() -> House:
    """POSTPAID, of 全球通58套餐, changed to 全球通88套餐 from the first of October."""
    house = House()
    said(house, "0305", "1", "1")
    return house


def opened(house: House, channel: Channel) -> tuple[object, ...]:
    outcome = house.run(work("account.opened"), channel=channel)
    assert isinstance(outcome, Answered)
    return tuple(outcome.values[name].raw for name in ("n", "names", "fee"))


def test_the_old_plan_runs_until_the_new_one_begins() -> None:
    house = changed()
    assert "现为全球通58套餐，10月1日改为全球通88套餐。可换" in said(house, "0305")
    house.now = FIRST
    assert "现为全球通88套餐，88元/月。可换" in said(house, "0305")


def test_by_telephone_too() -> None:
    listed = changed().run(work("plans.change", argument="plan"), channel=VOICE)
    assert isinstance(listed, Answered)
    assert (listed.variant, listed.values["name"].raw) == ("changing", "全球通58套餐")
    assert (listed.values["new"].raw, listed.values["start"].raw) == ("全球通88套餐", date(2010, 10, 1))


def test_whoever_goes_back_before_it_begins_has_never_left() -> None:
    told = said(House(), "0305", "1", "1", "0305", "1", "1", "0305")
    assert "现为全球通58套餐，58元/月。可换" in told


def test_a_first_pack_is_to_come() -> None:
    house = House()
    said(house, "0306", "2", "1")
    assert "10元流量套餐10月1日开通，10元/月" in said(house, "0306")
    house.now = FIRST
    assert "现为10元流量套餐，10元/月" in said(house, "0306")


def test_what_is_to_come_costs_nothing_yet() -> None:
    before, house = opened(House(), SMS), changed()
    n, names, fee = opened(house, SMS)
    assert isinstance(before[1], tuple)
    assert isinstance(names, tuple)
    assert set(names) == {*before[1], "全球通88套餐（10月1日起）"}
    assert (n, fee) == (len(names), before[2])
    assert set(opened(house, VOICE)[1]) == set(opened(House(), VOICE)[1])  # type: ignore[call-overload]
    house.now = FIRST
    n, names, fee = opened(house, SMS)
    assert isinstance(names, tuple)
    assert "全球通88套餐" in names
    assert "全球通58套餐" not in names


def plan(name: str, open_: bool, since: date | None, until: date | None = None) -> Product:
    return Product(name, name, 0, False, open_, since, until)


@pytest.mark.parametrize(
    ("group", "now"),
    [
        ([plan("a", True, None)], "a"),
        ([plan("a", False, None, TODAY), plan("b", True, TODAY)], "b"),
        ([plan("a", False, None, TODAY), plan("b", False, TODAY, date(2010, 9, 30))], "b"),
        ([plan("a", False, None, date(2010, 9, 21)), plan("b", True, date(2010, 10, 1))], None),
        ([plan("a", False, date(2010, 10, 1), TODAY), plan("b", True, date(2010, 10, 1))], None),
        ([], None),
    ],
)
def test_which_of_a_group_runs(group: list[Product], now: str | None) -> None:
    found = running(group, TODAY)
    assert (found.id if found else None) == now
