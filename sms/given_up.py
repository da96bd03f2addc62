"""Messages that were given up and that people decided about: sent once more, or dropped.

``hall10086 texts --again ID`` leaves a row in the store, from another process
(:mod:`store.outside`); this takes it up within seconds. What is sent again is a new message with the same
octets: it stands in one commit with the end of the old one, so that a kill at any instant loses and doubles
nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from twisted.logger import Logger

from store import Outbound, TextDecision


class Disk(Protocol):
    """What of the store is needed here."""

    def next_outbox_id(self) -> int: ...

    def text_decisions(self) -> Awaitable[list[TextDecision]]: ...

    def text_decided(
        self, decision: TextDecision, rows: Sequence[Outbound], at: float
    ) -> Awaitable[None]: ...


class GivenUp:
    """See the head of this file. ``send`` takes rows that are committed; ``seconds`` is the time."""

    log = Logger()

    def __init__(
        self, disk: Disk, send: Callable[[Sequence[Outbound]], None], seconds: Callable[[], float]
    ) -> None:
        self._disk = disk
        self._send = send
        self._seconds = seconds
        self._busy = False

    async def tick(self) -> None:
        """Take up what was decided; one round at a time. Raises StoreError."""
        if self._busy:
            return
        self._busy = True
        try:
            for decision in await self._disk.text_decisions():
                await self._take_up(decision)
        finally:
            self._busy = False

    async def _take_up(self, decision: TextDecision) -> None:
        rows = self._again(decision) if decision.again else []
        await self._disk.text_decided(decision, rows, self._seconds())
        what = "sent again" if rows else "dropped"
        self.log.info("message {id} is {what}: {who}", id=decision.message, what=what, who=decision.who)
        self._send(rows)

    def _again(self, decision: TextDecision) -> list[Outbound]:
        """The parts that nobody has taken, as a message of now; none of those whose octets are gone."""
        found: list[Outbound] = []
        for row in decision.rows:
            if row.body is not None:
                id = self._disk.next_outbox_id()
                message = found[0].message if found else id
                fresh = row._replace(
                    id=id, message=message, created=self._seconds(), expires=None, waits_for=None
                )
                found.append(fresh)
        return found
