"""Who may ask the back office next: callers before texts, texts before what nobody waits for.

    queue = Queue(lambda: 64)
    QueuedBusiness(inner, queue, Rank.CALLER)     # each of its calls takes a place
    await queue.enter(Rank.TEXT) … queue.leave()  # a whole turn of a text takes one

How many places there are is the pace's matter (:mod:`business.guards.pace`). A lower rank leaves some of them
to those above, so that a caller finds one free while a thousand texts wait; who finds none waits, the higher
rank first, each rank in its order. What waits has asked nothing yet: no deadline of a back office runs, and
no breaker counts it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from twisted.internet.defer import Deferred

from business.guards.passing import Call, PassingBusiness
from business.port import Business, Change, Performed, Question

A = TypeVar("A")


class Rank(IntEnum):
    """Who asks; the first goes first."""

    CALLER = 0
    TEXT = 1
    BULK = 2  # reminders and ordered bills


SHARE = {Rank.CALLER: 1.0, Rank.TEXT: 0.75, Rank.BULK: 0.125}
"""The part of all places that may be taken when one of a rank takes the next."""


class Queue:
    """See the head of this file. In one thread. ``places``: how many there are just now."""

    def __init__(self, places: Callable[[], int]) -> None:
        self._places = places
        self._waiting: dict[Rank, deque[Deferred[None]]] = {rank: deque() for rank in Rank}
        self._taken = 0
        self._calling = False

    def waiting(self, rank: Rank) -> int:
        """How many of a rank wait for a place."""
        return len(self._waiting[rank])

    async def enter(self, rank: Rank) -> None:
        """Take a place, now or when one is free. Cancelled before that it takes none."""
        queue = self._waiting[rank]
        if not queue and self._has_room(rank):
            self._taken += 1
            return
        place: Deferred[None] = Deferred(queue.remove)
        queue.append(place)
        await place

    def leave(self) -> None:
        """Give the place back; who waits takes it."""
        self._taken -= 1
        if self._calling:  # by one that was just called: the loop below goes on for it
            return
        self._calling = True
        try:
            while (place := self._next()) is not None:
                self._taken += 1
                place.callback(None)
        finally:
            self._calling = False

    def _has_room(self, rank: Rank) -> bool:
        return self._taken < max(1, int(self._places() * SHARE[rank]))

    def _next(self) -> Deferred[None] | None:
        for rank, queue in self._waiting.items():
            if queue and self._has_room(rank):
                return queue.popleft()
        return None


class QueuedBusiness(PassingBusiness):
    """A back office whose every call waits for a place. Its health does not."""

    def __init__(self, inner: Business, queue: Queue, rank: Rank) -> None:
        super().__init__(inner)
        self._queue = queue
        self._rank = rank

    async def ask(self, question: Question[A]) -> A:
        return await self._in_turn(lambda: self.inner.ask(question))

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        return await self._in_turn(call)

    async def _in_turn(self, call: Call[A]) -> A:
        await self._queue.enter(self._rank)
        try:
            return await call()
        finally:
            self._queue.leave()
