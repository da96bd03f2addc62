"""A circuit breaker: a back office that fails again and again is left alone for a while.

    CircuitBreaker(inner, reactor.seconds, failures=5, slow=4.0, rest=10.0)

::

    closed ── failures in a row ──> open ── rest seconds ──> half open ── the probe is well ──> closed
                                      ^                          │
                                      └──── the probe fails ─────┘

While it is open nothing is sent: a query is Unavailable at once and a change NotDone, which is certain. So
callers hear 系统忙 at once instead of waiting, nothing piles up here, and a back office that comes back is
not met by everybody who waited. Half open, one call is let through as a probe; the others are still refused.

A failure is an answer that never came (Unavailable, NotDone, Unknown, any error of the back office's own) or
one that took ``slow`` seconds or longer. UnknownSubscriber, Resting, NotOffered and refusals are answers.
Busy, and a NotDone that says so, say nothing: others are before us, with a back office that is well.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from business.guards.passing import Call, PassingBusiness
from business.port import (
    Business,
    Busy,
    Change,
    NotDone,
    NotOffered,
    Performed,
    Question,
    Resting,
    Unavailable,
    Unknown,
    UnknownSubscriber,
)

A = TypeVar("A")
WELL = (UnknownSubscriber, Resting, NotOffered)
"""Raised by a back office that is well."""


class Circuit(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class CircuitBreaker(PassingBusiness):
    """See the head of this file. ``seconds`` gives a time that only goes forward; ``failures`` in a row open
    it for ``rest`` seconds. ``opened`` counts how often it did."""

    log = Logger()

    def __init__(
        self,
        inner: Business,
        seconds: Callable[[], float],
        *,
        failures: int = 5,
        slow: float = 4.0,
        rest: float = 10.0,
    ) -> None:
        super().__init__(inner)
        self.opened = 0
        self._seconds = seconds
        self._failures = failures
        self._slow = slow
        self._rest = rest
        self._failed = 0  # in a row, while closed
        self._open_until: float | None = None
        self._probe: object | None = None

    @property
    def circuit(self) -> Circuit:
        """Where it stands now."""
        if self._open_until is None:
            return Circuit.CLOSED
        return Circuit.OPEN if self._seconds() < self._open_until else Circuit.HALF_OPEN

    # ---- the gates ----------------------------------------------------------------------------------------
    async def ask(self, question: Question[A]) -> A:
        turn = self._enter()
        if turn is None:
            raise Unavailable("the back office is left alone for a while")
        return await self._through(turn, self.inner.ask(question))

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        turn = self._enter()
        if turn is None:
            return NotDone("the back office is left alone for a while")
        return await self._through(turn, call())

    async def _through(self, turn: object, call: Coroutine[Any, Any, A]) -> A:
        began = self._seconds()
        well: bool | None = False
        try:
            answer = await call
            well = _well(answer)
        except Busy:
            well = None
            raise
        except WELL:
            well = True
            raise
        except (CancelledError, GeneratorExit):
            well = None  # whoever asked has gone; that says something only if it took long
            raise
        finally:
            self._left(turn, began, well)
        return answer

    # ---- the circuit --------------------------------------------------------------------------------------
    def _enter(self) -> object | None:
        """A turn for one call, or None: it is not let through."""
        circuit = self.circuit
        if circuit is Circuit.OPEN or (circuit is Circuit.HALF_OPEN and self._probe is not None):
            return None
        turn = object()
        if circuit is Circuit.HALF_OPEN:
            self._probe = turn
        return turn

    def _left(self, turn: object, began: float, well: bool | None) -> None:
        """The call of this turn has ended; ``well`` None: nobody knows."""
        if self._seconds() - began >= self._slow:
            well = False
        if turn is self._probe:
            self._probe = None
            if well is not None:
                self._close() if well else self._open()
        elif self._open_until is None and well is not None:  # one from before it opened says nothing new
            self._failed = 0 if well else self._failed + 1
            if self._failed >= self._failures:
                self._open()

    def _open(self) -> None:
        self._open_until = self._seconds() + self._rest
        self._failed = 0
        self.opened += 1
        self.log.warn("the back office fails: left alone for {rest} s", rest=self._rest)

    def _close(self) -> None:
        self._open_until = None
        self.log.info("the back office answers again")


def _well(answer: object) -> bool | None:
    """What an answer says of the back office; None: nothing."""
    if isinstance(answer, NotDone):
        return None if answer.busy else False
    return not isinstance(answer, Unknown)
