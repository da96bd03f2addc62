"""The port's types as JSON, and back. Strict about what comes in. Pure.

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
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from business import port
from business.port import DetailValue
from business.port.codec import CodecError, Decoder, JsonCodec

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
    port.Respond: ("change", "respond"),
    port.Offer: ("outcome", "offered"),
    port.Done: ("outcome", "done"),
    port.Refused: ("outcome", "refused"),
    port.NotDone: ("outcome", "not done"),
    port.Unknown: ("outcome", "unknown"),
    port.Bill: ("state", "produced"),
    port.BillPending: ("state", "pending"),
}
"""The field that says which of several types this is, and what it says."""


# ---- plain values ------------------------------------------------------------------------------------------
def _integer(value: Any, where: str, closed: bool) -> int:
    if type(value) is float and value.is_integer():  # 204.0 is a whole number to JSON Schema
        value = int(value)
    if type(value) is not int:  # and no bool
        raise CodecError(where, "must be a whole number")
    if abs(value) > NUMBERS:
        raise CodecError(where, "is too large")
    return value


def _text(value: Any, where: str, closed: bool) -> str:
    if not isinstance(value, str):
        raise CodecError(where, "must be text")
    if len(value) > TEXT_LENGTH:
        raise CodecError(where, f"is longer than {TEXT_LENGTH} characters")
    if _UNPRINTABLE.search(value):
        raise CodecError(where, "has characters that are no text")
    return value


def _truth(value: Any, where: str, closed: bool) -> bool:
    if not isinstance(value, bool):
        raise CodecError(where, "must be true or false")
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
    raise CodecError(where, "must be a date like 2026-11-22")


def _time(value: Any, where: str, closed: bool) -> datetime:
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if moment.year in YEARS:
                return moment
    raise CodecError(where, "must be a time with its zone like 2026-11-22T10:30:00+08:00")


def _detail(value: Any, where: str, closed: bool) -> DetailValue:
    if isinstance(value, dict) and value.keys() == {"date"}:
        return _date(value["date"], f"{where}.date", closed)
    if isinstance(value, dict) and value.keys() == {"time"}:
        return _time(value["time"], f"{where}.time", closed)
    if isinstance(value, list):
        texts: tuple[str, ...] = _CODEC.decode(tuple[str, ...], value, where, closed=closed)
        return texts
    if isinstance(value, str):
        return _text(value, where, closed)
    if isinstance(value, int | float):
        return _integer(value, where, closed)
    raise CodecError(where, "must be a whole number, text, a list of texts, {date} or {time}")


def _octets(value: Any, where: str, closed: bool) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise CodecError(where, "must be base64") from None


_PLAIN: Mapping[Any, Decoder] = {
    int: _integer,
    str: _text,
    bool: _truth,
    date: _date,
    datetime: _time,
    DetailValue: _detail,
    bytes: _octets,
}
_CODEC = JsonCodec(_PLAIN, TAGS, ITEMS)
encode = _CODEC.encode
decode = _CODEC.decode


# ---- texts -------------------------------------------------------------------------------------------------
def dumps(value: Any) -> bytes:
    """JSON of what :func:`encode` gives (or of plain objects of such)."""
    plain = {name: encode(one) for name, one in value.items()} if isinstance(value, dict) else encode(value)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def loads(body: bytes) -> Any:
    """What JSON text says. Raises CodecError: not JSON, NaN, a name twice, nested too deep."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise CodecError("", "is not JSON") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CodecError("", "has a name twice")
    return found


def _no_constant(name: str) -> Any:
    raise CodecError("", f"has {name}, which is not JSON")
