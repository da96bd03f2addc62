"""Frozen dataclasses to plain JSON values and back, without pickling and without reading type hints.

A dataclass becomes an object whose ``is`` names the class; fields at their default are left out, so that a
session of an older build is still read by a newer one that has more fields. A
:class:`menus.model.values.Value` keeps its kind, and with it the type of what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from menus.model.values import SECRET_KINDS, Kind, Raw, Value

MASK = "***"
_DATES = frozenset({Kind.DATE, Kind.MONTH, Kind.MON})


class Coder:
    """Encodes and decodes the given dataclasses. ``enums`` names the fields that hold an enum;
    ``secret_fields`` the ``(class, field)`` pairs that a masked encoding hides, besides every object that
    says ``secret=True`` of itself and every value of a secret kind."""

    def __init__(
        self,
        classes: Sequence[type],
        enums: Mapping[str, type[StrEnum]],
        secret_fields: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self._classes = {c.__name__: c for c in classes}
        self._enums = enums
        self._secret_fields = secret_fields

    def encode(self, thing: Any, *, masked: bool = False) -> Any:
        if isinstance(thing, Value):
            return _encode_value(thing, masked)
        if isinstance(thing, datetime):
            return {"is": "time", "at": thing.isoformat()}
        if isinstance(thing, tuple):
            return [self.encode(part, masked=masked) for part in thing]
        if isinstance(thing, Mapping):
            return {"is": "map", "of": {k: self.encode(v, masked=masked) for k, v in thing.items()}}
        if type(thing).__name__ in self._classes and not isinstance(thing, str):
            return self._encode_object(thing, masked)
        return thing

    def _encode_object(self, thing: Any, masked: bool) -> dict[str, Any]:
        name = type(thing).__name__
        out: dict[str, Any] = {"is": name}
        for each in fields(thing):
            held = getattr(thing, each.name)
            if _is_default(each, held):
                continue
            hidden = (name, each.name) in self._secret_fields or (
                each.name == "value" and getattr(thing, "secret", False)
            )
            out[each.name] = MASK if masked and hidden else self.encode(held, masked=masked)
        return out

    def decode(self, plain: Any) -> Any:
        """Raises KeyError or TypeError on an unknown class or field, ValueError on an impossible value."""
        if isinstance(plain, list):
            return tuple(self.decode(part) for part in plain)
        if not isinstance(plain, dict):
            return plain
        what = plain["is"]
        if what == "value":
            return _decode_value(plain)
        if what == "time":
            return datetime.fromisoformat(plain["at"])
        if what == "map":
            return {k: self.decode(v) for k, v in plain["of"].items()}
        return self._classes[what](**{k: self._field(k, v) for k, v in plain.items() if k != "is"})

    def _field(self, name: str, plain: Any) -> Any:
        enum = self._enums.get(name)
        return enum(plain) if enum is not None and plain is not None else self.decode(plain)


def _is_default(each: Field[Any], held: Any) -> bool:
    if each.default is not MISSING:
        return bool(type(held) is type(each.default) and held == each.default)
    return each.default_factory is not MISSING and held == each.default_factory()


def _encode_value(value: Value, masked: bool) -> dict[str, Any]:
    raw: Any = value.raw
    if masked and value.kind in SECRET_KINDS:
        raw = MASK
    elif isinstance(raw, date):
        raw = raw.isoformat()
    elif isinstance(raw, tuple):
        raw = list(raw)
    return {"is": "value", "kind": value.kind.value, "raw": raw}


def _decode_value(plain: Mapping[str, Any]) -> Value:
    kind, raw = Kind(plain["kind"]), plain["raw"]
    typed: Raw = raw
    if kind in _DATES:
        typed = date.fromisoformat(raw)
    elif kind is Kind.TIME:
        typed = datetime.fromisoformat(raw)
    elif kind is Kind.LIST:
        typed = tuple(raw)
    return Value(kind, typed)
