"""The part ``subscribers``: who they are, what they have open, and what they owe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

import yaml

from boss.data.past import Past
from boss.data.products import BRANDS, LONGEST, MOBILE, read_option
from boss.loading.fields import YES_NO, Fields, SourceFile
from business.port import SpCategory, SpSubscription
from business.port.days import BILL_MONTHS, month_after, month_of, today
from business.port.secrecy import QUICK, SALT, hash_password, why_weak
from business.port.stock import Account, Holding, Suspension, Terms, Usage

MONTH_ITEMS = 7
CITY = 32
SUSPENSIONS: dict[str, Suspension | None] = {reason.value: reason for reason in Suspension}
ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
PUK = re.compile(r"[0-9]{8}")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


class SubscriberReader:
    """Reads one subscriber after another. ``products``: what may be open. ``now`` is aware."""

    def __init__(
        self,
        source: SourceFile,
        products: Mapping[str, Terms],
        now: datetime,
        randbytes: Callable[[int], bytes],
    ) -> None:
        self._source = source
        self._products = products
        self._day = today(now)
        self._month = month_of(self._day)
        self._randbytes = randbytes
        self._past = Past(source, now)

    def read(self, key: yaml.Node, name: str, node: yaml.Node) -> Account:
        """Raises DataError."""
        if not MOBILE.fullmatch(name):
            raise self._source.error(key, f"a mobile number of 11 digits is wanted, not {name!r}")
        fields = Fields(self._source, node)
        account = Account(
            msisdn=name,
            brand=BRANDS[self._one_of(fields, "brand", BRANDS)],
            city=fields.text("city", CITY),
            prepaid={"before": True, "after": False}[self._one_of(fields, "pays", ("before", "after"))],
            balance=fields.fen("balance"),
            vip=fields.choice("vip", YES_NO, False),
            suspended=fields.choice("suspended for", SUSPENSIONS, None),
            suspended_since=self._day_of(fields, "suspended since"),
            language=fields.choice("language", {"zh": "zh", "en": "en"}, "zh"),
            long_sms=fields.choice("long messages", YES_NO, True),
            points=fields.number("points"),
            points_this_year=fields.number("points this year"),
            password=self._password(fields, name),
            joined=self._day_of(fields, "joined"),
            name=self._secret(fields, "name", NAME, "a name of at most 80 characters"),
            id_number=self._id_number(fields),
            puk=self._secret(fields, "puk", PUK, "a PUK of 8 digits"),
            usage=dict(self._source.each(fields.node_of("spent"), self._spent)),
            holdings=self._holdings(fields),
            sp=self._sp(fields),
            payments=self._past.payments(fields),
            details=self._past.details(fields),
            allowances={self._month: self._past.allowances(fields)},
        )
        fields.done()
        return account

    def _one_of(self, fields: Fields, name: str, choices: Iterable[str]) -> str:
        node, words = fields.must(name), list(choices)
        word = self._source.scalar(node)
        if word not in words:
            raise self._source.error(node, f"{name}: is {' or '.join(words)}, not {word!r}")
        return word

    def _day_of(self, fields: Fields, name: str) -> date | None:
        """A date, or how many days ago: what a demo tells must be as old whenever it is loaded."""
        node = fields.node_of(name)
        if node is None:
            return None
        text = self._source.scalar(node)
        if re.fullmatch(r"[0-9]{1,4}", text):
            return self._day - timedelta(days=int(text))
        try:
            return date.fromisoformat(text)
        except ValueError:
            wanted = f"{name}: is a day like 2004-03-18, or how many days ago, not {text!r}"
            raise self._source.error(node, wanted) from None

    def _secret(self, fields: Fields, name: str, form: re.Pattern[str], wanted: str) -> str | None:
        """What stands in the file is not repeated: the message may be logged."""
        node = fields.node_of(name)
        if node is None:
            return None
        text = self._source.scalar(node)
        if not form.fullmatch(text):
            raise self._source.error(node, f"{name}: {wanted} is wanted")
        return text

    def _id_number(self, fields: Fields) -> bytes | None:
        number = self._secret(fields, "id number", ID_NUMBER, "18 digits, of which the last may be X,")
        if number is None:
            return None
        written = number.upper().replace("X", "0")  # as callers key it (business.port.ResetPassword)
        return hash_password(written, self._randbytes(SALT), QUICK)

    def _password(self, fields: Fields, msisdn: str) -> bytes | None:
        node = fields.node_of("password")
        if node is None:
            return None
        password = self._source.scalar(node)
        weak = why_weak(password, msisdn)
        if weak:
            raise self._source.error(node, f"this service password {weak}")
        return hash_password(password, self._randbytes(SALT), QUICK)

    # ---- what they use -------------------------------------------------------------------------------------
    def _spent(self, key: yaml.Node, name: str, node: yaml.Node) -> tuple[date, Usage]:
        if not re.fullmatch(r"[0-9]", name) or int(name) > BILL_MONTHS:
            raise self._source.error(key, f"months ago are 0 (this month) to {BILL_MONTHS}, not {name!r}")
        amounts = [self._source.fen(node, word) for word in self._source.scalar(node).split()]
        if len(amounts) != MONTH_ITEMS or min(amounts) < 0:
            raise self._source.error(node, "seven amounts are wanted: plan voice data messages vas sp other")
        return month_after(self._month, -int(name)), Usage(*amounts)

    def _holdings(self, fields: Fields) -> dict[str, Holding]:
        """What is open has been so since a year ago, and is paid for this month."""
        node = fields.node_of("opened")
        if node is None:
            return {}
        found: dict[str, Holding] = {}
        for word in self._source.scalar(node).split():
            name, equals, option = word.partition("=")
            terms = self._products.get(name)
            if terms is None:
                raise self._source.error(node, f"opened: {name!r} is not a product here")
            found[name] = self._holding(node, terms, option if equals else None)
        self._check_groups(node, found)
        return found

    def _holding(self, node: yaml.Node, terms: Terms, option: str | None) -> Holding:
        since = month_after(self._month, -12)
        if terms.option is None:
            if option is not None:
                raise self._source.error(node, f"opened: nothing is chosen with {terms.id}")
            return Holding(open=True, since=since, paid=self._month)
        chosen = (
            terms.option_default if option is None else read_option(self._source, node, option, terms.option)
        )
        if chosen is None:
            raise self._source.error(node, f"opened: {terms.id}= and a {terms.option} is wanted")
        return Holding(open=True, since=since, paid=self._month, option=chosen)

    def _check_groups(self, node: yaml.Node, found: Mapping[str, Holding]) -> None:
        taken: dict[str, str] = {}
        for name in found:
            group = self._products[name].group
            other = taken.setdefault(group, name) if group else name
            if other != name:
                raise self._source.error(
                    node, f"opened: of the group {group} only one, not {other} and {name}"
                )

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
            id=fields.text("id", 64),
            name=fields.text("name", LONGEST),
            provider=fields.text("provider", LONGEST),
            code=fields.text("code", 32),
            fee=fields.fen("fee"),
            category=categories[self._one_of(fields, "category", categories)],
        )
        fields.done()
        return one
