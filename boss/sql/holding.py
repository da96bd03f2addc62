"""What comes in as text, as any database can hold it.

No database has a place for lone surrogates, nor PostgreSQL for NUL; both are U+FFFD here. So a number or a
name with such characters is one that is simply not there, and whoever sends it is no failure of the back
office.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any, TypeVar

from business.port import Change

C = TypeVar("C", bound=Change)
_NOWHERE = re.compile("[\x00\ud800-\udfff]")


def held(value: Any) -> Any:
    """``value``, if it is text as it can be held; each of a tuple's."""
    if type(value) is str:  # and no enumeration, whose words are ours
        return _NOWHERE.sub("\ufffd", value)
    return tuple(map(held, value)) if isinstance(value, tuple) else value


def held_change(change: C) -> C:
    return replace(change, **{one.name: held(getattr(change, one.name)) for one in fields(change)})
