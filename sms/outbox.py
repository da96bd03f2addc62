"""What is to be sent, in order: one message a subscriber at a time, the parts of a message together.

Rows come in after their commit (:meth:`Outbox.put`) and leave when the SMSC took them, refused them for good
(``sms/smpp/statuses.py``), or ``keep_trying`` seconds have passed since they were made; until then they are
tried again, also by the next hall. What a backlog sends first: results of changes and secrets, then answers,
then copies, then notices and promos (``sms/letter.py``); within one the oldest that may go, and one
subscriber's always in order.

* A message goes by the link that its subscriber was heard by (``sms/routes.py``), else by one for his number,
  else by the least busy; all its parts by one. Where that link does not serve it goes by another; one of
  which the link has parts waits for it first, ``ELSEWHERE`` seconds. ``sms/link_queue.py``: what each keeps.
* ESME_RTHROTTLED, ESME_RMSGQFUL hold the link, 0.1 s and growing, and the row goes back to its place.
* A row that was never answered (the link knows when that is so: ``sms/smpp/submits.py``), whose link fell or
  that is refused for now goes again: at once the first time, then after pauses that grow. Meanwhile its
  subscriber waits and nobody else. If a link refuses several in a row it is the SMSC that is ill: one at a
  time is tried, and once it is well all that rest go again.
* A status that nobody knows may be for good: after ``UNSURE`` refusals between which the link took other
  messages it counts as such.
* A promo waits until the message before it was taken, and is dropped with it; or when it is late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from counter.messages import QUESTIONS
from sms.letter import REFUSED, UNANSWERED, Letter, Pauses, message_of
from sms.link_queue import LinkQueue, SubmitLink
from sms.routes import addressed, read_route
from sms.smpp.statuses import StatusMeaning, named, verdict
from sms.smpp.wire import LOST, TIMED_OUT
from store import Outbound

ELSEWHERE = 60.0
"""Seconds without its link after which the rest of a message goes by another."""
UNSURE = 60
KEEP_TRYING = 72 * 3600.0
LATE = 60.0
"""Seconds after which a message that waits is told of (:meth:`Outbox.watch`)."""


class Disk(Protocol):
    """What of the store is needed here."""

    def accepted(self, id: int, message_id: str, at: float, *, lazily: bool) -> Deferred[None]: ...

    def given_up(self, id: int, at: float, reason: str, *, dropped: bool = False) -> Deferred[None]: ...


Taken = Callable[[Outbound, str], None]


class Outbox:
    """See the head of this file. ``taken(row, message_id)`` is told of each part that the SMSC took;
    ``finished(message, ok)`` of each message."""

    log = Logger()

    def __init__(
        self,
        links: Sequence[SubmitLink],
        disk: Disk,
        reactor: IReactorTime,
        *,
        taken: Taken,
        finished: Callable[[int, bool], None],
        keep_trying: float = KEEP_TRYING,
    ) -> None:
        self._ways = [LinkQueue(link, reactor, self.pump) for link in links]
        self._disk = disk
        self._reactor = reactor
        self._taken = taken
        self._finished = finished
        self._keep_trying = keep_trying
        self._lanes: dict[str, deque[Letter]] = {}
        self._waiting: dict[int, list[Letter]] = {}  # message -> promos that wait for it
        self._open: set[int] = set()  # messages on their way
        self._resting: dict[Letter, None] = {}
        self._trouble = ""  # what happened to a row last
        self._untold = 0
        self.sent = self.refused = self.expired = self.dropped = 0

    def __len__(self) -> int:
        """Messages that wait or are on their way."""
        return len(self._open) + sum(len(letters) for letters in self._waiting.values())

    @property
    def failed(self) -> int:
        """Rows that were given up."""
        return self.refused + self.expired

    @property
    def idle(self) -> bool:
        """Nothing is under way (for an orderly end)."""
        return not any(way.under_way for way in self._ways)

    def undelivered(self) -> tuple[int, float]:
        """Messages that have waited for longer than ``LATE`` seconds, and the oldest one's age in seconds."""
        now = self._reactor.seconds()
        late = [
            letter.created for lane in self._lanes.values() for letter in lane if now - letter.created >= LATE
        ]
        return len(late), now - min(late, default=now)

    # ---- in ------------------------------------------------------------------------------------------------
    def recover(self, rows: Sequence[Outbound], failed: Collection[int]) -> None:
        """What the hall before had not sent, by id. ``failed``: messages that others wait for in vain."""
        for row in rows:
            if row.waits_for in failed:
                self._drop(Letter((row,)))
        self.put([row for row in rows if row.waits_for not in failed])

    def put(self, rows: Sequence[Outbound]) -> None:
        """Rows that are committed: send them. Parts of a message stand together."""
        start = 0
        for end in range(1, len(rows) + 1):
            if end == len(rows) or rows[end].message != rows[start].message:
                self._put(Letter(rows[start:end]))
                start = end
        self.pump()

    def _put(self, letter: Letter) -> None:
        before = letter.rows[0].waits_for
        if before is not None and before in self._open:
            self._waiting.setdefault(before, []).append(letter)
            return
        self._open.add(letter.rows[0].message)
        lane = self._lanes.setdefault(letter.subscriber, deque())
        lane.append(letter)
        if len(lane) == 1 or letter.rank < lane[0].rank:  # what hurries takes the ones before it along
            self._make_ready(lane[0])

    def _make_ready(self, letter: Letter) -> None:
        if letter.may_go:
            lane = self._lanes[letter.subscriber]
            hurry = letter.rank if len(lane) == 1 else min(each.rank for each in lane)
            self._way_of(letter).put(letter, hurry)

    # ---- by which link -------------------------------------------------------------------------------------
    def _way_of(self, letter: Letter) -> LinkQueue:
        way: LinkQueue | None = letter.way
        if len(self._ways) == 1:
            way = letter.way = self._ways[0]
        elif way is None or not (letter.begun or way.well):
            way = letter.way = self._choose(letter.rows[0])
        return way

    def _choose(self, row: Outbound) -> LinkQueue:
        named = read_route(row.link).link
        there = [way for way in self._ways if way.well]
        return min(there or self._ways, key=lambda way: way.liking(named, row.subscriber))

    def look(self) -> None:
        """A link came or went, or a second has passed: what waits for one that does not serve goes by another
        that does, if there is one."""
        turned = [way.turned() for way in self._ways]
        if any(way.well for way in self._ways):
            for way in self._ways:
                late = way.away_for() >= ELSEWHERE
                if not way.well and (late or any(turned)):
                    for letter in way.give_back(begun=late):
                        self._make_ready(letter)
        self.pump()

    # ---- out -----------------------------------------------------------------------------------------------
    def pump(self) -> None:
        """Send what may go, as far as the links' windows reach."""
        for way in self._ways:
            while (letter := way.next()) is not None:
                self._send(way, letter, letter.unsent.pop())

    def _send(self, way: LinkQueue, letter: Letter, row: Outbound) -> None:
        now = self._reactor.seconds()
        if row.expires is not None and now > row.expires:
            self._give_up(letter, row, "late", dropped=True)
        elif row.body is None:
            self._give_up(letter, row, "its key is lost")
        elif now - row.created >= self._keep_trying:
            self._give_up(letter, row, self._too_old())
        else:
            self._submit(way, letter, row)

    def _submit(self, way: LinkQueue, letter: Letter, row: Outbound) -> None:
        message = message_of(row)
        if " " in row.link:
            message = addressed(message, row.link, way.config.name, alone=len(self._ways) == 1)
        try:
            way.link.submit(message, partial(self._answered, way, letter, row))
        except Exception as error:  # no PDU can hold it: it is kept for people, and the others go
            self._give_up(letter, row, f"cannot be sent: {type(error).__name__}")
            return
        letter.under_way += 1
        way.submitted()
        self._make_ready(letter)

    def _answered(self, way: LinkQueue, letter: Letter, row: Outbound, status: int, message_id: str) -> None:
        letter.under_way -= 1
        way.under_way -= 1
        if status in {LOST, TIMED_OUT}:
            self._trouble = "the link fell" if status == LOST else "never answered"
            self._again(letter, row, REFUSED if status == LOST else UNANSWERED)
        else:
            self._judged(way, letter, row, status, message_id)
        self.pump()

    def _judged(self, way: LinkQueue, letter: Letter, row: Outbound, status: int, message_id: str) -> None:
        what = verdict(status)
        if what is StatusMeaning.TAKEN:
            self._accept(way, letter, row, message_id)
            return
        self._trouble = named(status)
        if what is StatusMeaning.BUSY:
            self._put_back(letter, row)
            way.hold()
        elif what is StatusMeaning.NEVER or (
            what is StatusMeaning.UNSURE and letter.refused_among(way.sent) >= UNSURE
        ):
            way.refused.clear()
            self._give_up(letter, row, f"refused, {self._trouble}")
        else:
            way.refuses(letter)
            self._again(letter, row, REFUSED)

    # ---- again ---------------------------------------------------------------------------------------------
    def _again(self, letter: Letter, row: Outbound, pauses: Pauses) -> None:
        """Put it back, to go after a pause."""
        if letter.lost:
            self._give_up(letter, row, "another part was given up")
        elif self._reactor.seconds() - row.created >= self._keep_trying:
            self._give_up(letter, row, self._too_old())
        else:
            pause = letter.pause(row, pauses)
            if pause and letter.resting is None:
                letter.resting = self._reactor.callLater(pause, self._rested, letter)
                self._resting[letter] = None
            self._put_back(letter, row)

    def _rested(self, letter: Letter) -> None:
        letter.resting = None
        del self._resting[letter]
        self._make_ready(letter)
        self.pump()

    def _put_back(self, letter: Letter, row: Outbound) -> None:
        letter.put_back(row)
        self._make_ready(letter)

    def _well_again(self, way: LinkQueue) -> None:
        """It was the SMSC: nobody who rests for it has a reason to."""
        for letter in [each for each in self._resting if each.way is way]:
            del self._resting[letter]
            letter.wake()
            self._make_ready(letter)

    # ---- done with -----------------------------------------------------------------------------------------
    def _accept(self, way: LinkQueue, letter: Letter, row: Outbound, message_id: str) -> None:
        self.sent += 1
        self._trouble = ""
        if way.took():
            self._well_again(way)
        lazily = row.kind not in QUESTIONS  # a "1" counts only for a question whose mark outlived a kill
        marked = self._disk.accepted(row.id, message_id, self._reactor.seconds(), lazily=lazily)
        marked.addErrback(self._not_written)
        self._taken(row, message_id)
        self._done_with(letter)

    def _too_old(self) -> str:
        hours = f"{self._keep_trying / 3600:g} hours"
        return f"not taken within {hours}" + (f"; last: {self._trouble}" if self._trouble else "")

    def _give_up(self, letter: Letter, row: Outbound, reason: str, dropped: bool = False) -> None:
        """The row and what is unsent of its message: half a message helps nobody."""
        rows = [row, *letter.unsent]
        letter.unsent = []
        letter.lost = True
        self._count(letter, len(rows), reason, dropped)
        for each in rows:
            self._give_up_row(each, reason, dropped)
        self._done_with(letter, len(rows))

    def _count(self, letter: Letter, rows: int, reason: str, dropped: bool) -> None:
        if dropped:
            self.dropped += rows
            return
        if reason.startswith("not taken"):
            self.expired += rows
        else:
            self.refused += rows
        self._untold += 1
        if self._untold == 1:
            told = {"id": letter.rows[0].message, "number": letter.subscriber, "why": reason}
            self.log.error("message {id} to {number} was given up: {why}; hall10086 texts", **told)

    def _give_up_row(self, row: Outbound, reason: str, dropped: bool) -> None:
        written = self._disk.given_up(row.id, self._reactor.seconds(), reason, dropped=dropped)
        written.addErrback(self._not_written)

    def _done_with(self, letter: Letter, rows: int = 1) -> None:
        letter.left -= rows
        if letter.left:
            if letter.serial:
                self._make_ready(letter)
            return
        letter.wake()
        self._resting.pop(letter, None)
        if letter.way is not None:
            letter.way.refused.discard(letter)
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

    def _drop(self, letter: Letter) -> None:
        """The answer before it did not get there."""
        self.dropped += len(letter.rows)
        for row in letter.rows:
            self._give_up_row(row, "its answer was not taken", dropped=True)

    def _not_written(self, failure: Failure) -> None:
        """At worst the part is sent once more after a restart."""
        self.log.warn("the outbox was not marked: {why}", why=failure.getErrorMessage())

    # ---- every minute --------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Give up what is too old or late, and say what waits. Once a minute."""
        now = self._reactor.seconds()
        for lane in list(self._lanes.values()):
            letter = lane[0]
            if letter.under_way or not letter.unsent:
                continue
            row = letter.unsent[-1]
            if row.expires is not None and now > row.expires:
                self._give_up(letter, letter.unsent.pop(), "late", dropped=True)
            elif now - row.created >= self._keep_trying:
                self._give_up(letter, letter.unsent.pop(), self._too_old())
        if self._untold > 1:
            self.log.error("{n} messages were given up within a minute", n=self._untold)
        self._untold = 0
        waiting, age = self.undelivered()
        if waiting:
            self.log.error(
                "{n} messages wait to be sent, the oldest for {age:.0f} s: {why}",
                n=waiting,
                age=age,
                why=self._trouble or "the SMSC is not there, or not fast enough",
            )

    def stop(self) -> None:
        for way in self._ways:
            way.stop()
        for letter in self._resting:
            letter.wake()
        self._resting.clear()
