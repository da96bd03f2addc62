"""Whether what a back office answered can be told: of the kinds that were declared, and of sane size.

A back office that answers rubbish (a text where money should be, a naive time, a list without end, somebody
else's data) hurts nobody: the answer counts as none, which for a change means that its end is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from business.port import Subscriber
from menus.model.events import Answered, NotDone, Offered, Outcome, Refused, Unknown
from menus.model.values import Kind, Raw, Value, Values

LONGEST = 5_000
"""Characters of one value, and rows of one answer, that anybody would read."""
HIGHEST = 10**12


class InvalidAnswer(Exception):
    """The back office's answer makes no sense. The message names a field, never its content."""


def _number(raw: Raw) -> bool:
    return type(raw) is int and -HIGHEST < raw < HIGHEST


def _day(raw: Raw) -> bool:
    return isinstance(raw, date) and not isinstance(raw, datetime)


def _moment(raw: Raw) -> bool:
    return isinstance(raw, datetime) and raw.utcoffset() is not None


def _words(raw: Raw) -> bool:
    return isinstance(raw, str) and len(raw) <= LONGEST


def _list(raw: Raw) -> bool:
    return isinstance(raw, tuple) and len(raw) <= LONGEST and all(map(_words, raw))


_FITS: Mapping[Kind, Callable[[Raw], bool]] = {
    **dict.fromkeys((Kind.MONEY, Kind.COUNT, Kind.INDEX, Kind.DURATION), _number),
    **dict.fromkeys((Kind.DATE, Kind.MONTH, Kind.MON), _day),
    Kind.TIME: _moment,
    Kind.LIST: _list,
}


def sound(outcome: Outcome) -> Outcome:
    """``outcome`` itself. Raises :class:`InvalidAnswer`."""
    match outcome:
        case Answered():
            _values(outcome.values)
            if len(outcome.items) > LONGEST:
                raise InvalidAnswer("a list without end")
            for item in outcome.items:
                _values(item.values)
        case Offered() | Refused():
            _values(outcome.values)
        case NotDone() | Unknown():
            pass
        case _:
            raise InvalidAnswer(f"a {type(outcome).__name__}")
    return outcome


def _values(values: Values) -> None:
    for name, value in values.items():
        if not isinstance(value, Value) or not _FITS.get(value.kind, _words)(value.raw):
            raise InvalidAnswer(name)


def sound_subscriber(who: Subscriber, msisdn: str) -> Subscriber:
    """``who`` itself, if that is the subscriber who was asked for. Raises :class:`InvalidAnswer`."""
    if not isinstance(who, Subscriber) or who.msisdn != msisdn:
        raise InvalidAnswer("another subscriber")
    texts, numbers = (who.city, who.language), (who.owed,)
    if not (all(map(_words, texts)) and all(map(_number, numbers)) and isinstance(who.opened, frozenset)):
        raise InvalidAnswer("subscriber")
    return who
