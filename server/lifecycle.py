"""Parts started in turn and stopped in reverse, each awaited.

``twisted.application.service.MultiService`` stops its children all at once and leaves the rest half started
when one raises; a database must not go before the calls that use it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from counter.waiting import within

STOPPING = 20.0
"""Seconds that a part may take to stop: what it owes is on the disk, or the disk does not take it."""
Step = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class LifecyclePart:
    """One thing that is started and stopped. ``name`` is for the log and the operator."""

    name: str
    start: Step
    stop: Step


class StartFailed(Exception):
    """A part did not start; what had started was stopped again. ``__cause__`` says why."""


class Lifecycle:
    """Starts parts in order; on failure, or at :meth:`stop`, stops what runs in reverse order."""

    log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._running: list[LifecyclePart] = []

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(part.name for part in self._running)

    async def start(self, part: LifecyclePart) -> None:
        """Start one more part. Raises :class:`StartFailed` after unwinding everything before it."""
        try:
            await part.start()
        except Exception as error:
            await self.stop()
            raise StartFailed(f"{part.name}: {error}") from error
        self._running.append(part)

    async def stop(self) -> None:
        """Stop in reverse; one part's failure, or that it comes to no end, is logged and does not keep the
        others from stopping."""
        while self._running:
            part = self._running.pop()
            try:
                if not await within(self._clock, STOPPING, _stopped(part)):
                    self.log.error("stopping {part} took too long: left as it is", part=part.name)
            except Exception:
                self.log.failure("stopping {part} failed", part=part.name)


async def _stopped(part: LifecyclePart) -> bool:
    await part.stop()
    return True
