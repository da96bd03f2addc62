"""Whether each part can serve, told within two seconds and however many ask.

A probe is shared by all who ask at the same time, and its result stands for a second. A part that does not
answer in time is ``false`` and holds up none of the others; until it has answered it is not asked again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger

from business.guards.shared import Shared
from counter.waiting import within

KEPT = 1.0
PATIENCE = 1.5
"""Seconds for which a part's answer is waited for."""

Probe = Callable[[], Awaitable[bool]]


class Health:
    """``probes``: by the part's name, how it is asked; one that raises is not well."""

    def __init__(self, probes: Mapping[str, Probe], clock: Any) -> None:
        self._parts = {name: _Part(name, probe, clock) for name, probe in probes.items()}
        self._shared = Shared(self._look, clock.seconds, keep=KEPT)

    async def __call__(self) -> Mapping[str, bool]:
        """Each part, and whether it can serve."""
        return await self._shared()

    async def _look(self) -> Mapping[str, bool]:
        asked = [Deferred.fromCoroutine(part.well()) for part in self._parts.values()]
        return dict(zip(self._parts, await gatherResults(asked), strict=True))


class _Part:
    log = Logger()

    def __init__(self, name: str, probe: Probe, clock: Any) -> None:
        self._name = name
        self._probe = probe
        self._clock = clock
        self._asked = False

    async def well(self) -> bool:
        if self._asked:  # and hangs
            return False
        return bool(await within(self._clock, PATIENCE, self._ask(), late=lambda answer: None))

    async def _ask(self) -> bool:
        self._asked = True
        try:
            return bool(await self._probe())
        except Exception as why:
            self.log.warn("health of {part}: {why}", part=self._name, why=repr(why))
            return False
        finally:
            self._asked = False
