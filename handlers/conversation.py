"""One conversation of one caller or subscriber, driven for a channel: input in, what is to happen out.

    conversation = Conversation(halls, session, desk, journal, clock)
    turn = await conversation.turn(Key("1"), on_wait=play_please_wait)
    turn.session, turn.events, turn.recognised, turn.operations

A turn steps the dialogue, runs the work that the step asks for, steps again with the outcome, and so on until
the dialogue waits, transfers or ends. The channel gives inputs one at a time and in order.

What the channel has to do:

* commit ``turn.operations`` (outcomes), ``turn.session`` and what is to be sent in one go;
* by voice, pass ``on_wait``: it is called once if a turn takes longer than ``patience.wait`` seconds, be it
  facts or work that it waits for;
* give ``journal``. :meth:`Journal.started` commits the operation before it is done; if it raises, nothing
  was done, the turn raises the same, and the input may be given again: it makes the same key. ``before``
  says what is known of a key that was used before, so that nobody is told "not done" of what an earlier
  attempt may have done. ``settled``
  tells the truth about an operation that this turn gave up on as :class:`~menus.events.Unknown`: it may come
  before the channel has committed that Unknown, which must not overwrite it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from handlers.desk import Desk, effective_caller
from handlers.operations import Operation, operation_of
from handlers.waiting import within
from menus.dialogue import Step, step
from menus.events import Do, Event, Facts, Input, NotDone, Outcome, Recognised, Unknown, Work
from menus.model import Hall
from menus.session import Session

FRESH = 0.1
"""Seconds of work after which facts are asked again; after a change they always are. Not of a back office
that was just given up."""


class Halls(Protocol):
    """Hall versions in use; ``newest`` is for what has not begun yet."""

    @property
    def newest(self) -> Hall: ...

    def __getitem__(self, version: str) -> Hall:
        """Raises KeyError for a version that is gone."""


class Journal(Protocol):
    """Where operations are written down (the store)."""

    async def started(self, operation: Operation, session: Session) -> None:
        """Commit both before the operation is done. Raises what the disk raises; then nothing is done."""

    async def before(self, operation: Operation) -> Outcome | None:
        """What came of earlier attempts under its key: the outcome, Unknown while that is not known, None if
        there was none that may have done anything. Raises what the disk raises."""

    async def settled(self, operation: Operation, outcome: Outcome) -> None:
        """The outcome of an operation that had been given up on as unknown."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: until ``on_wait``, until work is given up, until facts are. ``works`` in one turn at most."""

    wait: float = 2.5
    deadline: float = 15.0
    facts: float = 2.0
    works: int = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one input. At most one of Await, Transfer, End stands in ``events``: the last."""

    session: Session
    events: tuple[Event, ...]
    recognised: Recognised
    operations: tuple[tuple[Operation, Outcome], ...] = ()


class Conversation:
    """See the head of this file. ``session`` is the one to begin from, and after each turn the new one.
    ``city``: of the area code that was dialled, for callers of whom no better is known (R012)."""

    log = Logger()

    def __init__(
        self,
        halls: Halls,
        session: Session,
        desk: Desk,
        journal: Journal,
        clock: IReactorTime,
        *,
        patience: Patience | None = None,
        city: str | None = None,
    ) -> None:
        self.session = session
        self._city = city
        self._halls = halls
        self._desk = desk
        self._journal = journal
        self._clock = clock
        self._patience = patience or Patience()

    async def turn(self, given: Input, on_wait: Callable[[], object] | None = None) -> Turn:
        """Take one input as far as it goes. Raises only what the journal raises."""
        hall, session = self._at_home()
        events: list[Event] = []
        operations: list[tuple[Operation, Outcome]] = []
        reminder = _Reminder(self._clock, self._patience.wait, on_wait)
        facts = await self._facts(session, reminder)
        taken = step(hall, session, given, facts)
        recognised = taken.recognised or Recognised(how="dialogue")
        works = 0
        while (work := _work(taken, events)) is not None:
            works += 1
            if works > self._patience.works:
                self.log.error("{service} asks for work without end", service=recognised.service)
                break
            begun = self._clock.seconds()
            outcome = await self._done(work, taken.session, operations, reminder)
            took = self._clock.seconds() - begun
            if took < self._patience.deadline and (work.do is Do.PERFORM or took > FRESH):
                facts = await self._facts(taken.session, reminder)
            taken = step(hall, taken.session, outcome, facts)
        self.session = taken.session
        return Turn(taken.session, tuple(events), recognised, tuple(operations))

    def _at_home(self) -> tuple[Hall, Session]:
        """The hall that the session began on; the newest if that one is gone."""
        try:
            return self._halls[self.session.hall_version], self.session
        except KeyError:
            newest = self._halls.newest
            return newest, replace(self.session, hall_version=newest.version)

    async def _facts(self, session: Session, reminder: _Reminder) -> Facts:
        asked = self._desk.facts(session.caller, session.channel)
        facts = await within(self._clock, self._patience.facts, asked, reminder=reminder.due())
        return facts or self._desk.bare_facts(session.caller, session.channel)

    # ---- work ----
    async def _done(
        self,
        work: Work,
        session: Session,
        operations: list[tuple[Operation, Outcome]],
        reminder: _Reminder,
    ) -> Outcome:
        """The outcome of one piece of work; a change is written down first."""
        if work.do is not Do.PERFORM:
            return await self._run(work, session, None, reminder)
        caller = effective_caller(work, session.caller)
        operation = operation_of(
            self._desk.proved(work), session.id, caller, session.channel, self._desk.now()
        )
        await self._journal.started(operation, session)
        outcome = await self._run(work, session, operation, reminder)
        if isinstance(outcome, NotDone):  # this attempt did nothing; one before it may have
            outcome = await self._journal.before(operation) or outcome
        operations.append((operation, outcome))
        return outcome

    async def _run(
        self,
        work: Work,
        session: Session,
        operation: Operation | None,
        reminder: _Reminder,
    ) -> Outcome:
        outcome = await within(
            self._clock,
            self._patience.deadline,
            self._desk.run(work, session.caller, session.channel),
            late=None if operation is None else self._settles(operation),
            reminder=reminder.due(),
        )
        if outcome is None:
            return Unknown("deadline") if operation else NotDone("deadline")
        return outcome

    def _settles(self, operation: Operation) -> Callable[[Outcome], None]:
        def late(outcome: Outcome) -> None:
            told = Deferred.fromCoroutine(self._journal.settled(operation, outcome))
            told.addErrback(self._unsettled)

        return late

    def _unsettled(self, failure: Failure) -> None:
        """The operation stays unknown in the store and is asked again from there."""
        self.log.error("a late outcome was not written down: {why}", why=failure.type.__name__)


class _Reminder:
    """``on_wait``, called once in a turn, ``wait`` seconds after it began: whoever pressed a key counts from
    there, whatever we wait for."""

    def __init__(self, clock: IReactorTime, wait: float, on_wait: Callable[[], object] | None) -> None:
        self._clock = clock
        self._due = clock.seconds() + wait
        self._on_wait = on_wait

    def due(self) -> tuple[float, Callable[[], object]] | None:
        """In how many seconds, and what to call; None: it was said, or nobody wants it."""
        return None if self._on_wait is None else (max(0.0, self._due - self._clock.seconds()), self._say)

    def _say(self) -> None:
        on_wait, self._on_wait = self._on_wait, None
        if on_wait is not None:
            on_wait()


def _work(taken: Step, events: list[Event]) -> Work | None:
    """Move a step's events to ``events``; the work that it ends with, if any, is not one of them."""
    for event in taken.events:
        if isinstance(event, Work):
            return event
        events.append(event)
    return None
