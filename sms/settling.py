"""Operations whose end is not known: asked again by their key until it is, then told by one SMS.

Two kinds: those that a hall had *started* when it was killed (taken up at the start, in the session that
waits for them), and those that turned out *unknown* (asked again on a timer, growing from ``FIRST_WAIT`` to
``LONGEST_WAIT`` seconds). What is unknown after ``PATIENCE`` is left for people, and never tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred, TimeoutError, gatherResults
from twisted.logger import Logger
from twisted.python.failure import Failure

from handlers.conversation import Halls
from handlers.desk import Desk
from handlers.operations import Operation, outcome_to_json
from handlers.settle import late_message, settle
from menus.events import Outcome, Unknown
from menus.model import Channel
from menus.session import AtWork
from sms.replies import Letters, worded
from sms.subscribers import Subscribers, msisdn
from sms.turns import Journal, Turns
from store import OperationRow, Outbound, Store

T = TypeVar("T")
FIRST_WAIT, LONGEST_WAIT, PATIENCE, DEADLINE = 10.0, 600.0, 86_400.0, 15.0
RESULT = "result"


class Settling:
    """See the head of this file. ``sent`` is given rows that are committed."""

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
        turns: Turns,
        sent: Callable[[Sequence[Outbound]], None],
        unseal: Callable[[str], str] = str,
        first_wait: float = FIRST_WAIT,
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._halls = halls
        self._desk = desk
        self._reactor = reactor
        self._subscribers = subscribers
        self._letters = letters
        self._turns = turns
        self._sent = sent
        self._unseal = unseal
        self._first_wait = first_wait
        self._patience = patience
        self._due: dict[str, tuple[float, float]] = {}  # key: when it is asked next, and the wait after
        self._asking = False

    # ---- after a kill --------------------------------------------------------------------------------------
    async def take_up(self) -> None:
        """Everything that was started and not finished, before any new text is handled."""
        rows = [row for row in await self._store.unsettled() if row.state == "started"]
        await gatherResults([Deferred.fromCoroutine(self._take_up(row)) for row in rows])

    async def _take_up(self, row: OperationRow) -> None:
        operation = self._read(row)
        if operation is None:
            await self._leave(row)
            return
        outcome = await self._ask(operation) or Unknown("restart")
        session = self._subscribers[row.subscriber].session
        waiting = session.waiting
        proposal = waiting.proposal if isinstance(waiting, AtWork) else None
        if row.channel == Channel.SMS.value and proposal is not None and proposal.key == row.key:
            journal = Journal(self._turns, row.subscriber, ())
            turn = await self._turns.converse(row.subscriber, outcome, journal)
            turn = replace(turn, operations=((operation, outcome), *turn.operations))
            await self._turns.conclude(row.subscriber, turn, (), None)
        else:
            await self.tell(operation, outcome, row.subscriber)

    # ---- what stays unknown --------------------------------------------------------------------------------
    async def tick(self) -> None:
        """Ask those that are due; one round at a time."""
        if self._asking:
            return
        self._asking = True
        try:
            rows = [row for row in await self._store.unsettled() if row.state == "unknown"]
            now = self._reactor.seconds()
            self._due = {
                row.key: self._due.get(row.key, (now + self._first_wait, self._first_wait)) for row in rows
            }
            due = [row for row in rows if self._due[row.key][0] <= now]
            await gatherResults([Deferred.fromCoroutine(self._again(row, now)) for row in due])
        finally:
            self._asking = False

    async def _again(self, row: OperationRow, now: float) -> None:
        wait = min(LONGEST_WAIT, self._due[row.key][1] * 2)
        self._due[row.key] = (now + wait, wait)
        operation = self._read(row)
        if operation is None or now - row.started > self._patience:
            await self._leave(row)
            return
        outcome = await self._ask(operation)
        if outcome is not None:
            await self.tell(operation, outcome, row.subscriber)

    def _read(self, row: OperationRow) -> Operation | None:
        try:
            return Operation.from_json(row.body, self._unseal)
        except ValueError as error:
            self.log.error("operation {key} cannot be read: {why}", key=row.key, why=str(error))
            return None

    async def _leave(self, row: OperationRow) -> None:
        """For people: nobody knows, and nothing is tried blindly."""
        self.log.error("operation {key} stays unknown and is left for people", key=row.key)
        now = self._reactor.seconds()
        await self._store.operation_finished(row.key, row.outcome or "null", now, state="people")

    async def _ask(self, operation: Operation) -> Outcome | None:
        return await within(self._reactor, DEADLINE, settle(self._desk, operation))

    # ---- telling -------------------------------------------------------------------------------------------
    def late(self, operation: Operation, outcome: Outcome) -> Deferred[None]:
        """The outcome of an operation that a turn gave up on (``Journal.settled``); of calls too."""
        return Deferred.fromCoroutine(self.tell(operation, outcome, operation.caller))

    async def tell(self, operation: Operation, outcome: Outcome, address: str) -> None:
        """Write the outcome down with the one SMS that tells it, and send that."""
        now = self._reactor.seconds()
        rows: list[Outbound] = []
        if not isinstance(outcome, Unknown) and msisdn(address) is not None:
            facts = await self._desk.facts(msisdn(address), Channel.SMS)
            text = worded(late_message(self._halls.newest, operation, outcome, facts))
            if text:
                rows = self._letters.compose(address, text, RESULT, now, joins=facts.long_sms)
        state = "unknown" if isinstance(outcome, Unknown) else "finished"
        outcome_json = outcome_to_json(outcome)
        await self._store.operation_finished(operation.key, outcome_json, now, state=state, outbox=rows)
        self._sent(rows)


async def within(reactor: Any, seconds: float, asked: Awaitable[T]) -> T | None:
    """What ``asked`` gives, or None after ``seconds``."""
    running: Deferred[T | None] = Deferred.fromCoroutine(_awaited(asked))
    running.addTimeout(seconds, reactor)
    return await running.addErrback(_none_if_late)


async def _awaited(asked: Awaitable[T]) -> T | None:
    return await asked


def _none_if_late(failure: Failure) -> None:
    failure.trap(CancelledError, TimeoutError)
