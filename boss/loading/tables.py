"""The tables that a file may hold, and their columns. This is the format's one description in code; the page
docs/business.md says the same for people, and a test compares the two.

Columns are called as in the YAML file; in a header, ``_`` does for a space and capitals do not matter. Money
is in yuan. An empty cell means "not said": the column's usual value, or what stands there already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from boss.loading import cells
from boss.loading.cells import Cell, choice, optional, pattern, remembered, secret, words
from boss.loading.fields import YES_NO
from boss.rules import CARD_FACES
from boss.rules.showing import REMINDER
from business.port import AllowanceKind, Brand, DetailKind, SpCategory
from business.port.days import month_after, month_of
from business.port.secrecy import card_digest
from business.port.stock import OptionKind, Suspension

BRANDS = {brand.value: brand.value for brand in Brand}
MOBILE = pattern("1[0-9]{10}", "a mobile number of 11 digits")
ID_NUMBER = "[0-9]{17}[0-9Xx]"
FEN_A_YUAN = 100
_LONGEST_LIST = 4000
"""Characters of a list of products: a hundred of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` in the header, ``to`` in the database's table; ``must`` stand in the header."""

    name: str
    to: str
    read: Cell
    must: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is the file's, ``to`` the database's. ``fixed``: columns that are the same in every row;
    ``finish`` makes a row's values of its cells where one column is not enough (small tables only), and
    raises ValueError."""

    name: str
    to: str
    columns: tuple[Column, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    line_as: str | None = None  # the column that keeps the order of the lines
    finish: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    @property
    def must(self) -> list[str]:
        return [column.name for column in self.columns if column.must]


def _must(name: str, read: Cell, to: str = "") -> Column:
    return Column(name, to or name.replace(" ", "_"), read, True)


def _may(name: str, read: Cell, to: str = "") -> Column:
    return Column(name, to or name.replace(" ", "_"), read)


def _who() -> Column:
    return _must("number", MOBILE, "msisdn")


def _words(longest: int) -> Cell:
    return remembered(words(longest))


def _amount(name: str, to: str = "") -> Column:
    return _may(name, remembered(lambda text: cells.fee(text) if text else 0), to)


def tables(day: date) -> dict[str, Table]:
    """All tables by name, as read on ``day`` (months are counted from it)."""
    month = month_of(day)
    everything = (
        *(_products(), _subscribers(), _usage(month), _holdings(month), _sp()),
        *(_payments(), _details(), _allowances(month), _cards(), _rewards(), _segments(), _halls()),
    )
    return {table.name: table for table in everything}


def _subscribers() -> Table:
    suspended = {reason.value: reason.value for reason in Suspension}
    columns = (
        _who(),
        _must("brand", choice(BRANDS, must=True)),
        _must("city", _words(32)),
        _must("pays", choice({"before": 1, "after": 0}, must=True), "prepaid"),
        _must("balance", remembered(cells.fen)),
        _may("vip", choice({word: int(yes) for word, yes in YES_NO.items()})),
        _may("suspended for", choice(suspended), "suspended"),
        _may("suspended since", optional(cells.day)),
        _may("language", choice({"zh": "zh", "en": "en"})),
        _may("long messages", choice({word: int(yes) for word, yes in YES_NO.items()}), "long_sms"),
        _may("points", optional(cells.whole)),
        _may("points this year", optional(cells.whole)),
        _may("joined", optional(cells.day)),
        _may("password", secret("[0-9]{6}", "a password of six digits")),
        _may("password hash", cells.hashed),
        _may("id number", secret(ID_NUMBER, "an identity number of 18 digits")),
        _may("id hash", cells.hashed),
        _may("name", secret(r"[^\x00-\x1f\x7f]{1,80}", "a name of at most 80 characters")),
        _may("puk", secret("[0-9]{8,16}", "a PUK of 8 digits")),
        _may("opened", _opened),
    )
    return Table("subscribers", "bo_subscriber", columns)


@remembered
def _opened(text: str) -> tuple[str, ...]:
    names = words(_LONGEST_LIST)(text).split() if text else []
    if len(set(names)) != len(names):
        raise ValueError("a product stands here twice")
    return tuple(names)


def _usage(month: date) -> Table:
    items = ("plan", "voice", "data", "messages", "vas", "sp", "other")
    columns = (_who(), _must("month", cells.month(month)), *map(_amount, items))
    return Table("usage", "bo_usage", columns)


def held_since(month: date) -> dict[str, Any]:
    """What holds of a product that is open: as in YAML, since a year, and paid for this month."""
    return {"open": 1, "since": month_after(month, -12).isoformat(), "paid": month.isoformat()}


def _holdings(month: date) -> Table:
    usual = held_since(month)
    since = remembered(lambda text: cells.day(text) if text else usual["since"])
    columns = (
        *(_who(), _must("product", _words(40)), _may("since", since)),
        _may("option", optional(pattern("[0-9]{1,15}", "a whole number"))),
    )
    return Table("holdings", "bo_holding", columns, fixed=usual)


def _sp() -> Table:
    columns = (
        *(_who(), _must("id", _words(64)), _must("name", _words(80)), _must("provider", _words(80))),
        *(_must("code", _words(32)), _must("fee", remembered(cells.fee))),
        _must("category", choice({category.value: category.value for category in SpCategory}, must=True)),
    )
    return Table("sp", "bo_sp", columns, line_as="place")


def _products() -> Table:
    own = tuple(_may(f"fee {brand}", optional(cells.fee)) for brand in BRANDS)
    option = choice({kind.value: kind.value for kind in OptionKind})
    columns = (
        _must("id", pattern("[a-z][a-z0-9_]{0,39}", "an id of small letters, digits and _")),
        *(_must("title", _words(80)), _must("fee", cells.fee), *own),
        _may("charged", choice({"at once": 1, "monthly": 0}), "charged_at_once"),
        _may("cancel", choice({"at once": 0, "asked": 1}), "cancel_asked"),
        *(_may("brands", _brands), _may("cities", optional(words(400)))),
        _may("needs", optional(words(40)), "need"),
        _may("starts", choice({"now": 0, "next month": 1}), "next_month"),
        _may("closed on the last day from", _hour, "closed_from"),
        _may("group", optional(words(40))),
        *(_may("option", option), _may("option default", optional(cells.whole))),
    )
    return Table("products", "bo_product", columns, finish=_finish_product)


def _brands(text: str) -> str:
    for word in text.split():
        if word not in BRANDS:
            raise ValueError(f"{word[:40]!r} is not one of {', '.join(BRANDS)}")
    return " ".join(text.split())


def _hour(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 23:
        raise ValueError("is an hour, 1 to 23")
    return int(text)


def _finish_product(row: dict[str, Any]) -> dict[str, Any]:
    fees = {brand: row.pop(f"fee_{brand}", None) for brand in BRANDS}
    usual = {"charged_at_once": 0, "cancel_asked": 0, "brands": "", "cities": "", "next_month": 0}
    threshold = row.get("option") == OptionKind.THRESHOLD.value
    if row["id"] == REMINDER and not threshold:
        raise ValueError(f"{REMINDER} reminds below an amount: option is {OptionKind.THRESHOLD.value}")
    if threshold and row.get("option_default") is not None:
        row["option_default"] *= FEN_A_YUAN
    given = {name: value for name, value in row.items() if value is not None}
    own = " ".join(f"{brand}={fee}" for brand, fee in fees.items() if fee is not None)
    return {**dict.fromkeys(row), **usual, **given, "fees": own}


def _cards() -> Table:
    columns = (
        _may("card", secret("[0-9]{18}", "a card of 18 digits")),
        _may("digest", optional(pattern("[0-9a-f]{64}", "64 hexadecimal digits"))),
        _must("face", remembered(_face)),
    )
    return Table("cards", "bo_card", columns, finish=_finish_card)


def _face(text: str) -> int:
    face = cells.fen(text)
    if face not in CARD_FACES:
        raise ValueError(
            f"is one of {', '.join(str(each // 100) for each in CARD_FACES)} yuan, not {text[:40]!r}"
        )
    return face


def _finish_card(row: dict[str, Any]) -> dict[str, Any]:
    card, digest = row.get("card"), row.get("digest")
    if (card is None) == (digest is None):
        raise ValueError("either card or digest is wanted")
    return {"digest": digest or card_digest(str(card)), "face": row["face"]}


def _payments() -> Table:
    columns = (_who(), _must("at", cells.moment), _must("amount", cells.fen), _must("way", _words(40)))
    return Table("payments", "bo_payment", columns)


def _details() -> Table:
    columns = (
        *(_who(), _must("at", cells.moment)),
        _must("kind", choice({kind.value: kind.value for kind in DetailKind}, must=True)),
        _must("quantity", remembered(cells.whole)),
        _must("fee", remembered(cells.fee)),
        _may("other", lambda text: words(32)(text) if text else ""),
        _may("place", remembered(lambda text: words(40)(text) if text else "")),
    )
    return Table("details", "bo_detail", columns)


def _allowances(month: date) -> Table:
    columns = (
        *(_who(), _must("plan", _words(80))),
        _must("kind", choice({kind.value: kind.value for kind in AllowanceKind}, must=True)),
        *(_must("total", remembered(cells.whole)), _must("used", remembered(cells.whole))),
    )
    return Table("allowances", "bo_allowance", columns, {"month": month.isoformat()}, line_as="place")


def _rewards() -> Table:
    columns = (_must("id", words(40)), _must("title", words(80)), _must("points", cells.whole))
    return Table("rewards", "bo_reward", (*columns, _must("worth", cells.fee)))


def _segments() -> Table:
    columns = (
        _must("prefix", pattern("1[0-9]{6}", "seven digits")),
        *(_must("province", _words(32)), _must("city", _words(32))),
        *(_must("area code", _words(8)), _must("operator", _words(16))),
    )
    return Table("segments", "bo_segment", columns)


def _halls() -> Table:
    columns = (_must("city", words(32)), _must("name", words(80)), _must("address", words(200)))
    return Table("halls", "bo_place", (*columns, _must("phone", words(32)), _must("hours", words(80))))
