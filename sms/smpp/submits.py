"""What was submitted over a link and is not answered: sans-I/O, the clock a parameter.

A submit_sm whose answer is late may have been taken, or be in a queue and be taken yet: sent again, its text
would come twice. So it stays where it is; an answer counts however late it comes::

    0 s    submit_sm                         (window: 100 at once)
    15 s   not answered: the link is silent. Nothing more is sent but one *new* message at a time: it must be
           sent in any case, and shows when the SMSC is well. Pauses of 15, 30, 60, 60 … s between them.
    90 s   no new one was at hand: one message is sent once more, rather a part of a long text, whose copy a
           handset leaves out. Again after pauses of 90, 180, 360 … s, and on a new connection; another one,
           where it is no such part: nobody's is sent a third time before everybody's was sent twice.
    any answer: the link is well. What was sent before the answered one and is not answered within another
           15 s was lost: TIMED_OUT, it is sent again.

After a fall with messages unanswered the first goes alone, and the window opens with its answer: a message
that an SMSC falls over takes no others with it, and an SMSC that takes nothing gets no hundred copies.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from math import inf
from typing import Protocol

from sms.smpp.pdu import ESM_UDH, MessagePdu
from sms.smpp.wire import LOST, TIMED_OUT

Submitted = Callable[[int, str], None]  # status (or LOST, TIMED_OUT), the SMSC's message id
LONGEST_PAUSE, FIRST_COPY = 4, 6
"""Of the time that an answer may take: between two new messages, before the first copy."""
RARER = 2
"""Each pause before a copy is so many times the one before, without end: an SMSC that delivers everything and
never says so is to find as few copies as may be."""


class Carrier(Protocol):
    """A connection."""

    def submit(self, message: MessagePdu, answered: Submitted, overdue: Callable[[], None], /) -> int: ...

    def forget(self, sequence: int, /) -> None: ...


class _Mail:
    """A message, and its copies that are not answered. ``sent``: how often it was."""

    __slots__ = ("answered", "copies", "message", "sent", "since")

    def __init__(self, message: MessagePdu, answered: Submitted, since: float) -> None:
        self.message = message
        self.answered = answered
        self.since = since
        self.copies: list[_Copy] = []
        self.sent = 0


class _Copy:
    """One submit_sm. ``order`` rises over all connections; ``again``: its message was sent before;
    ``passed``: when a later one was answered."""

    __slots__ = ("again", "carrier", "mail", "order", "overdue", "passed", "sequence")

    def __init__(self, mail: _Mail, carrier: Carrier, order: int, again: bool) -> None:
        self.mail = mail
        self.carrier = carrier
        self.order = order
        self.again = again
        self.sequence = 0
        self.overdue = False
        self.passed: float | None = None


class Submits:
    """See the head of this file. ``window``: submit_sm at once; ``answer_timeout``: seconds that an answer
    may take; ``recall``: seconds after which an unanswered message is given back whatever else is so."""

    def __init__(
        self, window: int, answer_timeout: float, seconds: Callable[[], float], recall: float = inf
    ) -> None:
        self._window = window
        self._answer_timeout = answer_timeout
        self._seconds = seconds
        self._recall = recall
        self._orders = count()
        self._newest = -1  # order of the latest that was answered
        self._overdue: dict[_Copy, None] = {}
        self.in_time = 0
        self.silent_since: float | None = None
        self.tried = 0  # since then and on this connection, without an answer; a copy counts twice
        self.answered = False  # whether anything was
        self._alone = False  # the first after a fall
        self._next_new = self._next_copy = self._pause = self._copy_pause = 0.0

    @property
    def room(self) -> int:
        """How many more may be sent now."""
        if self.silent_since is None and not self._alone:
            return self._window - self.in_time
        return int(self.in_time == 0 and self._seconds() >= self._next_new)

    @property
    def waits(self) -> bool:
        """Something may become due that no event announces."""
        return self.silent_since is not None or self._alone

    @property
    def overdue(self) -> int:
        """How many are not answered in time."""
        return len(self._overdue)

    # ---- out -----------------------------------------------------------------------------------------------
    def send(self, carrier: Carrier, message: MessagePdu, answered: Submitted) -> None:
        """Send a message; ``answered`` is called exactly once. Only while ``room`` > 0. What cannot be put
        into a PDU raises, and nothing is sent."""
        self._send(_Mail(message, answered, self._seconds()), carrier, again=False)

    def _send(self, mail: _Mail, carrier: Carrier, again: bool) -> None:
        copy = _Copy(mail, carrier, next(self._orders), again)
        copy.sequence = carrier.submit(
            mail.message, partial(self._answered, copy), partial(self._is_overdue, copy)
        )
        mail.copies.append(copy)
        mail.sent += 1
        self.in_time += 1

    def bound(self) -> None:
        """There is a new connection: it may be tried at once, as the one before it was."""
        self._next_new = 0.0
        if self._copy_pause > FIRST_COPY * self._answer_timeout:
            self._next_copy = 0.0
        self.tried = 0

    # ---- in ------------------------------------------------------------------------------------------------
    def _answered(self, copy: _Copy, status: int, message_id: str) -> None:
        mail = copy.mail
        self._leave(copy)
        if status == LOST:
            self._alone = True
            if mail.copies:
                return  # the other one may be answered
        else:
            self._lives(copy)
            for other in list(mail.copies):
                self._leave(other)
                other.carrier.forget(other.sequence)
        mail.answered(status, message_id)

    def _leave(self, copy: _Copy) -> None:
        copy.mail.copies.remove(copy)
        if copy.overdue:
            del self._overdue[copy]
        else:
            self.in_time -= 1

    def _lives(self, copy: _Copy) -> None:
        self._newest = max(self._newest, copy.order)
        self._alone = False
        self.answered = True
        self.silent_since = None
        self.tried = 0
        if self._overdue:
            now = self._seconds()
            for other in self._overdue:
                if other.order < copy.order and other.passed is None:
                    other.passed = now

    def _is_overdue(self, copy: _Copy) -> None:
        now = self._seconds()
        copy.overdue = True
        self.in_time -= 1
        self._overdue[copy] = None
        if copy.order < self._newest:
            self._give_back(copy)
        elif self.silent_since is None:
            self.silent_since = now
            self._next_new, self._pause = now, self._answer_timeout
            self._copy_pause = FIRST_COPY * self._answer_timeout
            self._next_copy = copy.mail.since + self._copy_pause
        else:
            self._tried(copy, now)

    def _tried(self, copy: _Copy, now: float) -> None:
        """One that was sent since the silence began is not answered either."""
        assert self.silent_since is not None
        if copy.again:
            self.tried += 2
        elif copy.mail.since >= self.silent_since:
            self.tried += 1
            self._next_new = now + self._pause
            self._pause = min(LONGEST_PAUSE * self._answer_timeout, self._pause * 2)
            self._next_copy = max(self._next_copy, copy.mail.since + self._copy_pause)

    def _give_back(self, copy: _Copy) -> None:
        self._leave(copy)
        copy.carrier.forget(copy.sequence)
        if not copy.mail.copies:
            copy.mail.answered(TIMED_OUT, "")

    # ---- time ----------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Give back what was lost."""
        now = self._seconds()
        for copy in list(self._overdue):
            lost = copy.passed is not None and now - copy.passed >= self._answer_timeout
            if copy in self._overdue and (lost or now - copy.mail.since >= self._recall):
                self._give_back(copy)

    def try_again(self, carrier: Carrier) -> None:
        """If nothing new was at hand for so long, send one of the unanswered once more over ``carrier``."""
        now = self._seconds()
        if self.silent_since is None or not self.room or now < self._next_copy or not self._overdue:
            return
        self._next_copy = now + self._copy_pause
        self._copy_pause *= RARER
        mails = [copy.mail for copy in self._overdue]
        # of a long text always the same part: copies of them all would be a text of their own
        part = next((each for each in mails if each.message.esm & ESM_UDH), None)
        mail = part or min(mails, key=lambda each: each.sent)
        self._send(mail, carrier, again=True)
