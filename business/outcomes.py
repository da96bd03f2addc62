"""Outcomes as text, for a row in a database, and the print of a change that a key is bound to. Pure.

Details hold dates, times and tuples, which JSON has not; each is written as ``{"date": …}``, ``{"time": …}``
or a list, so that the stored first result reads back equal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from business.port import CancelProduct, CancelSp, Change, DetailValue, Done, OpenProduct, Refused, TopUp, Why


def to_text(outcome: Done | Refused) -> str:
    """The outcome as JSON, without ``repeated``."""
    what = "done" if isinstance(outcome, Done) else outcome.why.value
    return json.dumps([what, {k: _pack(v) for k, v in outcome.details.items()}], ensure_ascii=False)


def from_text(text: str) -> Done | Refused:
    """The outcome that :func:`to_text` wrote, marked as repeated."""
    what, packed = json.loads(text)
    details: Mapping[str, DetailValue] = {k: _unpack(v) for k, v in packed.items()}
    return Done(details, True) if what == "done" else Refused(Why(what), details, True)


def again(outcome: Done | Refused) -> Done | Refused:
    """The same outcome as the answer to a repeated key."""
    return replace(outcome, repeated=True)


def _pack(value: DetailValue) -> Any:
    if isinstance(value, datetime):  # before date: a datetime is one
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return list(value) if isinstance(value, tuple) else value


def _unpack(value: Any) -> DetailValue:
    if isinstance(value, dict):
        if "time" in value:
            return datetime.fromisoformat(value["time"])
        return date.fromisoformat(value["date"])
    return tuple(value) if isinstance(value, list) else value


def summary(change: Change) -> str:
    """The change in a few words without secrets, for the audit row."""
    match change:
        case OpenProduct(product):
            return f"open {product}"
        case CancelProduct(product):
            return f"cancel {product}"
        case CancelSp(ids):
            return "cancel sp " + ",".join(ids)
        case TopUp(_, target):
            return f"top up {target}"
        case _:
            return type(change).__name__


def fingerprint(msisdn: str, change: Change, key: str) -> str:
    """What a key was first used for. Salted with the key, so that it tells nothing about a card."""
    card = change.card if isinstance(change, TopUp) else ""
    words = json.dumps([key, msisdn, summary(change), card], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()
