"""Is the media process still there? It is asked four times a second, and whatever it says is an answer.

Silence is counted in beats, not in seconds: a hall that was held up itself (a stopped machine, a laptop's
lid) has asked once and not forty times, and reads the answer before it counts again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime

BEAT = 0.25  # seconds
MUTE, DEAD = 7, 20  # beats without a word: 1.75 to 2 s, 5 s


class Heartbeat:
    """``ask`` sends the question; ``on_mute`` is told once a silence, ``on_back`` when it ends, ``on_dead``
    when it lasts. ``beats`` counts them: a clock that stands still with the hall."""

    def __init__(
        self,
        reactor: IReactorTime,
        ask: Callable[[], None],
        *,
        on_mute: Callable[[], None],
        on_back: Callable[[], None],
        on_dead: Callable[[], None],
    ) -> None:
        self._reactor, self._ask = reactor, ask
        self._on_mute, self._on_back, self._on_dead = on_mute, on_back, on_dead
        self._silent = 0
        self._timer: Any = None
        self.beats = 0
        self.mute = False

    def start(self) -> None:
        self.stop()
        self._silent, self.mute = 0, False
        self._ask()
        self._timer = self._reactor.callLater(BEAT, self._beat)

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def heard(self) -> None:
        """It said something."""
        self._silent = -1  # the beat that comes next began before
        if self.mute:
            self.mute = False
            self._on_back()

    def _beat(self) -> None:
        self._timer = self._reactor.callLater(BEAT, self._beat)
        self.beats += 1
        self._silent += 1
        if self._silent == MUTE:
            self.mute = True
            self._on_mute()
        elif self._silent == DEAD:
            self._on_dead()
        self._ask()
