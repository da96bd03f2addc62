"""The dialogue of every channel: ``step(hall, session, input, facts) -> Step(session, events, recognised)``.

Pure and total: no clock, no network, no randomness; no input of any kind raises. A step looks up at most one
target and says what is waited for next; nothing in it loops, so that it always comes to an end. The parts:

=================  =======================================================================
turn.py            the step in the making: wordings, events, the session as it becomes
showing.py         says what is waited for (menu, question, list, confirmation, screen)
errands.py         from a wanted service to the work that does it
outcomes.py        from a handler's outcome to an answer or a question
undone.py          refused, not known, not done, broken off; what stays open
keys.py            what a key and a silence mean
texts.py           what a text means
=================  =======================================================================

:func:`settled` words the late result of something that was left 正在办理, :func:`notice` what is written to
somebody who has asked nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from menus.dialogue import keys, outcomes, texts, undone
from menus.dialogue.receipts import asked
from menus.dialogue.session import AtWork, Errand, Given, Session
from menus.dialogue.turn import StepState, begun
from menus.model.channels import SMS
from menus.model.events import (
    Answered,
    Asks,
    Event,
    Facts,
    HungUp,
    Input,
    Interrupted,
    Key,
    NotDone,
    Offered,
    Outcome,
    Recognised,
    Refused,
    Silence,
    Started,
    Text,
    TransferFailed,
    Unknown,
    Work,
)
from menus.model.hall import Hall
from menus.model.values import Values


@dataclass(frozen=True, slots=True)
class Step:
    """What a step made. ``recognised`` is None where the input was no customer's wish (an outcome)."""

    session: Session
    events: tuple[Event, ...]
    recognised: Recognised | None = None


def step(hall: Hall, session: Session, happened: Input, facts: Facts) -> Step:
    """Take one input. ``hall`` is the version that the session started on; the city's own follows from the
    facts. An input that nobody waits for (a key while a handler works, a text on a call) changes nothing."""
    turn = begun(hall, session, facts)
    if turn.by_key:
        _keyed(turn, happened)
    elif isinstance(happened, Text):
        texts.text(turn, happened)
    elif isinstance(happened, Silence) and turn.channel.timed:
        turn.end("no_input")  # whoever stood there has gone: what is open is nobody else's
    elif isinstance(happened, Interrupted):
        undone.interrupted(turn, happened)
    _outcome(turn, happened)
    if turn.session.turn != turn.number:  # it waits for what it waited for
        turn.session = replace(turn.session, turn=turn.number)
    return Step(turn.session, tuple(turn.events), turn.recognised)


def _keyed(turn: StepState, happened: Input) -> None:
    match happened:
        case Started():
            keys.started(turn)
        case Key(digit=digit):
            keys.key(turn, digit)
        case Silence():
            keys.silence(turn)
        case TransferFailed():
            keys.transfer_failed(turn)
        case HungUp():
            keys.hung_up(turn)
        case Interrupted():
            keys.interrupted(turn, happened)
        case _:
            pass


def _outcome(turn: StepState, happened: Input) -> None:
    waiting = turn.session.waiting
    if isinstance(waiting, AtWork) and isinstance(happened, Answered | Offered | Refused | NotDone | Unknown):
        outcomes.outcome(turn, waiting, happened)


def settled(hall: Hall, session: Session, work: Work, outcome: Outcome, facts: Facts) -> tuple[Event, ...]:
    """What to tell a subscriber, always by SMS, when an operation that was *unknown* is known at last;
    ``session`` is any of his. Nothing for an outcome that is still unknown."""
    turn = begun(hall, replace(session, channel=SMS), facts)
    given = tuple(Given(name, value, name in work.secrets) for name, value in work.inputs.items())
    outcomes.settled(turn, Errand(work.service, work.action, given), outcome)
    return tuple(turn.events)


def waiting_for(session: Session, asks: Asks, since: datetime) -> Session:
    """A session by SMS that waits for what a message asked which answered none of its texts: that of a call,
    or of an operation that was settled later. What was open is open no more."""
    return replace(session, waiting=asked(asks), since=since, menu=None, page=0)


def notice(hall: Hall, name: str, values: Values, facts: Facts) -> tuple[Event, ...]:
    """One of the hall's own texts, written to a subscriber who has asked nothing (a reminder, a lock);
    nothing where the hall has no such wording."""
    turn = begun(hall, Session.new(hall.version, SMS, facts.caller, name), facts)
    turn.say(name, values)
    return tuple(turn.events)
