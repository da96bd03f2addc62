"""What each call under way has said and heard, line by line, for people who watch it: ``hall10086 dial`` and
the live console. In memory only, bounded, and gone soon after the call.

Secret values (passwords, cards) and the digits typed for them stand here as ``***`` (promise 10).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

Line = Mapping[str, object]


@dataclass(slots=True)
class _Talk:
    lines: list[Line] = field(default_factory=list)
    ended: bool = False
    waiting: list[Deferred[None]] = field(default_factory=list)

    def wake(self) -> None:
        waiting, self.waiting = self.waiting, []
        for deferred in waiting:
            deferred.callback(None)


class Transcripts:
    """Lines by Call-ID. ``keep`` calls at the most, ``lines`` lines a call at the most."""

    def __init__(self, reactor: IReactorTime, keep: int = 5000, lines: int = 500) -> None:
        self._reactor = reactor
        self._keep = keep
        self._most = lines
        self._talks: OrderedDict[str, _Talk] = OrderedDict()

    def add(self, call_id: str, **line: object) -> None:
        """One more line of a call: ``say=…``, ``key=…``, ``note=…``."""
        talk = self._talks.get(call_id)
        if talk is None:
            while len(self._talks) >= self._keep:
                self._talks.popitem(last=False)[1].wake()
            talk = self._talks[call_id] = _Talk()
        if len(talk.lines) < self._most:
            talk.lines.append(line)
        if talk.waiting:
            talk.wake()

    def end(self, call_id: str, outcome: str) -> None:
        """The call is over; who reads gets the rest and the end."""
        self.add(call_id, end=outcome)
        self._talks[call_id].ended = True

    async def after(self, call_id: str, number: int, wait: float) -> tuple[list[Line], bool]:
        """The lines from ``number`` on (0: all) and whether the call is over; waits up to ``wait`` seconds
        for one. An unknown call is waited for too: who watches may be faster than the INVITE."""
        deadline = self._reactor.seconds() + wait
        while True:
            talk = self._talks.get(call_id)
            if talk is not None and (len(talk.lines) > number or talk.ended):
                return talk.lines[number:], talk.ended
            left = deadline - self._reactor.seconds()
            if left <= 0:
                return [], False
            await self._changed(talk, left if talk is not None else min(left, 0.05))

    async def _changed(self, talk: _Talk | None, wait: float) -> None:
        changed: Deferred[None] = Deferred()
        if talk is not None:
            talk.waiting.append(changed)
        timer = self._reactor.callLater(wait, _once(changed))
        await changed
        if timer.active():
            timer.cancel()
        if talk is not None and changed in talk.waiting:
            talk.waiting.remove(changed)


def _once(deferred: Deferred[None]) -> Callable[[], None]:
    def fire() -> None:
        if not deferred.called:
            deferred.callback(None)

    return fire
