"""From a text to all that it leaves, in one commit: the conversation, one reply (R115), perhaps a promo.

turn = await answering.answer(address, "0101", received, answering.page(address, inbox))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall

from counter.common import Common
from counter.conversation import Turn
from counter.journal import Journal, Page, left_by
from counter.messages import PROMO, QUESTIONS, ShortMessage, beside, may_promote, reply
from counter.operations import Operation
from counter.promos import Count
from menus.dialogue.machine import waiting_for
from menus.dialogue.session import AtWork, Idle, Session
from menus.model.channels import SMS
from menus.model.events import Asks, Facts, Input, Outcome, SayKind, Text
from sms.subscribers import OpenSessions, parted
from sms.throttle import ReplyThrottle
from store import Conclusion, OperationRow, Outbound, SessionRow

PROMO_LIFE = 600.0
"""Seconds after which a promo that was not sent is dropped."""


class Composes(Protocol):
    """:class:`sms.composer.Composer`."""

    def compose(
        self,
        message: ShortMessage,
        now: float,
        /,
        *,
        joins: bool = True,
        waits_for: int | None = None,
        expires: float | None = None,
    ) -> list[Outbound]: ...


@dataclass(frozen=True, slots=True)
class SmsHallParts:
    """What is of the SMS hall alone. ``sent`` is given rows that are committed."""

    subscribers: OpenSessions
    composer: Composes
    sent: Callable[[Sequence[Outbound]], None]
    limits: ReplyThrottle


class Answering:
    """See the head of this file. ``unanswered``: texts that were not, for their senders had had enough;
    ``understood``: what was meant, by service, action, and how it was recognised."""

    def __init__(self, common: Common, journal: Journal, parts: SmsHallParts) -> None:
        self._common = common
        self._journal = journal
        self._subscribers = parts.subscribers
        self._composer = parts.composer
        self._sent = parts.sent
        self.limits = parts.limits
        self._later: list[IDelayedCall] = []
        self.unanswered = 0
        self.understood: Counter[tuple[str, ...]] = Counter()

    # ---- the conversation ----------------------------------------------------------------------------------
    def page(self, address: str, inbox: tuple[int, ...] = ()) -> Page:
        """Where what the next input begins is written down."""

        def row(session: Session) -> SessionRow:
            asked = self._subscribers[address].asked
            return self._subscribers.row(address, session, asked, self._common.clock.seconds())

        return Page(self._journal, parted(address)[0], row, inbox)

    async def answer(
        self, address: str, text: str, received: float, page: Page, *, whole: bool = True
    ) -> Turn | None:
        """Take one text that came at ``received`` (seconds since the epoch), to its end; None: it is blank,
        and answered by nothing. Raises what the journal raises before a change; then nothing was done, and it
        may be given again."""
        if not text.strip():
            await self.close(page.inbox)
            return None
        seen = self._subscribers[address].seen(received)
        given = Text(text, seen, datetime.fromtimestamp(received, UTC), whole)
        turn = await self.converse(address, given, page)
        await self.conclude(address, turn, page.inbox, text)
        return turn

    async def converse(self, address: str, given: Input, page: Page) -> Turn:
        """Take one input. Raises what the journal raises."""
        session = self._subscribers[address].session
        return await self._common.conversation(session, page).turn(given)

    async def resume(self, row: OperationRow, operation: Operation, outcome: Outcome) -> bool:
        """Go on with the session that waits for ``operation``. False: none does."""
        waiting = self._subscribers[row.subscriber].session.waiting
        proposal = waiting.proposal if isinstance(waiting, AtWork) else None
        if row.channel != SMS.name or proposal is None or proposal.key != row.key:
            return False
        turn = await self.converse(row.subscriber, outcome, self.page(row.subscriber))
        turn = replace(turn, operations=((operation, outcome), *turn.operations))
        await self.conclude(row.subscriber, turn, (), None)
        return True

    # ---- the commit ----------------------------------------------------------------------------------------
    async def conclude(self, address: str, turn: Turn, inbox: tuple[int, ...], text: str | None) -> None:
        """The one commit after a turn, then its messages on their way. ``text`` None: no text began it."""
        now, later = self._common.clock.seconds(), 0.0
        to, line = parted(address)
        message = self._from(turn, reply(turn, to), line)
        if message is not None and text is not None and not self._may_answer(address, turn, text, now):
            if turn.operations:  # what was done is told, if later
                later = self.limits.when(address, now) - now
            else:
                self.unanswered += 1
                message, turn = None, self._unasked(address, turn)
        facts = turn.facts
        messages = [*([message] if message is not None else []), *beside(turn, to)]
        rows = [row for each in messages for row in self._composer.compose(each, now, joins=facts.long_sms)]
        promos = None
        if message is not None and text is not None and may_promote(turn.events):
            promos, promo = self._promo(to, turn, facts, rows[0].message, now)
            rows += promo
        asked = rows[0].message if message is not None and message.says in QUESTIONS else None
        session = self._row(address, turn, asked, now)
        left = left_by(turn, now, address=to, inbox=inbox, session=session, outbox=rows, promos=promos)
        if text is not None:
            before = self._subscribers[address].session
            left = replace(left, unmatched=self._common.unmatched.left_by(turn, before, text, now))

        def written(kept: Conclusion) -> None:
            try:
                if kept is left:
                    self._committed(address, turn, asked)
            finally:
                self._send(kept.outbox, later)

        await self._journal.conclude(left, written)

    def _from(self, turn: Turn, message: ShortMessage | None, line: str) -> ShortMessage | None:
        """From the number that was texted; or that of the service that was meant, where it has one of its own
        (R111)."""
        if message is None or message.says in QUESTIONS or line:
            return replace(message, sender=line) if message is not None and line else message
        services = self._common.halls.newest.of_city(turn.facts.city).services
        service = services.get(turn.recognised.service or "")
        return (
            message if service is None or service.sender is None else replace(message, sender=service.sender)
        )

    def _may_answer(self, address: str, turn: Turn, text: str, now: float) -> bool:
        return self.limits.may_answer(address, text, turn.recognised.how != "none", now)

    def _unasked(self, address: str, turn: Turn) -> Turn:
        """A turn that is not answered asks nothing: what it would have opened is not open, so that no later 1
        confirms a question that nobody read."""
        if turn.session.waiting == self._subscribers[address].session.waiting:
            return turn
        return replace(turn, session=replace(turn.session, waiting=Idle(), menu=None, page=0))

    def _promo(
        self, address: str, turn: Turn, facts: Facts, behind: int, now: float
    ) -> tuple[Count | None, list[Outbound]]:
        """The promo that follows message ``behind``, if one does."""
        common = self._common
        found = common.promos.choose(common.halls.newest, facts, address, turn.recognised.service)
        if found is None:
            return None, []
        count, text = found
        message = ShortMessage(address, text, PROMO, SayKind.PROMO)
        until = now + PROMO_LIFE
        return count, self._composer.compose(
            message, now, joins=facts.long_sms, waits_for=behind, expires=until
        )

    def _row(self, address: str, turn: Turn, asked: int | None, now: float) -> SessionRow | None:
        """The session's row, if it has to be written. ``asked``: the question of this turn."""
        if not turn.operations and not self._subscribers.matters(address, turn.session):
            return None
        standing = asked if asked is not None else self._subscribers[address].asked
        return self._subscribers.row(address, turn.session, standing, now)

    def _committed(self, address: str, turn: Turn, asked: int | None) -> None:
        self._subscribers.keep(address, turn.session, asked)
        seen = turn.recognised
        self.understood[seen.service or "", seen.action or "", seen.how] += 1

    async def open(self, address: str, asks: Asks) -> None:
        """A message that is committed asks this of its subscriber: his session waits for the answer, on the
        disk too."""
        session = waiting_for(self._subscribers[address].session, asks, self._common.desk.steady())
        row = self._subscribers.row(address, session, None, self._common.clock.seconds())
        if await self._journal.conclude(Conclusion(session=row)):
            self._subscribers.keep(address, session, None)

    async def close(self, inbox: tuple[int, ...]) -> None:
        """These rows are done with, and answered by nothing."""
        await self._journal.conclude(Conclusion(inbox))

    # ---- sending -------------------------------------------------------------------------------------------
    def _send(self, rows: Sequence[Outbound], later: float) -> None:
        """They are on the disk: send them now, or in ``later`` seconds. A hall that ends before leaves them
        to the next one."""
        if not later:
            self._sent(rows)
            return

        def due() -> None:
            self._later.remove(timer)
            self._sent(rows)

        timer = self._common.clock.callLater(later, due)
        self._later.append(timer)

    def stop(self) -> None:
        """What is not due yet is sent by the next hall."""
        for timer in self._later:
            timer.cancel()
        self._later.clear()
