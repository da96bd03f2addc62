"""What a text means: the open thing first, but ``10086``, ``0`` and exact codes before everything.

Menu positions and questions live ten minutes, lists and confirmations two hours. A confirmation is given by
1, Y, 是, 确认 alone, and only if it was sent after the question was there to be read; any other message means
no. Leaving something half done says so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from menus.dialogue.errands import (
    MAIN_MENU,
    action_of,
    agent,
    follow,
    give,
    inputs_of,
    may_pass,
    perform,
    start,
)
from menus.dialogue.lists import reply
from menus.dialogue.session import (
    AtChoice,
    AtConfirm,
    AtInput,
    AtList,
    AtMenu,
    AtScreen,
    AtWork,
    Errand,
    Given,
    Idle,
    Told,
    Waiting,
)
from menus.dialogue.showing import (
    come_back,
    input_spec,
    lasts,
    menu_of,
    pages,
    parent_of,
    show,
    show_choice,
    show_list,
    show_menu,
    show_question,
    stay,
)
from menus.dialogue.turn import StepState
from menus.matching.inputs import list_numbers, plain, read_given
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.matching.normal import normalise
from menus.matching.parameters import own_number
from menus.model.asked import SECRET_INPUTS, InputKind
from menus.model.conditions import offered
from menus.model.events import SayKind, Text
from menus.model.hall import Goal
from menus.model.specs import Action
from menus.model.values import Kind, Value

POSITION_LIFE = timedelta(minutes=10)  # of a menu position and an open question
CONFIRM_LIFE = timedelta(hours=2)
"""How long a list, a screen and a confirmation last (domain §5.2)."""
TEMPORARY_LIFE = timedelta(hours=24)
"""How long a new password is waited for, as long as the temporary one is good (R063), and a score."""
MAIN_KEY, BACK, NEXT_PAGE, OPEN_KEY, CANCEL_KEY = "0", "*", "#", "1", "2"
YES_WORDS = frozenset({"1", "Y", "YES", "是", "是的", "确认", "确定", "同意"})
NO_WORDS = frozenset({"2", "N", "NO", "否", "不", "不是", "不要", "不办", "不用", "取消", "算了"})
CANCEL_WORDS = frozenset({CANCEL_KEY, "取消", "退订"})
"""On a product's screen, where 取消 can only mean this product."""
SHORT = 3
"""A number of at most so many digits is a menu's or a list's, whatever else it may be."""


def text(turn: StepState, event: Text) -> None:
    """One message."""
    written = plain(event.text)
    raw = written.upper()
    before = turn.session.waiting
    waiting = before if _alive(turn, before, event.came or turn.lived) else Idle()
    if raw in (MAIN_KEY, turn.hall.number):
        _main_menu(turn, waiting, raw)
        return
    several = isinstance(waiting, AtList) and len(list_numbers(raw)) > 1  # no code is meant then
    match = None if several else _winning(turn, waiting, event.text, raw)
    if match is None and _takes(turn, waiting, written, event.seen):
        return
    match = match or (Match() if several else recognise(turn.hall, event.text))
    if match.how != "none":
        _go(turn, waiting, match)
    else:
        _lost(turn, before, waiting, raw)


def _alive(turn: StepState, waiting: Waiting, came: datetime) -> bool:
    since = turn.session.since
    if since is None or isinstance(waiting, Idle | AtWork):
        return True
    life = CONFIRM_LIFE if isinstance(waiting, AtConfirm | AtScreen | AtList) else POSITION_LIFE
    life = TEMPORARY_LIFE if lasts(turn.hall, waiting) else life
    return came - since <= life


def _asks(turn: StepState, waiting: Waiting) -> InputKind | None:
    """The kind of input that is asked for; None: none is."""
    return input_spec(turn.hall, waiting.errand, waiting.name).kind if isinstance(waiting, AtInput) else None


def _main_menu(turn: StepState, waiting: Waiting, raw: str) -> None:
    known = MAIN_MENU if MAIN_MENU in turn.hall.services else None
    turn.how = "code" if raw == turn.hall.number else "dialogue"
    _leave(turn, waiting, None)
    turn.means(known, Action.INFO if known else None)
    show_menu(turn, "")


def _winning(turn: StepState, waiting: Waiting, written: str, raw: str) -> Match | None:
    """What wins over whatever is open: exact codes; over an open text question also command letters (HF,
    QXCL), and over that for a name any keyword: nobody is called 话费."""
    if isinstance(waiting, Idle):
        return recognise(turn.hall, written)
    asks = _asks(turn, waiting)
    words = asks in (InputKind.NAME, InputKind.TEXT)
    word = normalise(written) if words or len(raw) > 1 else ""  # no code is shorter
    if not (code := word in turn.hall.codes) and not words:
        return None
    match = recognise(turn.hall, written)
    name, letters = asks is InputKind.NAME, asks is InputKind.TEXT and word.isascii() and word.isalpha()
    wins = {"code": code, "keyword": name or letters, "ask": name}
    return match if wins.get(match.how, False) else None


# ---- what was recognised -----------------------------------------------------------------------------------
def _go(turn: StepState, waiting: Waiting, match: Match) -> None:
    """Leave what is open for what the message asks."""
    turn.how = match.how
    if match.how == "ask":
        _leave(turn, waiting, None)
        _ask(turn, match)
        return
    _leave(turn, waiting, match)
    turn.leave_menu()
    target = match.target
    if match.service in turn.hall.services and (target is None or target.goal is Goal.SERVICE):
        _serve(turn, match)
    elif target is not None and target.goal is Goal.AGENT:
        agent(turn)
    elif target is not None:
        follow(turn, target)
    else:
        show_menu(turn, "")


def _ask(turn: StepState, match: Match) -> None:
    turn.means(None, None)
    known = tuple(s for s in match.candidates if s in turn.hall.services)
    turn.leave_menu()
    if known:
        show_choice(turn, AtChoice(known, match.action))
        return
    turn.say("ask cancel" if match.action is Action.CANCEL else "ask open", kind=SayKind.ASK)
    turn.wait(Idle())


def _serve(turn: StepState, match: Match) -> None:
    """The service, with those inputs that the message already gave; one that is none is asked for."""
    service = turn.hall.services[match.service or ""]
    given: list[Given] = []
    errand = Errand(service.id, match.action or Action.QUERY, sure=match.sure)
    for spec in inputs_of(turn, errand) if match.inputs else ():
        if (written := match.inputs.get(spec.name)) is None:
            continue
        value = read_given(spec, written, turn.facts.now.date()) or own_number(written, turn.facts.caller)
        if value is None and spec.kind is InputKind.MONTH:
            value = written  # the handler names the months that there are
        if value is None:
            turn.means(service.id, errand.action)
            show_question(turn, AtInput(replace(errand, given=tuple(given)), spec.name), retry=True)
            return
        given.append(Given(spec.name, value, spec.kind in SECRET_INPUTS))
    start(turn, service.id, match.action, tuple(given), sure=match.sure)


def _leave(turn: StepState, waiting: Waiting, match: Match | None) -> None:
    """Say that something half done is given up; replacing a question by the same question says nothing."""
    pending = _pending(turn, waiting)
    if pending is None:
        return
    if match is not None and (match.service, match.action) == (pending.service, pending.action):
        return
    meant = Match() if match is None else match
    changing = meant.action in (Action.OPEN, Action.CANCEL) and meant.service in turn.hall.services
    if isinstance(waiting, AtConfirm) and changing:
        turn.say("confirm replaced", turn.of_service(pending.service))
    else:
        turn.say("left")


def _pending(turn: StepState, waiting: Waiting) -> Errand | None:
    """The change that was begun and neither done nor refused."""
    if isinstance(waiting, AtConfirm) and not waiting.proposal.done:
        return waiting.proposal.errand
    if isinstance(waiting, AtInput):
        action = action_of(turn, waiting.errand)
        return waiting.errand if action is not None and action.changes else None
    return None


# ---- what is open ------------------------------------------------------------------------------------------
def _takes(turn: StepState, waiting: Waiting, written: str, seen: bool) -> bool:
    """Whether the open thing takes the text for itself; if so, it is done."""
    word, taken = written.upper(), False
    match waiting:
        case AtMenu():
            taken = _menu_takes(turn, waiting, word)
        case AtInput():
            taken = _input_takes(turn, waiting, written)
        case AtConfirm():
            taken = _confirm_takes(turn, waiting, word, seen)
        case AtScreen():
            taken = _screen_takes(turn, waiting, word, seen)
        case AtList():
            taken = _list_takes(turn, waiting, word, seen)
        case AtChoice(services=services, action=action):
            if taken := _number(word) and 1 <= int(word) <= len(services):
                start(turn, services[int(word) - 1], action)
    return taken


def _number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= SHORT


def _menu_takes(turn: StepState, at: AtMenu, word: str) -> bool:
    menu = menu_of(turn.hall, turn.channel, at.path)
    if menu is None:
        return False
    entries = offered(menu.entries, turn.facts)
    if word == BACK:
        show_menu(turn, parent_of(menu.path, turn.channel))
    elif word == NEXT_PAGE and at.page + 1 < pages(turn, len(entries)):
        show_menu(turn, menu.path, at.page + 1)
    elif word == NEXT_PAGE:
        turn.say("menu end")
        turn.wait(at)
    else:
        found = next((e for e in entries if _number(word) and e.key == str(int(word))), None)
        if found is None:
            return False
        follow(turn, found.target)
    return True


def _input_takes(turn: StepState, at: AtInput, written: str) -> bool:
    value = read_given(input_spec(turn.hall, at.errand, at.name), written, turn.facts.now.date())
    if value is None and written == NEXT_PAGE and may_pass(turn, at.errand, at.name):
        value = ""
    if written == BACK:
        _leave(turn, at, None)
        come_back(turn)
        return True
    if value is None:
        return False
    turn.means(at.errand.service, at.errand.action)
    give(turn, at, value)
    return True


def _confirm_takes(turn: StepState, at: AtConfirm, word: str, seen: bool) -> bool:
    proposal, errand = at.proposal, at.proposal.errand
    if word in YES_WORDS and (seen or proposal.done):
        perform(turn, proposal, at)
    elif word in YES_WORDS:
        turn.means(errand.service, errand.action)
        show(turn, at)
    elif proposal.done:
        return _takes(turn, at.under, word, seen)
    elif word in NO_WORDS or word in (BACK, NEXT_PAGE):
        turn.means(errand.service, errand.action)
        turn.say("confirm no", turn.of_service(errand.service))
        stay(turn)
    else:
        return False
    return True


def _screen_takes(turn: StepState, at: AtScreen, word: str, seen: bool) -> bool:
    if word == BACK:
        show_menu(turn, turn.session.menu or "", turn.session.page)
    elif word == NEXT_PAGE or (_number(word) and word not in (OPEN_KEY, CANCEL_KEY)):
        show(turn, at)
    else:
        return _screen_answer(turn, at, word, seen)
    return True


def _screen_answer(turn: StepState, at: AtScreen, word: str, seen: bool) -> bool:
    opening, closed = at.opening, at.closing is not None and at.closing.done
    if word in CANCEL_WORDS and at.closing is not None and closed:
        perform(turn, at.closing, at)
    elif word in CANCEL_WORDS:
        start(turn, at.service, Action.CANCEL, under=at)
    elif word in NO_WORDS:
        turn.means(at.service, Action.OPEN)
        turn.say("confirm no", turn.of_service(at.service))
        stay(turn)
    elif word not in YES_WORDS:
        return False
    elif closed:
        start(turn, at.service, None)
    elif opening is None:
        start(turn, at.service, Action.OPEN, under=at)
    elif seen or opening.done:
        perform(turn, opening, at)
    else:
        turn.means(at.service, Action.OPEN)
        show(turn, at)
    return True


def _list_takes(turn: StepState, at: AtList, word: str, seen: bool) -> bool:
    if word == BACK:
        show_menu(turn, turn.session.menu or "", turn.session.page)
    elif word == NEXT_PAGE and at.page + 1 < pages(turn, len(at.items)):
        show_list(turn, replace(at, page=at.page + 1))
    elif word == NEXT_PAGE:
        turn.say("list end")
        turn.wait(at)
    elif list_numbers(word) and not seen and at.last is None:
        show(turn, at)
    else:
        return reply(turn, at, word)
    return True


# ---- nothing knew it ---------------------------------------------------------------------------------------
def _lost(turn: StepState, before: Waiting, waiting: Waiting, raw: str) -> None:
    """Neither what was open nor the keywords know the text."""
    turn.how = "none"
    turn.means(None, None)
    if isinstance(before, Idle | AtWork) or before is not waiting:
        _lost_alone(turn, before, raw)
        return
    match waiting:
        case AtConfirm(proposal=proposal) if not proposal.done:
            turn.say("confirm no", turn.of_service(proposal.errand.service))
            stay(turn)
        case AtInput():
            show_question(turn, waiting, retry=True)
        case AtMenu() if _number(raw):
            _no_such_entry(turn, waiting)
        case AtChoice() if _number(raw):
            show(turn, waiting)
        case AtMenu() | AtList():
            turn.say("confirm none" if raw in YES_WORDS else "none")
            turn.wait(waiting)
        case _:
            turn.say("none")
            turn.wait(Idle())


def _no_such_entry(turn: StepState, at: AtMenu) -> None:
    menu = menu_of(turn.hall, turn.channel, at.path)
    keys = [int(e.key) for e in offered(menu.entries, turn.facts) if e.key.isdecimal()] if menu else []
    ends = {"first": Value(Kind.INDEX, min(keys, default=1)), "last": Value(Kind.INDEX, max(keys, default=1))}
    turn.say("none menu", ends)
    turn.wait(at)


def _lost_alone(turn: StepState, before: Waiting, raw: str) -> None:
    """Nothing is open, or no more: a number, a star, a yes would have meant something a while ago."""
    position = _number(raw) or raw in (BACK, NEXT_PAGE)
    expired = not isinstance(before, Idle | AtWork)
    turn.stand(Idle())
    if isinstance(before, AtConfirm | AtScreen) and (raw in YES_WORDS or position):
        _confirm_expired(turn, before)
    elif expired and (position or list_numbers(raw)):
        turn.say("menu expired")
    elif position:
        show_menu(turn, "")
        return
    elif raw in YES_WORDS:
        turn.say("confirm none")
    else:
        turn.say("none")
    turn.wait(Idle())


def _confirm_expired(turn: StepState, before: AtConfirm | AtScreen) -> None:
    service = before.proposal.errand.service if isinstance(before, AtConfirm) else before.service
    done = before.proposal if isinstance(before, AtConfirm) else before.opening
    if done is not None and done.done:
        turn.say("confirm none")
    else:
        turn.tell(Told(None, None, "confirm expired", turn.of_service(service)), SayKind.REFUSAL)
