"""A log that bad peers cannot fill: one line a minute per source, with the number of those left out, and so
many a minute in all."""

from __future__ import annotations

from collections.abc import Callable

from ivr.sip.limits import Rate

MAX_SOURCES = 4_096
MAX_LINES = 60  # a minute, of all sources


class FewPerMinute:
    """Failures of ours that messages from outside bring about: ``failure(where)`` writes so many a minute,
    and says how many were left out."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float], most: int = 6, seconds: float = 60.0
    ) -> None:
        self._write = write
        self._clock = clock
        self._rate = Rate(most / seconds, clock(), most)
        self._left_out = 0

    def __call__(self, where: str) -> None:
        if not self._rate.allow(self._clock()):
            self._left_out += 1
            return
        more, self._left_out = self._left_out, 0
        self._write(f"{where} ({more} more failures since)" if more else where)


class OncePerMinute:
    """Call it like ``api.Log``: ``log(source, text)``.

    Args:
        write: takes a finished line. clock: seconds; one that goes back keeps nothing quiet for longer.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float], seconds: float = 60.0
    ) -> None:
        self._write = write
        self._clock = clock
        self._seconds = seconds
        self._since: dict[str, tuple[float, int]] = {}
        self._minute = float("-inf")
        self._lines = 0  # written in this minute
        self._unsaid = 0  # lines of sources that came when the minute was full

    def __call__(self, source: str, text: str) -> None:
        now = self._clock()
        began, left_out = self._since.get(source, (float("-inf"), 0))
        if 0.0 <= now - began < self._seconds:
            self._since[source] = (began, left_out + 1)
            return
        if not self._may(now):
            self._unsaid += 1
            return
        if len(self._since) >= MAX_SOURCES:
            self._forget(now)
        self._since[source] = (now, 0)
        more = f" ({left_out} more since)" if left_out else ""
        shown = text.encode("ascii", "backslashreplace").decode("ascii")[:200]
        self._write(f"{source}: {shown}{more}")

    def _may(self, now: float) -> bool:
        """One more line in this minute?"""
        if not 0.0 <= now - self._minute < self._seconds:
            if self._unsaid:
                self._write(f"{self._unsaid} lines like these, of too many sources, were left out")
            self._minute, self._lines, self._unsaid = now, 0, 0
        self._lines += 1
        return self._lines <= MAX_LINES

    def _forget(self, now: float) -> None:
        self._since = {s: entry for s, entry in self._since.items() if 0.0 <= now - entry[0] < self._seconds}
