"""A wording with its values, as a subscriber reads it.

Public: :func:`render_text`, :func:`show`. How each kind is shown stands at the head of
``menus/model/values.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from menus.model.hall import Template
from menus.model.values import Kind, Raw, Value, Values

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile(r"[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def render_text(template: Template, values: Values) -> str:
    """The wording with every slot filled.

    Raises KeyError when a declared value was not given, and ValueError when it is of another kind than the
    wording was read for: both are a handler's fault and must not reach a subscriber as a half sentence.
    """
    return "".join(
        [
            piece if isinstance(piece, str) else _filled(piece.name, piece.kind, values)
            for piece in template.pieces
        ]
    )


def _filled(name: str, kind: Kind, values: Values) -> str:
    value = values[name]
    if value.kind is not kind:
        raise ValueError(f"value {name} is {value.kind.value}, the wording expects {kind.value}")
    return show(value)


def show(value: Value) -> str:
    """One value as text. Raises ValueError when the raw value does not fit its kind."""
    expected, shown = _SHOWN[value.kind]
    raw: Raw = value.raw
    if not isinstance(raw, expected) or (isinstance(raw, bool) and expected is int):
        raise ValueError(f"a {value.kind.value} is not made of {type(raw).__name__}")
    return shown(raw)


def _money(fen: int) -> str:
    """Whole yuan without decimals: 5元; else 52.35元. A debt keeps its sign: -0.50元."""
    sign, fen = ("-" if fen < 0 else ""), abs(fen)
    yuan, rest = divmod(fen, 100)
    return f"{sign}{yuan}元" if not rest else f"{sign}{yuan}.{rest:02d}元"


def _date(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _time(moment: datetime) -> str:
    return f"{_date(moment)}{moment.hour}:{moment.minute:02d}"


def _duration(seconds: int) -> str:
    """The two largest units: 2小时5分钟, 5分钟, 1分钟30秒, 40秒."""
    hours, rest = divmod(max(seconds, 0), 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "小时"), (minutes, "分钟"), (left, "秒")]
    return "".join([f"{n}{unit}" for n, unit in parts if n][:2]) or "0秒"


def _phrase(text: str) -> str:
    """Names come from other people's databases: one line, no control characters, nothing that turns the
    direction of what stands behind it (a fee) or cannot be seen."""
    if text.isprintable():  # none of these is
        return text
    return _UNSEEN.sub("", _CONTROLS.sub(" ", text))


_SHOWN: Mapping[Kind, tuple[type, Callable[[Any], str]]] = {
    Kind.MONEY: (int, _money),
    Kind.COUNT: (int, str),
    Kind.INDEX: (int, str),
    Kind.DATE: (date, _date),
    Kind.MONTH: (date, lambda day: f"{day.year}年{day.month}月"),
    Kind.MON: (date, lambda day: f"{day.month}月"),
    Kind.TIME: (datetime, _time),
    Kind.DURATION: (int, _duration),
    Kind.PHONE: (str, _phrase),
    Kind.DIGITS: (str, _phrase),
    Kind.CODE: (str, _phrase),
    Kind.TEXT: (str, _phrase),
    Kind.LIST: (tuple, lambda items: "、".join(_phrase(item) for item in items)),
    Kind.SECRET: (str, _phrase),
}
