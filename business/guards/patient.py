"""A back office that is asked again where it only said that others were before us.

    PatientBusiness(inner, clock, seconds=30.0)

Busy, and a NotDone that says so, are certain: nothing was begun. So the same is asked again after a pause,
for ``seconds`` at the most; who does not wait that long cancels the call. A back office that says how long
the pause is to be is asked again then: others that it takes meanwhile are asked without regard to it.
"""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from business.guards.passing import Call, PassingBusiness
from business.port import Business, Busy, Change, NotDone, Performed, Question

A = TypeVar("A")
FIRST, LONGEST = 0.1, 2.0
"""The pause, in seconds: doubled each time."""


class PatientBusiness(PassingBusiness):
    """See the head of this file."""

    def __init__(self, inner: Business, clock: IReactorTime, seconds: float) -> None:
        super().__init__(inner)
        self._clock = clock
        self._most = seconds

    async def ask(self, question: Question[A]) -> A:
        try:
            return await self.inner.ask(question)
        except Busy as busy:
            pauses, after = _Pauses(self._clock, self._most), busy.after
        while await pauses.another(after):
            try:
                return await self.inner.ask(question)
            except Busy as busy:
                after = busy.after
        raise Busy("others were before us all the time")

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        outcome = await call()
        if _busy(outcome):
            pauses = _Pauses(self._clock, self._most)
            while _busy(outcome) and await pauses.another():
                outcome = await call()
        return outcome


def _busy(outcome: Performed) -> bool:
    return isinstance(outcome, NotDone) and outcome.busy


class _Pauses:
    """The pauses of one call."""

    def __init__(self, clock: IReactorTime, most: float) -> None:
        self._clock = clock
        self._until = clock.seconds() + most
        self._pause = FIRST

    async def another(self, wanted: float = 0.0) -> bool:
        """Wait for one, as long as is ``wanted`` (0: as we think); False: it has been long enough."""
        pause = wanted or self._pause
        if self._clock.seconds() + pause > self._until:
            return False
        await deferLater(self._clock, pause)
        self._pause = min(LONGEST, self._pause * 2)
        return True
