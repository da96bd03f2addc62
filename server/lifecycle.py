"""Parts started in turn and stopped in reverse, each awaited.

``twisted.application.service.MultiService`` stops its children all at once and leaves the rest half started
when one raises; a database must not go before the calls that use it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from twisted.logger import Logger

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

    def __init__(self) -> None:
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
        """Stop in reverse; one part's failure is logged and does not keep the others from stopping."""
        while self._running:
            part = self._running.pop()
            try:
                await part.stop()
            except Exception:
                self.log.failure("stopping {part} failed", part=part.name)
