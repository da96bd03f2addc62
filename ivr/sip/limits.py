"""How many set-ups a second: a bucket that fills steadily and holds one second's worth."""

from __future__ import annotations


class Rate:
    """``allow(now)``: may one more come at this moment of a monotonic clock (seconds)?"""

    __slots__ = ("_filled", "_left", "_rate")

    def __init__(self, per_second: float, now: float) -> None:
        self._rate = per_second
        self._left = max(per_second, 1.0)
        self._filled = now

    def allow(self, now: float) -> bool:
        self._left = min(max(self._rate, 1.0), self._left + (now - self._filled) * self._rate)
        self._filled = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
