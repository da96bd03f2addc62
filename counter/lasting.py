"""The policy of who can wait: a commit is tried until the disk takes it.

What the store refuses for itself would never work: what of it can be kept is kept, and the input is done
with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from counter.conversation import NotBegun
from counter.journal import Disk, JournalEntry
from store import Conclusion, StoreConflict, StoreError, StoreRefused

T = TypeVar("T")
RETRY = 1.0  # seconds


class Lasting:
    """See the head of this file. Is a :class:`counter.journal.CommitPolicy`."""

    log = Logger()

    def __init__(self, disk: Disk, clock: IReactorTime) -> None:
        self._disk = disk
        self._clock = clock

    async def begin(self, write: Callable[[], Awaitable[None]], taken_back: Conclusion) -> None:
        try:
            await write()
        except StoreRefused:
            raise NotBegun from None

    async def look(self, read: Callable[[], Awaitable[T]]) -> tuple[T] | None:
        return (await read(),)

    async def write(self, entry: JournalEntry) -> bool:
        """False: its inbox rows are not there, or the store refused some of it."""
        wanted: Conclusion | None = entry.conclusion
        while wanted is not None:
            try:
                await self._disk.conclude(wanted)
            except StoreConflict:
                return False
            except StoreRefused:
                wanted = _less(wanted)
            except StoreError as error:
                self.log.error("a turn is not written yet: {why}", why=str(error))
                await deferLater(self._clock, RETRY)
            else:
                entry.written(wanted)
                return wanted is entry.conclusion
        return False


def _less(refused: Conclusion) -> Conclusion | None:
    """Without the session; without the messages, too: then no outcome is written either, so that it is asked
    for by its key and told in words of its own. In the end the input alone is done with."""
    alone = Conclusion(refused.inbox)
    less = replace(refused, session=None) if refused.session is not None else alone
    return less if less not in (refused, Conclusion()) else None
