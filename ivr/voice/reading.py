"""What the voice says for a value: speech text per kind (menus/model/values.py has the table of kinds).

:class:`ValueReader` holds the one taste that operators differ in: whether a 1 in a number is 一 or 幺.

>>> ValueReader().read(Value(Kind.MONEY, 5235))
'五十二元三角五分'
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from ivr.voice.numerals import cardinal, money, one_by_one
from ivr.voice.wording import STARTS_WITH_MEASURE, clock, spoken
from menus.model.numbers import PREFIX
from menus.model.values import Kind, Value

LONGEST_RUN = 6  # digits said without taking breath
_MOBILE = re.compile(rf"({PREFIX})(1\d\d)(\d{{4}})(\d{{4}})")
_FIXED = re.compile(r"(0[12]\d|0[3-9]\d\d)(\d{3,4}?)(\d{4})|(0[12]\d|0[3-9]\d\d)(\d{3,6})")


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads values aloud. ``one``: how the digit 1 is said in numbers, codes and passwords."""

    one: Literal["一", "幺"] = "一"

    def read(self, value: Value, following: str = "") -> str:
        """Speech text of ``value``; ``following`` is the wording right behind it, for 两 before a measure.

        Raises TypeError when the raw value is not of the type that its kind demands, ValueError for a
        number beyond reading.
        """
        return _READERS[value.kind](self, value.raw, following)

    def wording(self, text: str, following: str = "") -> str:
        """Speech text of literal wording."""
        return spoken(text, one=self.one, following=following)

    def money(self, raw: Any, _: str) -> str:
        return money(_whole(raw))

    def count(self, raw: Any, following: str) -> str:
        liang = STARTS_WITH_MEASURE.match(following.lstrip()) is not None
        return cardinal(_whole(raw), liang=liang)

    def index(self, raw: Any, _: str) -> str:
        return cardinal(_whole(raw))

    def date(self, raw: Any, _: str) -> str:
        day = _day(raw)
        return f"{cardinal(day.month)}月{cardinal(day.day)}日"

    def month(self, raw: Any, _: str) -> str:
        day = _day(raw)
        return f"{one_by_one(str(day.year))}年{cardinal(day.month)}月"

    def mon(self, raw: Any, _: str) -> str:
        return f"{cardinal(_day(raw).month)}月"

    def time(self, raw: Any, _: str) -> str:
        if not isinstance(raw, datetime):
            raise TypeError(f"a time is a datetime, not {type(raw).__name__}")
        return self.date(raw, "") + clock(raw.hour, raw.minute)

    def duration(self, raw: Any, _: str) -> str:
        return duration(_whole(raw))

    def phone(self, raw: Any, _: str) -> str:
        digits = "".join(c for c in _text(raw) if c.isdecimal())
        found = _MOBILE.fullmatch(digits) or _FIXED.fullmatch(digits)
        if found is None:
            return self.code(digits, "")
        return "、".join(self._digits(part) for part in found.groups() if part)

    def code(self, raw: Any, _: str) -> str:
        """Digits one by one, letters spelled, # and * by their names; long ones in groups of four. A code
        in Chinese (取消彩铃) is words."""
        text = _text(raw)
        if not text.isascii():
            return self.wording(text)
        text = "".join(c for c in text if c.isalnum() or c in "#*")
        if len(text) <= LONGEST_RUN:
            return self._digits(text)
        return "、".join(self._digits(text[i : i + 4]) for i in range(0, len(text), 4))

    def text(self, raw: Any, following: str) -> str:
        return self.wording(_text(raw), following)

    def list(self, raw: Any, _: str) -> str:
        if not isinstance(raw, tuple):
            raise TypeError(f"a list is a tuple of str, not {type(raw).__name__}")
        return "，".join(self.wording(part) for part in raw)

    def _digits(self, text: str) -> str:
        return "".join(
            one_by_one(c, one=self.one) if c in "0123456789" else self.wording(c, "") for c in text
        )


def duration(seconds: int) -> str:
    """300 is 五分钟, 90 一分三十秒, 3660 一小时一分钟, 172800 两天. Days are said from two days on."""
    if seconds < 0:
        raise ValueError("a duration is not negative")
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24) if hours >= 48 else (0, hours)
    parts = [f"{cardinal(n, liang=True)}{unit}" for n, unit in ((days, "天"), (hour, "小时")) if n]
    if minute:
        parts.append(f"{cardinal(minute, liang=True)}{'分' if second else '分钟'}")
    if second or not parts:
        parts.append(f"{cardinal(second, liang=True)}秒")
    return "".join(parts)


_READERS: dict[Kind, Callable[[ValueReader, Any, str], str]] = {
    Kind.MONEY: ValueReader.money,
    Kind.COUNT: ValueReader.count,
    Kind.INDEX: ValueReader.index,
    Kind.DATE: ValueReader.date,
    Kind.MONTH: ValueReader.month,
    Kind.MON: ValueReader.mon,
    Kind.TIME: ValueReader.time,
    Kind.DURATION: ValueReader.duration,
    Kind.PHONE: ValueReader.phone,
    Kind.DIGITS: ValueReader.code,
    Kind.CODE: ValueReader.code,
    Kind.TEXT: ValueReader.text,
    Kind.LIST: ValueReader.list,
    Kind.SECRET: ValueReader.code,
}


def _whole(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise TypeError(f"a whole number, not {type(raw).__name__}")
    return raw


def _day(raw: object) -> date:
    if not isinstance(raw, date):
        raise TypeError(f"a date, not {type(raw).__name__}")
    return raw


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError(f"text, not {type(raw).__name__}")
    return raw
