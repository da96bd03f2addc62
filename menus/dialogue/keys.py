"""What a key, a silence and a failed transfer mean on a call.

``*`` goes back, ``#`` says it again, ``0`` leads to an agent, unless what is open has such a key of its
own; while digits are entered ``#`` ends them (or, alone, means "my own number") and ``*`` clears them. Every
key is a step of its own, so keys typed ahead work over any number of menus, and a wrong key empties what was
typed behind it. Silences and wrong keys are counted apart.
"""

from __future__ import annotations

from dataclasses import replace

from menus.dialogue.errands import agent, asks_more, follow, give, may_pass, perform, start
from menus.dialogue.guidance import guided, guides
from menus.dialogue.lists import pick
from menus.dialogue.outcomes import again
from menus.dialogue.session import AtAgent, AtConfirm, AtInput, AtList, AtMenu, AtMore, AtScreen, AtWork
from menus.dialogue.showing import (
    come_back,
    input_spec,
    menu_of,
    pages,
    parent_of,
    rows_of,
    show,
    show_confirm,
    show_list,
    show_menu,
    show_more,
    show_question,
)
from menus.dialogue.turn import TRIES, StepState
from menus.matching.inputs import PREFIXED, full_length, read_given
from menus.model.asked import InputKind
from menus.model.conditions import offered
from menus.model.events import Interrupted, SayKind
from menus.model.hall import Target
from menus.model.numbers import prefix_of
from menus.model.specs import Action
from menus.model.values import Kind, Value

NEXT_PAGE = "9"
YES, NO, BACK, AGAIN, AGENT_KEY = "1", "2", "*", "#", "0"
LONGEST_INPUT = 24
X_AFTER = 17
"""Digits of an ID number after which the star key is its final X."""


def started(turn: StepState) -> None:
    """Greeting, guidance, main menu."""
    facts = turn.facts
    brand = {"brand": Value(Kind.TEXT, facts.brand or "")}
    if not (facts.brand and turn.say("greet brand", brand)):
        turn.say("greet")
    if facts.suspended:
        turn.say("greet suspended")
    elif facts.owed > 0:
        turn.say("greet arrears", {"owed": Value(Kind.MONEY, facts.owed)})
    root = menu_of(turn.hall, turn.channel, "")
    taken = {e.key for e in root.entries} if root else set()
    show_menu(turn, "", guides=guides(turn.hall, facts, taken))


def key(turn: StepState, digit: str) -> None:
    """One key, as what is open understands it. A key that nobody waits for is nothing."""
    waiting = turn.session.waiting
    match waiting:
        case AtMenu():
            _menu_key(turn, waiting, digit)
        case AtInput():
            _input_key(turn, waiting, digit)
        case AtConfirm():
            _confirm_key(turn, waiting, digit)
        case AtScreen():
            _screen_key(turn, waiting, digit)
        case AtList():
            _list_key(turn, waiting, digit)
        case AtMore(again=errand) if digit == YES and errand is not None:
            turn.understood()
            again(turn, errand)
        case AtMore():
            _general_key(turn, digit)
        case _:
            pass


def _general_key(turn: StepState, digit: str) -> None:
    """The keys that mean the same everywhere."""
    if digit == BACK:
        turn.understood()
        come_back(turn)
    elif digit == AGAIN:
        show(turn, turn.session.waiting)
    elif digit == AGENT_KEY:
        agent(turn)
    else:
        no_match(turn)


# ---- menus ----
def _menu_key(turn: StepState, at: AtMenu, digit: str) -> None:
    targets = _targets(turn, at)
    typed = at.typed + digit
    longer = any(k.startswith(typed) and k != typed for k in targets)
    if longer and digit.isdecimal():
        turn.wait(replace(at, typed=typed), typing=True)
    elif typed in targets:
        turn.understood()
        follow(turn, targets[typed])
    elif digit == BACK:
        turn.understood()
        show_menu(turn, parent_of(at.path, turn.channel))
    else:
        turn.stand(replace(at, typed=""))
        _general_key(turn, digit)


def _targets(turn: StepState, at: AtMenu) -> dict[str, Target]:
    menu = menu_of(turn.hall, turn.channel, at.path)
    own = {e.key: e.target for e in offered(menu.entries, turn.facts)} if menu else {}
    return {**guided(turn.hall, at.guides), **own}


# ---- digits ----
def _input_key(turn: StepState, at: AtInput, digit: str) -> None:
    kind = input_spec(turn.hall, at.errand, at.name).kind
    if kind is InputKind.CHOICE and digit in (BACK, AGAIN, AGENT_KEY):
        _general_key(turn, digit)
        return
    if digit == BACK and not (kind is InputKind.ID_NUMBER and len(at.typed) == X_AFTER):
        show_question(turn, at)
        return
    if digit == AGAIN:
        _complete(turn, at)
        return
    at = replace(at, typed=at.typed + digit)
    if _is_full(kind, at.typed):
        _complete(turn, at)
    else:
        turn.wait(at, typing=True)


def _is_full(kind: InputKind, typed: str) -> bool:
    """Nobody waits for # after the last digit. A number may begin with 0 or 86, and is longer then."""
    length = full_length(kind)
    if kind in PREFIXED and length is not None:
        length += len(prefix_of(typed))
    return len(typed) >= (length or LONGEST_INPUT)


def _complete(turn: StepState, at: AtInput) -> None:
    """The digits as they are; none at all: my own number, or the usual one of an optional input."""
    spec = input_spec(turn.hall, at.errand, at.name)
    value = read_given(spec, at.typed, turn.facts.now.date()) if at.typed else None
    if not at.typed and may_pass(turn, at.errand, at.name):
        value = ""
    elif not at.typed and spec.kind in PREFIXED and at.name != "caller":
        value = turn.facts.caller
    if value is None:
        _bad_input(turn, at)
    else:
        turn.understood()
        give(turn, at, value)


def _bad_input(turn: StepState, at: AtInput) -> None:
    turn.flush = True
    if not _counted_out(turn):
        show_question(turn, at, retry=True)


# ---- confirmations, screens, lists ----
def _confirm_key(turn: StepState, at: AtConfirm, digit: str) -> None:
    errand = at.proposal.errand
    if digit == YES:
        turn.understood()
        perform(turn, at.proposal, at)
    elif digit in (NO, BACK):
        turn.understood()
        turn.say("confirm no", turn.of_service(errand.service))
        come_back(turn)
    else:
        _general_key(turn, digit)


def _screen_key(turn: StepState, at: AtScreen, digit: str) -> None:
    if digit == YES and at.opening is not None and not asks_more(turn, at.opening.errand):
        turn.understood()
        turn.means(at.service, Action.OPEN)
        if at.opening.ask:
            show_confirm(turn, AtConfirm(at.opening, at))
        else:
            perform(turn, at.opening, at)
    elif digit in (YES, NO):
        turn.understood()
        start(turn, at.service, Action.OPEN if digit == YES else Action.CANCEL)
    else:
        _general_key(turn, digit)


def _list_key(turn: StepState, at: AtList, digit: str) -> None:
    rows = rows_of(turn, at)
    if digit == NEXT_PAGE:
        turn.understood()
        if at.page + 1 < pages(turn, len(at.items)):
            show_list(turn, replace(at, page=at.page + 1))
        else:
            turn.say("list end")
            show(turn, at)
    elif digit.isdecimal() and 1 <= int(digit) <= len(rows):
        turn.understood()
        pick(turn, at, (rows[int(digit) - 1],), int(digit))
    else:
        _general_key(turn, digit)


# ---- nothing came, or the wrong thing ----
def no_match(turn: StepState) -> None:
    """A key that leads nowhere: three of them lead to an agent."""
    turn.flush = True
    if not _counted_out(turn):
        turn.say(f"nomatch {turn.session.no_match}")
        waiting = turn.session.waiting
        if isinstance(waiting, AtMore):
            show_more(turn, waiting, repeat=False)
        else:
            show(turn, waiting)


def _counted_out(turn: StepState) -> bool:
    wrong = turn.session.no_match + 1
    turn.session = replace(turn.session, no_match=wrong)
    if wrong < TRIES:
        return False
    turn.say(f"nomatch {TRIES}")
    turn.transfer()
    return True


def silence(turn: StepState) -> None:
    """The awaited key did not come."""
    waiting = turn.session.waiting
    match waiting:
        case AtMenu(typed=typed) if typed:
            targets = _targets(turn, waiting)
            turn.stand(replace(waiting, typed=""))
            if typed in targets:
                follow(turn, targets[typed])
            else:
                no_match(turn)
        case AtInput(typed=typed) if typed:
            _complete(turn, waiting)
        case AtConfirm(proposal=proposal):
            turn.say("unconfirmed", turn.of_service(proposal.errand.service))
            come_back(turn)
        case AtMore():
            turn.say("bye")
            turn.end("served")
        case AtMenu() | AtInput() | AtScreen() | AtList():
            _no_input(turn)
        case _:
            pass


def _no_input(turn: StepState) -> None:
    missed = turn.session.no_input + 1
    turn.session = replace(turn.session, no_input=missed)
    turn.say(f"noinput {min(missed, TRIES)}")
    if missed >= TRIES:
        turn.say("bye")
        turn.end("no_input")
    else:
        show(turn, turn.session.waiting)


def transfer_failed(turn: StepState) -> None:
    """The desk was not reached: the caller is told and is back in the menu."""
    if isinstance(turn.session.waiting, AtAgent):
        turn.flush = True
        turn.say("transfer failed", kind=SayKind.REFUSAL)
        turn.session = replace(turn.session, no_input=0, no_match=0)
        come_back(turn)


def interrupted(turn: StepState, broken_off: Interrupted) -> None:
    """A fault of ours: the caller is told what is true of his wish, and is back in the menu; with the agent,
    if it happens again."""
    turn.flush = True
    name = "busy change" if broken_off.begun else "busy failed"
    turn.say(name, turn.of_service(broken_off.service), SayKind.REFUSAL)
    if broken_off.again:
        agent(turn)
    else:
        come_back(turn)


def hung_up(turn: StepState) -> None:
    """Work that is under way is waited for, so that its receipt is still sent."""
    if not isinstance(turn.session.waiting, AtWork):
        turn.end("hung_up")
