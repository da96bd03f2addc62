"""The part ``products``: tariffs, groups, and what is chosen with a product."""

from __future__ import annotations

import re

import yaml

from boss.loading.fields import Fields, SourceFile
from business.port import Brand
from business.port.stock import OptionKind, Terms

BRANDS = {brand.value: brand for brand in Brand}
OPTIONS: dict[str, OptionKind | None] = {kind.value: kind for kind in OptionKind}
ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOBILE = re.compile(r"1[0-9]{10}")
LONGEST = 80


class Products:
    """Reads all products of one file."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source

    def read(self, node: yaml.Node | None) -> dict[str, Terms]:
        """All by id. Mistakes are noted in the source."""
        found = {terms.id: terms for terms in self._source.each(node, self._product)}
        for terms in found.values():
            if node and terms.need and terms.need not in found:
                self._source.note(node, f"{terms.id} needs {terms.need}, which is not a product here")
        return found

    def _product(self, key: yaml.Node, name: str, node: yaml.Node) -> Terms:
        if not ID.fullmatch(name):
            raise self._source.error(key, f"a product is named in small letters, digits and _, not {name!r}")
        fields = Fields(self._source, node)
        needs = fields.words("needs")
        option = fields.choice("option", OPTIONS, None)
        terms = Terms(
            id=name,
            title=fields.text("title", LONGEST),
            fee=fields.fen("fee"),
            charged_at_once=fields.choice("charged", {"at once": True, "monthly": False}, False),
            fees=tuple((brand, fields.fen(f"fee {word}")) for word, brand in self._own_fees(fields)),
            brands=self._brands(fields),
            cities=fields.words("cities"),
            need=needs[0] if needs else None,
            next_month=fields.choice("starts", {"now": False, "next month": True}, False),
            cancel_asked=fields.choice("cancel", {"at once": False, "asked": True}, False),
            closed_from=self._closed(fields),
            group=self._group(fields),
            option=option,
            option_default=self._default(fields, option),
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

    def _group(self, fields: Fields) -> str | None:
        node = fields.node_of("group")
        if node is None:
            return None
        name = self._source.scalar(node)
        if not ID.fullmatch(name):
            raise self._source.error(node, f"a group is named in small letters, digits and _, not {name!r}")
        return name

    def _default(self, fields: Fields, option: OptionKind | None) -> int | None:
        node = fields.node_of("option default")
        if node is None:
            return None
        if option is None:
            raise self._source.error(node, "option default: there is no option: above it")
        return read_option(self._source, node, self._source.scalar(node), option)


def read_option(source: SourceFile, node: yaml.Node, text: str, option: OptionKind) -> int:
    """A threshold in yuan (as fen), or a mobile number. Raises DataError."""
    if option is OptionKind.THRESHOLD:
        return source.fen(node, text)
    if not MOBILE.fullmatch(text):
        raise source.error(node, f"a mobile number of 11 digits is wanted, not {text!r}")
    return int(text)
