"""Waiting for work, but not for ever."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from business.guards.expiry import Expiry

T = TypeVar("T")


async def within(
    clock: IReactorTime,
    seconds: float,
    work: Coroutine[Any, Any, T],
    *,
    late: Callable[[T], None] | None = None,
) -> T | None:
    """The result of ``work``, or None after ``seconds``; work that is given up is cancelled, unless its
    ``late`` result is wanted.

    Work that never waits costs no Deferred and no timer. Raises what ``work`` raises in time.
    """
    try:
        awaited = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    race = _Race(Deferred.fromCoroutine(_finish(_Rest(work, awaited))), late)
    expiry = Expiry(clock, seconds, race.give_up)
    try:
        return await race.first
    finally:
        expiry.cancel()


def at_once(work: Coroutine[Any, Any, object], failed: Callable[[Failure], object]) -> None:
    """Run ``work`` as far as it goes now, the rest of it in the reactor; ``failed`` is told what it raises.
    Work that never waits costs no Deferred."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return
    except Exception:
        failed(Failure())
        return
    Deferred.fromCoroutine(_finish(_Rest(work, awaited))).addErrback(failed)


class _Rest(Generic[T]):
    """A coroutine that has run as far as ``awaited``, to be awaited to its end."""

    def __init__(self, work: Coroutine[Any, Any, T], awaited: Any) -> None:
        self._work = work
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, T]:
        awaited = self._awaited
        while True:
            try:
                try:
                    got = yield awaited
                except Exception as error:
                    awaited = self._work.throw(error)
                else:
                    awaited = self._work.send(got)
            except StopIteration as done:
                result: T = done.value
                return result


async def _finish(rest: _Rest[T]) -> T:
    return await rest


class _Race(Generic[T]):
    """A result against the time: ``first`` fires with the result, or with None when :meth:`give_up` comes
    before it."""

    def __init__(self, running: Deferred[T], late: Callable[[T], None] | None) -> None:
        self.first: Deferred[T | None] = Deferred()
        self._running = running
        self._late = late
        running.addCallbacks(self._came, self._failed)

    def give_up(self) -> None:
        self.first.callback(None)
        if self._late is None:
            self._running.cancel()

    def _came(self, result: T) -> None:
        if not self.first.called:
            self.first.callback(result)
        elif self._late is not None:
            self._late(result)

    def _failed(self, failure: Failure) -> None:
        if not self.first.called:
            self.first.errback(failure)
