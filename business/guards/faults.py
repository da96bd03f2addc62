"""A back office that misbehaves on purpose, for the tests of whoever talks to one.

    faulty = FaultyBusiness(MemoryBusiness(data, clock), reactor)
    faulty.plan("perform", FailAfter())          # does it, then says Unknown
    faulty.plan("fee", Delay(4.0), FailBefore())  # the next call is late, the one after fails

Faults are taken in order, one a call; with none planned a call goes straight through. ``calls`` lists every
call by name, in order.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from business.guards.passing import Call, PassingBusiness
from business.port import QUESTIONS, Business, Change, NotDone, Performed, Question, Unavailable, Unknown

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Delay:
    """Answers rightly, ``seconds`` late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """Does nothing and says nothing until :meth:`FaultyBusiness.release`; then does it."""


@dataclass(frozen=True, slots=True)
class FailBefore:
    """Fails with nothing done: Unavailable, or NotDone from perform."""


@dataclass(frozen=True, slots=True)
class FailAfter:
    """Does it, then loses the answer: Unavailable, or Unknown from perform."""


@dataclass(frozen=True, slots=True)
class Lie:
    """Answers this, and does nothing."""

    answer: Any


Fault = Delay | Hang | FailBefore | FailAfter | Lie
PLANNED = frozenset(QUESTIONS) | {"perform", "healthy"}


class FaultyBusiness(PassingBusiness):
    """A :class:`business.port.Business` around another; see the head of this file."""

    def __init__(self, inner: Business, reactor: IReactorTime) -> None:
        super().__init__(inner)
        self.calls: list[str] = []
        self._reactor = reactor
        self._plans: dict[str, deque[Fault]] = defaultdict(deque)
        self._hanging: list[Deferred[None]] = []

    def plan(self, name: str, *faults: Fault) -> None:
        """What happens to the next calls of this name, which is a question's, ``perform`` or ``healthy``."""
        if name not in PLANNED:
            raise ValueError(f"the port has no {name}")
        self._plans[name].extend(faults)

    def release(self) -> None:
        """Let everything that hangs go on."""
        hanging, self._hanging = self._hanging, []
        for waiting in hanging:
            waiting.callback(None)

    async def stop(self) -> None:
        self.release()
        await super().stop()

    async def healthy(self) -> bool:
        return await self._pass("healthy", self.inner.healthy)

    async def ask(self, question: Question[A]) -> A:
        return await self._pass(question.name, lambda: self.inner.ask(question))

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        """A planned failure is NotDone or Unknown, never raised."""
        after = bool(self._plans["perform"]) and isinstance(self._plans["perform"][0], FailAfter)
        try:
            return await self._pass("perform", call)
        except Unavailable as error:
            return Unknown(str(error)) if after else NotDone(str(error))

    async def _pass(self, name: str, call: Call[A]) -> A:
        self.calls.append(name)
        fault = self._plans[name].popleft() if self._plans[name] else None
        match fault:
            case None:
                return await call()
            case Delay(seconds):
                await self._wait(seconds)
            case Hang():
                waiting: Deferred[None] = Deferred()
                self._hanging.append(waiting)
                await waiting
            case Lie(answer):
                return cast(A, answer)
            case FailBefore():
                raise Unavailable("planned, nothing done")
            case FailAfter():
                await call()
                raise Unavailable("planned, after doing it")
        return await call()

    async def _wait(self, seconds: float) -> None:
        late: Deferred[None] = Deferred()
        self._reactor.callLater(seconds, late.callback, None)
        await late
