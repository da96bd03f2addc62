"""All timers of one SIP endpoint as data: who, which, when. No reactor; the one who has a clock asks.

A call needs four or five timers that nearly always are stopped before they fire; a heap with lazy deletion
costs a fraction of a reactor call each.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import Generic, TypeVar

Owner = TypeVar("Owner")


class TimerQueue(Generic[Owner]):
    """Timers named by (owner, name); setting one again moves it. Times in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Owner, str]] = []
        self._live: dict[tuple[Owner, str], int] = {}
        self._serial = count()

    def __len__(self) -> int:
        return len(self._live)

    def set(self, owner: Owner, name: str, when: float) -> None:
        serial = next(self._serial)
        self._live[owner, name] = serial
        heapq.heappush(self._heap, (when, serial, owner, name))

    def stop(self, owner: Owner, name: str) -> None:
        """Stopping what does not run is fine."""
        if self._live.pop((owner, name), None) is not None and len(self._heap) > 2 * len(self._live) + 1024:
            self._sweep()

    def next(self) -> float | None:
        """When the earliest live timer is due."""
        while self._heap:
            when, serial, owner, name = self._heap[0]
            if self._live.get((owner, name)) == serial:
                return when
            heapq.heappop(self._heap)
        return None

    def due(self, now: float) -> tuple[Owner, str] | None:
        """Take one timer that is due, earliest first."""
        when = self.next()
        if when is None or when > now:
            return None
        _when, _serial, owner, name = heapq.heappop(self._heap)
        del self._live[owner, name]
        return owner, name

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if self._live.get((entry[2], entry[3])) == entry[1]]
        heapq.heapify(self._heap)
