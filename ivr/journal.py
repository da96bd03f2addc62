"""What calls write down: operations before and after they are done, and the SMS that go with a call.

A caller does not wait for a disk. What fails, or is not written within ``SOON`` seconds, is told as it is:

====================  =======================================================================================
a change              is not begun, and told as not done; should the disk have taken it after all, it is taken
                      back
a copy                is left out, and nothing is said of it
an outcome            is told as it is, kept in memory, and written with its SMS when the disk takes it again.
                      After ``OWED_SECONDS``, or a kill, the operation is still *started* in the store, and is
                      settled by its key (``sms/settling.py``)
"not done"            is told as 正在办理, for the store still holds it as begun: it is asked for again
====================  =======================================================================================
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from counter.conversation import NotBegun, Turn
from counter.operations import Operation, outcome_before, outcome_to_json, state_of
from counter.waiting import within
from menus.dialogue.session import Session
from menus.model.events import Asks, NotDone, Outcome, Send, Unknown
from menus.model.hall import Slot
from menus.model.text import render_text
from menus.model.values import SECRET_KINDS
from store import OperationRow, Outbound, Store, StoreError

SOON = 1.5
"""Seconds that a caller waits for the disk at the most."""
RETRY = 2.0
OWED_SECONDS = 500.0
"""How long an outcome is kept in memory: well before settling takes the operation up by itself."""
MOST_OWED = 1_000


class Post(Protocol):
    """The SMS hall, as far as a call needs it."""

    def compose(self, subscriber: str, text: str, *, secret: bool = False) -> Sequence[Outbound]:
        """The parts of one message to ``subscriber``, not sent yet. ``secret``: it is kept sealed."""

    def send(self, rows: Sequence[Outbound]) -> None:
        """They are in the store: send them."""

    def ask(self, subscriber: str, asks: Asks) -> None:
        """One of them asks this: wait for the answer."""


@dataclass(slots=True)
class _Entry:
    """What one turn leaves to be written. ``asks``: by number, what the SMS hall is to wait for afterwards.
    ``since``: when it began."""

    operations: list[tuple[Operation, Outcome]]
    rows: Sequence[Outbound]
    asks: list[tuple[str, Asks]]
    since: float
    late: bool = False  # the caller was told without it


class VoiceJournal:
    """The :class:`counter.conversation.Journal` of calls. ``clock``: its seconds are those of the epoch;
    ``settled`` words and sends the result of an operation that the caller was told is 正在办理; ``seal``
    keeps cards from standing in clear."""

    log = Logger()

    def __init__(
        self,
        store: Store,
        post: Post,
        clock: IReactorTime,
        settled: Callable[[Operation, Outcome], Awaitable[None]],
        seal: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._post = post
        self._clock = clock
        self._settled = settled
        self._seal = seal
        self._owed: deque[_Entry] = deque()
        self._again: IDelayedCall | None = None
        self._stopped = False

    @property
    def owed(self) -> int:
        """Turns whose outcomes are not written yet."""
        return len(self._owed)

    def stop(self) -> None:
        """What is still owed is settled by the next hall."""
        self._stopped = True
        if self._again is not None and self._again.active():
            self._again.cancel()

    # ---- before a change -----------------------------------------------------------------------------------
    async def started(self, operation: Operation, session: Session) -> None:
        try:
            began = within(self._clock, SOON, self._started(operation), late=lambda _: self._back(operation))
            if await began:
                return
            why = f"not within {SOON} s"
        except StoreError as error:
            why = str(error)
        self.log.warn("a caller's change is not begun, for it cannot be written down: {why}", why=why)
        raise NotBegun

    async def _started(self, operation: Operation) -> bool:
        body = operation.to_json(self._seal)
        now = self._clock.seconds()
        await self._store.operation_started(
            operation.key, operation.caller, operation.channel.name, body, now
        )
        return True

    def _back(self, operation: Operation) -> None:
        """It was written too late: nothing was done, and the caller knows."""
        self._owe(_Entry([(operation, NotDone("too late"))], (), [], self._clock.seconds()))

    async def before(self, operation: Operation) -> Outcome | None:
        try:
            found = await within(self._clock, SOON, self._row(operation.key))
        except StoreError:
            found = None
        if found is None:
            return Unknown("before")
        (row,) = found
        return None if row is None else outcome_before(row.state, row.outcome)

    async def _row(self, key: str) -> tuple[OperationRow | None]:
        return (await self._store.operation(key),)

    # ---- after a turn --------------------------------------------------------------------------------------
    async def settled(self, operation: Operation, outcome: Outcome) -> None:
        await self._settled(operation, outcome)

    async def keep(self, turn: Turn, sends: tuple[Send, ...], caller: str | None) -> bool:
        """Commit the outcomes of a turn and its SMS, then send these. An SMS goes to the number that the
        caller proved, else to his own; a caller without any gets none. False: they are not written now, and
        nothing may be promised of the SMS."""
        entry = _Entry(list(turn.operations), (), [], self._clock.seconds())
        composed = self._compose(entry, sends, caller)
        if not entry.operations and not entry.rows:
            return composed
        kept = await within(self._clock, SOON, self._write(entry), late=_no_more)
        entry.late = not kept
        return bool(kept) and composed

    def _compose(self, entry: _Entry, sends: tuple[Send, ...], caller: str | None) -> bool:
        """Its SMS. An SMS that cannot be put in words keeps no outcome from being written."""
        rows: list[Outbound] = []
        try:
            for send in sends:
                number = send.to or caller
                if number is not None:
                    text = render_text(send.template, send.values)
                    rows += self._post.compose(number, text, secret=_names_secret(send))
                    entry.asks += [(number, send.asks)] if send.asks is not None else []
        except Exception:
            self.log.failure("an SMS of a call could not be composed")
            entry.asks = []
            return False
        entry.rows = rows
        return True

    async def _write(self, entry: _Entry) -> bool:
        """Whether it is written; what has to be is owed if it is not."""
        try:
            await self._store_all(entry)
        except StoreError as error:
            self.log.warn("what a call did is not written yet: {why}", why=str(error))
            if entry.operations and (error.retryable or entry.rows):
                entry.rows = entry.rows if error.retryable else ()
                self._owe(entry)
            return False
        return True

    async def _store_all(self, entry: _Entry) -> None:
        while entry.operations:
            operation, outcome = entry.operations[0]
            written, state = outcome_to_json(outcome), state_of(outcome)
            now = self._clock.seconds()
            await self._store.operation_finished(operation.key, written, now, state=state, outbox=entry.rows)
            del entry.operations[0]
            self._sent(entry)
            if entry.late and isinstance(outcome, NotDone):
                self._owe(_Entry([(operation, Unknown("not written in time"))], (), [], now))
        if entry.rows:
            await self._store.enqueue(entry.rows)
            self._sent(entry)

    def _sent(self, entry: _Entry) -> None:
        """Its rows are in the store."""
        self._post.send(entry.rows)
        for number, asks in entry.asks:
            self._post.ask(number, asks)
        entry.rows, entry.asks = (), []

    # ---- what the disk did not take ------------------------------------------------------------------------
    def _owe(self, entry: _Entry) -> None:
        if len(self._owed) >= MOST_OWED:
            self.log.error("too many outcomes of calls are not written: the rest is settled by their keys")
            return
        self._owed.append(entry)
        if self._again is None and not self._stopped:
            self._again = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        Deferred.fromCoroutine(self._pay()).addErrback(
            lambda failure: self.log.failure("outcomes of calls could not be written", failure)
        ).addBoth(self._paid)

    async def _pay(self) -> None:
        """Write what is owed, the oldest first, until the disk says no."""
        while self._owed:
            entry = self._owed[0]
            if self._clock.seconds() - entry.since < OWED_SECONDS:
                try:
                    await self._store_all(entry)
                except StoreError as error:
                    if error.retryable:
                        return
                    self.log.error("an outcome of a call cannot be written: {why}", why=str(error))
            self._owed.popleft()

    def _paid(self, _: object) -> None:
        self._again = None
        if self._owed and not self._stopped:
            self._again = self._clock.callLater(RETRY, self._try_again)


def _no_more(_: bool) -> None:
    """It was written late: all that follows is done."""


def _names_secret(send: Send) -> bool:
    slots = (piece for piece in send.template.pieces if isinstance(piece, Slot))
    return any(slot.kind in SECRET_KINDS for slot in slots)
