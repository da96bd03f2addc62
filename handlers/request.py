"""What a handler is given, what it may answer, and how a family declares its functions.

A family file (``fees.py``, ``sp.py`` …) holds the :class:`~menus.model.specs.ServiceSpec` of each of its
functions beside the coroutines that do it, joined by a :class:`Function`. A handler takes a
:class:`ServiceRequest` and returns an :data:`~menus.model.events.Outcome`. It knows no channel's protocol and
writes no sentence: it gives values with their kinds, and ``menus.yaml`` words them.

* ``ask`` runs a query.
* ``offer`` says what a change would cost and do, or refuses it, and changes nothing.
* ``perform`` does it under ``request.key``; the same key again gives the first result.

What a handler need not do: check service passwords, catch :class:`~business.port.BusinessError` or anything
else, log. :class:`counter.desk.Desk` does that once for all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from business.port import Business
from business.port.days import SHANGHAI
from menus.model.channels import Channel
from menus.model.events import Json, Outcome
from menus.model.specs import Action, ServiceSpec
from menus.model.values import Kind, Raw, Value


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One piece of work for one subscriber. ``caller`` is known and, where needed, has given the password.
    ``now`` is aware. Inputs, which may be secret, and the offer stay out of the repr."""

    business: Business = field(repr=False)
    caller: str
    channel: Channel
    now: datetime
    argument: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    offer: Json = field(default=None, repr=False)
    key: str | None = None


Handler = Callable[[ServiceRequest], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Handling:
    """The coroutines of one action: ``ask`` for a query, ``offer`` and ``perform`` for a change."""

    ask: Handler | None = None
    offer: Handler | None = None
    perform: Handler | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """What ``does:`` names: its declaration, and what does it."""

    spec: ServiceSpec
    does: Mapping[Action, Handling]


def money(fen: int) -> Value:
    return Value(Kind.MONEY, fen)


def count(number: int) -> Value:
    return Value(Kind.COUNT, number)


def text(words: str) -> Value:
    return Value(Kind.TEXT, words)


def listed(names: tuple[str, ...]) -> Value:
    return Value(Kind.LIST, names)


def day(when: date) -> Value:
    return Value(Kind.DATE, when)


def time(when: datetime) -> Value:
    """The moment as China has it, whatever zone the back office keeps."""
    return Value(Kind.TIME, when.astimezone(SHANGHAI))


def month(first: date) -> Value:
    return Value(Kind.MONTH, first)


def typed(details: Mapping[str, Raw], kinds: Mapping[str, Kind]) -> dict[str, Value]:
    """Those of a back end's ``details`` that the service declares, each with its declared kind; moments as
    China has them, as in :func:`time`."""
    return {name: _told(kind, details[name]) for name, kind in kinds.items() if name in details}


def _told(kind: Kind, raw: Raw) -> Value:
    return time(raw) if kind is Kind.TIME and isinstance(raw, datetime) else Value(kind, raw)
