"""One thing at a time for each number, in its order; as many numbers at once as there are places.

lanes = Lanes(handle, places)
lanes.put("13900000001", what)      # handle("13900000001", what) is awaited when its turn has come
await lanes.quiet()
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


class Places(Protocol):
    """How many may be handled at once, which is the back office's matter."""

    async def enter(self) -> None: ...

    def leave(self) -> None: ...


class Anywhere:
    """As many places as are wanted."""

    async def enter(self) -> None: ...

    def leave(self) -> None: ...


class Lanes(Generic[T]):
    """See the head of this file. ``handle`` never raises."""

    def __init__(self, handle: Callable[[str, T], Awaitable[None]], places: Places) -> None:
        self._handle = handle
        self._places = places
        self._lanes: dict[str, deque[T]] = {}
        self._idle: list[Deferred[None]] = []
        self._closed = False

    def put(self, address: str, what: T) -> None:
        """After whatever stands in that number's lane."""
        lane = self._lanes.get(address)
        if lane is not None:
            lane.append(what)
            return
        self._lanes[address] = lane = deque((what,))
        Deferred.fromCoroutine(self._walk(address, lane))

    async def _walk(self, address: str, lane: deque[T]) -> None:
        while lane:
            await self._places.enter()
            try:
                if self._closed:
                    break
                await self._handle(address, lane[0])
            finally:
                self._places.leave()
            lane.popleft()
        del self._lanes[address]
        if not self._lanes:
            idle, self._idle = self._idle, []
            for each in idle:
                each.callback(None)

    def close(self) -> None:
        """Begin nothing more: what was not begun is left where it came from."""
        self._closed = True

    def quiet(self) -> Deferred[None]:
        """Fires when nothing is being handled, nor waits."""
        quiet: Deferred[None] = Deferred()
        if self._lanes:
            self._idle.append(quiet)
        else:
            quiet.callback(None)
        return quiet
