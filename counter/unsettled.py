"""Changes that were begun and whose end is not known yet: of none of them is anybody told that it was not
done.

::

    unsettled.begun(operation)                      written down, and about to be done
    unsettled.services["13900000001"]               ("crbt",): for the facts of whoever asks meanwhile
    unsettled.concluded(conclusion.operations)      what was written of their end

It is the store's memory of operations that are started, unknown or left for people, for those who cannot wait
for the disk. A service stands there as often as it was begun.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from counter.operations import Operation
from store import Finished

ENDS = frozenset({"finished", "not done"})


class _Begun(NamedTuple):
    caller: str
    service: str
    attempts: int


class Unsettled:
    """See the head of this file. ``services``: of a caller, the latest last; who has none is not there."""

    def __init__(self) -> None:
        self._begun: dict[str, _Begun] = {}  # by key, the latest last
        self.services: dict[str, tuple[str, ...]] = {}

    def begun(self, operation: Operation) -> None:
        known = self._begun.get(operation.key)
        attempts = 1 if known is None else known.attempts + 1
        self._begun[operation.key] = _Begun(operation.caller, operation.service, attempts)
        if known is None:
            before = self.services.get(operation.caller, ())
            self.services[operation.caller] = (*before, operation.service)

    def concluded(self, operations: Iterable[Finished]) -> None:
        for each in operations:
            if each.state in ENDS and (known := self._begun.pop(each.key, None)) is not None:
                left = list(self.services.pop(known.caller))
                left.remove(known.service)
                if left:
                    self.services[known.caller] = tuple(left)

    def tried_before(self, key: str) -> bool:
        """Whether an attempt before the one that was begun last may have done something."""
        known = self._begun.get(key)
        return known is not None and known.attempts > 1
