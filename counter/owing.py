"""The policy of who cannot wait: a caller, who does not wait for a disk.

What fails, or is not written within ``SOON`` seconds, is told as it is:

====================  =======================================================================================
a change              is not begun, and told as not done; should the disk have taken it after all, it is taken
                      back
a wish about promos   is told as not done
a copy                is left out, and nothing is said of it
an outcome            is told as it is, kept in memory, and written with its SMS when the disk takes it again.
                      After ``OWED_SECONDS``, or a kill, the operation is still *started* in the store, and is
                      settled by its key (``counter/settling.py``)
"not done"            is told as 正在办理, for the store still holds it as begun: it is asked for again
a record of a query   is not waited for; it is kept in memory as an outcome is
====================  =======================================================================================
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from counter.conversation import NotBegun
from counter.journal import Disk, JournalEntry
from counter.operations import outcome_to_json
from counter.waiting import within
from menus.model.events import Unknown
from store import Conclusion, StoreError

T = TypeVar("T")
SOON = 1.5
"""Seconds that a caller waits for the disk at the most."""
RETRY = 2.0
OWED_SECONDS = 500.0
"""How long an outcome is kept in memory: well before settling takes the operation up by itself."""
MOST_OWED = 1_000


@dataclass(slots=True)
class _Debt:
    """An entry, and when it began; ``late``: the caller was told without it."""

    entry: JournalEntry
    since: float
    late: bool = False


class Owing:
    """See the head of this file. Is a :class:`counter.journal.CommitPolicy`; ``clock``: its seconds are those
    of the epoch."""

    log = Logger()

    def __init__(self, disk: Disk, clock: IReactorTime) -> None:
        self._disk = disk
        self._clock = clock
        self._owed: deque[_Debt] = deque()
        self._again: IDelayedCall | None = None
        self._stopped = False

    @property
    def owed(self) -> int:
        """Turns of which something is not written yet."""
        return len(self._owed)

    def stop(self) -> None:
        """Of what is still owed, the next hall settles the operations."""
        self._stopped = True
        if self._again is not None and self._again.active():
            self._again.cancel()

    # ---- before a change -----------------------------------------------------------------------------------
    async def begin(self, write: Callable[[], Awaitable[None]], taken_back: Conclusion) -> None:
        try:
            if await within(self._clock, SOON, _done(write), late=lambda _: self._owe_now(taken_back)):
                return
            why = f"not within {SOON} s"
        except StoreError as error:
            why = str(error)
        self.log.warn("a caller's change is not begun, for it cannot be written down: {why}", why=why)
        raise NotBegun

    async def look(self, read: Callable[[], Awaitable[T]]) -> tuple[T] | None:
        async def looked() -> tuple[T]:
            return (await read(),)

        try:
            return await within(self._clock, SOON, looked())
        except StoreError:
            return None

    # ---- after a turn --------------------------------------------------------------------------------------
    async def write(self, entry: JournalEntry) -> bool:
        """False: it is not written now, and nothing may be promised of its SMS."""
        debt = _Debt(entry, self._clock.seconds())
        if not _is_waited_for(entry.conclusion):
            told = Deferred.fromCoroutine(self._written(debt))
            told.addErrback(lambda failure: self.log.failure("a record of a query was not kept", failure))
            return True
        kept = await within(self._clock, SOON, self._written(debt), late=_no_more)
        debt.late = not kept
        return bool(kept)

    async def _written(self, debt: _Debt) -> bool:
        """Whether it is written; what has to be is owed if it is not."""
        try:
            await self._pay(debt)
        except StoreError as error:
            self.log.warn("what a call did is not written yet: {why}", why=str(error))
            self._still_owed(debt, error.retryable)
            return False
        return True

    def _still_owed(self, debt: _Debt, retryable: bool) -> None:
        """Outcomes, and records of queries; their SMS with an outcome, unless that is what was refused."""
        whole = debt.entry.conclusion
        rest = replace(whole, wishes=()) if whole.wishes else whole
        if rest.outbox and not (retryable and rest.operations):
            rest = replace(rest, outbox=())
        if (rest.operations or rest.queries) and (retryable or rest is not whole):
            debt.entry.conclusion = rest
            self._owe(debt)

    async def _pay(self, debt: _Debt) -> None:
        """Write it. "Not done" that was not written in time was told as 正在办理: it is asked for again."""
        conclusion = debt.entry.conclusion
        await self._disk.conclude(conclusion)
        debt.entry.written(conclusion)
        if debt.late:
            outcome, at = outcome_to_json(Unknown("not written in time")), self._clock.seconds()
            undone = (each for each in conclusion.operations if each.state == "not done")
            again = tuple(each._replace(state="unknown", at=at, outcome=outcome) for each in undone)
            if again:
                self._owe_now(Conclusion(operations=again))

    # ---- what the disk did not take ------------------------------------------------------------------------
    def _owe_now(self, conclusion: Conclusion) -> None:
        self._owe(_Debt(JournalEntry(conclusion, _no_more), self._clock.seconds()))

    def _owe(self, debt: _Debt) -> None:
        most = MOST_OWED if debt.entry.conclusion.operations else MOST_OWED // 2
        if len(self._owed) >= most:
            self.log.error("too much of what calls did is not written: operations are settled by their keys")
            return
        self._owed.append(debt)
        if self._again is None and not self._stopped:
            self._again = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        Deferred.fromCoroutine(self._pay_all()).addErrback(
            lambda failure: self.log.failure("what calls did could not be written", failure)
        ).addBoth(self._tried)

    async def _pay_all(self) -> None:
        """Write what is owed, the oldest first, until the disk says no."""
        while self._owed:
            debt = self._owed[0]
            if self._clock.seconds() - debt.since < OWED_SECONDS:
                try:
                    await self._pay(debt)
                except StoreError as error:
                    if error.retryable:
                        return
                    self.log.error("what a call did cannot be written: {why}", why=str(error))
            self._owed.popleft()

    def _tried(self, _: object) -> None:
        self._again = None
        if self._owed and not self._stopped:
            self._again = self._clock.callLater(RETRY, self._try_again)


def _is_waited_for(conclusion: Conclusion) -> bool:
    """What the caller is told hangs on it."""
    return bool(conclusion.operations or conclusion.outbox or conclusion.wishes or conclusion.session)


async def _done(write: Callable[[], Awaitable[None]]) -> bool:
    await write()
    return True


def _no_more(_: object) -> None:
    """It was written late: all that follows is done."""
