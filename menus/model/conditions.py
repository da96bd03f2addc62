"""``when:`` phrases: 动感地带 未开通fetion 每月1日到5日 8:00到20:00 忙时.

Public: :func:`parse` (phrase -> :class:`menus.model.hall.Condition`), :func:`holds`, :func:`offered`,
:data:`BRANDS`, :class:`BadPhrase`.

A phrase is words with blanks or 、 between. Several cities, or several brands, mean any one of them;
everything else must hold together. Days and hours may run over the end of the month or of the day:
每月25日到3日, 22:00到6:00.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from menus.model.events import Facts
from menus.model.findings import did_you_mean
from menus.model.hall import ALWAYS, Condition, Entry
from menus.model.province import CITIES

BRANDS = ("全球通", "动感地带", "神州行")
EARLIEST, LATEST = "0001-01-01", "9999-12-31"

_FLAGS: Mapping[str, Callable[[Condition], Condition]] = {
    "忙时": lambda c: replace(c, busy=True),
    "闲时": lambda c: replace(c, busy=False),
    "欠费": lambda c: replace(c, arrears=True),
    "未欠费": lambda c: replace(c, arrears=False),
    "VIP": lambda c: replace(c, vip=True),
    "非VIP": lambda c: replace(c, vip=False),
}
_MONTH_DAYS = re.compile(r"每月(\d{1,2})日(?:[到至-](\d{1,2})日)?")
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2})|[点时])[到至-](\d{1,2})(?::(\d{2})|[点时])")
_DAY = r"(\d{4})(?:年|-)(\d{1,2})(?:月|-)(\d{1,2})日?"
_DATES = re.compile(rf"{_DAY}[到至]{_DAY}")
_FROM = re.compile(rf"{_DAY}起")
_UNTIL = re.compile(rf"{_DAY}[止前]")
_PRODUCT = re.compile(r"(未开通|已开通)(.+)")


class BadPhrase(ValueError):
    """A word that is no condition. ``hint`` says what it may have been meant for."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Parser:
    products: Mapping[str, str]

    def add(self, word: str, sofar: Condition) -> Condition:
        if word in CITIES:
            return replace(sofar, cities=sofar.cities | {word})
        if word in BRANDS:
            return replace(sofar, brands=sofar.brands | {word})
        if word in _FLAGS:
            return _FLAGS[word](sofar)
        for pattern, reader in _RANGES:
            match = pattern.fullmatch(word)
            if match:
                return reader(sofar, word, match)
        match = _PRODUCT.fullmatch(word)
        if match:
            return self._product(sofar, match[1] == "已开通", match[2])
        known = (*CITIES, *BRANDS, *_FLAGS, "每月1日到5日", "8:00到20:00", "未开通crbt")
        raise BadPhrase(f"看不懂条件“{word}”。", did_you_mean(word, known))

    def _product(self, sofar: Condition, opened: bool, name: str) -> Condition:
        product = self.products.get(name)
        if product is None:
            raise BadPhrase(f"没有名叫“{name}”的业务。", did_you_mean(name, self.products))
        if opened:
            return replace(sofar, opened=sofar.opened | {product})
        return replace(sofar, not_opened=sofar.not_opened | {product})


def parse(words: str, products: Mapping[str, str]) -> Condition:
    """The condition that ``words`` says.

    ``products`` maps what an editor may write behind 未开通 (a service's id or title) to the product's id.
    Raises :class:`BadPhrase` for a word that says nothing known, or says it twice.
    """
    condition = Condition(words=words.strip())
    parser = _Parser(products)
    for word in re.split(r"[\s、,，]+", unicodedata.normalize("NFKC", words).strip()):
        if word:
            condition = parser.add(word, condition)
    return condition


def _month_days(sofar: Condition, word: str, match: re.Match[str]) -> Condition:
    first, last = int(match[1]), int(match[2] or match[1])
    if not (1 <= first <= 31 and 1 <= last <= 31):
        raise BadPhrase(f"“{word}”里没有这样的日子。")
    _once(sofar.months_days, word)
    return replace(sofar, months_days=(first, last))


def _hours(sofar: Condition, word: str, match: re.Match[str]) -> Condition:
    first = int(match[1]) * 60 + int(match[2] or 0)
    last = int(match[3]) * 60 + int(match[4] or 0)
    if first >= 1440 or last > 1440 or int(match[2] or 0) > 59 or int(match[4] or 0) > 59:
        raise BadPhrase(f"“{word}”里没有这样的钟点。")
    if first == last:
        raise BadPhrase(f"“{word}”从头到尾是同一刻。")
    _once(sofar.hours, word)
    return replace(sofar, hours=(first, last))


def _dates(sofar: Condition, word: str, match: re.Match[str]) -> Condition:
    first, last = _iso(word, match.groups()[:3]), _iso(word, match.groups()[3:])
    if first > last:
        raise BadPhrase(f"“{word}”的开始在结束之后。")
    return _between(sofar, word, first, last)


def _from(sofar: Condition, word: str, match: re.Match[str]) -> Condition:
    return _between(sofar, word, _iso(word, match.groups()), LATEST)


def _until(sofar: Condition, word: str, match: re.Match[str]) -> Condition:
    return _between(sofar, word, EARLIEST, _iso(word, match.groups()))


def _between(sofar: Condition, word: str, first: str, last: str) -> Condition:
    _once(sofar.dates, word)
    return replace(sofar, dates=(first, last))


def _iso(word: str, parts: tuple[str, ...]) -> str:
    try:
        return date(*(int(part) for part in parts)).isoformat()
    except ValueError:
        raise BadPhrase(f"“{word}”里没有这样的日期。") from None


def _once(already: object, word: str) -> None:
    if already is not None:
        raise BadPhrase(f"“{word}”和前面的时间重复。", "一种时间只写一次；要分几段，就写成几条。")


_RANGES: tuple[tuple[re.Pattern[str], Callable[[Condition, str, re.Match[str]], Condition]], ...] = (
    (_MONTH_DAYS, _month_days),
    (_HOURS, _hours),
    (_DATES, _dates),
    (_FROM, _from),
    (_UNTIL, _until),
)


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether everything that ``condition`` asks for is true. What is not known (a withheld caller's city or
    brand) does not hold."""
    if condition is ALWAYS:  # as nearly every key
        return True
    return _who(condition, facts) and _when(condition, facts)


def begins(condition: Condition, facts: Facts) -> bool:
    """Whether its days and hours have come, whoever is asked about."""
    return _when(replace(condition, busy=None), facts)


def offered(entries: Iterable[Entry], facts: Facts) -> tuple[Entry, ...]:
    """Those that are offered now: a campaign's key only while it runs."""
    return tuple([each for each in entries if holds(each.target.when, facts)])


def _who(condition: Condition, facts: Facts) -> bool:
    return (
        (not condition.cities or facts.city in condition.cities)
        and (not condition.brands or facts.brand in condition.brands)
        and condition.vip in (None, facts.vip)
        and condition.arrears in (None, facts.owed > 0)
        and condition.opened <= facts.opened
        and not condition.not_opened & facts.opened
    )


def _when(condition: Condition, facts: Facts) -> bool:
    now = facts.now
    minute = now.hour * 60 + now.minute
    return (
        condition.busy in (None, facts.busy)
        and (condition.dates is None or condition.dates[0] <= now.date().isoformat() <= condition.dates[1])
        and (condition.months_days is None or _within(now.day, *condition.months_days))
        and (condition.hours is None or _within(minute, condition.hours[0], condition.hours[1] - 1))
    )


def _within(value: int, first: int, last: int) -> bool:
    """Both ends included; a range whose end lies before its begin runs over the turn."""
    if first <= last:
        return first <= value <= last
    return value >= first or value <= last
