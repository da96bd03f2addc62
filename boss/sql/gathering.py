"""Short reads of SQLite, gathered: one thread takes all that wait in one hop.

    reactor   a b c ──┐           d e f g ──┐
    reader            └─ BEGIN a b c ROLLBACK ─ BEGIN d e f g ROLLBACK ─
                                          └─ a, b, c are answered

A thread switch costs more than the read. Each reader keeps a connection. Nobody spoils his neighbours: a read
that fails fails alone, on a connection that is then replaced; behind one that takes longer than :data:`SLOW`
nobody stands: what was read before it is answered, and what waits goes to another reader.

Each read has its deadline. If that passes before a reader has begun it, it is taken back and certainly does
nothing; if behind it, it is cut off (:mod:`boss.sql.cutting`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import PoolProxiedConnection
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from boss.sql.engine import Database
from boss.sql.prepared import Prepared
from business.guards.workers import Late, Stopped, Task
from business.reactor import IBackOfficeReactor

T = TypeVar("T")
MOST = 64  # reads in a batch: the first one's answer waits for the last one's
SLOW = 0.05  # seconds for which a batch may take


class _Read(Task[Any]):
    """``due``: when its deadline is; ``before``: how many reads had been answered when it came."""

    def __init__(self, call: Callable[[], Any], due: float, before: int) -> None:
        super().__init__(call)
        self.answer: Deferred[Any] = Deferred(self._given_up)
        self.due = due
        self.before = before
        self.result: Any = None
        self.ended = False

    def _given_up(self, _answer: Deferred[Any]) -> None:
        """Nobody waits for it any more."""
        self.take()

    def work(self) -> None:
        """In a reader."""
        try:
            self.result = self()
        except Exception:
            self.result = Failure()
        self.ended = True


class _Batch:
    """``left``: those that no reader has come to. ``begun``: a reader has it."""

    def __init__(self, reads: list[_Read]) -> None:
        self.reads = reads
        self.left = deque(reads)
        self.begun = False
        self.timer: IDelayedCall | None = None

    def next(self) -> _Read | None:
        """In order, to whoever asks, in any thread."""
        try:
            return self.left.popleft()
        except IndexError:
            return None


class _Kept:
    """A reader's connection, and the transaction of the batch, both begun when they are needed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: PoolProxiedConnection | None = None
        self._reads: Prepared | None = None
        self._began = False

    def reading(self) -> Prepared:
        if self._held is None or self._reads is None:
            self._held = self._database.engine.raw_connection()
            self._reads = Prepared(self._driver)
        if not self._began:
            self._driver.execute("BEGIN")
            self._began = True
        return self._reads

    @property
    def _driver(self) -> sqlite3.Connection:
        assert self._held is not None
        return cast(sqlite3.Connection, self._held.driver_connection)

    def end(self) -> None:
        """The batch is over: the next one sees what was committed meanwhile."""
        if self._began:
            self._began = False
            try:
                self._driver.execute("ROLLBACK")
            except sqlite3.Error:
                self.drop()

    def drop(self) -> None:
        """It failed: nobody else gets it."""
        held, self._held, self._reads, self._began = self._held, None, None, False
        if held is not None:
            held.invalidate()

    def close(self) -> None:
        self.end()
        if self._held is not None:
            self._held.close()


class Readers:
    """``threads`` readers at the most, of which all but one are for when one is stuck. ``deadline``: seconds
    a read. All is called in the reactor's thread."""

    def __init__(
        self, reactor: IBackOfficeReactor, database: Database, threads: int, deadline: float
    ) -> None:
        self._reactor = reactor
        self._database = database
        self._most = threads
        self._deadline = deadline
        self._kept = threading.local()
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._waiting: deque[_Read] = deque()
        self._under_way: list[_Batch] = []
        self._current: _Batch | None = None  # nothing is handed over until it is back, or slow
        self._soon: IDelayedCall | None = None
        self._due: deque[_Read] = deque()  # those that have not ended; the one that is due first comes first
        self._expiring: IDelayedCall | None = None
        self._answered = 0
        self._stopped = False
        self._idle: Deferred[None] | None = None

    async def run(self, query: Callable[..., T], *arguments: object) -> T:
        """``query(connection, *arguments)`` from a reader.

        Raises Stopped, Late, and what ``query`` raises.
        """
        if self._stopped:
            raise Stopped("stopped")
        due = self._reactor.seconds() + self._deadline
        read = _Read(lambda: self._ask(query, arguments), due, self._answered)
        self._waiting.append(read)
        self._due.append(read)
        if self._expiring is None:
            self._expiring = self._reactor.callLater(self._deadline, self._expire)
        if self._current is None and self._soon is None:
            self._soon = self._reactor.callLater(0, self._hand_over)  # all of this round go together
        return cast(T, await read.answer)

    # ---- batches -------------------------------------------------------------------------------------------
    def _hand_over(self) -> None:
        self._soon = None
        if self._current is not None or not self._waiting:
            return
        batch = _Batch([self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))])
        self._current = batch
        self._under_way.append(batch)
        if len(self._threads) < min(len(self._under_way), self._most):
            self._threads.append(threading.Thread(target=self._reader, name="business-reader", daemon=True))
            self._threads[-1].start()
        batch.timer = self._reactor.callLater(SLOW, self._slow, batch)
        self._queue.put(batch)

    def _slow(self, batch: _Batch) -> None:
        """Whatever hangs in it, others go on."""
        batch.timer = None
        if not batch.begun:  # every reader hangs
            batch.timer = self._reactor.callLater(SLOW, self._slow, batch)
            return
        left = []
        while (read := batch.next()) is not None:
            left.append(read)
        self._waiting.extendleft(reversed(left))
        self._answer(batch)

    def _back(self, batch: _Batch) -> None:
        if batch.timer is not None:
            batch.timer.cancel()
            batch.timer = None
        self._under_way.remove(batch)
        self._answer(batch)

    def _answer(self, batch: _Batch) -> None:
        """Answer what it has read; it holds nobody up any more."""
        for read in batch.reads:
            self._tell(read)
        while self._due and self._due[0].ended:
            self._due.popleft()
        if batch is self._current:
            self._current = None
        self._hand_over()
        if not self._under_way and not self._waiting:
            self._rest()

    def _tell(self, read: _Read) -> None:
        if read.ended and not read.answer.called:
            self._answered += 1
            read.answer.callback(read.result)

    # ---- deadlines -----------------------------------------------------------------------------------------
    def _expire(self) -> None:
        self._expiring = None
        now, late = self._reactor.seconds(), []
        while self._due and (self._due[0].ended or self._due[0].due <= now):
            late.append(self._due.popleft())
        if self._due:
            self._expiring = self._reactor.callLater(self._due[0].due - now, self._expire)
        for read in late:  # whoever is told may ask again at once
            self._late(read)

    def _late(self, read: _Read) -> None:
        self._tell(read)
        if read.ended:
            return
        begun = not read.take()
        read.cut_off(self._database.lines.cut)
        if not read.answer.called:
            read.answer.errback(Failure(Late(begun, busy=self._answered > read.before)))

    # ---- in a reader ---------------------------------------------------------------------------------------
    def _reader(self) -> None:
        kept = self._kept.connection = _Kept(self._database)
        while (batch := self._queue.get()) is not None:
            batch.begun = True
            while (read := batch.next()) is not None:
                read.work()
            kept.end()
            self._reactor.callFromThread(self._back, batch)
        kept.close()

    def _ask(self, query: Callable[..., T], arguments: tuple[object, ...]) -> T:
        kept: _Kept = self._kept.connection
        try:
            return query(kept.reading(), *arguments)
        except sqlite3.Error:
            kept.drop()
            raise

    # ---- the end -------------------------------------------------------------------------------------------
    async def stop(self) -> None:
        """Take no more reads, let those that wait be answered or late, and end the readers.

        Stopping twice is harmless.
        """
        if self._stopped:
            return
        self._stopped = True
        if self._under_way or self._waiting:
            self._idle = Deferred()
            timer = self._reactor.callLater(self._deadline, self._rest)
            await self._idle
            if timer.active():
                timer.cancel()
        for each in (self._soon, self._expiring, *(batch.timer for batch in self._under_way)):
            if each is not None and each.active():
                each.cancel()
        while self._due:  # a stuck reader has them
            self._late(self._due.popleft())
        for _ in self._threads:
            self._queue.put(None)
        if not self._under_way:  # else they are stuck
            for thread in self._threads:
                thread.join()

    def _rest(self) -> None:
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.callback(None)
