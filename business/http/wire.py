"""The port's types as JSON, and back. Driven by the dataclasses; strict about what comes in. Pure.

    {"at": "2026-11-22T10:30:00+08:00", "spent": 4960, "balance": 10000, …}        a Fee
    {"change": "open-product", "product": "crbt", "option": null}                  a Change
    {"outcome": "refused", "why": "arrears", "details": {"owed": 8640}, "repeated": false}

Money is integer fen. A day is ``2026-11-22``; a time has its zone (RFC 3339). Where several types may stand,
one field says which (:data:`TAGS`). In ``details`` a day is ``{"date": …}`` and a time ``{"time": …}``, which
bare text could not say. Unknown fields of an answer are passed over, so that a back office may know more than
we ask; those of a request are refused. Errors name the place and never the value, which may be secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from business import port
from business.port import DetailValue

NUMBERS = 2**53 - 1  # what every JSON reader keeps exactly
TEXT_LENGTH = 4000
ITEMS = 10_000
YEARS = range(1900, 2200)  # beyond them a change of zone may leave the calendar
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # but tab and line feed

TAGS: Mapping[type, tuple[str, str]] = {
    port.OpenProduct: ("change", "open-product"),
    port.CancelProduct: ("change", "cancel-product"),
    port.CancelSp: ("change", "cancel-sp"),
    port.TopUp: ("change", "top-up"),
    port.ExchangePoints: ("change", "exchange-points"),
    port.Suspend: ("change", "suspend"),
    port.Resume: ("change", "resume"),
    port.ChangePassword: ("change", "change-password"),
    port.ResetPassword: ("change", "reset-password"),
    port.UnlockPassword: ("change", "unlock-password"),
    port.RegisterName: ("change", "register-name"),
    port.Complain: ("change", "complain"),
    port.Urge: ("change", "urge"),
    port.Offer: ("outcome", "offered"),
    port.Done: ("outcome", "done"),
    port.Refused: ("outcome", "refused"),
    port.NotDone: ("outcome", "not done"),
    port.Unknown: ("outcome", "unknown"),
    port.Bill: ("state", "produced"),
    port.BillPending: ("state", "pending"),
}
"""The field that says which of several types this is, and what it says."""

Decoder = Callable[[Any, str, bool], Any]


class WireError(Exception):
    """``where`` (like ``change.product``) is not what the description says; the text says how."""

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__(f"{where or 'the body'} {wrong}")
        self.where = where
        self.wrong = wrong


# ---- out ---------------------------------------------------------------------------------------------------
def encode(value: Any) -> Any:
    """A value of the port as what ``json.dumps`` takes (to which a StrEnum is its text)."""
    if isinstance(value, date):  # or a datetime, which is one
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, bytes):  # hashes, in what a bench is filled with
        return base64.b64encode(value).decode()
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    if is_dataclass(value):
        return _encode_object(value)
    return value


def _encode_object(value: Any) -> dict[str, Any]:
    tag = TAGS.get(type(value))
    out: dict[str, Any] = {tag[0]: tag[1]} if tag else {}
    for one in fields(value):
        inner = getattr(value, one.name)
        is_mapping = isinstance(inner, Mapping)
        out[one.name] = {encode(k): _pack(v) for k, v in inner.items()} if is_mapping else encode(inner)
    return out


def _pack(value: DetailValue) -> Any:
    if isinstance(value, datetime):  # before date: a datetime is one
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return encode(value)


def dumps(value: Any) -> bytes:
    """JSON of what :func:`encode` gives (or of plain objects of such)."""
    if isinstance(value, dict):
        value = {name: encode(one) for name, one in value.items()}
    return json.dumps(encode(value), ensure_ascii=False, separators=(",", ":")).encode()


# ---- in ----------------------------------------------------------------------------------------------------
def loads(body: bytes) -> Any:
    """What JSON text says. Raises WireError: not JSON, NaN, a name twice, nested too deep."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise WireError("", "is not JSON") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WireError("", "has a name twice")
    return found


def _no_constant(name: str) -> Any:
    raise WireError("", f"has {name}, which is not JSON")


def decode(kind: Any, value: Any, where: str = "", *, closed: bool = False) -> Any:
    """``value``, from JSON, as ``kind``: any type that the port uses. ``closed``: unknown fields are errors.

    Raises WireError.
    """
    return decoder(kind)(value, where, closed)


@cache
def decoder(kind: Any) -> Decoder:
    """The decoder of a type, made once."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if get_origin(kind) is not None:
        return _composed(get_origin(kind), get_args(kind))
    return _enum(kind) if issubclass(kind, StrEnum) else _object(kind)


def _composed(origin: Any, inner: tuple[Any, ...]) -> Decoder:
    if origin in (Union, UnionType):
        return _optional(inner) if NoneType in inner else _one_of(inner)
    if origin is tuple and inner[1:] != (Ellipsis,):
        return _row(tuple(decoder(one) for one in inner))
    if origin is tuple or origin is frozenset:
        return _many(decoder(inner[0]), origin)
    return _mapping(decoder(inner[0]), decoder(inner[1]))


def _integer(value: Any, where: str, closed: bool) -> int:
    if type(value) is float and value.is_integer():  # 204.0 is a whole number to JSON Schema
        value = int(value)
    if type(value) is not int:  # and no bool
        raise WireError(where, "must be a whole number")
    if abs(value) > NUMBERS:
        raise WireError(where, "is too large")
    return value


def _text(value: Any, where: str, closed: bool) -> str:
    if not isinstance(value, str):
        raise WireError(where, "must be text")
    if len(value) > TEXT_LENGTH:
        raise WireError(where, f"is longer than {TEXT_LENGTH} characters")
    if _UNPRINTABLE.search(value):
        raise WireError(where, "has characters that are no text")
    return value


def _truth(value: Any, where: str, closed: bool) -> bool:
    if not isinstance(value, bool):
        raise WireError(where, "must be true or false")
    return value


def _date(value: Any, where: str, closed: bool) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            if day.year in YEARS:
                return day
    raise WireError(where, "must be a date like 2026-11-22")


def _time(value: Any, where: str, closed: bool) -> datetime:
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if moment.year in YEARS:
                return moment
    raise WireError(where, "must be a time with its zone like 2026-11-22T10:30:00+08:00")


def _detail(value: Any, where: str, closed: bool) -> DetailValue:
    if isinstance(value, dict) and value.keys() == {"date"}:
        return _date(value["date"], f"{where}.date", closed)
    if isinstance(value, dict) and value.keys() == {"time"}:
        return _time(value["time"], f"{where}.time", closed)
    if isinstance(value, list):
        texts: tuple[str, ...] = decoder(tuple[str, ...])(value, where, closed)
        return texts
    if isinstance(value, str):
        return _text(value, where, closed)
    if isinstance(value, int | float):
        return _integer(value, where, closed)
    raise WireError(where, "must be a whole number, text, a list of texts, {date} or {time}")


def _octets(value: Any, where: str, closed: bool) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise WireError(where, "must be base64") from None


_PLAIN: Mapping[Any, Decoder] = {
    int: _integer,
    str: _text,
    bool: _truth,
    date: _date,
    datetime: _time,
    DetailValue: _detail,
    bytes: _octets,
}


def _optional(inner: tuple[Any, ...]) -> Decoder:
    rest = tuple(one for one in inner if one is not NoneType)
    known = decoder(rest[0]) if len(rest) == 1 else _one_of(rest)
    return lambda value, where, closed: None if value is None else known(value, where, closed)


def _one_of(kinds: tuple[type, ...]) -> Decoder:
    """Several dataclasses, told apart by their tag."""
    by_tag = {TAGS[kind][1]: decoder(kind) for kind in kinds}
    (tag,) = {TAGS[kind][0] for kind in kinds}

    def read(value: Any, where: str, closed: bool) -> Any:
        said = value.get(tag) if isinstance(value, dict) else None
        if not isinstance(said, str) or said not in by_tag:
            raise WireError(_below(where, tag), f"must be one of: {', '.join(by_tag)}")
        return by_tag[said](value, where, closed)

    return read


def _many(one: Decoder, made: Callable[[Any], Any]) -> Decoder:
    def read(value: Any, where: str, closed: bool) -> Any:
        if not isinstance(value, list):
            raise WireError(where, "must be a list")
        if len(value) > ITEMS:
            raise WireError(where, f"has more than {ITEMS} items")
        return made(one(item, f"{where}[{n}]", closed) for n, item in enumerate(value))

    return read


def _row(columns: tuple[Decoder, ...]) -> Decoder:
    """A tuple of so many, each of its own kind."""

    def read(value: Any, where: str, closed: bool) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(columns):
            raise WireError(where, f"must be a list of {len(columns)}")
        return tuple(one(item, where, closed) for one, item in zip(columns, value, strict=True))

    return read


def _mapping(key: Decoder, one: Decoder) -> Decoder:
    def read(value: Any, where: str, closed: bool) -> Mapping[Any, Any]:
        if not isinstance(value, dict):
            raise WireError(where, "must be an object")
        return {
            key(name, where, closed): one(item, _below(where, name[:40]), closed)
            for name, item in value.items()
        }

    return read


def _enum(kind: type[StrEnum]) -> Decoder:
    known = {one.value: one for one in kind}

    def read(value: Any, where: str, closed: bool) -> StrEnum:
        if not isinstance(value, str) or value not in known:
            raise WireError(where, f"must be one of: {', '.join(known)}")
        return known[value]

    return read


def _object(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    inner = {one.name: (decoder(hints[one.name]), _needed(one)) for one in fields(kind)}
    tag = TAGS.get(kind)
    known = inner.keys() | ({tag[0]} if tag else set())

    def read(value: Any, where: str, closed: bool) -> Any:
        if not isinstance(value, dict):
            raise WireError(where, "must be an object")
        if closed and not value.keys() <= known:
            raise WireError(where, f"has a field that is not known; there are: {', '.join(sorted(known))}")
        if tag and value.get(tag[0]) != tag[1]:
            raise WireError(_below(where, tag[0]), f"must be {tag[1]}")
        found = {}
        for name, (read_one, needed) in inner.items():
            if name in value:
                found[name] = read_one(value[name], _below(where, name), closed)
            elif needed:
                raise WireError(_below(where, name), "is missing")
        return kind(**found)

    return read


def _needed(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
