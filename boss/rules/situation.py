"""What a decision is taken on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from business.port import Fen, Origin, Reward
from business.port.days import month_of, today
from business.port.stock import Account, Card, Terms


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator may set otherwise. ``changes_a_day``: how many a subscriber makes a day, of those that
    are counted; ``keep_fee``: fen a month for keeping the number of a stopped telephone (停机保号费), from
    the second month on."""

    changes_a_day: int = 30
    keep_fee: Fen = 500


STANDARD = Policy()


@dataclass(frozen=True, slots=True)
class Responses:
    """How many a form has: of the subscriber's ``own``, and of ``all``."""

    own: int = 0
    all: int = 0


NONE_YET = Responses()


@dataclass(frozen=True)
class Situation:
    """``target`` matters for top-ups and for stopping and starting, ``card`` for a top-up, ``terms`` for a
    product, ``group`` (the other products of its group), ``dependents`` (those that need it) for cancelling
    one, ``reward`` for an exchange, ``responses`` for answering a form.

    The rest is for :func:`boss.rules.decide` alone: the operation's ``key``, where it came from, 16
    random bytes of ``salt`` for what is hashed, and the ``number`` that a new complaint gets.
    """

    now: datetime
    account: Account
    terms: Terms | None = None
    target: Account | None = None
    card: Card | None = None
    group: tuple[Terms, ...] = ()
    dependents: tuple[Terms, ...] = ()
    reward: Reward | None = None
    responses: Responses = NONE_YET
    policy: Policy = STANDARD
    key: str = ""
    channel: Origin = Origin.OTHER
    salt: bytes = b""
    number: str = ""

    @cached_property
    def day(self) -> date:
        return today(self.now)

    @cached_property
    def month(self) -> date:
        return month_of(self.day)
