"""The back office's own threads: bounded, with a deadline a call, and honest about what was never begun.

A call that is still waiting when its deadline passes is taken back and certainly does nothing
(``Late.begun`` false); one that a thread has begun runs on for a grace, and its result is dropped; then it is
cut off, so that its thread comes back. Nobody is turned away because others wait: how much is asked at once
is for whoever asks to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from business.reactor import IBackOfficeReactor

T = TypeVar("T")


class Stopped(Exception):
    """No more calls are taken; nothing was begun."""


class Late(Exception):
    """The deadline passed. ``begun``: a thread has begun the call, which may still come to its end. ``busy``:
    it was not begun because the threads were answering others meanwhile; otherwise they were stuck."""

    def __init__(self, begun: bool, busy: bool = False) -> None:
        super().__init__("no answer in time" if begun else "no thread was free in time")
        self.begun = begun
        self.busy = busy and not begun


class Task(Generic[T]):
    """One call, which either a thread begins or the deadline takes back, never both."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._taken = threading.Lock()
        self._runs = threading.Lock()  # held while it is begun, ended or cut off
        self._thread: int | None = None  # which is in it

    def take(self) -> bool:
        """True for the first who asks only."""
        return self._taken.acquire(blocking=False)

    def __call__(self) -> T | None:
        if not self.take():
            return None
        with self._runs:
            self._thread = threading.get_ident()
        try:
            return self._call()
        finally:
            with self._runs:
                self._thread = None

    def cut_off(self, cut: Callable[[int], None]) -> None:
        """``cut`` the thread that is in it; never one that has gone on to another task."""
        with self._runs:
            if self._thread is not None:
                cut(self._thread)


class _DaemonPool(ThreadPool):
    """A thread stuck in a database driver must not keep the process from ending."""

    threadFactory = staticmethod(partial(threading.Thread, daemon=True))  # type: ignore[assignment]


class Workers:
    """``threads`` threads. ``reactor`` gives time and takes results back to its own thread. ``cut`` ends what
    a thread (by its number) waits for."""

    def __init__(
        self, reactor: IBackOfficeReactor, threads: int, cut: Callable[[int], None] = lambda thread: None
    ) -> None:
        self._reactor = reactor
        self._cut = cut
        self._pool = _DaemonPool(1, threads, "business")
        self._running = 0
        self._answered = 0  # calls, in time
        self._stopped = False
        self._idle: list[Deferred[None]] = []

    def start(self) -> None:
        """Starting twice is harmless."""
        if not self._pool.started:
            self._pool.start()

    async def run(self, call: Callable[[], T], deadline: float | None, grace: float = 0.0) -> T:
        """The result of ``call`` from a thread, within ``deadline`` seconds (None: however long it takes).
        What was begun in time may run on for ``grace`` seconds before it is cut off.

        Raises Stopped, Late, and what ``call`` raises.
        """
        if self._stopped:
            raise Stopped("stopped")
        task = Task(call)
        answer: Deferred[T] = Deferred()
        timers: list[IDelayedCall] = []
        if deadline is not None:
            timers = [
                self._reactor.callLater(deadline, self._expire, task, answer, self._answered),
                self._reactor.callLater(deadline + grace, task.cut_off, self._cut),
            ]

        def finished(result: Any) -> None:
            self._finished()
            for timer in timers:
                if timer.active():
                    timer.cancel()
            if not answer.called:
                self._answered += 1
                answer.callback(result)

        self._running += 1
        deferToThreadPool(self._reactor, self._pool, task).addBoth(finished)
        return cast(T, await answer)

    def _expire(self, task: Task[Any], answer: Deferred[Any], answered: int) -> None:
        """``answered``: how many were when it came. If none was since, the threads are stuck."""
        if not answer.called:
            begun = not task.take()
            answer.errback(Failure(Late(begun, busy=self._answered > answered)))

    def _finished(self) -> None:
        self._running -= 1
        if not self._running:
            idle, self._idle = self._idle, []
            for waiting in idle:
                waiting.callback(None)

    async def stop(self, deadline: float) -> None:
        """Take no more calls, let running ones finish, for ``deadline`` seconds at most, and end the threads.

        Stopping twice is harmless.
        """
        if self._stopped:
            return
        self._stopped = True
        if self._running:
            await self._wait_idle(deadline)
        if self._running:  # stuck: joining would block the reactor, so somebody else waits for them
            threading.Thread(target=self._pool.stop, daemon=True).start()
        else:
            self._pool.stop()

    async def _wait_idle(self, deadline: float) -> None:
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        timer = self._reactor.callLater(deadline, self._give_up, idle)
        await idle
        if timer.active():
            timer.cancel()

    def _give_up(self, idle: Deferred[None]) -> None:
        self._idle.remove(idle)
        idle.callback(None)
