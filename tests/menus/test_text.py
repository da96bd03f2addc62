"""How values look in a text message."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.model.hall import Position, Slot, Template
from menus.model.text import render_text, show
from menus.model.values import Kind, Raw, Value

HERE = Position("menus.yaml", 1, 1)


@pytest.mark.parametrize(
    ("kind", "raw", "shown"),
    [
        (Kind.MONEY, 5235, "52.35元"),
        (Kind.MONEY, 500, "5元"),
        (Kind.MONEY, 0, "0元"),
        (Kind.MONEY, 5, "0.05元"),
        (Kind.MONEY, 1050, "10.50元"),
        (Kind.MONEY, -50, "-0.50元"),
        (Kind.COUNT, 12, "12"),
        (Kind.INDEX, 3, "3"),
        (Kind.DATE, date(2010, 11, 22), "11月22日"),
        (Kind.DATE, datetime(2010, 11, 2, 9, 5, tzinfo=UTC), "11月2日"),
        (Kind.MONTH, date(2010, 10, 1), "2010年10月"),
        (Kind.MON, date(2010, 10, 1), "10月"),
        (Kind.TIME, datetime(2010, 11, 22, 9, 5, tzinfo=UTC), "11月22日9:05"),
        (Kind.TIME, datetime(2010, 11, 22, 0, 0, tzinfo=UTC), "11月22日0:00"),
        (Kind.DURATION, 300, "5分钟"),
        (Kind.DURATION, 7530, "2小时5分钟"),
        (Kind.DURATION, 3600, "1小时"),
        (Kind.DURATION, 90, "1分钟30秒"),
        (Kind.DURATION, 0, "0秒"),
        (Kind.PHONE, "13900000001", "13900000001"),
        (Kind.DIGITS, "123456789012345678", "123456789012345678"),
        (Kind.CODE, "0204", "0204"),
        (Kind.TEXT, "彩铃", "彩铃"),
        (Kind.TEXT, "一\n二\x00三", "一 二 三"),
        (Kind.TEXT, "快\u202e讯\u200b", "快讯"),
        (Kind.LIST, ("新闻快讯", "每日笑话"), "新闻快讯、每日笑话"),
        (Kind.LIST, (), ""),
        (Kind.SECRET, "482913", "482913"),
    ],
)
def test_a_value_looks_as_its_kind_says(kind: Kind, raw: Raw, shown: str) -> None:
    assert show(Value(kind, raw)) == shown


@given(st.integers(-(10**9), 10**9))
def test_money_is_exact(fen: int) -> None:
    text = show(Value(Kind.MONEY, fen)).removesuffix("元")
    yuan, _, rest = text.lstrip("-").partition(".")
    assert (int(yuan) * 100 + int(rest or 0)) * (-1 if text.startswith("-") else 1) == fen


@pytest.mark.parametrize("value", [Value(Kind.MONEY, "5"), Value(Kind.COUNT, True), Value(Kind.DATE, 5)])
def test_a_value_that_is_not_of_its_kind_is_refused(value: Value) -> None:
    with pytest.raises(ValueError, match="not made of"):
        show(value)


def test_slots_are_filled_and_nothing_else_is_touched() -> None:
    template = Template(("余额", Slot("balance", Kind.MONEY), "，{braces} stay。"), HERE)
    values = {"balance": Value(Kind.MONEY, 5235), "spare": Value(Kind.COUNT, 1)}
    assert render_text(template, values) == "余额52.35元，{braces} stay。"


def test_text_from_elsewhere_is_never_a_format() -> None:
    template = Template((Slot("name", Kind.TEXT),), HERE)
    assert (
        render_text(template, {"name": Value(Kind.TEXT, "{0.__class__}{balance}")})
        == "{0.__class__}{balance}"
    )


def test_a_missing_value_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError):
        render_text(Template((Slot("fee", Kind.MONEY),), HERE), {})


def test_a_value_of_another_kind_than_the_wording_was_read_for_is_refused() -> None:
    template = Template((Slot("fee", Kind.MONEY),), HERE)
    with pytest.raises(ValueError, match="expects money"):
        render_text(template, {"fee": Value(Kind.COUNT, 5)})
