"""What is wrong in the files: the first hundred places, and how many there are in all."""

from __future__ import annotations

from business.fields import DataError

SHOWN = 100


class Faults:
    """``errors`` holds the first ``shown`` in the order in which they were met; ``count`` counts all."""

    def __init__(self, shown: int = SHOWN) -> None:
        self.errors: list[DataError] = []
        self.count = 0
        self._shown = shown

    @property
    def full(self) -> bool:
        """What is noted from now on is only counted."""
        return len(self.errors) >= self._shown

    def note(self, file: str, line: int, column: int, message: str) -> None:
        """``line`` and ``column`` count from 1; in a CSV file a column is a cell."""
        self.add(DataError(file, line, column, message))

    def add(self, error: DataError) -> None:
        self.count += 1
        if not self.full:
            self.errors.append(error)
