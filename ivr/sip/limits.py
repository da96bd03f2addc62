"""How many a second: a bucket that fills steadily. And time that only goes on, whatever the clock does."""

from __future__ import annotations

from collections.abc import Callable


class Onward:
    """A clock that never goes back: where the one below does, no time has passed (seconds)."""

    __slots__ = ("_added", "_clock", "_last")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()
        self._added = 0.0

    def __call__(self) -> float:
        now = self._clock()
        if now < self._last:
            self._added += self._last - now
        self._last = now
        return now + self._added


class Rate:
    """``allow(now)``: may one more come at this moment (seconds)? A moment before the last one is the last.

    Args:
        per_second: how fast it fills.
        most: what it holds; default: one second's worth, one at the least.
    """

    __slots__ = ("_filled", "_left", "_most", "_rate")

    def __init__(self, per_second: float, now: float, most: float | None = None) -> None:
        self._rate = per_second
        self._most = max(per_second if most is None else most, 1.0)
        self._left = self._most
        self._filled = now

    def has(self, now: float) -> bool:
        """Would ``allow`` say yes?"""
        passed = now - self._filled
        if passed > 0.0:
            self._left = min(self._most, self._left + passed * self._rate)
        self._filled = now
        return self._left >= 1.0

    def allow(self, now: float, cost: float = 1.0) -> bool:
        if not self.has(now):
            return False
        self._left -= cost  # may fall below 0: what is dear is paid for afterwards
        return True

    def owes(self, now: float, cost: float) -> float:
        """Take ``cost`` in any case; seconds until it is made good, 0.0 if there was enough."""
        self.has(now)
        self._left -= cost
        return max(0.0, -self._left / self._rate)
