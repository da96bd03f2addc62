"""Group commit: one thread of its own that writes what has gathered in one transaction.

Requests come from the reactor's thread. They gather for ``gather`` seconds at the most, or for as long as the
commit before them takes; then they go over as one batch, are written in one transaction, and each request's
Deferred fires after the commit::

    reactor   a b c ──┐        d e f g ──┐
    writer            └─ BEGIN a b c COMMIT ─ BEGIN d e f g COMMIT ─
                                       └─ a, b, c fire

Marks that nobody waits for (a part was accepted) go with the next batch, or after ``LAZY`` seconds: half the
transactions of a busy hall, for a few more parts that a kill may repeat.

A batch in which one request cannot be written is undone, and written anew in one transaction in which each
half stands or falls by itself, and each half of a half that fell (savepoints)::

    BEGIN ─ [a b] ─ [c d] undone ─ [c] ─ [d] undone ─ COMMIT      only d fails

One bad entry among 1,000 costs about 20 steps and one commit. A full disk or a locked database is nobody's
fault and fails the whole batch.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.logger import Logger

from store.engine import StoreConnection, connect
from store.errors import StoreError, StoreRefused, StoreUnavailable
from store.reasons import reason
from store.statements import Cursor, Read, Statement, Write, tables

LAZY = 0.02
QUIET = 60.0
"""Seconds between two lines about refused entries of one kind."""
PROOF = 1.0
"""Seconds for which a commit proves that the disk takes writes."""
DOUBT = 10.0
"""Seconds for which a commit that the store could not make speaks against it: on a full disk a small one fits
now and then."""


class IStoreReactor(IReactorTime, IReactorFromThreads):
    """Time, and a thread that reports back."""


class _Request:
    """Something to write or to read, and who waits for it."""

    __slots__ = ("deferred", "outcome", "probe", "read", "writes")

    def __init__(self, writes: Sequence[Write], read: Read | None, *, probe: bool = False) -> None:
        self.writes = writes
        self.read = read
        self.probe = probe
        self.outcome: Any = None
        self.deferred: Deferred[Any] = Deferred()


class _Refusals:
    """Says which kinds of entries are refused and why: one line a kind and minute, and how many."""

    log = Logger()

    def __init__(self, reactor: IStoreReactor) -> None:
        self._reactor = reactor
        self._said: dict[str, float] = {}
        self._untold: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def came(self, request: _Request, why: StoreRefused) -> None:
        kind = tables(request.writes) or "a question"
        self.counts[kind] += 1
        self._untold[kind] += 1
        now = self._reactor.seconds()
        if now - self._said.get(kind, float("-inf")) >= QUIET:
            self._said[kind] = now
            about = {"count": self._untold.pop(kind), "kind": kind, "why": str(why)}
            self.log.error("the store refused {count} of {kind}, the last one: {why}", **about)


class Writer:
    """Owns the connection. ``submit`` and ``read`` are called in the reactor's thread only."""

    log = Logger()

    def __init__(self, connection: StoreConnection, reactor: IStoreReactor, gather: float = 0.002) -> None:
        self._connection = connection
        self._reactor = reactor
        self._gather = gather
        self._pending: list[_Request] = []
        self._busy = False
        self._urgent = False  # something pending is waited for
        self._timer: Any = None
        self._stopping: Deferred[None] | None = None
        self._queue: SimpleQueue[list[_Request] | None] = SimpleQueue()
        self.commits = 0  # for metrics and tests
        self._refusals = _Refusals(reactor)
        self._seen, self._seen_at = 0, float("-inf")  # so many commits, when there was one more
        self._failed_at = float("-inf")  # the last that was not made, but for a probe
        self._doubting: list[Deferred[bool]] = []
        self.mark = connection.mark
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def refused(self) -> Counter[str]:
        """Entries that the database has no place for, by kind."""
        return self._refusals.counts

    # ---- the reactor's side --------------------------------------------------------------------------------
    def submit(self, writes: Sequence[Write], *, lazily: bool = False) -> Deferred[None]:
        """Write all of ``writes`` or nothing. Fires after the commit; fails with :class:`StoreError`.
        ``lazily``: nobody waits for it."""
        return self._add(_Request(writes, None), lazily)

    def read(self, read: Read) -> Deferred[Any]:
        """Run ``read(cursor)`` between two batches, in the writer's thread."""
        return self._add(_Request((), read))

    def proved(self, writes: Sequence[Write]) -> Deferred[bool]:
        """Whether something can be written. A commit a moment ago proves it, or the next one, of whatever;
        ``writes`` are written so that there is one. One that could not be made a moment ago disproves it."""
        proof: Deferred[bool] = Deferred()
        now = self._reactor.seconds()
        if now - self._failed_at < DOUBT:
            proof.callback(False)
        elif now - self._seen_at < PROOF:
            proof.callback(True)
        else:
            self._doubting.append(proof)
            self._add(_Request(writes, None, probe=True)).addErrback(lambda _: _answer(proof, False))
        return proof

    def _prove(self) -> None:
        doubting, self._doubting = self._doubting, []
        for proof in doubting:
            _answer(proof, True)

    def _add(self, request: _Request, lazily: bool = False) -> Deferred[Any]:
        if self._stopping is not None:
            request.deferred.errback(StoreUnavailable("the store is closed"))
            return request.deferred
        self._pending.append(request)
        if not lazily and not self._urgent:
            self._urgent = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if not self._busy and self._timer is None:
            self._timer = self._reactor.callLater(LAZY if lazily else self._gather, self._hand_over)
        return request.deferred

    def _hand_over(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        batch, self._pending = self._pending, []
        self._urgent = False
        self._busy = True
        self._queue.put(batch)

    def _batch_done(self, batch: list[_Request]) -> None:
        """Back in the reactor's thread: tell the callers, then send on what has gathered meanwhile."""
        self._busy = False
        if self.commits > self._seen:
            self._seen, self._seen_at = self.commits, self._reactor.seconds()
            self._prove()
        for request in batch:
            if isinstance(request.outcome, StoreRefused):
                self._refusals.came(request, request.outcome)
            if isinstance(request.outcome, StoreUnavailable) and request.writes and not request.probe:
                self._failed_at = self._reactor.seconds()
            if isinstance(request.outcome, StoreError):
                request.deferred.errback(request.outcome)
            else:
                request.deferred.callback(request.outcome)
        if self._busy:
            return
        if self._pending and (self._urgent or self._stopping is not None):
            self._hand_over()
        elif self._pending and self._timer is None:
            self._timer = self._reactor.callLater(LAZY, self._hand_over)
        elif self._stopping is not None:
            self._queue.put(None)

    def stop(self) -> Deferred[None]:
        """Write what has gathered, end the thread, close the connection."""
        assert self._stopping is None
        stopped: Deferred[None] = Deferred()
        self._stopping = stopped
        if self._timer is not None:
            self._hand_over()
        elif not self._busy:
            self._queue.put(None)
        return stopped

    def _stopped(self) -> None:
        assert self._stopping is not None
        self._thread.join()
        self._connection.close()
        self._stopping.callback(None)

    # ---- the writer's thread -------------------------------------------------------------------------------
    def _run(self) -> None:
        cursor = self._connection.raw.cursor()
        while (batch := self._queue.get()) is not None:
            if self._connection.lost:
                cursor = self._reached_again(cursor)
            self._write(cursor, [request for request in batch if request.read is None])
            for request in batch:
                if request.read is not None:
                    request.outcome = self._read(cursor, request.read)
            self._reactor.callFromThread(self._batch_done, batch)
        cursor.close()
        self._reactor.callFromThread(self._stopped)

    def _reached_again(self, cursor: Cursor) -> Cursor:
        """A cursor of a new connection, with the lock that keeps a second hall out. While there is none, the
        old cursor, which fails whatever is asked for, as what could not be written."""
        try:
            connection = connect(self._connection.url)
        except Exception as error:
            self.log.warn("the store is not reached: {reason}", reason=str(error).partition("\n")[0])
            return cursor
        self._connection = connection
        self.log.info("the store is reached again")
        return cast(Cursor, connection.raw.cursor())

    def _read(self, cursor: Cursor, read: Read) -> Any:
        """What it finds; a transaction that it left open is nobody else's."""
        try:
            return read(cursor)
        except Exception as error:
            self._undo(cursor)
            return reason(error)

    def _write(self, cursor: Cursor, batch: list[_Request]) -> None:
        if not batch:
            return
        failed = self._transaction(cursor, lambda: self._run_all(cursor, batch))
        if failed is not None and not failed.retryable and len(batch) > 1:
            failed = self._transaction(cursor, lambda: self._halves(cursor, batch))
        for request in batch:
            request.outcome = request.outcome or failed

    def _transaction(self, cursor: Cursor, work: Callable[[], None]) -> StoreError | None:
        """One transaction; the error that undid it, or None. Nothing may end the writer's thread."""
        try:
            cursor.execute("BEGIN IMMEDIATE" if self._connection.mark == "?" else "BEGIN")
            work()
            cursor.execute("COMMIT")
        except Exception as error:
            self._undo(cursor)
            return reason(error)
        self.commits += 1
        return None

    def _undo(self, cursor: Cursor) -> None:
        try:
            cursor.execute("ROLLBACK")
        except Exception as error:  # SQLite has rolled back by itself when the disk was full
            self.log.debug("rollback: {reason}", reason=str(error))

    def _run_all(self, cursor: Cursor, batch: list[_Request]) -> None:
        for statement, rows in _grouped(batch):
            statement.run(cursor, rows, self._connection.mark)

    def _halves(self, cursor: Cursor, batch: list[_Request]) -> None:
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            self._apart(cursor, half)

    def _apart(self, cursor: Cursor, batch: list[_Request]) -> None:
        """Write ``batch``, but for those whose own fault it is that they cannot be written: these get their
        outcome here. Raises what is the store's fault."""
        cursor.execute("SAVEPOINT apart")
        try:
            self._run_all(cursor, batch)
        except Exception as error:
            why = reason(error)
            if why.retryable:
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT apart")
            cursor.execute("RELEASE SAVEPOINT apart")
            if len(batch) > 1:
                self._halves(cursor, batch)
            else:
                batch[0].outcome = why
            return
        cursor.execute("RELEASE SAVEPOINT apart")


def _answer(proof: Deferred[bool], written: bool) -> None:
    if not proof.called:
        proof.callback(written)


def _grouped(batch: list[_Request]) -> list[tuple[Statement, list[Any]]]:
    """The batch's writes by statement, statements in their rank's order."""
    groups: dict[int, tuple[Statement, list[Any]]] = {}
    for request in batch:
        for statement, row in request.writes:
            found = groups.get(id(statement))
            if found is None:
                groups[id(statement)] = (statement, [row])
            else:
                found[1].append(row)
    return sorted(groups.values(), key=lambda group: group[0].rank)
