"""A back office that is waited for so long and no longer, however well it behaves.

    DeadlineBusiness(inner, reactor, seconds=10.0)

A query that is late is given up and raises Unavailable. A change that is late is Unknown: it goes on behind
that answer, and asking again with its key gives what came of it. Ours have deadlines of their own, which know
better (what no thread had begun is certainly not done); this one is for those that have none.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from business.guards.expiry import Expiry
from business.guards.passing import Call, PassingBusiness
from business.port import Business, Change, Performed, Question, Unavailable, Unknown

A = TypeVar("A")


class _Late(Exception):
    """The deadline passed."""


class DeadlineBusiness(PassingBusiness):
    """See the head of this file."""

    log = Logger()

    def __init__(self, inner: Business, reactor: IReactorTime, seconds: float) -> None:
        super().__init__(inner)
        self._reactor = reactor
        self._limit = seconds

    async def healthy(self) -> bool:
        try:
            return await self._within(self.inner.healthy(), give_up=True)
        except _Late:
            return False

    async def ask(self, question: Question[A]) -> A:
        try:
            return await self._within(self.inner.ask(question), give_up=True)
        except _Late:
            raise Unavailable(f"no answer within {self._limit:g} s") from None

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        try:
            return await self._within(call(), give_up=False)
        except _Late:
            return Unknown(f"no answer within {self._limit:g} s")

    async def _within(self, call: Coroutine[Any, Any, A], *, give_up: bool) -> A:
        """What ``call`` gives, or _Late after the deadline. ``give_up``: a call that nobody waits for any
        more, late or cancelled, is cancelled; else it runs on."""
        running = Deferred.fromCoroutine(call)
        answer: Deferred[A] = Deferred(lambda _: running.cancel() if give_up else None)

        def ended(result: A | Failure) -> None:
            if not answer.called:
                answer.callback(result)
            elif isinstance(result, Failure) and not result.check(CancelledError):
                self.log.warn("a late answer of the back office: {why}", why=result.type)

        def expired() -> None:
            answer.errback(Failure(_Late()))
            if give_up:
                running.cancel()

        expiry = Expiry(self._reactor, self._limit, expired)
        running.addBoth(ended)
        try:
            return await answer
        finally:
            expiry.cancel()
