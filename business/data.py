"""Reads subscribers, products and top-up cards from YAML, for the demo and for ``--data FILE``.

    data = read_data(text, "demo.yaml", now)       # raises DataErrors, each naming file, line and column
    loaded = await load(Path("demo.yaml"), business, now)

The format is described at the head of ``business/demo.yaml``. Months are counted back from ``now``, so that
the last five bills exist whenever it is loaded. Every scalar is text until a field's own reader converts it
(YAML would turn 0123 into 83 and ``no`` into False), so the file is composed to nodes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from datetime import date, datetime
from importlib import resources
from pathlib import Path

import yaml

from business.accounts import (
    Account,
    BackOfficeData,
    Card,
    Holding,
    Loadable,
    Loaded,
    Suspension,
    Terms,
    Usage,
)
from business.days import BILL_MONTHS, month_after, month_of, today
from business.fields import YES_NO, DataError, DataErrors, Fields, Source
from business.port import Brand, SpCategory, SpSubscription
from business.rules import CARD_FACES
from business.secrecy import SALT, card_digest, hash_password, is_card, why_weak

__all__ = ["DataError", "DataErrors", "demo_text", "load", "read_data"]

DEMO = "demo.yaml"
MONTH_ITEMS = 7
BRANDS = {brand.value: brand for brand in Brand}
SUSPENSIONS: dict[str, Suspension | None] = {reason.value: reason for reason in Suspension}


def demo_text() -> str:
    """The demo's data, as it is shipped."""
    return resources.files("business").joinpath(DEMO).read_text(encoding="utf-8")


async def load(source: Path | None, business: Loadable, now: datetime) -> Loaded:
    """Read ``source`` (None: the demo) and put it into ``business``. Raises DataErrors, OSError."""
    text = source.read_text(encoding="utf-8") if source else demo_text()
    return await business.put(read_data(text, str(source or DEMO), now))


def read_data(
    text: str, file: str, now: datetime, randbytes: Callable[[int], bytes] = secrets.token_bytes
) -> BackOfficeData:
    """Raises :class:`DataErrors` with everything that is wrong. ``randbytes`` salts the passwords."""
    return _Reader(file, today(now), randbytes).read(text)


class _Reader:
    def __init__(self, file: str, day: date, randbytes: Callable[[int], bytes]) -> None:
        self._source = Source(file)
        self._day = day
        self._month = month_of(day)
        self._randbytes = randbytes
        self._terms: dict[str, Terms] = {}
        self._cards: dict[str, Card] = {}

    def read(self, text: str) -> BackOfficeData:
        source = self._source
        root = source.compose(text)
        try:
            parts = Fields(source, root)
        except DataError as error:
            raise DataErrors([error]) from error
        products = parts.node_of("products")
        for terms in source.each(products, self._product):
            self._terms[terms.id] = terms
        self._check_needs(products)
        accounts = tuple(source.each(parts.node_of("subscribers"), self._subscriber))
        for group in source.each(parts.node_of("cards"), self._card_group):
            self._cards.update((card.digest, card) for card in group)
        parts.done()
        if source.errors:
            raise DataErrors(source.errors)
        return BackOfficeData(tuple(self._terms.values()), accounts, tuple(self._cards.values()))

    # ---- products -----------------------------------------------------------------------------------------
    def _product(self, key: yaml.Node, name: str, node: yaml.Node) -> Terms:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            raise self._source.error(key, f"a product is named in small letters, digits and _, not {name!r}")
        fields = Fields(self._source, node)
        needs = fields.words("needs")
        terms = Terms(
            id=name,
            title=fields.text("title"),
            fee=fields.fen("fee"),
            charged_at_once=fields.choice("charged", {"at once": True, "monthly": False}, False),
            fees=tuple((brand, fields.fen(f"fee {word}")) for word, brand in self._own_fees(fields)),
            brands=self._brands(fields),
            cities=fields.words("cities"),
            need=needs[0] if needs else None,
            next_month=fields.choice("starts", {"now": False, "next month": True}, False),
            cancel_asked=fields.choice("cancel", {"at once": False, "asked": True}, False),
            closed_from=self._closed(fields),
        )
        fields.done()
        if min(terms.fee, *(fee for _, fee in terms.fees), 0) < 0:
            raise self._source.error(node, "a fee cannot be below zero")
        return terms

    def _own_fees(self, fields: Fields) -> list[tuple[str, Brand]]:
        return [(word, brand) for word, brand in BRANDS.items() if f"fee {word}" in fields.left()]

    def _brands(self, fields: Fields) -> tuple[Brand, ...]:
        words = fields.words("brands")
        for word in words:
            if word not in BRANDS:
                raise self._source.error(fields.node, f"brands: {word!r} is not one of {', '.join(BRANDS)}")
        return tuple(BRANDS[word] for word in words)

    def _closed(self, fields: Fields) -> int | None:
        hour = fields.number("closed on the last day from")
        if hour > 23:
            raise self._source.error(fields.node, "closed on the last day from: is an hour, 1 to 23")
        return hour or None

    def _check_needs(self, node: yaml.Node | None) -> None:
        for terms in self._terms.values():
            if node and terms.need and terms.need not in self._terms:
                self._source.note(node, f"{terms.id} needs {terms.need}, which is not a product here")

    # ---- subscribers --------------------------------------------------------------------------------------
    def _subscriber(self, key: yaml.Node, name: str, node: yaml.Node) -> Account:
        if not re.fullmatch(r"1[0-9]{10}", name):
            raise self._source.error(key, f"a mobile number of 11 digits is wanted, not {name!r}")
        fields = Fields(self._source, node)
        account = Account(
            msisdn=name,
            brand=BRANDS[self._one_of(fields, "brand", BRANDS)],
            city=fields.text("city"),
            prepaid={"before": True, "after": False}[self._one_of(fields, "pays", ("before", "after"))],
            balance=fields.fen("balance"),
            vip=fields.choice("vip", YES_NO, False),
            suspended=fields.choice("suspended for", SUSPENSIONS, None),
            language=fields.choice("language", {"zh": "zh", "en": "en"}, "zh"),
            long_sms=fields.choice("long messages", YES_NO, True),
            points=fields.number("points"),
            points_this_year=fields.number("points this year"),
            password=self._password(fields, name),
            usage=self._usage(fields),
            holdings=self._holdings(fields),
            sp=self._sp(fields),
        )
        fields.done()
        return account

    def _one_of(self, fields: Fields, name: str, choices: Iterable[str]) -> str:
        node, words = fields.must(name), list(choices)
        word = self._source.scalar(node)
        if word not in words:
            raise self._source.error(node, f"{name}: is {' or '.join(words)}, not {word!r}")
        return word

    def _password(self, fields: Fields, msisdn: str) -> bytes | None:
        node = fields.node_of("password")
        if node is None:
            return None
        password = self._source.scalar(node)
        weak = why_weak(password, msisdn)
        if weak:  # the password itself is not repeated: the message may be logged
            raise self._source.error(node, f"this service password {weak}")
        return hash_password(password, self._randbytes(SALT))

    def _usage(self, fields: Fields) -> dict[date, Usage]:
        return dict(self._source.each(fields.node_of("spent"), self._spent))

    def _spent(self, key: yaml.Node, name: str, node: yaml.Node) -> tuple[date, Usage]:
        if not re.fullmatch(r"[0-9]", name) or int(name) > BILL_MONTHS:
            raise self._source.error(key, f"months ago are 0 (this month) to {BILL_MONTHS}, not {name!r}")
        amounts = [self._source.fen(node, word) for word in self._source.scalar(node).split()]
        if len(amounts) != MONTH_ITEMS or min(amounts) < 0:
            raise self._source.error(node, "seven amounts are wanted: plan voice data messages vas sp other")
        return month_after(self._month, -int(name)), Usage(*amounts)

    def _holdings(self, fields: Fields) -> dict[str, Holding]:
        """What is open has been so since a year ago, and is paid for this month."""
        ids = fields.words("opened")
        for name in ids:
            if name not in self._terms:
                raise self._source.error(fields.node, f"opened: {name!r} is not a product here")
        held = Holding(open=True, since=month_after(self._month, -12), paid=self._month)
        return dict.fromkeys(ids, held)

    def _sp(self, fields: Fields) -> tuple[SpSubscription, ...]:
        node = fields.node_of("sp")
        found = [self._sp_one(item) for item in self._source.items(node)] if node else []
        if node and len({one.id for one in found}) != len(found):
            raise self._source.error(node, "an SP service's id stands here twice")
        return tuple(found)

    def _sp_one(self, node: yaml.Node) -> SpSubscription:
        fields = Fields(self._source, node)
        categories = {category.value: category for category in SpCategory}
        one = SpSubscription(
            id=fields.text("id"),
            name=fields.text("name"),
            provider=fields.text("provider"),
            code=fields.text("code"),
            fee=fields.fen("fee"),
            category=categories[self._one_of(fields, "category", categories)],
        )
        fields.done()
        return one

    # ---- cards --------------------------------------------------------------------------------------------
    def _card_group(self, key: yaml.Node, name: str, node: yaml.Node) -> list[Card]:
        face = self._source.fen(key, name)
        if face not in CARD_FACES:
            faces = ", ".join(str(f // 100) for f in CARD_FACES)
            raise self._source.error(key, f"a card's face is one of {faces} yuan, not {name!r}")
        numbers = self._source.scalar(node).split()
        for place, number in enumerate(numbers, 1):
            if not is_card(number):
                raise self._source.error(node, f"card {place} of {name} has not 18 digits")
        cards = [Card(card_digest(number), face) for number in numbers]
        if len({card.digest for card in cards} - self._cards.keys()) != len(cards):
            raise self._source.error(node, f"a card of {name} stands in this file twice")
        return cards
