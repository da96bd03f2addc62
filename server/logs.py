"""JSON logs, one line an event, numbers masked, floods folded (``server/folding.py``). Standard ``logging``
is bridged into the same stream.

What came from outside may stand in an event: a line is one line of valid JSON whatever that is, no longer
than a few screens, and nothing in it moves the cursor of who reads it or turns the text around.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, TextIO

from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
    globalLogBeginner,
)
from zope.interface import implementer

from menus.model.numbers import PREFIX
from server.folding import AS_ABOVE, LAST, MORE, Folding
from server.patient import PatientStream

if TYPE_CHECKING:
    from server.reactor import IServerReactor

MSISDN = re.compile(rf"(?<!\d)({PREFIX}1[3-9]\d[-. ]?)\d{{4}}([-. ]?\d{{4}})(?!\d)")
LONG_DIGITS = re.compile(r"(?<!\d)(?:\d{17}[Xx](?![0-9A-Za-z])|\d{15,}(?!\d))")
INTERNAL = re.compile(r"^log_")
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
_DIGITS = "+0123456789Xx"  # half a number would not be known as one, and not be masked
Written = TextIO | PatientStream
LONGEST, LONGEST_FAILURE = 4_000, 40_000
"""Characters of one field, and of a traceback, whose end says most."""
FLUSH = 10.0  # seconds
LAST_WORDS = 1.0  # seconds for lines that wait when the hall ends


def mask(text: str) -> str:
    """``text`` with mobile numbers as 139****0001, and card and identity numbers gone (promise 10)."""
    return LONG_DIGITS.sub("***", MSISDN.sub(r"\1****\2", text))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, int) and abs(value) < 10**10:
        return value
    return mask(_text(value))


def _text(value: Any) -> str:
    try:
        text = str(value)
    except Exception as error:  # an integer of 5,000 digits has no text
        return f"({type(value).__name__}, not shown: {type(error).__name__})"
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip(_DIGITS)}…"


def _line(fields: dict[str, Any]) -> str:
    """JSON, with what nobody sees as \\uXXXX."""
    return _UNSEEN.sub(lambda each: f"\\u{ord(each[0]):04x}", json.dumps(fields, ensure_ascii=False)) + "\n"


def _with_count(text: str, left_out: int, event: LogEvent) -> str:
    """A line that stands for others: before it, or (LAST) it is the last of them and comes late."""
    if LAST not in event:
        return f"{text} ({left_out} more of this kind in the minute before)"
    at = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    return f"{left_out} more of this kind, the last at {at:%H:%M:%S}: {text}"


@implementer(ILogObserver)
class JsonObserver:
    """Writes each event as one JSON object: time, level, from, text, and the event's own fields."""

    def __init__(self, stream: Written, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._stream = stream
        self._now = now

    def __call__(self, event: LogEvent) -> None:
        level = event.get("log_level")
        line: dict[str, Any] = {
            "time": self._now().isoformat(timespec="milliseconds"),
            "level": level.name if level is not None else "info",
            "from": event.get("log_namespace", ""),
            "text": mask(_text(formatEvent(event))),
        }
        if left_out := event.get(MORE):
            line["text"] = _with_count(line["text"], left_out, event)
        failure = event.get("log_failure")
        if failure is not None:
            again = f"{failure.type.__name__}, as above" if event.get(AS_ABOVE) else failure.getTraceback()
            line["failure"] = mask(again[-LONGEST_FAILURE:].lstrip(_DIGITS))
        line.update({k: _plain(v) for k, v in event.items() if not INTERNAL.match(k) and k not in line})
        with suppress(OSError):  # a full disk: there is nowhere else to say so
            self._stream.write(_line(line))
            self._stream.flush()


class _Bridge(logging.Handler):
    """Standard library records into the twisted logger."""

    def emit(self, record: logging.LogRecord) -> None:
        level = LogLevel.levelWithName(
            {"WARNING": "warn", "CRITICAL": "critical", "ERROR": "error", "INFO": "info"}.get(
                record.levelname, "debug"
            )
        )
        Logger(namespace=record.name).emit(level, "{message}", message=record.getMessage())


def begin(level: str, reactor: IServerReactor, stream: TextIO = sys.stderr) -> None:
    """Send all logs, ours and the standard library's, to ``stream`` from ``level`` on."""
    threshold = LogLevelFilterPredicate(LogLevel.levelWithName(level))
    for namespace in ("log_legacy", "twisted.internet.base"):  # "Factory starting on 2775" is no news, either
        threshold.setLogLevelForNamespace(namespace, LogLevel.warn)
    patient = PatientStream(stream)
    folding = Folding(JsonObserver(patient))
    globalLogBeginner.beginLoggingTo([FilteringLogObserver(folding, [threshold])], redirectStandardIO=False)
    flushing = LoopingCall(folding.flush)
    flushing.clock = reactor
    flushing.start(FLUSH, now=False)
    reactor.addSystemEventTrigger("after", "shutdown", folding.flush, 0.0)
    reactor.addSystemEventTrigger("after", "shutdown", patient.close, LAST_WORDS)
    Factory.noisy = False  # every connection's coming and going is no news
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


__all__ = ["JsonObserver", "begin", "mask"]
