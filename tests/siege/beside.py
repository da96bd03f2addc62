"""One who calls and some who text all the time that an attack lasts, and how long each waited.

with Beside(hall, smsc, texters) as beside:    # begins at once
    ...                                        # the attack
figures = beside.figures("unacknowledged")     # Figures(attack, calls, refused, call_p50, call_p99, ...)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self

from server.testing.crowd import CrowdSmsc, Texter
from server.testing.ports import HOST
from server.testing.running import HallProcess
from tests.siege.honest import Call, HonestCaller

PAUSE = 0.1  # seconds between two calls: far below the share of one address
PATIENCE = 60.0  # seconds for the last answers


class Figures(NamedTuple):
    """Times in seconds: INVITE to 200; text brought to answer delivered."""

    attack: str
    calls: int
    refused: int
    call_p50: float
    call_p99: float
    texts: int
    text_p50: float
    text_p99: float


HEAD = """\
| attack | calls | refused | call p50 / p99 | texts | text p50 / p99 |
|---|---|---|---|---|---|"""


def row(figures: Figures) -> str:
    """A line of the table."""

    def both(p50: float, p99: float) -> str:
        return f"{p50 * 1000:.0f} / {p99 * 1000:.0f} ms"

    calls = both(figures.call_p50, figures.call_p99)
    texts = both(figures.text_p50, figures.text_p99)
    name = figures.attack.replace("_", " ")
    return f"| {name} | {figures.calls} | {figures.refused} | {calls} | {figures.texts} | {texts} |"


def share(times: Sequence[float], part: float) -> float:
    """The smallest time that this part of them did not pass."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] if times else 0.0


class Beside:
    """See the head of this file. Of ``texters`` each texts once, one every ``PAUSE``."""

    def __init__(self, hall: HallProcess, smsc: CrowdSmsc, texters: Sequence[Texter]) -> None:
        self._sip = hall.sip
        self._smsc = smsc
        self._texters = texters
        self._ended = threading.Event()
        self.calls: list[Call] = []
        self.brought: dict[str, float] = {}
        self._threads = [threading.Thread(target=each) for each in (self._call, self._text)]

    def _call(self) -> None:
        with HonestCaller(HOST, self._sip) as caller:
            while not self._ended.wait(PAUSE):
                self.calls.append(caller.call())

    def _text(self) -> None:
        for each in self._texters:
            if self._ended.wait(PAUSE):
                return
            self.brought[each.number] = time.monotonic()
            self._smsc.bring({each.number: "0101"})

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for each in self._threads:
            each.join()
        if kind is None:
            self._smsc.wait(lambda: self.brought.keys() <= self._smsc.answered.keys(), PATIENCE)

    def figures(self, attack: str) -> Figures:
        taken = [call.seconds for call in self.calls]
        refused = sum(call.status != 200 for call in self.calls)
        waited = [self._smsc.answered[number] - at for number, at in self.brought.items()]
        return Figures(
            *(attack, len(taken), refused, share(taken, 0.5), share(taken, 0.99)),
            *(len(waited), share(waited, 0.5), share(waited, 0.99)),
        )
