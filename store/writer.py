"""Group commit: one thread of its own that writes what has gathered in one transaction.

Requests come from the reactor's thread. They gather for ``gather`` seconds at the most, or for as long as the
commit before them takes; then they go over as one batch, are written in one transaction, and each request's
Deferred fires after the commit::

    reactor   a b c ──┐        d e f g ──┐
    writer            └─ BEGIN a b c COMMIT ─ BEGIN d e f g COMMIT ─
                                       └─ a, b, c fire

Marks that nobody waits for (a part was accepted) go with the next batch, or after ``LAZY`` seconds: half the
transactions of a busy hall, for a few more parts that a kill may repeat.

A batch in which one request does not fit what is stored is rolled back and its requests are tried one by one,
so that only the guilty one fails. A full disk or a locked database fails the whole batch.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from store.engine import Connection, connect
from store.errors import StoreConflict, StoreError, StoreUnavailable
from store.statements import Cursor, Read, Statement, Write

LAZY = 0.02


class _Request:
    """Something to write or to read, and who waits for it."""

    __slots__ = ("deferred", "outcome", "read", "writes")

    def __init__(self, writes: Sequence[Write], read: Read | None) -> None:
        self.writes = writes
        self.read = read
        self.outcome: Any = None
        self.deferred: Deferred[Any] = Deferred()


def _reason(error: Exception) -> StoreError:
    """The driver's error in our words."""
    if isinstance(error, StoreError):
        return error
    if "Integrity" in type(error).__name__ or "UniqueViolation" in type(error).__name__:
        return StoreConflict(str(error))
    return StoreUnavailable(str(error))


class Writer:
    """Owns the connection. ``submit`` and ``read`` are called in the reactor's thread only."""

    log = Logger()

    def __init__(self, connection: Connection, reactor: Any, gather: float = 0.002) -> None:
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
        self.mark = connection.mark
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    # ---- the reactor's side --------------------------------------------------------------------------------
    def submit(self, writes: Sequence[Write], *, lazily: bool = False) -> Deferred[None]:
        """Write all of ``writes`` or nothing. Fires after the commit; fails with :class:`StoreError`.
        ``lazily``: nobody waits for it."""
        return self._add(_Request(writes, None), lazily)

    def read(self, read: Read) -> Deferred[Any]:
        """Run ``read(cursor)`` between two batches, in the writer's thread."""
        return self._add(_Request((), read))

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

    def _settled(self, batch: list[_Request]) -> None:
        """Back in the reactor's thread: tell the callers, then send on what has gathered meanwhile."""
        self._busy = False
        for request in batch:
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
            self._reactor.callFromThread(self._settled, batch)
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
        try:
            return read(cursor)
        except Exception as error:
            return _reason(error)

    def _write(self, cursor: Cursor, batch: list[_Request]) -> None:
        if not batch:
            return
        error = self._transaction(cursor, batch)
        if isinstance(error, StoreConflict) and len(batch) > 1:
            for request in batch:
                request.outcome = self._transaction(cursor, [request])
            return
        for request in batch:
            request.outcome = error

    def _transaction(self, cursor: Cursor, batch: list[_Request]) -> StoreError | None:
        """One transaction; the error that undid it, or None. Nothing may end the writer's thread."""
        try:
            cursor.execute("BEGIN IMMEDIATE" if self._connection.mark == "?" else "BEGIN")
            for statement, rows in _grouped(batch):
                statement.run(cursor, rows, self._connection.mark)
            cursor.execute("COMMIT")
        except Exception as error:
            try:
                cursor.execute("ROLLBACK")
            except Exception as second:  # SQLite has rolled back by itself when the disk was full
                self.log.debug("rollback: {reason}", reason=str(second))
            return _reason(error)
        self.commits += 1
        return None


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
