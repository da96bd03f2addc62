"""What a subscriber paid, used and has left: lists of one line each, counted back from now."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from enum import Enum
from typing import TypeVar

import yaml

from boss.loading.fields import Fields, SourceFile
from business.port import Allowance, AllowanceKind, Detail, DetailKind, Payment
from business.port.days import SHANGHAI, today

T = TypeVar("T")
Kind = TypeVar("Kind", bound=Enum)
MOST_DAYS = 400
WAY = 40
PLAN = 80
PLACE = 40
PAYMENT = "a payment is: days ago, yuan, way"
DETAIL = "a detail is: days ago, time, voice message or data, number or -, quantity, yuan, place or -"
ALLOWANCE = "an allowance is: voice, messages or data; what there is, what is used; the plan"


class Past:
    """Reads the lists ``paid``, ``details`` and ``allowances``. ``now`` is aware."""

    def __init__(self, source: SourceFile, now: datetime) -> None:
        self._source = source
        self._now = now

    def payments(self, fields: Fields) -> tuple[Payment, ...]:
        """Raises DataError, as all of these."""
        return self._lines(fields, "paid", self._payment)

    def details(self, fields: Fields) -> tuple[Detail, ...]:
        return self._lines(fields, "details", self._detail)

    def allowances(self, fields: Fields) -> tuple[Allowance, ...]:
        return self._lines(fields, "allowances", self._allowance)

    def _lines(self, fields: Fields, name: str, read: Callable[[yaml.Node, list[str]], T]) -> tuple[T, ...]:
        node = fields.node_of(name)
        items = self._source.items(node) if node else []
        return tuple(read(item, self._source.scalar(item).split()) for item in items)

    def _payment(self, node: yaml.Node, words: list[str]) -> Payment:
        if len(words) != 3:
            raise self._source.error(node, PAYMENT)
        days, amount, way = words
        at = self._now.astimezone(SHANGHAI).replace(microsecond=0) - self._days(node, days, PAYMENT)
        paid = self._source.fen(node, amount)
        if paid <= 0 or len(way) > WAY:
            raise self._source.error(node, PAYMENT)
        return Payment(at, paid, way)

    def _detail(self, node: yaml.Node, words: list[str]) -> Detail:
        if len(words) != 7:
            raise self._source.error(node, DETAIL)
        days, clock, kind, other, quantity, fee, place = words
        cost = self._source.fen(node, fee)
        if cost < 0 or len(other) > 32 or len(place) > PLACE:
            raise self._source.error(node, DETAIL)
        return Detail(
            at=self._moment(node, days, clock),
            kind=self._kind(node, DetailKind, kind, DETAIL),
            other="" if other == "-" else other,
            quantity=self._quantity(node, quantity, DETAIL),
            fee=cost,
            place="" if place == "-" else place,
        )

    def _allowance(self, node: yaml.Node, words: list[str]) -> Allowance:
        if len(words) < 4:
            raise self._source.error(node, ALLOWANCE)
        kind, total, used, *plan = words
        title = " ".join(plan)
        if len(title) > PLAN:
            raise self._source.error(node, f"a plan's name has {PLAN} characters at the most")
        return Allowance(
            plan=title,
            kind=self._kind(node, AllowanceKind, kind, ALLOWANCE),
            total=self._quantity(node, total, ALLOWANCE),
            used=self._quantity(node, used, ALLOWANCE),
        )

    # ---- words ---------------------------------------------------------------------------------------------
    def _days(self, node: yaml.Node, text: str, wanted: str) -> timedelta:
        if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > MOST_DAYS:
            raise self._source.error(node, f"{wanted}; {text!r} are not days ago, 0 to {MOST_DAYS}")
        return timedelta(days=int(text))

    def _moment(self, node: yaml.Node, days: str, clock: str) -> datetime:
        """What would be later today than now was just now."""
        match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", clock)
        if not match:
            raise self._source.error(node, f"{DETAIL}; {clock!r} is not a time like 9:05")
        day = today(self._now) - self._days(node, days, DETAIL)
        return min(datetime.combine(day, time(int(match[1]), int(match[2])), SHANGHAI), self._now)

    def _kind(self, node: yaml.Node, kinds: type[Kind], word: str, wanted: str) -> Kind:
        known = {str(kind.value): kind for kind in kinds}
        if word not in known:
            raise self._source.error(node, f"{wanted}; {word!r} is not one of {', '.join(known)}")
        return known[word]

    def _quantity(self, node: yaml.Node, text: str, wanted: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise self._source.error(node, f"{wanted}; {text!r} is not a whole number")
        return int(text)
