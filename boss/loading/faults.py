"""What is wrong in the files: the first hundred places, ten of a kind in a file, and how many in all."""

from __future__ import annotations

import re

from boss.loading.fields import DataError

SHOWN = 100
ALIKE = 10
_OWN = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9]+")
"""What differs between mistakes of a kind: the cell that is repeated, numbers."""


class Faults:
    """``errors`` holds the first ``shown`` in the order in which they were met, at most ``alike`` of a kind
    in one file; ``count`` counts all. ``more``: how many there are like the one at this place in ``errors``,
    the last of its kind."""

    def __init__(self, shown: int = SHOWN, alike: int = ALIKE) -> None:
        self.errors: list[DataError] = []
        self.count = 0
        self.more: dict[int, int] = {}
        self._shown, self._alike = shown, alike
        self._kinds: dict[tuple[str, int, str], list[int]] = {}
        self._dull = 0

    @property
    def full(self) -> bool:
        """The next is most likely only counted: all that are shown are there, or for a long time one was like
        the other. Whoever must search for its line need not."""
        return len(self.errors) >= self._shown or self._dull >= self._shown

    def note(self, file: str, line: int, column: int, message: str) -> None:
        """``line`` and ``column`` count from 1; in a CSV file a column is a cell."""
        self.add(DataError(file, line, column, message))

    def add(self, error: DataError) -> None:
        self.count += 1
        kind = (error.file, error.column, _OWN.sub("", error.message))
        places = self._kinds.get(kind, [])
        if len(places) >= self._alike:
            self.more[places[-1]] = self.more.get(places[-1], 0) + 1
            self._dull += 1
        elif len(self.errors) < self._shown:
            self._kinds.setdefault(kind, places).append(len(self.errors))
            self.errors.append(error)
            self._dull = 0
