"""Nothing knew a text: neither what is open nor the keywords.

What is open stays open and says so: menus, screens and lists as long as they live, a question for
confirmation once; the second time it is given up.
"""

from __future__ import annotations

from menus.dialogue.session import (
    AtChoice,
    AtConfirm,
    AtInput,
    AtList,
    AtMenu,
    AtScreen,
    Errand,
    Idle,
    Told,
    Waiting,
)
from menus.dialogue.showing import menu_of, show, show_menu, show_question
from menus.dialogue.taking import give_up
from menus.dialogue.turn import StepState
from menus.matching.inputs import list_numbers
from menus.matching.replies import Way, agrees, reply_of
from menus.model.conditions import offered
from menus.model.events import SayKind
from menus.model.specs import Action
from menus.model.values import Kind, Value


def lost(turn: StepState, before: Waiting, waiting: Waiting, said: str) -> None:
    """Say that it was not understood. ``before``: what was open, ``waiting``: what of it is alive."""
    turn.how = "none"
    turn.means(None, None)
    numbered = reply_of(said).number is not None
    if isinstance(before, Idle) or before is not waiting:
        _lost_alone(turn, before, said)
        return
    match waiting:
        case AtConfirm(proposal=proposal) if not proposal.done:
            _unclear(turn, waiting)
        case AtInput():
            show_question(turn, waiting, retry=True)
        case AtMenu() if numbered:
            _no_such_entry(turn, waiting)
        case AtChoice() if numbered:
            show(turn, waiting)
        case AtMenu() | AtList() | AtScreen() | AtChoice() | AtConfirm():
            if not (agrees(reply_of(said), None) and _under_way(turn)):
                turn.say("none open")
            turn.stay_open(waiting)
        case _:
            turn.say("none")
            turn.wait(Idle())


def _unclear(turn: StepState, at: AtConfirm) -> None:
    errand: Errand = at.proposal.errand
    values = turn.of_service(errand.service)
    name = "unclear cancel" if errand.action is Action.CANCEL else "unclear"
    if turn.session.lost or not turn.say(name, values):
        give_up(turn, errand)
    else:
        turn.stay_open(at)


def _no_such_entry(turn: StepState, at: AtMenu) -> None:
    menu = menu_of(turn.hall, turn.channel, at.path)
    keys = [int(e.key) for e in offered(menu.entries, turn.facts) if e.key.isdecimal()] if menu else []
    ends = {"first": Value(Kind.INDEX, min(keys, default=1)), "last": Value(Kind.INDEX, max(keys, default=1))}
    turn.say("none menu", ends)
    turn.wait(at)


def _lost_alone(turn: StepState, before: Waiting, said: str) -> None:
    """Nothing is open, or no more: a number, a star, a yes would have meant something a while ago."""
    reply = reply_of(said)
    position = reply.number is not None or reply.way not in (None, Way.ALL)
    yes = agrees(reply, None)
    expired = not isinstance(before, Idle)
    turn.stand(Idle())
    if isinstance(before, AtConfirm | AtScreen) and (yes or position):
        _confirm_expired(turn, before)
    elif expired and (position or list_numbers(said)):
        turn.say("menu expired")
    elif position:
        show_menu(turn, "")
        return
    elif yes:
        _none_waits(turn)
    else:
        turn.say("none")
    turn.wait(Idle())


def _none_waits(turn: StepState) -> None:
    """A yes that nothing asked for."""
    if not _under_way(turn):
        turn.say("confirm none")


def _under_way(turn: StepState) -> bool:
    """Whether something was begun that may still be charged; then a yes hears of that."""
    begun = turn.facts.unsettled
    return bool(begun) and turn.say("busy change", turn.of_service(begun[-1]))


def _confirm_expired(turn: StepState, before: AtConfirm | AtScreen) -> None:
    service = before.proposal.errand.service if isinstance(before, AtConfirm) else before.service
    done = before.proposal if isinstance(before, AtConfirm) else before.opening
    if done is not None and done.done:
        _none_waits(turn)
    else:
        turn.tell(Told(None, None, "confirm expired", turn.of_service(service)), SayKind.REFUSAL)
