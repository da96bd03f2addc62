"""What did not go well: refused, not known, certainly not done, broken off. What stays open after it.

Only what was certainly not done may be called so; what may have been done is 已收到，正在办理.
"""

from __future__ import annotations

from dataclasses import replace

from menus.dialogue.errands import IDENTITY, inputs_of, proceed, prove
from menus.dialogue.session import (
    AtConfirm,
    AtInput,
    AtList,
    AtMore,
    AtScreen,
    AtWork,
    Errand,
    Idle,
    Proposal,
    Told,
    Waiting,
)
from menus.dialogue.showing import finish_refused, show_more, show_screen, stay
from menus.dialogue.turn import StepState, told
from menus.model.asked import InputKind
from menus.model.events import Do, Interrupted, Refused, SayKind
from menus.model.refusals import REASKED
from menus.model.specs import Action
from menus.model.values import Kind, Value

MINUTES_TO_WAIT = 5
"""系统忙: when to try again."""
PROVING = frozenset({InputKind.PASSWORD, InputKind.ID_NUMBER})
"""What proves the caller's own number, unless it is ``of`` another."""


# ---- what stays open ----
def leave_open(turn: StepState, waiting: AtWork) -> None:
    """By text: what was open stays open, so that the same reply again finds the same key."""
    under = open_after(waiting)
    stay(turn) if isinstance(under, Idle) else turn.wait(under)


def open_after(waiting: AtWork) -> Waiting:
    """What is open after work whose end is not known; Idle: nothing."""
    under = with_proposal(waiting.under, waiting.proposal)
    return under if isinstance(under, AtConfirm | AtScreen | AtList) else Idle()


def with_proposal(under: Waiting, proposal: Proposal | None) -> Waiting:
    """What is underneath, knowing what was made out of it."""
    if proposal is None:
        return under
    match under:
        case AtConfirm(proposal=asked) if asked.key == proposal.key:
            return AtConfirm(proposal, with_proposal(under.under, proposal))
        case AtScreen() if proposal.errand.action is Action.CANCEL:
            return replace(under, closing=proposal)
        case AtScreen():
            return replace(under, opening=proposal)
        case AtList():
            return replace(under, last=proposal)
    return under


def refused(turn: StepState, waiting: AtWork, result: Refused) -> None:
    errand = waiting.errand
    refusal = told(errand, f"refused {result.reason}", result.values)
    wrong = _wrong_input(turn, errand, result.reason)
    if wrong is None and not result.reason.startswith(("password", "unknown")):
        prove(turn, errand)
    if wrong is not None:
        turn.refuse(refusal)
        turn.session = replace(turn.session, proved=())
        turn.wait(AtInput(_unsaid(turn, errand, wrong), wrong, screen=waiting.screen, under=waiting.under))
    elif waiting.screen and result.reason == "already":
        show_screen(turn, AtScreen(errand.service, "on", result.values))
    else:
        under = waiting.under if isinstance(waiting.under, AtScreen | AtList) else None
        finish_refused(turn, refusal, under)


def _unsaid(turn: StepState, errand: Errand, wrong: str) -> Errand:
    """Without the input that was wrong, and what proved the number that it was: tried with the next number,
    it would be one of that one's tries."""
    for each in inputs_of(turn, errand):
        proves = wrong == IDENTITY[0].name and each.of is None and each.kind in PROVING
        if wrong in (each.name, each.of) or proves:
            errand = errand.without(each.name)
    return errand


def _wrong_input(turn: StepState, errand: Errand, reason: str) -> str | None:
    """The name of the input that a refusal is about, if it was given."""
    kinds = REASKED.get(reason, ())
    given = {g.name for g in (*errand.given, *turn.session.proved)}
    return next((i.name for i in inputs_of(turn, errand) if i.kind in kinds and i.name in given), None)


def unknown(turn: StepState, waiting: AtWork) -> None:
    _under_way(turn, waiting.errand)
    if not turn.by_key:
        leave_open(turn, waiting)


def _under_way(turn: StepState, errand: Errand) -> None:
    """正在办理; by keys, the caller is asked what else he wants."""
    values = turn.of_service(errand.service)
    turn.flush = True
    turn.say("busy change", values, SayKind.HELP)
    if turn.by_key:
        show_more(turn, AtMore((Told(None, None, "busy change", values),)), repeat=False)


def not_done(turn: StepState, waiting: AtWork) -> None:
    """Certainly nothing happened: a query may be repeated with 1, a change under the same key. What was begun
    before of the same service may still come to be done: then nobody is told that nothing is charged."""
    if waiting.do is Do.LOOK:  # it is looked at later, with the rest
        proceed(turn, waiting.errand, screen=waiting.screen, under=waiting.under)
        return
    if waiting.do is Do.ASK:
        not_found(turn, waiting.errand)
        return
    if turn.facts.unsettled.count(waiting.errand.service) > (waiting.do is Do.PERFORM):  # besides this one
        _under_way(turn, waiting.errand)
        if not turn.by_key:
            leave_open(turn, waiting)
        return
    turn.flush = True
    busy = Told(None, None, "busy failed", busy_values(turn, waiting.errand.service))
    if turn.by_key or waiting.do is Do.OFFER:
        finish_refused(turn, busy)
    else:
        turn.tell(busy, SayKind.REFUSAL)
        leave_open(turn, waiting)


def interrupted(turn: StepState, broken_off: Interrupted) -> None:
    """By text: a fault of ours. The subscriber is told what is true of his wish; what is open stays open."""
    waiting = turn.session.waiting
    service = waiting.errand.service if isinstance(waiting, AtWork) else broken_off.service
    name = "busy change" if broken_off.begun else "busy query"
    turn.say(name, busy_values(turn, service), SayKind.REFUSAL)


def not_found(turn: StepState, errand: Errand) -> None:
    turn.flush = True
    busy = Told(None, None, "busy query", busy_values(turn, errand.service))
    turn.tell(busy, SayKind.REFUSAL)
    if turn.by_key:
        turn.wait(AtMore((busy,), errand, foot=""))
    else:
        stay(turn)


def busy_values(turn: StepState, service_id: str | None) -> dict[str, Value]:
    return {**turn.of_service(service_id or ""), "min": Value(Kind.COUNT, MINUTES_TO_WAIT)}
