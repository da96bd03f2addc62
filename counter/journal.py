"""What conversations write down: an operation before it is done, and all that a turn left after it, at once.

::

    turn ── begin: operation started (session, input done) ── work ── conclude: outcomes, session, input done,
                                                                      messages, promo, wishes, queries

One commit each (:meth:`store.Store.operation_started`, :meth:`store.Store.conclude`): a kill leaves all of it
or nothing. How long a channel waits for the disk, and what becomes of what the disk does not take, is its
:class:`CommitPolicy`: :class:`counter.lasting.Lasting` or :class:`counter.owing.Owing`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from counter.conversation import Turn
from counter.operations import Operation, outcome_before, outcome_to_json, state_of
from counter.promos import Count, Promos
from counter.unsettled import Unsettled
from menus.dialogue.session import Session
from menus.model.events import NotDone, Outcome, Unknown
from store import Conclusion, Finished, OperationRow, Outbound, QueryRow, SessionRow, WishRow

T = TypeVar("T")
Late = Callable[[Operation, Outcome], Awaitable[None]]


class Disk(Protocol):
    """Of the store: :class:`store.Store`, or :class:`store.memory.MemoryStore`."""

    def operation_started(
        self,
        key: str,
        subscriber: str,
        channel: str,
        body: str,
        at: float,
        *,
        session: SessionRow | None = None,
        inbox: Sequence[int] = (),
    ) -> Awaitable[None]: ...

    def operation(self, key: str) -> Awaitable[OperationRow | None]: ...

    def conclude(self, conclusion: Conclusion) -> Awaitable[None]: ...


@dataclass(slots=True)
class JournalEntry:
    """What is to be written, and what follows once it is: ``written`` is given what was, which is less than
    ``conclusion`` where the store refused some of it."""

    conclusion: Conclusion
    written: Callable[[Conclusion], None]


class CommitPolicy(Protocol):
    """How a channel waits for the disk."""

    async def begin(self, write: Callable[[], Awaitable[None]], taken_back: Conclusion) -> None:
        """Write an operation down before it is done. Raises NotBegun; what was written too late after all is
        undone by ``taken_back``. A policy that waits raises what the disk raises, and the input is given
        again."""

    async def look(self, read: Callable[[], Awaitable[T]]) -> tuple[T] | None:
        """What is read; None: not in time."""

    async def write(self, entry: JournalEntry) -> bool:
        """Whether all of it is written now."""


class Journal:
    """See the head of this file; is the :class:`counter.conversation.OperationJournal` of conversations whose
    session is not stored. ``seconds``: since the epoch; ``late`` is given what came of an operation that a
    turn gave up on; ``seal`` keeps cards from standing in clear."""

    def __init__(
        self,
        disk: Disk,
        policy: CommitPolicy,
        seconds: Callable[[], float],
        *,
        promos: Promos,
        unsettled: Unsettled,
        late: Late,
        seal: Callable[[str], str] = str,
    ) -> None:
        self._disk = disk
        self._policy = policy
        self._seconds = seconds
        self._promos = promos
        self._unsettled = unsettled
        self._late = late
        self._seal = seal

    # ---- before a change, and what is known of it ----------------------------------------------------------
    async def begin(
        self,
        operation: Operation,
        address: str,
        *,
        session: SessionRow | None = None,
        inbox: Sequence[int] = (),
    ) -> None:
        """The one commit before a change: from here on the operation stands for the input. Raises as
        :meth:`CommitPolicy.begin` does."""
        body, at = operation.to_json(self._seal), self._seconds()

        async def write() -> None:
            await self._disk.operation_started(
                operation.key, address, operation.channel.name, body, at, session=session, inbox=inbox
            )

        never = Conclusion(operations=(finished(operation, NotDone("too late"), at),))
        await self._policy.begin(write, never)
        self._unsettled.begun(operation)

    async def started(self, operation: Operation, session: Session) -> None:
        await self.begin(operation, operation.caller)

    async def before(self, operation: Operation) -> Outcome | None:
        found = await self._policy.look(lambda: self._disk.operation(operation.key))
        if found is None:
            return Unknown("before")
        (row,) = found
        if row is not None and row.state == "started" and self._unsettled.tried_before(operation.key):
            return Unknown("before")
        return None if row is None else outcome_before(row.state, row.outcome)

    async def came_late(self, operation: Operation, outcome: Outcome) -> None:
        await self._late(operation, outcome)

    # ---- after a turn --------------------------------------------------------------------------------------
    async def conclude(
        self, conclusion: Conclusion, written: Callable[[Conclusion], None] = lambda _: None
    ) -> bool:
        """Write what a turn left. False: not, not all, or not now. ``written``: see :class:`JournalEntry`."""

        def committed(what: Conclusion) -> None:
            self._promos.committed(what)
            self._unsettled.concluded(what.operations)
            written(what)

        return await self._policy.write(JournalEntry(conclusion, committed))


class Page:
    """One input of a conversation whose session is stored: what it begins is written with the session, and
    with its ``inbox`` rows done. ``address``: whose it is (None: whoever is proved to be asking). ``row``
    makes the session's row. ``operation``: what was begun last."""

    def __init__(
        self,
        journal: Journal,
        address: str | None,
        row: Callable[[Session], SessionRow],
        inbox: tuple[int, ...] = (),
    ) -> None:
        self._journal = journal
        self._address = address
        self._row = row
        self.inbox = inbox
        self.operation: Operation | None = None

    async def started(self, operation: Operation, session: Session) -> None:
        row = self._row(session)
        address = self._address or operation.caller
        await self._journal.begin(operation, address, session=row, inbox=self.inbox)
        self.operation, self.inbox = operation, ()

    async def before(self, operation: Operation) -> Outcome | None:
        return await self._journal.before(operation)

    async def came_late(self, operation: Operation, outcome: Outcome) -> None:
        await self._journal.came_late(operation, outcome)


def left_by(
    turn: Turn,
    at: float,
    *,
    address: str = "",
    inbox: tuple[int, ...] = (),
    session: SessionRow | None = None,
    outbox: Sequence[Outbound] = (),
    promos: Count | None = None,
) -> Conclusion:
    """The one record of all that a turn left, as of ``at`` (seconds since the epoch). ``address``: who it was
    where the dialogue knows no number."""
    channel = turn.session.channel.name
    return Conclusion(
        inbox=inbox,
        session=session,
        outbox=tuple(outbox),
        promos=promos,
        operations=tuple(finished(each, outcome, at) for each, outcome in turn.operations),
        wishes=tuple(
            WishRow(each.caller or address, int(each.promos), at)
            for each in turn.wishes
            if each.caller or address
        ),
        queries=tuple(
            QueryRow(at, each.caller or address, channel, each.service, each.action.value, each.outcome)
            for each in turn.queries
        ),
    )


def finished(operation: Operation, outcome: Outcome, at: float) -> Finished:
    """How the outcome of an operation is written down."""
    return Finished(state_of(outcome), at, outcome_to_json(outcome), operation.key)
