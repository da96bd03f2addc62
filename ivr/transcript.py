"""What each call under way has said and heard, line by line, for people who watch it: ``hall10086 dial`` and
the live console. In memory only, bounded, and gone soon after the call.

Secret values (passwords, cards) and the digits typed for them stand here as ``***`` (promise 10).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

Line = Mapping[str, object]


WATCHERS = 500
"""That wait for a line at the same time; more are answered soon, so that they cannot take all connections."""
SOON = 0.2  # seconds


@dataclass(slots=True)
class _Talk:
    lines: list[Line] = field(default_factory=list)
    ended: bool = False


class Transcripts:
    """Lines by Call-ID. ``keep`` calls at the most, ``lines`` lines a call at the most."""

    def __init__(self, reactor: IReactorTime, keep: int = 5000, lines: int = 500) -> None:
        self._reactor = reactor
        self._keep = keep
        self._most = lines
        self._talks: OrderedDict[str, _Talk] = OrderedDict()
        self._waiting: dict[str, list[Deferred[None]]] = {}
        self.watchers = 0

    def add(self, call_id: str, **line: object) -> None:
        """One more line of a call: ``say=…``, ``key=…``, ``note=…``."""
        talk = self._talks.get(call_id)
        if talk is None:
            while len(self._talks) >= self._keep:
                self._wake(self._talks.popitem(last=False)[0])
            talk = self._talks[call_id] = _Talk()
        if len(talk.lines) < self._most:
            talk.lines.append(line)
        if self._waiting:
            self._wake(call_id)

    def end(self, call_id: str, outcome: str) -> None:
        """The call is over; who reads gets the rest and the end."""
        self.add(call_id, end=outcome)
        self._talks[call_id].ended = True

    def _wake(self, call_id: str) -> None:
        for changed in self._waiting.pop(call_id, ()):
            changed.callback(None)

    async def after(self, call_id: str, number: int, wait: float) -> tuple[list[Line], bool]:
        """The lines from ``number`` on (0: all) and whether the call is over; waits up to ``wait`` seconds
        for one. An unknown call is waited for too: who watches may be faster than the INVITE."""
        deadline = self._reactor.seconds() + (wait if self.watchers < WATCHERS else min(wait, SOON))
        self.watchers += 1
        try:
            while True:
                talk = self._talks.get(call_id)
                if talk is not None and (len(talk.lines) > number or talk.ended):
                    return talk.lines[number:], talk.ended
                left = deadline - self._reactor.seconds()
                if left <= 0:
                    return [], False
                await self._changed(call_id, left)
        finally:
            self.watchers -= 1

    async def _changed(self, call_id: str, wait: float) -> None:
        """Until there is something new of a call, or ``wait`` seconds."""
        changed: Deferred[None] = Deferred()
        self._waiting.setdefault(call_id, []).append(changed)
        timer = self._reactor.callLater(wait, self._give_up, call_id, changed)
        await changed
        if timer.active():
            timer.cancel()

    def _give_up(self, call_id: str, changed: Deferred[None]) -> None:
        others = [each for each in self._waiting.pop(call_id, ()) if each is not changed]
        if others:
            self._waiting[call_id] = others
        changed.callback(None)
