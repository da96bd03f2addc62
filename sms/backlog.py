"""What is on the disk and not handled yet: the first of it in memory, the rest where it lies.

    MO on its way to the disk ─┬─ little waits: read at once ───────────────┬─ joined ─ turns
                               └─ else it lies, and is fetched in portions ─┘

So a backlog costs no memory but a number's count, a restart takes up a million texts as it takes up ten, and
each number's texts keep their order. How much waits is bounded by nothing but each number's own share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from store import Inbound

WINDOW, PORTION = 2000, 500
"""MOs in memory at the most, and fetched from the disk in one go when fewer than half of that are left."""
AGAIN = 1.0
"""Seconds after which a disk that could not be read is asked again."""


class Disk(Protocol):
    def waiting_in(self, after: int, limit: int, /) -> Deferred[list[Inbound]]: ...


class Backlog:
    """See the head of this file. ``fetched`` is given the rows that had been left on the disk.
    ``parts``: how many in memory wait for the rest of their text, which may lie behind all others: they take
    no place in the window."""

    log = Logger()

    def __init__(
        self,
        disk: Disk,
        reactor: IReactorTime,
        fetched: Callable[[Inbound], None],
        parts: Callable[[], int] = lambda: 0,
        *,
        window: int = WINDOW,
        portion: int = PORTION,
    ) -> None:
        self._disk = disk
        self._reactor = reactor
        self._fetched = fetched
        self._parts = parts
        self._window = window
        self._portion = portion
        self._counts: Counter[str] = Counter()
        self._here: dict[int, str] = {}  # MOs in memory, and whose
        self._last = 0  # the newest id
        self._upto = 0  # what lies on the disk only comes behind this id
        self._behind = False
        self._fetching = False
        self._closed = False

    def __len__(self) -> int:
        """MOs that wait or are being handled."""
        return self._counts.total()

    def of(self, source: str) -> int:
        """The same of one number."""
        return self._counts[source]

    def recover(self, waiting: Mapping[str, int], newest: int) -> None:
        """Take up what lies on the disk, by number; ``newest`` is the highest id there."""
        self._counts.update(waiting)
        self._last = newest
        self._behind = bool(waiting)
        self._go_on()

    @property
    def behind(self) -> bool:
        """Some lie on the disk only."""
        return self._behind

    def _waiting_here(self) -> int:
        return len(self._here) - self._parts()

    def close(self) -> None:
        """Fetch no more: it is the next hall's."""
        self._closed = True

    # ---- in and out ----------------------------------------------------------------------------------------
    def came(self, row: Inbound) -> bool:
        """One is on its way to the disk. True: it is to be read at once."""
        self._counts[row.source] += 1
        full = len(self._here) >= self._window and self._waiting_here() >= self._window
        if full and not self._behind:
            self._behind, self._upto = True, self._last
        self._last = row.id
        if not self._behind:
            self._here[row.id] = row.source
        return not self._behind

    def gone(self, row: Inbound) -> None:
        """It could not be kept."""
        self._here.pop(row.id, None)
        self._less(row.source)

    def done(self, ids: Iterable[int]) -> None:
        """They are handled, or will never be."""
        for id in ids:
            source = self._here.pop(id, None)
            if source is not None:
                self._less(source)
        self._go_on()

    def _less(self, source: str) -> None:
        self._counts[source] -= 1
        if self._counts[source] <= 0:
            del self._counts[source]

    # ---- from the disk -------------------------------------------------------------------------------------
    def _go_on(self) -> None:
        if not self._behind or self._fetching or self._closed or self._waiting_here() > self._window // 2:
            return
        self._fetching = True
        portion = self._disk.waiting_in(self._upto, self._portion)
        portion.addCallbacks(self._portion_came, self._not_read, (self._last,))
        portion.addErrback(lambda failure: self.log.failure("a portion of the inbox was not read", failure))

    def _portion_came(self, rows: list[Inbound], last: int) -> None:
        """``last``: the newest id when it was asked for: what came since is not in it."""
        self._fetching = False
        if len(rows) < self._portion:
            self._upto = last
            self._behind = self._last != last
        else:
            self._upto = rows[-1].id
        self._here.update((row.id, row.source) for row in rows)
        for row in rows:
            try:
                self._fetched(row)
            except Exception:  # the others of its portion are handled all the same
                self.log.failure("text {id} of the inbox cannot be read", id=row.id)
                self.done((row.id,))
        self._go_on()

    def _not_read(self, failure: Failure) -> None:
        self._fetching = False
        self.log.error("the inbox cannot be read: {why}", why=failure.getErrorMessage())
        self._reactor.callLater(AGAIN, self._go_on)
