"""Handling texts: one subscriber's at a time, in order; each ends in one commit.

    Arrival ─ lane of its subscriber ─ Conversation.turn ─ store.conclude(inbox done, session, outcomes,
    replies, promo count) ─ outbox

Before a change is run, :meth:`Journal.started` commits the operation with the session, and the inbox rows as
done: from there on the operation stands for the text, and a restart takes it up (``sms/settling.py``). A
commit that fails because the disk is full is tried again until it works; the lane waits. One that the store
refuses for itself would never work: what of it can be kept is kept, and the text is done with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import deferLater
from twisted.logger import Logger

from counter.conversation import Conversation, Halls, NotBegun, Patience, Turn
from counter.desk import Desk
from counter.operations import Operation, outcome_before, outcome_to_json, state_of
from counter.waiting import within
from menus.dialogue.machine import waiting_for
from menus.dialogue.session import Idle, Session
from menus.model.channels import SMS
from menus.model.events import Asks, Facts, Input, Interrupted, Outcome, Text
from menus.model.numbers import mobile
from menus.model.specs import Action
from sms.intake import Arrival
from sms.lanes import Anywhere, Lanes, Places
from sms.loops import Limits
from sms.replies import (
    COPY,
    PROMO,
    PROMO_LIFE,
    QUESTIONS,
    RESULT,
    Letters,
    Promos,
    may_promote,
    names_secret,
    said,
    sends,
    worded,
)
from sms.subscribers import Subscribers
from store import Finished, Outbound, Store, StoreConflict, StoreError, StoreRefused, StoreUnavailable
from store import Turn as Written
from store.seal import SECRET

RETRY = 1.0
PROMO_STOP = "promo_stop"
Late = Callable[[Operation, Outcome], Deferred[None]]


class Turns:
    """See the head of this file. A turn begins when it has a place of ``places``. ``sent`` is given rows that
    are committed; ``done`` each arrival that is handled; ``late`` the outcome of an operation that was told
    as unknown."""

    log = Logger()

    def __init__(
        self,
        *,
        store: Store,
        halls: Halls,
        desk: Desk,
        reactor: Any,
        subscribers: Subscribers,
        letters: Letters,
        promos: Promos,
        sent: Callable[[Sequence[Outbound]], None],
        done: Callable[[Arrival], None],
        late: Late,
        places: Places | None = None,
        limits: Limits | None = None,
        patience: Patience | None = None,
        seal: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._halls = halls
        self._desk = desk
        self._reactor = reactor
        self._subscribers = subscribers
        self._letters = letters
        self._promos = promos
        self._sent = sent
        self._done = done
        self._late = late
        self.lanes: Lanes[Arrival | Asks] = Lanes(self._next, places or Anywhere())
        self.limits = limits or Limits()
        self._patience = patience or Patience()
        self._seal = seal
        self._later: list[IDelayedCall] = []
        self.handled = self.unanswered = 0
        self.understood: Counter[tuple[str, ...]] = Counter()  # service, action, how

    # ---- lanes ---------------------------------------------------------------------------------------------
    def take(self, arrival: Arrival) -> None:
        """Handle it after whatever its subscriber sent before."""
        self.lanes.put(arrival.address, arrival)

    def ask(self, address: str, asks: Asks) -> None:
        """A message that is committed asks this of its subscriber: wait for the answer, instead of for what
        was open, once what he has sent before is handled."""
        self.lanes.put(address, asks)

    async def _next(self, address: str, what: Arrival | Asks) -> None:
        """The next of a lane. Never raises."""
        ids = what.ids if isinstance(what, Arrival) else ()
        journal = Journal(self, address, ids)
        try:
            await (self._opened(address, what) if isinstance(what, Asks) else self._handle(what, journal))
        except Exception as error:
            if not isinstance(error, StoreRefused):  # the store has said so itself
                self.log.failure("a text was not handled")
            if isinstance(what, Arrival):
                await self._apologise(what, journal)
        if isinstance(what, Arrival):
            self._done(what)

    async def _opened(self, address: str, asks: Asks) -> None:
        """The session waits for the answer, on the disk too."""
        now = self._reactor.seconds()
        session = waiting_for(self._subscribers[address].session, asks, self._desk.steady())
        if await self._commit(Written((), self._subscribers.row(address, session, None, now))):
            self._subscribers.keep(address, session, None)

    async def _apologise(self, arrival: Arrival, journal: Journal) -> None:
        """A fault of ours: the subscriber is told, and the others of the lane go on. What is open stays open;
        what was begun is settled by its key, and told then."""
        begun = journal.operation
        given = Interrupted(begun is not None, service="" if begun is None else begun.service)
        try:
            turn = await self.converse(arrival.address, given, journal)
            await self.conclude(arrival.address, turn, journal.ids, arrival.text)
        except Exception:
            self.log.failure("nor was its sender told")
            await self._close(arrival)

    async def _close(self, arrival: Arrival) -> None:
        """The text is not tried for ever."""
        try:
            await self._store.conclude(Written(arrival.ids))
        except StoreError as error:
            self.log.error("nor closed: {why}", why=str(error))

    # ---- one text ------------------------------------------------------------------------------------------
    async def _handle(self, arrival: Arrival, journal: Journal) -> None:
        if not arrival.text.strip():
            await self._commit(Written(arrival.ids))
            return
        seen = self._subscribers[arrival.address].seen(arrival.received)
        given = Text(arrival.text, seen, datetime.fromtimestamp(arrival.received, UTC))
        while True:
            try:
                turn = await self.converse(arrival.address, given, journal)
                break
            except StoreConflict:
                return  # the MO could not be kept; the SMSC has been told so, and brings it again
            except StoreUnavailable:
                await deferLater(self._reactor, RETRY)
        await self.conclude(arrival.address, turn, journal.ids, arrival.text)
        self.handled += 1

    async def converse(self, address: str, given: Input, journal: Journal) -> Turn:
        session = self._subscribers[address].session
        conversation = Conversation(
            self._halls, session, self._desk, journal, self._reactor, patience=self._patience
        )
        return await conversation.turn(given)

    async def conclude(self, address: str, turn: Turn, ids: tuple[int, ...], text: str | None) -> None:
        """The one commit after a turn, then its messages on their way. ``text`` None: no text began it."""
        now = self._reactor.seconds()
        reply, kind = said(turn.events)
        known = turn.recognised is None or turn.recognised.how != "none"
        later = 0.0
        if reply and text is not None and not self.limits.may_answer(address, text, known, now):
            if turn.operations:  # what was done is told, if later
                later = self.limits.when(address, now) - now
            else:
                self.unanswered += 1
                reply, kind, turn = "", None, self._unasked(address, turn)
        facts = await self.facts(address)
        joins = facts.long_sms
        rows: list[Outbound] = []
        if reply:
            kept = RESULT if turn.operations and kind not in QUESTIONS else str(kind or "")
            named = SECRET if names_secret(turn.events) else kept
            rows = self._letters.compose(address, reply, named, now, joins=joins)
        for more in sends(turn.events):
            named = SECRET if names_secret([more]) else COPY
            rows += self._letters.compose(address, worded([more]), named, now, joins=joins)
        counted = None
        if reply and text is not None and may_promote(turn.events):
            just = None if turn.recognised is None else turn.recognised.service
            counted = self._promote(address, facts, rows, now, just)
        asked = rows[0].message if reply and kind in QUESTIONS else None
        standing = asked if asked is not None else self._subscribers[address].asked
        session = None
        if turn.operations or self._subscribers.matters(address, turn.session):
            session = self._subscribers.row(address, turn.session, standing, now)
        finished = tuple(finish(each, outcome, now) for each, outcome in turn.operations)
        if await self._commit(Written(ids, session, tuple(rows), counted, finished)):
            try:
                self._committed(address, turn, asked, counted)
            finally:
                self._send(rows, later)

    def _send(self, rows: list[Outbound], later: float) -> None:
        """They are on the disk: send them now, or in ``later`` seconds. A hall that ends before leaves them
        to the next one."""
        if not later:
            self._sent(rows)
            return

        def due() -> None:
            self._later.remove(timer)
            self._sent(rows)

        timer = self._reactor.callLater(later, due)
        self._later.append(timer)

    def stop(self) -> None:
        """What is not due yet is sent by the next hall."""
        for timer in self._later:
            timer.cancel()
        self._later.clear()

    async def facts(self, address: str) -> Facts:
        """What is true of him now, or what can be said without a back office that does not answer: no text
        waits for ever for how it is to be split."""
        number = mobile(address)
        asked = self._desk.facts(number, SMS)
        known = await within(self._reactor, self._patience.facts, asked)
        return known or self._desk.bare_facts(number, SMS)

    def _unasked(self, address: str, turn: Turn) -> Turn:
        """A turn that is not answered asks nothing: what it would have opened is not open, so that no later 1
        confirms a question that nobody read."""
        if turn.session.waiting == self._subscribers[address].session.waiting:
            return turn
        return replace(turn, session=replace(turn.session, waiting=Idle(), menu=None, page=0))

    def _promote(
        self, address: str, facts: Facts, rows: list[Outbound], now: float, just: str | None
    ) -> tuple[str, str, int] | None:
        found = self._promos.choose(self._halls.newest, facts, address, just)
        if found is None:
            return None
        day, count, text = found
        rows += self._letters.compose(
            address,
            text,
            PROMO,
            now,
            joins=facts.long_sms,
            waits_for=rows[0].message,
            expires=now + PROMO_LIFE,
        )
        return address, day, count

    async def _commit(self, written: Written) -> bool:
        """Try until it is written. False: its inbox rows are not there, or the store refused some of it, so
        that the session stays as it was."""
        while True:
            try:
                await self._store.conclude(written)
                return True
            except StoreConflict:
                return False
            except StoreRefused:
                await self._commit_less(written)
                return False
            except StoreError as error:
                self.log.error("a turn is not written yet: {why}", why=str(error))
                await deferLater(self._reactor, RETRY)

    async def _commit_less(self, written: Written) -> None:
        """Without the session; without the messages, too: then no outcome is written either, so that settling
        asks for it and tells it in words of its own. In the end the text alone is done with."""
        if written.session is not None:
            less = replace(written, session=None)
        elif written.outbox or written.operations or written.promos:
            less = Written(written.inbox)
        else:
            return
        if await self._commit(less):
            self._sent(less.outbox)

    def _committed(
        self,
        address: str,
        turn: Turn,
        asked: int | None,
        counted: tuple[str, str, int] | None,
    ) -> None:
        self._subscribers.keep(address, turn.session, asked)
        if counted is not None:
            self._promos.counted(*counted)
        seen = turn.recognised
        if seen is not None:
            self.understood[seen.service or "", seen.action or "", seen.how] += 1
        if seen is not None and seen.service == PROMO_STOP and seen.action in {Action.OPEN, Action.CANCEL}:
            self._promos_wanted(address, seen.action is Action.OPEN)

    def _promos_wanted(self, address: str, wanted: bool) -> None:
        self._promos.refuse(address, not wanted)
        written = (
            self._store.allow_promos(address)
            if wanted
            else self._store.refuse_promos(address, self._reactor.seconds())
        )
        written.addErrback(lambda failure: self.log.failure("the wish was not written", failure))

    # ---- operations ----------------------------------------------------------------------------------------
    async def started(
        self, address: str, ids: tuple[int, ...], operation: Operation, session: Session
    ) -> None:
        """The one commit before a change: operation, session, and the inbox rows ``ids`` done. Raises
        NotBegun for one that the store will never take."""
        now = self._reactor.seconds()
        row = self._subscribers.row(address, session, self._subscribers[address].asked, now)
        body = operation.to_json(self._seal)
        try:
            await self._store.operation_started(
                operation.key, address, SMS.name, body, now, session=row, inbox=ids
            )
        except StoreRefused:
            raise NotBegun from None

    async def before(self, operation: Operation) -> Outcome | None:
        row = await self._store.operation(operation.key)
        return None if row is None else outcome_before(row.state, row.outcome)

    async def settled(self, operation: Operation, outcome: Outcome) -> None:
        await self._late(operation, outcome)


class Journal:
    """The :class:`counter.conversation.Journal` of one text, or (``ids`` empty) of none. ``operation``
    stands for the text, whose inbox rows are done, once it is there."""

    def __init__(self, turns: Turns, address: str, ids: tuple[int, ...]) -> None:
        self._turns = turns
        self._address = address
        self.ids = ids
        self.operation: Operation | None = None

    async def started(self, operation: Operation, session: Session) -> None:
        await self._turns.started(self._address, self.ids, operation, session)
        self.operation, self.ids = operation, ()

    async def before(self, operation: Operation) -> Outcome | None:
        return await self._turns.before(operation)

    async def settled(self, operation: Operation, outcome: Outcome) -> None:
        await self._turns.settled(operation, outcome)


def finish(operation: Operation, outcome: Outcome, now: float) -> Finished:
    """How the outcome of an operation is written down."""
    return Finished(state_of(outcome), now, outcome_to_json(outcome), operation.key)
