"""A back office that need not be there when a hall starts.

    ConnectingBusiness(inner, connect, reactor)

``connect`` (the inner one's ``start``, and what comes behind it) is tried until it succeeds; meanwhile every
query is Unavailable and every change NotDone, at once. Only Unavailable, and an answer that does not come,
are waited out: what else ``connect`` raises the first time is a mistake in the settings, and is raised.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from business.guards.passing import Call, PassingBusiness
from business.port import Business, Change, NotDone, Performed, Question, Unavailable

A = TypeVar("A")
FIRST, GROWTH, LONGEST = 0.5, 2.0, 15.0
"""Seconds between two attempts."""
GIVE_UP = 60.0
"""Seconds that a start waits for a back office that says nothing at all; the attempt goes on behind it."""
WHY = "not connected yet"


class ConnectingBusiness(PassingBusiness):
    """See the head of this file. ``up``: it has been reached."""

    log = Logger()

    def __init__(
        self,
        inner: Business,
        connect: Callable[[], Awaitable[None]],
        reactor: IReactorTime,
        give_up: float = GIVE_UP,
    ) -> None:
        super().__init__(inner)
        self.up = False
        self._connect = connect
        self._reactor = reactor
        self._give_up = give_up
        self._wait = FIRST
        self._timer: IDelayedCall | None = None
        self._stopped = False

    async def start(self) -> None:
        """Returns when it is there, or is known not to be. Raises what ``connect`` raises, but for
        Unavailable."""
        first: Deferred[None] = Deferred()
        attempt = Deferred.fromCoroutine(self._attempt())
        timer = self._reactor.callLater(self._give_up, self._too_late, first)

        def ended(result: object) -> None:
            if timer.active():
                timer.cancel()
            if not first.called:
                first.callback(None) if not isinstance(result, Failure) else first.errback(result)
            elif isinstance(result, Failure):
                self._failed(result)

        attempt.addBoth(ended)
        await first

    def _too_late(self, first: Deferred[None]) -> None:
        self.log.error("the back office does not answer: the hall starts without it")
        first.callback(None)

    async def _attempt(self) -> None:
        try:
            await self._connect()
        except (Unavailable, CancelledError, TimeoutError) as error:
            self.log.error("the back office is not there, it is looked for again: {why}", why=str(error))
            self._later()
            return
        self.up = True
        if self._wait > FIRST:
            self.log.info("the back office is there")

    def _later(self) -> None:
        if not self._stopped:
            self._timer = self._reactor.callLater(self._wait, self._again)
            self._wait = min(LONGEST, self._wait * GROWTH)

    def _again(self) -> None:
        self._timer = None
        Deferred.fromCoroutine(self._attempt()).addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        """Not what was waited for: told, and tried again all the same, for somebody may mend it meanwhile."""
        self.log.error("the back office cannot be used: {why}", why=failure.getErrorMessage())
        self._later()

    async def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await super().stop()

    async def healthy(self) -> bool:
        return self.up and await self.inner.healthy()

    async def ask(self, question: Question[A]) -> A:
        if not self.up:
            raise Unavailable(WHY)
        return await self.inner.ask(question)

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        return await call() if self.up else NotDone(WHY)
