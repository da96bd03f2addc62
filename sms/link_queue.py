"""One link as the outbox sees it: what is ready for it, whether it is held, how quick it may be.

Each link has all of this to itself: one that throttles, refuses or says nothing keeps back what goes by it,
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime

from sms.letter import Letter
from sms.smpp.pdu import MessagePdu

FIRST_HOLD, LONGEST_HOLD, GROWTH = 0.1, 5.0, 1.5
ILL = 5
"""Messages refused with none taken between them, after which it is not the messages."""
BURST = 0.05
"""Of a second: so much of what a link may take in one goes at once."""


class LinkQueueConfig(Protocol):
    """``name``; ``numbers``: what the numbers that this link is for begin with, none: all are alike to it;
    ``per_second``: submit_sm at the most, 0: as many as it takes."""

    @property
    def name(self) -> str: ...

    @property
    def numbers(self) -> tuple[str, ...]: ...

    @property
    def per_second(self) -> float: ...


class SubmitLink(Protocol):
    """A link."""

    @property
    def config(self) -> LinkQueueConfig: ...

    @property
    def well(self) -> bool: ...

    @property
    def room(self) -> int: ...

    def submit(self, message: MessagePdu, answered: Callable[[int, str], None], /) -> None: ...


class LinkQueue:
    """See the head of this file. ``go_on`` is called when it may send again. ``sent``: parts that it took."""

    __slots__ = (
        *("_due", "_go_on", "_held", "_hold", "_interval", "_reactor", "_ready", "_since", "_waking"),
        *("_was_well", "config", "link", "refused", "sent", "under_way"),
    )

    def __init__(self, link: SubmitLink, reactor: IReactorTime, go_on: Callable[[], None]) -> None:
        self.link = link
        self.config = config = link.config
        self.refused: set[Letter] = set()  # since one was taken
        self.sent = self.under_way = 0
        self._reactor = reactor
        self._go_on = go_on
        self._ready: list[tuple[int, int, Letter]] = []  # (rank, next row's id, letter)
        self._held: Any = None
        self._hold = FIRST_HOLD
        self._interval = (1 + BURST) / config.per_second if config.per_second else 0.0
        self._due = 0.0  # when the next may go, by that limit
        self._waking: Any = None
        self._was_well, self._since = link.well, reactor.seconds()

    @property
    def well(self) -> bool:
        """It is bound and takes messages."""
        return self.link.well

    def liking(self, named: str, number: str) -> tuple[bool, int, bool, int]:
        """The smaller, the rather ``number``'s message goes by it; ``named``: the link he was heard by."""
        numbers = self.config.numbers
        meant = max((len(each) for each in numbers if number.startswith(each)), default=0)
        return self.config.name != named, -meant, bool(numbers), len(self._ready) + self.under_way

    # ---- what goes -----------------------------------------------------------------------------------------
    def put(self, letter: Letter, rank: int) -> None:
        """It may go now: before those of a higher rank, and younger ones."""
        heappush(self._ready, (rank, letter.unsent[-1].id, letter))

    def next(self) -> Letter | None:
        """The one that goes now; None: there is none, or not now."""
        while self._ready and self._may_send():
            *_, letter = heappop(self._ready)
            if letter.way is self and letter.may_go:
                return letter
        return None

    def _may_send(self) -> bool:
        if self._held is not None or self.link.room <= 0:
            return False
        if len(self.refused) >= ILL and self.under_way:
            return False
        return not self._interval or self._in_pace()

    def _in_pace(self) -> bool:
        wait = self._due - self._reactor.seconds() - BURST
        if wait > 0 and self._waking is None:
            self._waking = self._reactor.callLater(wait, self._wake)
        return wait <= 0

    def _wake(self) -> None:
        self._waking = None
        self._go_on()

    def submitted(self) -> None:
        self.under_way += 1
        if self._interval:
            self._due = max(self._due, self._reactor.seconds()) + self._interval

    # ---- what came of it -----------------------------------------------------------------------------------
    def hold(self) -> None:
        """Send nothing for a while, each time for longer."""
        if self._held is None:
            self._held = self._reactor.callLater(self._hold, self._let_go)
            self._hold = min(LONGEST_HOLD, self._hold * GROWTH)

    def _let_go(self) -> None:
        self._held = None
        self._go_on()

    def refuses(self, letter: Letter) -> None:
        """It would not take it now; if several it is the link that is ill: one at a time is tried."""
        self.refused.add(letter)
        if len(self.refused) >= ILL:
            self.hold()

    def took(self) -> bool:
        """One more was taken; whether it was ill till now."""
        self.sent += 1
        self._hold = FIRST_HOLD
        ill = len(self.refused) >= ILL
        self.refused.clear()
        return ill

    # ---- whether it serves ---------------------------------------------------------------------------------
    def turned(self) -> bool:
        """Whether it is well and was not, or the other way round, when this was asked last."""
        well = self.link.well
        if well == self._was_well:
            return False
        self._was_well, self._since = well, self._reactor.seconds()
        return True

    def away_for(self) -> float:
        """Seconds since it was well."""
        return 0.0 if self._was_well else self._reactor.seconds() - self._since

    def give_back(self, begun: bool) -> list[Letter]:
        """What waits for it, without a way now: all but messages of which it has parts, or these, too."""
        mine = [each for each in self._ready if each[2].way is self and each[2].may_go]
        given = [each for each in mine if begun or not each[2].begun]
        kept = [each for each in mine if not begun and each[2].begun]
        heapify(kept)
        self._ready = kept
        letters = list(dict.fromkeys(letter for *_, letter in given))
        for letter in letters:
            letter.way = None
        return letters

    def stop(self) -> None:
        for timer in (self._held, self._waking):
            if timer is not None:
                timer.cancel()
        self._held = self._waking = None
