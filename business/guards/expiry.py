"""When a wait is over, for a process that may itself have stood still.

    expiry = Expiry(clock, 4.0, give_up)
    expiry.cancel()                       # harmless at any time

After a pause of our own (a stopped process, a starved machine) every timer is due at once, while the answers
lie unread in the sockets: a reactor runs its timers first. So ``give_up`` is called a turn of the reactor
later, in which what has come is read.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime


class Expiry:
    """See the head of this file. ``seconds`` from now."""

    __slots__ = ("_clock", "_expired", "_timer")

    def __init__(self, clock: IReactorTime, seconds: float, expired: Callable[[], object]) -> None:
        self._clock = clock
        self._expired = expired
        self._timer = clock.callLater(seconds, self._due)

    def _due(self) -> None:
        self._timer = self._clock.callLater(0, self._expired)

    def cancel(self) -> None:
        if self._timer.active():
            self._timer.cancel()
