"""One reading of the menu at a time, and the last wish wins.

However many signals come while the menu is read, it is read exactly once more behind that. Before the server
has started a wish waits for the start, and once it stops nothing is read any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


class Reloading:
    """``read`` reads and takes the menu; whether it was taken."""

    def __init__(self, read: Callable[[], Awaitable[bool]]) -> None:
        self._read = read
        self._waiting: list[Deferred[bool]] = []  # for the reading behind the present one
        self._reading: Deferred[bool] | None = None
        self._held = True
        self._ended = False

    async def wish(self) -> bool:
        """Whether the menu, as it is now or later, was taken."""
        if self._ended:
            return False
        waiting: Deferred[bool] = Deferred()
        self._waiting.append(waiting)
        self._begin()
        return await waiting

    def open(self) -> None:
        """All stands: what was wished before may be read."""
        self._held = False
        self._begin()

    def end(self) -> None:
        """Read no more; a reading under way is cancelled."""
        self._ended = True
        if self._reading is not None:
            self._reading.cancel()
        waiting, self._waiting = self._waiting, []
        _tell(waiting, False)

    def _begin(self) -> None:
        if self._held or self._ended or self._reading is not None or not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._reading = Deferred.fromCoroutine(_of(self._read))
        self._reading.addBoth(self._done, waiting)

    def _done(self, taken: bool | Failure, waiting: list[Deferred[bool]]) -> None:
        self._reading = None
        _tell(waiting, taken is True)
        self._begin()


async def _of(read: Callable[[], Awaitable[bool]]) -> bool:
    return await read()


def _tell(waiting: list[Deferred[bool]], taken: bool) -> None:
    for each in waiting:
        each.callback(taken)
