"""How many may ask a back office at once: as many as it takes.

    pace = Pace(most=64, seconds=reactor.seconds)
    pace.limit                                   # between LEAST and most
    PacedBusiness(inner, pace)                   # tells it how each call went

A slow back office is not a broken one. Asked by too many at once, each waits for the others until the last
ones come too late and count as failures. So the limit begins low and rises while answers come quickly, or as
quickly as they do when few ask; it falls while they wait for each other (TCP Vegas' rule: those who wait are
limit * (1 - least time / time)), and sharply where it says that it is busy, or answers come too late.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import CancelledError

from business.guards.passing import Call, PassingBusiness
from business.port import Business, Busy, Change, NotDone, Performed, Question, Unavailable, Unknown

A = TypeVar("A")
LEAST = 8
"""Few enough for any back office, and enough for a dead one to be noticed soon by the breaker."""
QUICK = 0.15  # seconds: who answers in that time has no queue worth speaking of
LONG = 2.0  # and whoever takes longer is near the time at which an answer comes too late
FEW, MANY = 3.0, 6.0  # who wait for others: fewer and the limit rises, more and it falls
SHARP, CALM = 0.6, 1.0  # what is left of the limit, and seconds until the next such fall
FORGET = 60.0  # seconds after which the least time is measured anew


class Pace:
    """See the head of this file. ``seconds`` gives a time that only goes forward."""

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most = float(most)
        self._least = float(min(LEAST, most))
        self._limit = self._least
        self._seconds = seconds
        self._quickest = [float("inf"), float("inf")]  # of this stretch of time and of the one before
        self._stretch = seconds()
        self._fell = float("-inf")

    @property
    def limit(self) -> int:
        return int(self._limit)

    def answered(self, took: float) -> None:
        """An answer came after ``took`` seconds."""
        self._measure(took)
        waiting = self._limit * (1.0 - min(self._quickest) / took) if took > 0 else 0.0
        if took < QUICK:
            self._limit += 1.0
        elif took > LONG or waiting > MANY:
            self._limit -= FEW / self._limit
        elif waiting < FEW:
            self._limit += FEW / self._limit
        self._limit = min(self._most, max(self._least, self._limit))

    def failed(self, took: float, *, busy: bool = False) -> None:
        """None came, or that it is ``busy``."""
        now = self._seconds()
        if (busy or took >= QUICK) and now - self._fell >= CALM:
            self._fell = now
            self._limit = max(self._least, self._limit * SHARP)

    def _measure(self, took: float) -> None:
        now = self._seconds()
        if now - self._stretch >= FORGET:
            self._stretch = now
            self._quickest = [float("inf"), self._quickest[0]]
        self._quickest[0] = min(self._quickest[0], took)


class PacedBusiness(PassingBusiness):
    """Every call of ``inner`` sets the pace."""

    def __init__(self, inner: Business, pace: Pace, seconds: Callable[[], float]) -> None:
        super().__init__(inner)
        self._pace = pace
        self._seconds = seconds

    async def ask(self, question: Question[A]) -> A:
        began = self._seconds()
        try:
            answer = await self.inner.ask(question)
        except (Unavailable, CancelledError) as error:
            self._pace.failed(self._seconds() - began, busy=isinstance(error, Busy))
            raise
        self._pace.answered(self._seconds() - began)
        return answer

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        began = self._seconds()
        outcome = await call()
        took = self._seconds() - began
        if isinstance(outcome, NotDone | Unknown):
            self._pace.failed(took, busy=isinstance(outcome, NotDone) and outcome.busy)
        else:
            self._pace.answered(took)
        return outcome
