"""A log that no flood can fill: what is said again and again is said once a minute, with a count.

Events of one *kind* come from the same place in the program: namespace, level and format, and of a failure
where it was raised. Of each kind every different text is written once a minute, ``TEXTS`` of them at the most
(of what is no trouble, all); the rest is counted. The next of the kind after that minute tells how many were
left out; if none comes, a line of its own does. A traceback is written once a minute a kind; ``critical``
always, and what says that something is up, down or up again (``log_state=True`` in the event).

::

    12:00:00 an MO could not be kept: disk full
    12:01:07 an MO could not be kept: disk full (149 more of this kind in the minute before)
    12:03:10 1 more of this kind, the last at 12:01:20: an MO could not be kept: disk full
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

WINDOW = 60.0
TEXTS = 20
KINDS = 1_000
SHAPE = 120  # characters of a text that tell its kind, where the format says nothing
STATE = "log_state"
MORE, LAST, AS_ABOVE = "log_more", "log_last", "log_as_above"
"""Keys of an event that is passed on: how many were left out before it; that it is itself the
last of them; that its traceback was written already."""
_SLOTS = re.compile(r"\{[^{}]*\}")
_DIGITS = re.compile(r"[0-9]+")


@dataclass(slots=True)
class _Kind:
    began: float
    event: LogEvent  # the latest that was left out
    texts: set[int] = field(default_factory=set)
    left_out: int = 0


@implementer(ILogObserver)
class Folding:
    """Stands before ``observer``. ``clock``: monotonic seconds. May be called in any thread."""

    def __init__(
        self, observer: Callable[[LogEvent], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._observer = observer
        self._clock = clock
        self._kinds: OrderedDict[object, _Kind] = OrderedDict()  # the oldest first
        self._lock = threading.Lock()

    def __call__(self, event: LogEvent) -> None:
        always = event.get("log_level") is LogLevel.critical or event.get(STATE, False)
        with self._lock:
            shown = [event] if always else self._sifted(event)
        for each in shown:
            self._observer(each)

    def flush(self, age: float = 2 * WINDOW) -> None:
        """Tell what was left out of kinds that began ``age`` seconds ago or earlier, and forget them."""
        shown: list[LogEvent] = []
        with self._lock:
            now = self._clock()
            while self._kinds and now - next(iter(self._kinds.values())).began >= age:
                shown += self._forget_oldest()
        for each in shown:
            self._observer(each)

    def _sifted(self, event: LogEvent) -> list[LogEvent]:
        """What is to be written now."""
        now, text = self._clock(), formatEvent(event)
        key = _kind_of(event, text)
        kind = self._kinds.get(key)
        if kind is None or now - kind.began >= WINDOW:
            self._kinds.pop(key, None)
            shown = self._forget_oldest() if len(self._kinds) >= KINDS else []
            self._kinds[key] = _Kind(now, event, {hash(text)})
            return [*shown, _after(event, kind.left_out if kind is not None else 0)]
        full = len(kind.texts) >= TEXTS
        if hash(text) in kind.texts or (full and _is_trouble(event)):
            kind.left_out += 1
            kind.event = event
            return []
        if not full:
            kind.texts.add(hash(text))
        return [_without_traceback(event)]

    def _forget_oldest(self) -> list[LogEvent]:
        _, kind = self._kinds.popitem(last=False)
        last = {**kind.event, MORE: kind.left_out, LAST: True}
        return [_without_traceback(last)] if kind.left_out else []


def _kind_of(event: LogEvent, text: str) -> object:
    """What is equal for events that are the same trouble. A format without a word of its own ("{line}") says
    nothing: there the text does, whatever its figures."""
    form = event.get("log_format") or ""
    if not any(each.isalpha() for each in _SLOTS.sub("", form)):
        form = _DIGITS.sub("#", text[:SHAPE])
    return event.get("log_namespace"), event.get("log_level"), form, _raised_at(event.get("log_failure"))


def _raised_at(failure: Failure | None) -> object:
    """Type and line of what was raised."""
    if failure is None:
        return None
    place = tuple(failure.frames[-1][1:3]) if failure.frames else ()
    return failure.type, place


def _is_trouble(event: LogEvent) -> bool:
    level = event.get("log_level")
    return level is not None and level >= LogLevel.warn


def _after(event: LogEvent, left_out: int) -> LogEvent:
    return {**event, MORE: left_out} if left_out else event


def _without_traceback(event: LogEvent) -> LogEvent:
    return {**event, AS_ABOVE: True} if event.get("log_failure") is not None else event
