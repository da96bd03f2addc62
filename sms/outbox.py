"""What is to be sent, in order: one message a subscriber at a time, the parts of a message together.

Rows come in after their commit (:meth:`Outbox.put`) and leave when the SMSC took them. The next row sent is
always the oldest that may go. A throttled SMSC (ESME_RTHROTTLED, ESME_RMSGQFUL) holds everything, 0.1 s and
growing, and the row goes back to its place. A row whose link fell goes back too; one that is never answered
is sent once more. A promo waits until the message before it was taken; if that takes too long it is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from sms.smpp.pdu import OK, QUEUE_FULL, SYSTEM_ERROR, THROTTLED, Message
from sms.smpp.wire import LOST, TIMED_OUT
from store import Outbound

FIRST_HOLD, LONGEST_HOLD, GROWTH = 0.1, 5.0, 1.5
TRIES = {TIMED_OUT: 2, SYSTEM_ERROR: 5}


class Disk(Protocol):
    """What of the store is needed here."""

    def accepted(self, id: int, message_id: str, at: float) -> Deferred[None]: ...

    def given_up(self, id: int, at: float, *, dropped: bool = False) -> Deferred[None]: ...


class Way(Protocol):
    """A link."""

    @property
    def room(self) -> int: ...

    def submit(self, message: Message, answered: Callable[[int, str], None], /) -> None: ...


class _Letter:
    """One message on its way. ``left``: rows neither taken nor given up."""

    __slots__ = ("left", "lost", "rows", "serial", "subscriber", "tries", "under_way", "unsent")

    def __init__(self, rows: Sequence[Outbound]) -> None:
        self.rows = rows
        self.subscriber = rows[0].subscriber
        self.unsent = list(reversed(rows))  # the next one at the end
        self.under_way = 0
        self.left = len(rows)
        self.serial = rows[0].udh is None  # "(1/3)" texts are read in the order in which they arrive
        self.tries: dict[int, int] = {}
        self.lost = False

    def __lt__(self, other: _Letter) -> bool:
        return False  # only row ids order the heap


Taken = Callable[[Outbound, str], None]


class Outbox:
    """See the head of this file. ``taken(row, message_id)`` is told of each part that the SMSC took;
    ``finished(message, ok)`` of each message."""

    log = Logger()

    def __init__(
        self,
        ways: Sequence[Way],
        disk: Disk,
        reactor: Any,
        taken: Taken,
        finished: Callable[[int, bool], None],
    ) -> None:
        self._ways = ways
        self._disk = disk
        self._reactor = reactor
        self._taken = taken
        self._finished = finished
        self._lanes: dict[str, deque[_Letter]] = {}
        self._ready: list[tuple[int, _Letter]] = []  # (next row's id, letter)
        self._waiting: dict[int, list[_Letter]] = {}  # message -> promos that wait for it
        self._open: set[int] = set()  # messages on their way
        self._held: Any = None
        self._hold = FIRST_HOLD
        self._next_way = 0
        self.sent = self.failed = self.dropped = 0

    def __len__(self) -> int:
        """Messages that wait or are on their way."""
        return len(self._open) + sum(len(letters) for letters in self._waiting.values())

    @property
    def idle(self) -> bool:
        """Nothing is under way (for an orderly end)."""
        return not any(letter.under_way for lane in self._lanes.values() for letter in lane)

    # ---- in ------------------------------------------------------------------------------------------------
    def put(self, rows: Sequence[Outbound]) -> None:
        """Rows that are committed: send them. Parts of a message stand together."""
        start = 0
        for end in range(1, len(rows) + 1):
            if end == len(rows) or rows[end].message != rows[start].message:
                self._put(_Letter(rows[start:end]))
                start = end
        self.pump()

    def _put(self, letter: _Letter) -> None:
        before = letter.rows[0].waits_for
        if before is not None and before in self._open:
            self._waiting.setdefault(before, []).append(letter)
            return
        self._open.add(letter.rows[0].message)
        lane = self._lanes.setdefault(letter.subscriber, deque())
        lane.append(letter)
        if len(lane) == 1:
            self._make_ready(letter)

    def _make_ready(self, letter: _Letter) -> None:
        if letter.unsent and not (letter.serial and letter.under_way):
            heappush(self._ready, (letter.unsent[-1].id, letter))

    # ---- out -----------------------------------------------------------------------------------------------
    def pump(self) -> None:
        """Send what may go, as far as the links' windows reach."""
        while self._ready and self._held is None:
            way = self._way()
            if way is None:
                return
            _, letter = heappop(self._ready)
            if not letter.unsent or (letter.serial and letter.under_way):
                continue
            row = letter.unsent.pop()
            if row.expires is not None and self._reactor.seconds() > row.expires:
                self._give_up(letter, row, dropped=True)
                continue
            letter.under_way += 1
            self._make_ready(letter)
            way.submit(_message(row), partial(self._answered, letter, row))

    def _way(self) -> Way | None:
        for step in range(len(self._ways)):
            way = self._ways[(self._next_way + step) % len(self._ways)]
            if way.room > 0:
                self._next_way = (self._next_way + step + 1) % len(self._ways)
                return way
        return None

    def _answered(self, letter: _Letter, row: Outbound, status: int, message_id: str) -> None:
        letter.under_way -= 1
        if status == OK:
            self._hold = FIRST_HOLD
            self._accept(letter, row, message_id)
        elif status in {THROTTLED, QUEUE_FULL}:
            self._put_back(letter, row)
            self._hold_all()
        elif status == LOST or self._once_more(letter, row, status):
            self._put_back(letter, row)
        else:
            why = "never answered" if status == TIMED_OUT else f"refused, {status:#04x}"
            self.log.warn("message {message} was {why}", message=row.message, why=why)
            self._give_up(letter, row)
        self.pump()

    def _once_more(self, letter: _Letter, row: Outbound, status: int) -> bool:
        tries = letter.tries[row.id] = letter.tries.get(row.id, 0) + 1
        again = tries < TRIES.get(status, 0)
        if again and status == SYSTEM_ERROR:
            self._hold_all()
        return again

    def _put_back(self, letter: _Letter, row: Outbound) -> None:
        letter.unsent.append(row)
        letter.unsent.sort(key=lambda each: -each.id)
        self._make_ready(letter)

    def _hold_all(self) -> None:
        if self._held is None:
            self._held = self._reactor.callLater(self._hold, self._let_go)
            self._hold = min(LONGEST_HOLD, self._hold * GROWTH)

    def _let_go(self) -> None:
        self._held = None
        self.pump()

    # ---- done with -----------------------------------------------------------------------------------------
    def _accept(self, letter: _Letter, row: Outbound, message_id: str) -> None:
        self.sent += 1
        self._disk.accepted(row.id, message_id, self._reactor.seconds()).addErrback(self._not_written)
        self._taken(row, message_id)
        self._settle(letter)

    def _give_up(self, letter: _Letter, row: Outbound, dropped: bool = False) -> None:
        """The row and what is unsent of its message: half a message helps nobody."""
        rows = [row, *letter.unsent]
        letter.unsent = []
        letter.lost = True
        for each in rows:
            if dropped:
                self.dropped += 1
            else:
                self.failed += 1
            written = self._disk.given_up(each.id, self._reactor.seconds(), dropped=dropped)
            written.addErrback(self._not_written)
        self._settle(letter, len(rows))

    def _settle(self, letter: _Letter, rows: int = 1) -> None:
        letter.left -= rows
        if letter.left:
            if letter.serial:
                self._make_ready(letter)
            return
        message = letter.rows[0].message
        self._open.discard(message)
        lane = self._lanes[letter.subscriber]
        lane.popleft()
        for promo in self._waiting.pop(message, ()):
            if letter.lost:
                self._drop(promo)
            else:
                self._put(promo)
        if lane:
            self._make_ready(lane[0])
        else:
            self._lanes.pop(letter.subscriber, None)
        self._finished(message, not letter.lost)

    def _drop(self, letter: _Letter) -> None:
        for row in letter.rows:
            self.dropped += 1
            written = self._disk.given_up(row.id, self._reactor.seconds(), dropped=True)
            written.addErrback(self._not_written)

    def _not_written(self, failure: Failure) -> None:
        """At worst the part is sent once more after a restart."""
        self.log.warn("the outbox was not marked: {why}", why=failure.getErrorMessage())

    def stop(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None


def _message(row: Outbound) -> Message:
    return Message(row.sender, row.subscriber, row.body or b"", row.coding, row.esm, row.receipt)
