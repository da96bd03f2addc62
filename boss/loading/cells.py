"""Readers of one cell: text in, what the database keeps out.

A reader takes the text of a cell and gives an int, a str, bytes, or None for an empty cell; it raises
ValueError, in words that follow the column's name. Days and moments are given as the texts that SQLite
stores (moments in UTC), which PostgreSQL understands as well. Cells repeat from line to line (a brand, a
city, 0.00), so what is not secret is remembered: that makes reading four times quicker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from boss.loading.fields import WHOLE, YUAN
from business.port.days import BILL_MONTHS, SHANGHAI, month_after

Cell = Callable[[str], Any]
REMEMBERED = 1 << 15
YEARS = range(1900, 2200)
"""What lies beyond is a slip, and leaves the calendar with a change of zone."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_MOMENT = re.compile(rf"{_DAY.pattern}[ T]([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}}))?")
_MONTH = re.compile(r"([0-9]{4})[-/]?([0-9]{2})")


class Choice(dict[str, Any]):
    """Words and what each stands for; its ``__getitem__`` is a reader."""

    def __missing__(self, word: str) -> Any:
        words = [known for known in self if known]
        raise ValueError(f"is {' or '.join(words)}, not {word[:40]!r}")


def choice(words: Mapping[str, Any], *, must: bool = False) -> Cell:
    return Choice(words if must else {**words, "": None}).__getitem__


def optional(read: Cell) -> Cell:
    """An empty cell is None."""
    return lru_cache(REMEMBERED)(lambda text: read(text) if text else None)


def remembered(read: Cell) -> Cell:
    return lru_cache(REMEMBERED)(read)


def pattern(regex: str, wanted: str, *, shown: bool = True) -> Cell:
    """A text of a certain form. ``shown`` false: a secret, which no message repeats and nothing remembers."""
    matches = re.compile(regex).fullmatch

    def read(text: str) -> str:
        if matches(text) is None:
            raise ValueError(f"{wanted} is wanted" + (f", not {text[:40]!r}" if shown else ""))
        return text

    return read


def secret(regex: str, wanted: str) -> Cell:
    read = pattern(regex, wanted, shown=False)
    return lambda text: read(text) if text else None


def hashed(text: str) -> bytes | None:
    """A salted hash as :func:`business.port.secrecy.hash_password` makes it, in 96 hexadecimal digits."""
    if not text:
        return None
    if re.fullmatch("[0-9a-fA-F]{96}", text) is None:
        raise ValueError("96 hexadecimal digits are wanted: 16 bytes of salt, 32 of scrypt")
    return bytes.fromhex(text)


def words(longest: int) -> Cell:
    """Text of at most ``longest`` characters, not empty."""

    def read(text: str) -> str:
        if not text:
            raise ValueError("is empty")
        if len(text) > longest:
            raise ValueError(f"has {len(text)} characters; {longest} are the most")
        if _CONTROL.search(text):
            raise ValueError("holds a control character")
        return text

    return read


def fen(text: str) -> int:
    """Yuan with up to two decimals, as fen."""
    match = YUAN.fullmatch(text)
    if match is None:
        raise ValueError(f"an amount in yuan is wanted, like 5 or 52.35, not {text[:40]!r}")
    sign, yuan, part = match.groups()
    amount = int(yuan) * 100 + int((part or "").ljust(2, "0"))
    return -amount if sign else amount


def fee(text: str) -> int:
    amount = fen(text)
    if amount < 0:
        raise ValueError("cannot be below zero")
    return amount


def whole(text: str) -> int:
    if WHOLE.fullmatch(text) is None:
        raise ValueError(f"a whole number is wanted, not {text[:40]!r}")
    return int(text)


def day(text: str) -> str:
    """``2026-11-22`` or ``2026/11/22``."""
    match = _DAY.fullmatch(text)
    try:
        if match and int(match[1]) in YEARS:
            return date(*map(int, match.groups())).isoformat()
    except ValueError:
        pass
    raise ValueError(f"a day is wanted, like 2026-11-22, not {text[:40]!r}")


def moment(text: str) -> str:
    """``2026-11-22 18:30`` or with seconds, as clocks in China show it."""
    match = _MOMENT.fullmatch(text)
    try:
        if match and int(match[1]) in YEARS:
            numbers = [int(number or 0) for number in match.groups()]
            return stored(datetime(*numbers, tzinfo=SHANGHAI))  # type: ignore[arg-type, misc]
    except ValueError:
        pass
    raise ValueError(f"a moment is wanted, like 2026-11-22 18:30, not {text[:40]!r}")


def stored(at: datetime) -> str:
    """An aware moment as SQLite's DateTime keeps it: UTC, without the zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def month(this: date) -> Cell:
    """Months ago, 0 (``this``) to 5, or the month itself, ``2026-10``."""
    kept = {month_after(this, -ago).isoformat() for ago in range(BILL_MONTHS + 1)}

    def read(text: str) -> str:
        if len(text) == 1 and text.isdecimal() and int(text) <= BILL_MONTHS:
            return month_after(this, -int(text)).isoformat()
        match = _MONTH.fullmatch(text)
        found = f"{match[1]}-{match[2]}-01" if match else ""
        if found not in kept:
            wanted = (
                f"0 (this month) to {BILL_MONTHS} months ago, or {this:%Y-%m} and the {BILL_MONTHS} before"
            )
            raise ValueError(f"{wanted}, is wanted, not {text[:40]!r}")
        return found

    return remembered(read)
