"""A back office whose every call is measured: which, how it ended, how long it took.

MeasuredBusiness(inner, lambda name, outcome, seconds: …, reactor.seconds)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import CancelledError

from business.guards.passing import Call, PassingBusiness
from business.port import (
    Business,
    Change,
    Done,
    NotDone,
    NotOffered,
    Performed,
    Question,
    Refused,
    Resting,
    Unavailable,
    Unknown,
    UnknownSubscriber,
)

A = TypeVar("A")
Observer = Callable[[str, str, float], None]
"""Told the question's name or ``perform``, the outcome, and seconds."""

OUTCOMES = (
    "answered",
    "done",
    "repeated",
    "refused",
    "not done",
    "unknown",
    "unknown subscriber",
    "unavailable",
    "resting",
    "not offered",
    "given up",
    "failed",
)
"""Everything that a call is said to have ended in."""

_RAISED: tuple[tuple[type[BaseException], str], ...] = (
    (UnknownSubscriber, "unknown subscriber"),
    (Unavailable, "unavailable"),
    (Resting, "resting"),
    (NotOffered, "not offered"),
    (CancelledError, "given up"),
    (GeneratorExit, "given up"),
)


class MeasuredBusiness(PassingBusiness):
    """See the head of this file. ``seconds`` gives a time that only goes forward."""

    def __init__(self, inner: Business, observer: Observer, seconds: Callable[[], float]) -> None:
        super().__init__(inner)
        self._observer = observer
        self._seconds = seconds

    async def ask(self, question: Question[A]) -> A:
        begun = self._seconds()
        try:
            answer = await self.inner.ask(question)
        except BaseException as error:
            self._observer(question.name, _raised(error), self._seconds() - begun)
            raise
        outcome = "refused" if isinstance(answer, Refused) else "answered"
        self._observer(question.name, outcome, self._seconds() - begun)
        return answer

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        begun = self._seconds()
        try:
            outcome = await call()
        except BaseException as error:
            self._observer("perform", _raised(error), self._seconds() - begun)
            raise
        self._observer("perform", _ended(outcome), self._seconds() - begun)
        return outcome


def _raised(error: BaseException) -> str:
    return next((name for kind, name in _RAISED if isinstance(error, kind)), "failed")


def _ended(outcome: Performed) -> str:
    match outcome:
        case Done(repeated=True) | Refused(repeated=True):
            return "repeated"
        case Done():
            return "done"
        case Refused():
            return "refused"
        case NotDone():
            return "not done"
        case Unknown():
            return "unknown"
