"""The hall's one clock: it runs forward, a second a second, whatever becomes of the machine's.

    from twisted.internet import reactor
    steady(reactor)              # at the process's edge, before anything is built
    reactor.seconds()            # seconds since the epoch as of the start, driven by the monotonic clock
    reactor.callLater(...)       # and every timer with it

Twisted reads the wall clock, also for its timers. An operator or NTP sets that by seconds or hours, either
way: limits refuse calls, timers come all at once or not for hours. So durations, deadlines and the times in
rows are read from ``reactor.seconds``; only dates and hours that people are told (``Desk.now``) follow the
wall clock wherever it is set.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def steady(
    reactor: Any,
    wall: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Let ``reactor`` count from ``wall`` as it is now, by ``monotonic``. Once, before its first timer."""
    since = wall() - monotonic()
    reactor.seconds = lambda: monotonic() + since
