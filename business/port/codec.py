"""Typed values as JSON and back, driven by their types: dataclasses, unions, tuples, mappings, enumerations.
Pure.

    {"at": "2026-11-22T10:30:00+08:00", "spent": 4960, …}                           a Fee
    {"outcome": "refused", "why": "arrears", "details": {"owed": 8640}, …}          a Refused

A codec is what it takes for plain values (its *leaves*: text, whole numbers, days, times), and which field
tells apart several types that may stand in one place (its *tags*). What comes from outside is read with
strict leaves (:mod:`business.http.wire`), what we wrote ourselves as it stands there (:data:`STORED`). Where
a value may be of several kinds (:data:`~business.port.DetailValue`) a day is ``{"date": …}``, a time
``{"time": …}``, a tuple a list.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from business.port.changes import DetailValue

Decoder = Callable[[Any, str, bool], Any]
"""Value, where it stands, whether unknown fields are errors."""


class CodecError(Exception):
    """``where`` (like ``change.product``) is not of its type; the text says how, and never the value, which
    may be secret."""

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__(f"{where or 'the body'} {wrong}")
        self.where = where
        self.wrong = wrong


class JsonCodec:
    """See the head of this file. ``leaves``: the decoders of plain types; ``tags``: the field that says which
    of several types one is, and what it says; ``items``: how long a list may be; ``written``: how
    types are written that are told by a name."""

    def __init__(
        self,
        leaves: Mapping[Any, Decoder],
        tags: Mapping[type, tuple[str, str]] | None = None,
        items: int | None = None,
        written: Mapping[type, Callable[[Any], Any]] | None = None,
    ) -> None:
        self._known = dict(leaves)
        self._tags = tags or {}
        self._items = items
        self._written: Mapping[type, Callable[[Any], Any]] = {
            date: date.isoformat,
            datetime: datetime.isoformat,
            bytes: lambda octets: base64.b64encode(octets).decode(),  # hashes, in what a bench is filled with
            frozenset: sorted,
            tuple: self._listed,
            list: self._listed,
            **(written or {}),
        }

    # ---- out ----------------------------------------------------------------------------------------------
    def encode(self, value: Any) -> Any:
        """A value as what ``json.dumps`` takes (to which a StrEnum is its text)."""
        how = self._written.get(type(value))
        if how is not None:
            return how(value)
        return self._encode_object(value) if is_dataclass(value) else value

    def _listed(self, values: Iterable[Any]) -> list[Any]:
        return [self.encode(one) for one in values]

    def _encode_object(self, value: Any) -> dict[str, Any]:
        tag = self._tags.get(type(value))
        out: dict[str, Any] = {tag[0]: tag[1]} if tag else {}
        for one in fields(value):
            inner = getattr(value, one.name)
            out[one.name] = self.details(inner) if isinstance(inner, Mapping) else self.encode(inner)
        return out

    def details(self, values: Mapping[Any, Any]) -> dict[str, Any]:
        """A mapping whose values may be of several kinds."""
        return {self.encode(name): self._detail(value) for name, value in values.items()}

    def _detail(self, value: Any) -> Any:
        if isinstance(value, datetime):  # before date: a datetime is one
            return {"time": value.isoformat()}
        return {"date": value.isoformat()} if isinstance(value, date) else self.encode(value)

    # ---- in -----------------------------------------------------------------------------------------------
    def decode(self, kind: Any, value: Any, where: str = "", *, closed: bool = False) -> Any:
        """``value``, from JSON, as ``kind``. ``closed``: unknown fields are errors. Raises CodecError."""
        return self.decoder(kind)(value, where, closed)

    def decoder(self, kind: Any) -> Decoder:
        """The decoder of a type, made once."""
        known = self._known.get(kind)
        if known is None:
            known = self._known[kind] = self._made(kind)
        return known

    def _made(self, kind: Any) -> Decoder:
        if get_origin(kind) is not None:
            return self._composed(get_origin(kind), get_args(kind))
        if issubclass(kind, StrEnum):
            return _enum(kind)
        hints = get_type_hints(kind)
        inner = {one.name: (self.decoder(hints[one.name]), _needed(one)) for one in fields(kind)}
        return _object(kind, inner, self._tags.get(kind))

    def _composed(self, origin: Any, inner: tuple[Any, ...]) -> Decoder:
        if origin in (Union, UnionType):
            rest = tuple(one for one in inner if one is not NoneType)
            known = self.decoder(rest[0]) if len(rest) == 1 else self._one_of(rest)
            return _optional(known) if NoneType in inner else known
        if origin is tuple and inner[1:] != (Ellipsis,):
            return _row(tuple(map(self.decoder, inner)))
        if origin is tuple or origin is frozenset:
            return _many(self.decoder(inner[0]), origin, self._items)
        return _mapping(self.decoder(inner[0]), self.decoder(inner[1]))

    def _one_of(self, kinds: tuple[type, ...]) -> Decoder:
        """Several dataclasses, told apart by their tag."""
        by_tag = {self._tags[kind][1]: self.decoder(kind) for kind in kinds}
        (tag,) = {self._tags[kind][0] for kind in kinds}

        def read(value: Any, where: str, closed: bool) -> Any:
            said = value.get(tag) if isinstance(value, dict) else None
            if not isinstance(said, str) or said not in by_tag:
                raise CodecError(_below(where, tag), f"must be one of: {', '.join(by_tag)}")
            return by_tag[said](value, where, closed)

        return read


def _optional(known: Decoder) -> Decoder:
    return lambda value, where, closed: None if value is None else known(value, where, closed)


def _many(one: Decoder, made: Callable[[Any], Any], items: int | None) -> Decoder:
    def read(value: Any, where: str, closed: bool) -> Any:
        if not isinstance(value, list):
            raise CodecError(where, "must be a list")
        if items is not None and len(value) > items:
            raise CodecError(where, f"has more than {items} items")
        return made(one(item, f"{where}[{n}]", closed) for n, item in enumerate(value))

    return read


def _row(columns: tuple[Decoder, ...]) -> Decoder:
    """A tuple of so many, each of its own kind."""

    def read(value: Any, where: str, closed: bool) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(columns):
            raise CodecError(where, f"must be a list of {len(columns)}")
        return tuple(one(item, where, closed) for one, item in zip(columns, value, strict=True))

    return read


def _mapping(key: Decoder, one: Decoder) -> Decoder:
    def read(value: Any, where: str, closed: bool) -> Mapping[Any, Any]:
        if not isinstance(value, dict):
            raise CodecError(where, "must be an object")
        return {
            key(name, where, closed): one(item, _below(where, name[:40]), closed)
            for name, item in value.items()
        }

    return read


def _enum(kind: type[StrEnum]) -> Decoder:
    known = {one.value: one for one in kind}

    def read(value: Any, where: str, closed: bool) -> StrEnum:
        if not isinstance(value, str) or value not in known:
            raise CodecError(where, f"must be one of: {', '.join(known)}")
        return known[value]

    return read


def _object(kind: Any, inner: Mapping[str, tuple[Decoder, bool]], tag: tuple[str, str] | None) -> Decoder:
    known = inner.keys() | ({tag[0]} if tag else set())

    def read(value: Any, where: str, closed: bool) -> Any:
        if not isinstance(value, dict):
            raise CodecError(where, "must be an object")
        if closed and not value.keys() <= known:
            raise CodecError(where, f"has a field that is not known; there are: {', '.join(sorted(known))}")
        if tag and value.get(tag[0]) != tag[1]:
            raise CodecError(_below(where, tag[0]), f"must be {tag[1]}")
        found = {}
        for name, (read_one, needed) in inner.items():
            if name in value:
                found[name] = read_one(value[name], _below(where, name), closed)
            elif needed:
                raise CodecError(_below(where, name), "is missing")
        return kind(**found)

    return read


def _needed(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


# ---- what we wrote ourselves -------------------------------------------------------------------------------
def as_it_stands(value: Any, where: str, closed: bool) -> Any:
    return value


def _day(value: Any, where: str, closed: bool) -> date:
    return date.fromisoformat(value)


def _time(value: Any, where: str, closed: bool) -> datetime:
    return datetime.fromisoformat(value)


def _any_detail(value: Any, where: str, closed: bool) -> DetailValue:
    match value:
        case {"time": moment}:
            return datetime.fromisoformat(moment)
        case {"date": day}:
            return date.fromisoformat(day)
        case list():
            return tuple(value)
    said: int | str = value
    return said


STORED_LEAVES: Mapping[Any, Decoder] = {
    **dict.fromkeys((int, str, bool), as_it_stands),
    date: _day,
    datetime: _time,
    DetailValue: _any_detail,
}
STORED = JsonCodec(STORED_LEAVES)
"""For rows of our own; what is no JSON of that type raises CodecError, ValueError, TypeError or KeyError."""
