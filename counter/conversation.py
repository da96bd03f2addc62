"""One conversation of one caller or subscriber, driven for a channel: input in, what is to happen out.

    conversation = Conversation(halls, session, desk, journal, clock)
    turn = await conversation.turn(Key("1"))
    turn.session, turn.events, turn.recognised, turn.operations

A turn steps the dialogue, runs the work that the step asks for, steps again with the outcome, and so on until
the dialogue waits, transfers or ends. The channel gives inputs one at a time and in order.

What the channel has to do:

* commit all that the turn left (:func:`counter.journal.left_by`) in one go, with what is to be sent;
* by voice, say 请稍候 if a turn takes longer than ``timeouts.wait`` seconds, whatever it waits for, and tell
  what :meth:`Conversation.untexted` makes of a turn whose texts could not be kept;
* give ``journal``. :meth:`OperationJournal.started` commits the operation before it is done; if it raises,
  nothing was done, the turn raises the same, and the input may be given again: it makes the same key. If it
  raises :class:`NotBegun`, the customer is told that nothing was done. ``before``
  says what is known of a key that was used before, so that nobody is told "not done" of what an earlier
  attempt may have done. ``came_late`` tells the truth about an operation that this turn gave up on as
  :class:`~menus.model.events.Unknown`: it may come before the channel has committed that Unknown, which must
  not overwrite it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from counter.desk import Desk
from counter.operations import Operation
from counter.proving import effective_caller
from counter.waiting import within
from menus.dialogue.machine import Step, step
from menus.dialogue.session import Session
from menus.model.events import (
    Answered,
    Do,
    Event,
    Facts,
    Input,
    NotDone,
    Outcome,
    Recognised,
    Refused,
    Send,
    Unknown,
    Work,
)
from menus.model.hall import Hall
from menus.model.specs import Action

FRESH = 0.1
"""Seconds of work after which facts are asked again; after a change they always are. Not of a back office
that was just given up."""


class NotBegun(Exception):
    """A journal could not write down what is about to be done and does not wait until it can: nothing is
    done, and the customer is told so."""


class HallVersions(Protocol):
    """Hall versions in use; ``newest`` is for what has not begun yet."""

    @property
    def newest(self) -> Hall: ...

    def __getitem__(self, version: str) -> Hall:
        """Raises KeyError for a version that is gone."""


class OperationJournal(Protocol):
    """Where operations are written down (the store)."""

    async def started(self, operation: Operation, session: Session) -> None:
        """Commit both before the operation is done. Raises what the disk raises, or NotBegun; then nothing
        is done."""

    async def before(self, operation: Operation) -> Outcome | None:
        """What came of earlier attempts under its key: the outcome, Unknown while that is not known, None if
        there was none that may have done anything. Raises what the disk raises."""

    async def came_late(self, operation: Operation, outcome: Outcome) -> None:
        """The outcome of an operation that had been given up on as unknown."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: until 请稍候 is said, until work is given up, and facts. ``works`` in one turn at most."""

    wait: float = 2.5
    deadline: float = 15.0
    facts: float = 2.0
    works: int = 8


class Query(NamedTuple):
    """A question that was asked (R001): by whom, if that is known, of which service, and what came of it:
    answered, refused: REASON, not done."""

    caller: str | None
    service: str
    action: Action
    outcome: str


class Wish(NamedTuple):
    """Whoever it is wants promos from now on, or wants none (R107)."""

    caller: str | None
    promos: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one input. At most one of Await, Transfer, End stands in ``events``: the last. ``facts``:
    those that it ended with."""

    session: Session
    events: tuple[Event, ...]
    recognised: Recognised
    facts: Facts
    operations: tuple[tuple[Operation, Outcome], ...] = ()
    queries: tuple[Query, ...] = ()
    wishes: tuple[Wish, ...] = ()


class _Left:
    """What the turn under way leaves to be written."""

    __slots__ = ("operations", "queries", "wishes")

    def __init__(self) -> None:
        self.operations: list[tuple[Operation, Outcome]] = []
        self.queries: list[Query] = []
        self.wishes: list[Wish] = []

    def turn(self, session: Session, events: list[Event], recognised: Recognised, facts: Facts) -> Turn:
        left = tuple(self.operations), tuple(self.queries), tuple(self.wishes)
        return Turn(session, tuple(events), recognised, facts, *left)


class _Latest(NamedTuple):
    """The last step of a turn, so that it can be taken again, and what the steps before it had said."""

    hall: Hall
    session: Session
    given: Input
    facts: Facts
    said: tuple[Event, ...]


class Conversation:
    """See the head of this file. ``session`` is the one to begin from, and after each turn the new one.
    ``begun``: something was begun in the turn under way, or the last one, that may change an account.
    ``city``: of the area code that was dialled, for callers of whom no better is known (R012).
    ``source``: the address that the call came from: by it tries of callers without a number are counted."""

    log = Logger()

    def __init__(
        self,
        halls: HallVersions,
        session: Session,
        desk: Desk,
        journal: OperationJournal,
        clock: IReactorTime,
        *,
        timeouts: Timeouts | None = None,
        city: str | None = None,
        source: str = "",
    ) -> None:
        self.session = session
        self.begun = False
        self._latest: _Latest | None = None
        self._city = city
        self._source = source
        self._halls = halls
        self._desk = desk
        self._journal = journal
        self._clock = clock
        self._timeouts = timeouts or Timeouts()

    async def turn(self, given: Input) -> Turn:
        """Take one input as far as it goes. Raises only what the journal raises."""
        hall, session = self._at_home()
        events: list[Event] = []
        left = _Left()
        self.begun = False
        facts = await self._facts(session)
        latest = _Latest(hall, session, given, facts, ())
        taken = step(hall, session, given, facts)
        recognised = taken.recognised or Recognised(how="dialogue")
        works = 0
        while (work := _work(taken, events)) is not None:
            works += 1
            if works > self._timeouts.works:
                self.log.error("{service} asks for work without end", service=recognised.service)
                break
            begun = self._clock.seconds()
            outcome = await self._done(work, taken.session, left)
            took = self._clock.seconds() - begun
            if took < self._timeouts.deadline and (work.do is Do.PERFORM or took > FRESH):
                facts = await self._facts(taken.session)
            latest = _Latest(hall, taken.session, outcome, facts, tuple(events))
            taken = step(hall, taken.session, outcome, facts)
        self.session, self._latest = taken.session, latest
        return left.turn(taken.session, events, recognised, facts)

    def untexted(self, turn: Turn) -> Turn:
        """The same turn told without its texts, after what it did could not be written down: a copy that was
        not kept is not promised. A change that was not done stands in the store as begun, and will be asked
        for again from there: so it is not known, and nobody is told that it was not done. A wish that was not
        kept is told as not done."""
        if self._latest is None:
            return turn
        hall, session, given, facts, said = self._latest
        unsettled = tuple(
            (each, Unknown("not written down") if isinstance(outcome, NotDone) else outcome)
            for each, outcome in turn.operations
        )
        if turn.operations and isinstance(given, NotDone):
            given = Unknown("not written down")
        elif turn.wishes and isinstance(given, Answered):
            given = NotDone("not written down")
        events: list[Event] = [event for event in said if not isinstance(event, Send)]
        taken = step(hall, session, given, replace(facts, texts=False))
        _work(taken, events)
        self.session = taken.session
        return replace(turn, session=taken.session, events=tuple(events), operations=unsettled)

    def _at_home(self) -> tuple[Hall, Session]:
        """The hall that the session began on; the newest if that one is gone."""
        try:
            return self._halls[self.session.hall_version], self.session
        except KeyError:
            newest = self._halls.newest
            return newest, replace(self.session, hall_version=newest.version)

    async def _facts(self, session: Session) -> Facts:
        asked = self._desk.facts(session.caller, session.channel)
        facts = await within(self._clock, self._timeouts.facts, asked)
        return facts or self._desk.bare_facts(session.caller, session.channel)

    # ---- work ----
    async def _done(self, work: Work, session: Session, left: _Left) -> Outcome:
        """The outcome of one piece of work, which is noted in ``left``."""
        if work.do in (Do.LOOK, Do.OFFER):
            return await self._run(work, session, None)
        if work.do is Do.PERFORM:
            operation = self._desk.operation(work, session)
            caller: str | None = operation.caller
            outcome = await self._changed(work, session, operation, left)
        else:
            caller = effective_caller(work, session.caller)
            outcome = await self._run(work, session, None)
            left.queries.append(Query(caller, work.service, work.action, _named(outcome)))
        if isinstance(outcome, Answered):
            wanted = self._desk.wants_promos(work)
            if wanted is not None:
                left.wishes.append(Wish(caller, wanted))
        return outcome

    async def _changed(self, work: Work, session: Session, operation: Operation, left: _Left) -> Outcome:
        """The outcome of a change, which is written down first."""
        try:
            await self._journal.started(operation, session)
        except NotBegun:
            return NotDone("not written down")
        self.begun = True
        outcome = await self._run(work, session, operation)
        if isinstance(outcome, NotDone):  # this attempt did nothing; one before it may have
            outcome = await self._journal.before(operation) or outcome
        left.operations.append((operation, outcome))
        return outcome

    async def _run(self, work: Work, session: Session, operation: Operation | None) -> Outcome:
        outcome = await within(
            self._clock,
            self._timeouts.deadline,
            self._desk.run(work, session.caller, session.channel, self._source),
            late=None if operation is None else self._tells(operation),
        )
        if outcome is None:
            return Unknown("deadline") if operation else NotDone("deadline")
        return outcome

    def _tells(self, operation: Operation) -> Callable[[Outcome], None]:
        def late(outcome: Outcome) -> None:
            told = Deferred.fromCoroutine(self._journal.came_late(operation, outcome))
            told.addErrback(self._untold)

        return late

    def _untold(self, failure: Failure) -> None:
        """The operation stays unknown in the store and is asked again from there."""
        self.log.error("a late outcome was not written down: {why}", why=failure.type.__name__)


def _named(outcome: Outcome) -> str:
    """What came of a query, for its record."""
    if isinstance(outcome, Refused):
        return f"refused: {outcome.reason}"
    return "answered" if isinstance(outcome, Answered) else "not done"


def _work(taken: Step, events: list[Event]) -> Work | None:
    """Move a step's events to ``events``; the work that it ends with, if any, is not one of them."""
    for event in taken.events:
        if isinstance(event, Work):
            return event
        events.append(event)
    return None
