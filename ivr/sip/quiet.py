"""A log that bad peers cannot fill: one line a minute per source, with the number of those left out."""

from __future__ import annotations

from collections.abc import Callable

MAX_SOURCES = 4_096


class OncePerMinute:
    """Call it like ``api.Log``: ``log(source, text)``.

    Args:
        write: takes a finished line. clock: seconds.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float], seconds: float = 60.0
    ) -> None:
        self._write = write
        self._clock = clock
        self._seconds = seconds
        self._since: dict[str, tuple[float, int]] = {}

    def __call__(self, source: str, text: str) -> None:
        now = self._clock()
        began, left_out = self._since.get(source, (float("-inf"), 0))
        if now - began < self._seconds:
            self._since[source] = (began, left_out + 1)
            return
        if len(self._since) >= MAX_SOURCES:
            self._forget(now)
        self._since[source] = (now, 0)
        more = f" ({left_out} more since)" if left_out else ""
        shown = text.encode("ascii", "backslashreplace").decode("ascii")[:200]
        self._write(f"{source}: {shown}{more}")

    def _forget(self, now: float) -> None:
        self._since = {s: entry for s, entry in self._since.items() if now - entry[0] < self._seconds}
        if len(self._since) >= MAX_SOURCES:  # a flood of sources within the minute: begin anew
            self._since.clear()
