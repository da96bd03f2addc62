"""How every kind of value is read aloud: a table that is locked, and properties that hold for all numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.voice.numerals import LARGEST, cardinal, money, one_by_one
from ivr.voice.reading import ValueReader, duration
from menus.model.values import Kind, Raw, Value

TABLE = Path(__file__).with_name("readings.tsv")
NUMBERS = {Kind.MONEY, Kind.COUNT, Kind.INDEX, Kind.DURATION}
DAYS = {Kind.DATE, Kind.MONTH, Kind.MON}


def rows() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def raw_of(kind: Kind, written: str) -> Raw:
    if kind in NUMBERS:
        return int(written)
    if kind in DAYS:
        return date.fromisoformat(written)
    if kind is Kind.TIME:
        return datetime.fromisoformat(written)
    return tuple(written.split("、")) if kind is Kind.LIST else written


def test_the_table_has_every_kind() -> None:
    assert len(rows()) >= 200
    assert {row[0] for row in rows()} == {kind.value for kind in Kind}


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]} {row[1]} {row[2]}".strip())
def test_each_form_is_read_as_the_table_says(row: list[str]) -> None:
    kind, written, following, one, reading = row
    digit: Literal["一", "幺"] = "幺" if one == "幺" else "一"
    value = Value(Kind(kind), raw_of(Kind(kind), written))
    assert ValueReader(one=digit).read(value, following) == reading


# ---- the way back: what was read says the same number ----
PLACE = {"十": 10, "百": 100, "千": 1000}


def number_of(words: str) -> int:
    """An independent listener: what number do these words say?"""
    if words.startswith("负"):
        return -number_of(words[1:])
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if unit in words:
            high, low = words.rsplit(unit, 1)
            return number_of(high) * size + (number_of(low) if low else 0)
    total, digit = 0, None
    for character in words:
        if character in PLACE:
            total += (1 if digit is None else digit) * PLACE[character]
            digit = None
        elif character != "零":
            digit = 2 if character == "两" else "零一二三四五六七八九".index(character)
    return total + (digit or 0)


def fen_of(words: str) -> int:
    sign = -1 if words.startswith("负") else 1
    rest = words.removeprefix("负")
    total = 0
    for unit, size in (("元", 100), ("角", 10), ("分", 1)):
        if unit in rest:
            part, rest = rest.split(unit, 1)
            total += number_of(part) * size
    return sign * total


@given(st.integers(-LARGEST, LARGEST), st.booleans())
def test_a_whole_number_is_heard_as_it_is(number: int, liang: bool) -> None:
    assert number_of(cardinal(number, liang=liang)) == number


@given(st.integers(-(10**14), 10**14))
def test_an_amount_is_heard_to_the_last_fen(fen: int) -> None:
    assert fen_of(money(fen)) == fen


@given(st.integers(0, 10**7))
def test_no_two_amounts_sound_alike(fen: int) -> None:
    assert money(fen) != money(fen + 1)
    assert "零零" not in money(fen)
    assert not money(fen).endswith("零")


@given(st.text("0123456789", min_size=1, max_size=30))
def test_a_code_is_said_digit_by_digit(code: str) -> None:
    said = ValueReader().read(Value(Kind.DIGITS, code)).replace("、", "")
    assert said == one_by_one(code)
    assert ValueReader(one="幺").read(Value(Kind.DIGITS, code)).replace("、", "") == said.replace("一", "幺")


@given(st.datetimes(datetime(2005, 1, 1), datetime(2040, 12, 31)))
def test_a_time_is_heard_to_the_minute(moment: datetime) -> None:
    words = ValueReader().read(Value(Kind.TIME, moment))
    month, rest = words.split("月", 1)
    day, rest = rest.split("日", 1)
    hour, rest = rest.split("点", 1)
    minute = 0 if rest in ("", "整") else number_of(rest.removesuffix("分"))
    heard = (number_of(month), number_of(day), number_of(hour), minute)
    assert heard == (moment.month, moment.day, moment.hour, moment.minute)


@given(st.integers(0, 40 * 86400))
def test_a_duration_is_heard_to_the_second(seconds: int) -> None:
    rest, heard = duration(seconds), 0
    for units, size in ((("天",), 86400), (("小时",), 3600), (("分钟", "分"), 60), (("秒",), 1)):
        for unit in units:
            if unit in rest:
                part, rest = rest.split(unit, 1)
                heard += number_of(part) * size
    assert heard == timedelta(seconds=seconds).total_seconds()


def test_a_number_beyond_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="no reading"):
        cardinal(LARGEST + 1)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.MONEY, "52.35"),
        (Kind.MONEY, True),
        (Kind.COUNT, "3"),
        (Kind.DATE, 20261122),
        (Kind.TIME, date(2026, 11, 22)),
        (Kind.PHONE, 13900000001),
        (Kind.LIST, "全球通"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(kind: Kind, raw: Raw) -> None:
    with pytest.raises(TypeError):
        ValueReader().read(Value(kind, raw))


def test_a_secret_stays_out_of_errors_and_reprs() -> None:
    assert "112233" not in repr(Value(Kind.SECRET, "112233"))
