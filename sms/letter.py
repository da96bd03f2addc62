"""One message of the outbox on its way, and how much it hurries."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

from counter.messages import COPY, PROMO, RESULT
from counter.notices import BULK, KINDS, SPAM_HANDLED, URGENT
from sms.smpp.pdu import MessagePdu
from store import Outbound
from store.seal import SECRET


class Pauses(NamedTuple):
    """Seconds before a message is tried again: none the first time, ``first`` the second, then ``growth``
    times as many each time, ``longest`` at the most."""

    first: float
    growth: float
    longest: float

    def before(self, tries: int) -> float:
        """Before the next, of one that was tried ``tries`` times."""
        return 0.0 if tries == 1 else min(self.longest, self.first * self.growth ** min(tries - 2, 30))


REFUSED = Pauses(1.0, 2.0, 60.0)
"""The SMSC said no, or the link fell."""
UNANSWERED = Pauses(15.0, 4.0, inf)
"""It answers others and never this one. It may have delivered it each time: eight copies in three days."""
_ANSWER = 1
_RANKS = {
    RESULT: 0,
    SECRET: 0,
    COPY: 2,
    PROMO: 3,
    URGENT: 2,
    **dict.fromkeys((*KINDS, SPAM_HANDLED), 3),
    BULK: 4,
}


def rank(kind: str) -> int:
    """What goes first has the lowest: results of changes and secrets, answers, copies and
    what is urgent, notices and promos, bulk."""
    return _RANKS.get(kind, _ANSWER)


class Letter:
    """``left``: rows neither taken nor given up; ``resting``: the timer of a pause, None where there is none.
    Its next row to send stands at the end of ``unsent``. ``way``: the ``sms.link_queue.LinkQueue`` that its
    parts go by, None before the first."""

    __slots__ = (
        *("_refused", "_seen", "_tries", "left", "lost", "rank", "resting"),
        *("rows", "serial", "subscriber", "under_way", "unsent", "way"),
    )

    def __init__(self, rows: Sequence[Outbound]) -> None:
        self.rows = rows
        self.subscriber = rows[0].subscriber
        self.rank = rank(rows[0].kind)
        self.unsent = list(reversed(rows))
        self.under_way = 0
        self.left = len(rows)
        self.serial = rows[0].udh is None  # "(1/3)" texts are read in the order in which they arrive
        self.resting: Any = None
        self.lost = False
        self.way: Any = None
        self._tries: dict[tuple[int, Pauses], int] = {}
        self._refused = 0
        self._seen = -1

    def __lt__(self, other: Letter) -> bool:
        return False  # only ranks and row ids order the heap

    @property
    def may_go(self) -> bool:
        return bool(self.unsent) and self.resting is None and not (self.serial and self.under_way)

    @property
    def begun(self) -> bool:
        """Parts of it are under way, or were taken."""
        return self.under_way > 0 or self.left < len(self.rows)

    @property
    def created(self) -> float:
        return self.rows[0].created

    def put_back(self, row: Outbound) -> None:
        self.unsent.append(row)
        self.unsent.sort(key=lambda each: -each.id)

    def pause(self, row: Outbound, pauses: Pauses) -> float:
        """Seconds until ``row``, which was not taken once more, may be tried again. What happened to it is
        counted by its ``pauses``."""
        tries = self._tries[row.id, pauses] = self._tries.get((row.id, pauses), 0) + 1
        return pauses.before(tries)

    def wake(self) -> None:
        """It rests no more."""
        if self.resting is not None and self.resting.active():
            self.resting.cancel()
        self.resting = None

    def refused_among(self, taken: int) -> int:
        """How often it was refused while the SMSC, which has taken so many by now, took others."""
        self._refused += taken > self._seen >= 0
        self._seen = taken
        return self._refused


def message_of(row: Outbound) -> MessagePdu:
    """As it goes to the link."""
    return MessagePdu(row.sender, row.subscriber, row.body or b"", row.coding, row.esm, row.receipt)
