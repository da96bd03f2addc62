"""Operations whose end is not known: asked again by their key until it is, then told by one SMS.

Two kinds: those that a hall had *started* when it was killed (taken up at the start, in the session that
waits for them), and those that turned out *unknown* (asked again on a timer, growing from ``FIRST_WAIT`` to
``LONGEST_WAIT`` seconds). What is unknown after ``PEOPLE_AFTER`` is left for people, and never tried again;
what they find out (``hall10086 operations settle``) is told in the same way.

Only done and refused settle an operation: "not done" is said of one attempt, and it was not the first. A
back office that hangs is asked about ``AT_ONCE`` operations a round and no more; once it gives the first
answer again, everything else is due at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger

from counter.asking_again import ask_again, late_message
from counter.common import Common
from counter.journal import finished
from counter.messages import COPY, RESULT, ShortMessage, names_secret, worded
from counter.operations import Operation, outcome_to_json, state_of
from counter.post import Post
from counter.waiting import within
from menus.dialogue.outcomes import BY_HAND
from menus.model.channels import SMS
from menus.model.events import Answered, Asks, NotDone, Outcome, Send, Unknown
from menus.model.numbers import mobile
from store import Conclusion, Decision, Finished, OperationRow, Outbound, StoreRefused, StoreUnavailable
from store.seal import SECRET

K = TypeVar("K", OperationRow, Decision)
FIRST_WAIT, LONGEST_WAIT, PEOPLE_AFTER, DEADLINE = 4.0, 600.0, 86_400.0, 15.0
AT_ONCE = 20
STALE = 600.0
"""Seconds after which an operation that is still only started was left lying by a turn that failed."""
OPEN = frozenset({"unknown", "people"})
"""States about which people may decide."""

Resume = Callable[[OperationRow, Operation, Outcome], Awaitable[bool]]


class Disk(Protocol):
    """Of the store: what is open, and what people say of it."""

    def operation(self, key: str) -> Awaitable[OperationRow | None]: ...

    def unsettled(self) -> Awaitable[list[OperationRow]]: ...

    def for_people(self) -> Awaitable[list[OperationRow]]: ...

    def decisions(self) -> Awaitable[list[Decision]]: ...

    def conclude(self, conclusion: Conclusion) -> Awaitable[None]: ...


class Settling:
    """See the head of this file. ``post`` carries the SMS; ``resume`` goes on with the session that waits for
    an operation, of whatever channel, and says whether there is one."""

    log = Logger()

    def __init__(
        self,
        disk: Disk,
        common: Common,
        post: Post,
        resume: Resume,
        *,
        unseal: Callable[[str], str] = str,
        first_wait: float = FIRST_WAIT,
        people_after: float = PEOPLE_AFTER,
    ) -> None:
        self._disk = disk
        self._common = common
        self._clock = common.clock
        self._post = post
        self._resume = resume
        self._unseal = unseal
        self._first_wait = first_wait
        self._people_after = people_after
        self._due: dict[str, tuple[float, float]] = {}  # key: when it is asked next, and the wait after
        self._asking = False
        self._telling: set[str] = set()
        self.counts: Counter[str] = Counter()  # operations by state, as of the last round
        self.oldest: float | None = None  # when the oldest of them began

    # ---- after a kill --------------------------------------------------------------------------------------
    async def take_up(self) -> None:
        """Everything that was started and not finished, before any new text is handled."""
        found = await self._disk.unsettled()
        for row in [*await self._disk.for_people(), *found]:
            if (operation := self._read(row)) is not None:
                self._common.desk.unsettled.begun(operation)
        rows = [row for row in found if row.state == "started"]
        await gatherResults([Deferred.fromCoroutine(self._alone(self._take_up, row)) for row in rows])

    async def _take_up(self, row: OperationRow) -> None:
        operation = self._read(row)
        if operation is None:
            await self._leave(row)
            return
        outcome = await self._ask(operation) or Unknown("restart")
        if isinstance(outcome, Answered):  # its first answer never left the hall that was killed
            outcome = replace(outcome, repeated=False)
        if not await self._resume(row, operation, outcome):
            await self.tell(operation, outcome, row.subscriber)

    async def _alone(self, settles: Callable[[K], Awaitable[object]], about: K) -> bool:
        """Whether it went well. What fails with one operation keeps no other waiting, nor the hall; a store
        that is away is no operation's fault."""
        try:
            return bool(await settles(about))
        except StoreUnavailable:
            raise
        except Exception:
            self.log.failure("operation {key} could not be settled", key=about.key)
            return False

    # ---- what stays unknown --------------------------------------------------------------------------------
    async def tick(self) -> None:
        """What people decided, then those that are due; one round at a time."""
        if self._asking:
            return
        self._asking = True
        try:
            for decision in await self._disk.decisions():
                await self._alone(self._decided, decision)
            open_ = await self._disk.unsettled()
            long_ago = self._clock.seconds() - STALE
            await self._round([row for row in open_ if row.state == "unknown" or row.started < long_ago])
            await self._count()
        finally:
            self._asking = False

    async def _count(self) -> None:
        rows = await self._disk.unsettled() + await self._disk.for_people()
        self.counts = Counter(row.state for row in rows)
        self.oldest = min((row.started for row in rows), default=None)

    async def _round(self, rows: Sequence[OperationRow]) -> None:
        """Ask about those that are due, ``AT_ONCE`` at a time, for as long as there are answers."""
        now = self._clock.seconds()
        first = (now + self._first_wait, self._first_wait)
        self._due = {row.key: self._due.get(row.key, first) for row in rows}
        asked: set[str] = set()
        while due := [row for row in rows if self._is_due(row.key, now) and row.key not in asked][:AT_ONCE]:
            asked.update(row.key for row in due)
            again = partial(self._again, now=now)
            settled = await gatherResults([Deferred.fromCoroutine(self._alone(again, row)) for row in due])
            if not any(settled):
                return  # it is no better yet: the others are asked in the rounds to come
            self._due.update((key, (now, self._first_wait)) for key in self._due if key not in asked)

    def _is_due(self, key: str, now: float) -> bool:
        return key in self._due and self._due[key][0] <= now

    async def _again(self, row: OperationRow, now: float) -> bool:
        """Whether it is settled now."""
        wait = self._due[row.key][1] * 2
        self._due[row.key] = (now + wait, min(LONGEST_WAIT, wait))
        operation = self._read(row)
        if operation is None or now - row.started > self._people_after:
            await self._leave(row)
            return False
        outcome = await self._ask(operation)
        if outcome is None:
            return False
        await self.tell(operation, outcome, row.subscriber)
        return True

    def _read(self, row: OperationRow) -> Operation | None:
        try:
            return Operation.from_json(row.body, self._unseal)
        except ValueError as error:
            self.log.error("operation {key} cannot be read: {why}", key=row.key, why=str(error))
            return None

    # ---- people --------------------------------------------------------------------------------------------
    async def _leave(self, row: OperationRow) -> None:
        """For people: nobody knows, and nothing is tried blindly."""
        self.log.error("operation {key} stays unknown and is left for people", key=row.key)
        try:
            await self._for_people(row.key, row.outcome or "null")
        except StoreRefused:
            await self._for_people(row.key, "null")

    async def _for_people(self, key: str, outcome: str) -> None:
        left = Finished("people", self._clock.seconds(), outcome, key)
        await self._conclude(Conclusion(operations=(left,)))

    async def _decided(self, decision: Decision) -> None:
        """What a person found out counts as the back office's own word, unless that came first, or is being
        written this moment: then it is looked at again."""
        row = await self._disk.operation(decision.key)
        outcome = Answered(BY_HAND) if decision.done else NotDone(BY_HAND)
        operation = self._read(row) if row is not None and row.state in OPEN else None
        rows: Sequence[Outbound] = ()
        if row is not None and operation is not None:
            rows, _ = await self._message(operation, outcome, row.subscriber)
        if decision.key in self._telling:
            return
        self._telling.add(decision.key)
        try:
            await self._take_decision(decision, outcome, rows)
        finally:
            self._telling.discard(decision.key)

    async def _take_decision(self, decision: Decision, outcome: Outcome, rows: Sequence[Outbound]) -> None:
        """Write it down with its SMS, unless the back office has answered while that was put in words."""
        now = self._clock.seconds()
        row = await self._disk.operation(decision.key)
        taken = now, decision.key
        if row is None or row.state not in OPEN:
            await self._disk.conclude(Conclusion(decision=taken))
            return
        what = Finished(state_of(outcome), now, outcome_to_json(outcome), row.key)
        decided = Conclusion(operations=(what,), outbox=tuple(rows), decision=taken)
        try:
            await self._conclude(decided)
        except StoreRefused:  # its SMS: what people decided stands without it
            rows = ()
            await self._conclude(replace(decided, outbox=()))
        self.log.info("operation {key} was settled by {who}", key=row.key, who=decision.who)
        self._post.send(rows)

    async def _conclude(self, conclusion: Conclusion) -> None:
        await self._disk.conclude(conclusion)
        self._common.desk.unsettled.concluded(conclusion.operations)

    async def _ask(self, operation: Operation) -> Outcome | None:
        return await within(self._clock, DEADLINE, ask_again(self._common.desk, operation))

    # ---- telling -------------------------------------------------------------------------------------------
    async def late(self, operation: Operation, outcome: Outcome) -> None:
        """The outcome of an operation that a turn gave up on (``Journal.came_late``), of calls too. "Not
        done" settles nothing: it may have been asked again meanwhile."""
        if not isinstance(outcome, NotDone):
            await self.tell(operation, outcome, operation.caller)

    async def tell(self, operation: Operation, outcome: Outcome, address: str) -> None:
        """Write the outcome down with the one SMS that tells it, and send that. Nothing is told twice."""
        if operation.key in self._telling:
            return
        self._telling.add(operation.key)
        try:
            known = await self._disk.operation(operation.key)
            if known is None or known.state != "finished":
                await self._write(operation, outcome, address)
        finally:
            self._telling.discard(operation.key)

    async def _write(self, operation: Operation, outcome: Outcome, address: str) -> None:
        rows, asks = await self._message(operation, outcome, address)
        if not await self._written(operation, outcome, rows):
            return
        self._post.send(rows)
        for each in asks:
            self._post.ask(address, each)

    async def _written(self, operation: Operation, outcome: Outcome, rows: Sequence[Outbound]) -> bool:
        """Whether the outcome is in the store with its SMS. What the store refuses of them is left out: then
        people see the operation, and it is not asked for again."""
        done = finished(operation, outcome, self._clock.seconds())
        try:
            await self._conclude(Conclusion(operations=(done,), outbox=tuple(rows)))
            return True
        except StoreRefused:
            self.log.error(
                "operation {key} is {state}, but its words cannot be kept", key=done.key, state=done.state
            )
            await self._for_people(done.key, "null")
            return False

    async def _message(
        self, operation: Operation, outcome: Outcome, address: str
    ) -> tuple[Sequence[Outbound], list[Asks]]:
        """The SMS that tells it, and what it asks; nothing while it is unknown, or for a number that no SMS
        reaches."""
        number = mobile(address)
        if isinstance(outcome, Unknown) or number is None:
            return [], []
        facts = await self._common.facts(number, SMS)
        events = late_message(self._common.halls.newest, operation, outcome, facts)
        others = [each for each in events if isinstance(each, Send) and each.to is not None]
        events = tuple(each for each in events if each not in others)
        text = worded(events)
        if not text:
            return [], []
        asks = [each.asks for each in events if isinstance(each, Send) and each.asks is not None]
        message = ShortMessage(address, text, SECRET if names_secret(events) else RESULT)
        rows = list(self._post.compose(message, joins=facts.long_sms))
        for each in others:
            rows += self._post.compose(ShortMessage(each.to or "", worded([each]), COPY))
        return rows, asks
