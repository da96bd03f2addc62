"""The records of calls that ended, on their way to the store.

A record that the store does not take waits in memory until it does, for ``MOST`` calls at the most; then the
oldest go, counted.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from store import CallRow, StoreError

RETRY = 5.0  # seconds
MOST = 20_000
AT_ONCE = 64


class Disk(Protocol):
    def keep_call(self, call: CallRow, /) -> Deferred[None]: ...


class RecordKeeping:
    """``lost``: records that were given up."""

    log = Logger()

    def __init__(self, disk: Disk, clock: IReactorTime, *, most: int = MOST) -> None:
        self._disk = disk
        self._clock = clock
        self._most = most
        self._waiting: deque[CallRow] = deque()
        self._writing = 0
        self._pause: IDelayedCall | None = None
        self._stopped = self._handing_on = False
        self._ended: Deferred[None] = Deferred()  # once none waits any more, after stop()
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Records that are not on the disk yet."""
        return len(self._waiting) + self._writing

    def keep(self, row: CallRow) -> None:
        """Write it, now or later."""
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            self._lose("the store has not taken any for too long")
        self._waiting.append(row)
        self._write()

    def stop(self) -> Deferred[None]:
        """The store is about to be closed: what waits gets its last chance. Fires when each had it."""
        self._stopped = True
        if self._pause is not None and self._pause.active():
            self._pause.cancel()
        self._pause = None
        self._write()
        return self._ended

    def _write(self) -> None:
        if self._handing_on:
            return  # the one that came back at once was handed on from here
        self._handing_on = True
        while self._waiting and self._pause is None and self._writing < AT_ONCE:
            row = self._waiting.popleft()
            self._writing += 1
            written: Deferred[None] = self._asked(row)
            written.addCallbacks(self._written, self._failed, errbackArgs=(row,))
        self._handing_on = False
        if self._stopped and not self.waiting and not self._ended.called:
            self._ended.callback(None)

    def _asked(self, row: CallRow) -> Deferred[None]:
        try:
            return self._disk.keep_call(row)
        except Exception:
            failed: Deferred[None] = Deferred()
            failed.errback(Failure())
            return failed

    def _written(self, _: None) -> None:
        self._writing -= 1
        self._write()

    def _failed(self, failure: Failure, row: CallRow) -> None:
        self._writing -= 1
        error = failure.value
        if not isinstance(error, StoreError):
            self.log.failure("a call record was not kept", failure)
            self.lost += 1
        elif not error.retryable or self._stopped:
            self._lose(str(error))
        else:
            self.log.warn("call records wait for the store: {why}", why=str(error))
            self._waiting.appendleft(row)
            if self._pause is None:
                self._pause = self._clock.callLater(RETRY, self._go_on)
            return
        self._write()

    def _go_on(self) -> None:
        self._pause = None
        self._write()

    def _lose(self, why: str) -> None:
        self.lost += 1
        self.log.error("a call record was not kept: {why}", why=why)
