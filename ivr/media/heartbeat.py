"""Is the media process still there? It is asked four times a second, and whatever it says is an answer; once
a second while nobody needs it and it answers.

Silence is counted in beats, not in seconds: a hall that was held up itself (a stopped machine, a laptop's
lid) has asked once and not forty times, and reads the answer before it counts again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime

BEAT = 0.25  # seconds
RARE = 4  # beats at once, while nobody needs it
MUTE, DEAD = 7, 20  # beats without a word: 1.75 to 2 s (2.75 s while nobody needs it), 5 s


class Heartbeat:
    """``ask`` sends the question; ``on_mute`` is told once a silence, ``on_back`` when it ends, ``on_dead``
    when it lasts. ``needed``: is anything asked of it. ``beats`` counts them: a clock that stands still with
    the hall."""

    def __init__(
        self,
        reactor: IReactorTime,
        ask: Callable[[], None],
        *,
        needed: Callable[[], bool],
        on_mute: Callable[[], None],
        on_back: Callable[[], None],
        on_dead: Callable[[], None],
    ) -> None:
        self._reactor, self._ask, self._needed = reactor, ask, needed
        self._on_mute, self._on_back, self._on_dead = on_mute, on_back, on_dead
        self._silent = 0  # beats
        self._step = 1  # beats from the last question to the next
        self._timer: Any = None
        self.beats = 0
        self.mute = False

    def start(self) -> None:
        self.stop()
        self._silent, self.mute = 0, False
        self._ask()
        self._wait()

    def _wait(self) -> None:
        self._step = 1 if self._silent > 0 or self._needed() else RARE
        self._timer = self._reactor.callLater(self._step * BEAT, self._beat)

    def hurry(self) -> None:
        """It is needed from now on."""
        if self._step > 1 and self._timer is not None and self._timer.active():
            self._step, self._silent = 1, max(self._silent, -1)
            self._timer.reset(BEAT)

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def heard(self) -> None:
        """It said something."""
        self._silent = -self._step  # the beat that comes next began before
        if self.mute:
            self.mute = False
            self._on_back()

    def _beat(self) -> None:
        before = self._silent
        self.beats += self._step
        self._silent += self._step
        self._wait()
        if before < MUTE <= self._silent:
            self.mute = True
            self._on_mute()
        elif before < DEAD <= self._silent:
            self._on_dead()
        self._ask()
