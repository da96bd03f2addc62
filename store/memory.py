"""A store that ends with the process: for the simulator, and for tests that look at no disk.

It keeps what a turn begins and leaves, and answers at once; what it is asked for is what a
:class:`store.Store` would answer. Nothing of it is ever refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count

from twisted.internet.defer import Deferred, fail, succeed

from store.errors import StoreConflict
from store.records import (
    Conclusion,
    Decision,
    Finished,
    OperationRow,
    Outbound,
    QueryRow,
    SessionRow,
    UnmatchedRow,
    WishRow,
)


class MemoryStore:
    """``sessions`` by channel and address, ``outbox`` in the order in which it was written, ``promos`` by
    subscriber and day, ``wishes`` by subscriber, ``queries``,
    ``unmatched`` counted."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._operations: dict[str, OperationRow] = {}
        self.sessions: dict[tuple[str, str], SessionRow] = {}
        self.outbox: list[Outbound] = []
        self.promos: dict[tuple[str, str], int] = {}
        self.wishes: dict[str, WishRow] = {}
        self.queries: list[QueryRow] = []
        self.unmatched: Counter[UnmatchedRow] = Counter()

    def next_outbox_id(self) -> int:
        return next(self._ids)

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
    ) -> Deferred[None]:
        known = self._operations.get(key)
        if known is None:
            new = OperationRow(key, subscriber, channel, body, "started", at, None, None, 0)
            self._operations[key] = new
        elif known.state == "not done":
            self._operations[key] = known._replace(state="started", started=at)
        self._keep(session)
        return succeed(None)

    def conclude(self, conclusion: Conclusion) -> Deferred[None]:
        missing = [each.key for each in conclusion.operations if each.key not in self._operations]
        if any(each.state == "finished" and each.key in missing for each in conclusion.operations):
            return fail(StoreConflict(f"no such operation: {missing[0]}"))
        for each in conclusion.operations:
            self._finish(each)
        self._keep(conclusion.session)
        self.outbox += conclusion.outbox
        if conclusion.promos is not None:
            subscriber, day, number = conclusion.promos
            self.promos[subscriber, day] = number
        self.wishes.update((each.subscriber, each) for each in conclusion.wishes)
        self.queries += conclusion.queries
        if conclusion.unmatched is not None:
            self.unmatched[conclusion.unmatched] += 1
        return succeed(None)

    def _finish(self, each: Finished) -> None:
        known = self._operations.get(each.key)
        if known is not None and (each.state == "finished" or known.state != "finished"):
            self._operations[each.key] = known._replace(
                state=each.state, finished=each.at, outcome=each.outcome, tries=known.tries + 1
            )

    def _keep(self, session: SessionRow | None) -> None:
        if session is not None:
            self.sessions[session.channel, session.address] = session

    def session(self, channel: str, address: str) -> Deferred[SessionRow | None]:
        return succeed(self.sessions.get((channel, address)))

    def sessions_of(self, channel: str, since: float) -> Deferred[list[SessionRow]]:
        found = (row for row in self.sessions.values() if row.channel == channel and row.touched >= since)
        return succeed(sorted(found, key=lambda row: row.touched))

    def end_session(self, channel: str, address: str) -> Deferred[None]:
        self.sessions.pop((channel, address), None)
        return succeed(None)

    def end_sessions(self, channel: str, before: float) -> Deferred[None]:
        over = [key for key, row in self.sessions.items() if key[0] == channel and row.touched < before]
        for key in over:
            del self.sessions[key]
        return succeed(None)

    def operation(self, key: str) -> Deferred[OperationRow | None]:
        return succeed(self._operations.get(key))

    def unsettled(self) -> Deferred[list[OperationRow]]:
        return succeed(self._in("started", "unknown"))

    def for_people(self) -> Deferred[list[OperationRow]]:
        return succeed(self._in("people"))

    def decisions(self) -> Deferred[list[Decision]]:
        """Nobody decides about what ends with the process."""
        return succeed([])

    def _in(self, *states: str) -> list[OperationRow]:
        found = (row for row in self._operations.values() if row.state in states)
        return sorted(found, key=lambda row: row.started)
