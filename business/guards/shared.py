"""A question that many ask at the same time is asked once.

ready = Shared(look, reactor.seconds, keep=1.0)
await ready()      # asks
await ready()      # within a second of the answer: the same one
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class Shared(Generic[T]):
    """``keep``: seconds for which an answer stands. ``rest``: seconds from an answer to the next asking, and
    a reactor's callLater to wait for it; whoever asks meanwhile waits, too, and gets nothing old."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        seconds: Callable[[], float],
        *,
        keep: float = 0.0,
        rest: tuple[float, Callable[..., object]] | None = None,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._keep = keep
        self._rest = rest
        self._waiting: list[Deferred[T]] = []
        self._answered = float("-inf")
        self._answer: T | None = None

    async def __call__(self) -> T:
        """Raises what the asking raised."""
        since = self._seconds() - self._answered
        if self._answer is not None and since < self._keep:
            return self._answer
        waiting: Deferred[T] = Deferred()
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            left = 0.0 if self._rest is None else self._rest[0] - since
            if self._rest is not None and left > 0:
                self._rest[1](left, self._begin)
            else:
                self._begin()
        return await waiting

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._asked()).addBoth(self._tell)

    async def _asked(self) -> T:
        return await self._ask()

    def _tell(self, result: T | Failure) -> None:
        self._answered = self._seconds()
        self._answer = None if isinstance(result, Failure) else result
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.called:
                each.callback(result)
