"""What a text means: the open thing first, but ``10086``, ``0`` and exact codes before everything.

Menu positions and questions live ten minutes, lists and confirmations two hours. Leaving something half done
says so; a menu, a screen or a list that is left for something else is open again when that is done, unless
that opened something of its own. What the open thing takes is in :mod:`menus.dialogue.taking`, what nobody
understood in :mod:`menus.dialogue.lost`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from menus.dialogue.errands import AGENT, MAIN_MENU, action_of, agent, follow, inputs_of, start
from menus.dialogue.lost import lost
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
    Waiting,
)
from menus.dialogue.showing import input_spec, lasts, show_choice, show_menu, show_question
from menus.dialogue.taking import leave, leave_for_main, takes
from menus.dialogue.turn import StepState
from menus.dialogue.undone import open_after
from menus.matching.inputs import list_numbers, looks_like, plain, read_given
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.matching.normal import clean, normalise
from menus.matching.parameters import own_number, parts
from menus.matching.replies import Way, agrees, declines, reply_of
from menus.matching.wrapping import before_quote, says_nothing, unwrapped
from menus.model.asked import SECRET_INPUTS, InputKind
from menus.model.events import SayKind, Text
from menus.model.hall import Goal
from menus.model.specs import Action, InputSpec

POSITION_LIFE = timedelta(minutes=10)  # of a menu position and an open question
CONFIRM_LIFE = timedelta(hours=2)
"""How long a list, a screen and a confirmation last (domain §5.2)."""
TEMPORARY_LIFE = timedelta(hours=24)
"""How long a new password is waited for, as long as the temporary one is good (R063), and a score."""
_NUMBERS = frozenset({InputKind.MOBILE, InputKind.SEGMENT})


def text(turn: StepState, event: Text) -> None:
    """One message."""
    before = turn.session.waiting
    if isinstance(before, AtWork):  # a fault of ours broke it off, and its customer goes on
        before = open_after(before)
    waiting = before if _alive(turn, before, event.came or turn.lived) else Idle()
    exact = event.text in turn.hall.codes  # as most are: nothing stands beside it
    if not event.whole:
        _in_part(turn, waiting, event.text)
        return
    as_it_is = exact or _asks(turn, waiting) is InputKind.TEXT
    said = event.text if as_it_is else _words(turn, waiting, event.text)
    raw = said if exact else plain(said).upper()
    called = not exact and normalise(said) == turn.hall.number
    if called or (not exact and reply_of(said).way is Way.MAIN):
        _main_menu(turn, waiting, called)
        return
    several = isinstance(waiting, AtList) and len(list_numbers(raw)) > 1  # no code is meant then
    match = None if several else _winning(turn, waiting, said, raw)
    if match is None and takes(turn, waiting, said, event.seen):
        return
    match = match or (Match() if several or _meant_as_input(turn, waiting, said) else _read(turn, said))
    vague = match.how == "ask" and not match.candidates and isinstance(waiting, AtConfirm)
    if match.how != "none" and not vague:
        _go(turn, waiting, match, said)
    else:
        lost(turn, before, waiting, said)


def _in_part(turn: StepState, waiting: Waiting, text: str) -> None:
    """A text of which a part never came: what is lost may be the 不要. It is answered where it asks."""
    match = _read(turn, text)
    if match.changes or match.how in ("none", "ask") or match.service not in turn.hall.services:
        turn.how = "none"
        turn.means(None, None)
        turn.say("incomplete") or turn.say("none")
        turn.stay_open(waiting)
    else:
        _go(turn, waiting, match, text)


def _words(turn: StepState, waiting: Waiting, text: str) -> str:
    """The customer's own words: no signature, no text of ours that he sent back behind a code or a reply.
    Where they would change something, all that stands there counts that may mean something."""
    said, off = unwrapped(text)
    if off and not says_nothing(turn.hall, off) and _may_change(turn, waiting, said):
        return text
    head = before_quote(turn.hall, said)
    if head == said:
        return said
    reply = reply_of(head)
    short = reply.number is not None or reply.way or list_numbers(head)
    if short or agrees(reply, None) or declines(reply, None):
        return head
    return head if recognise(turn.hall, head).how in ("code", "keyword") else said


def _may_change(turn: StepState, waiting: Waiting, said: str) -> bool:
    if recognise(turn.hall, said).changes:
        return True
    if isinstance(waiting, AtInput):
        action = action_of(turn, waiting.errand)
        return action is not None and action.changes
    return isinstance(waiting, AtConfirm | AtScreen | AtList)


def _read(turn: StepState, said: str) -> Match:
    """What the text is recognised as; a telephone number that begins like a code is none."""
    match = recognise(turn.hall, said)
    if match.how != "code" or match.inputs or said in turn.hall.codes:
        return match
    digits = clean(said)
    if digits.isdecimal() and digits not in turn.hall.codes:
        return Match()
    return match


def _meant_as_input(turn: StepState, waiting: Waiting, said: str) -> bool:
    """Whether a text was meant for the question, though it is no answer to it: a fixed line's number where a
    mobile's was asked for, a card with a digit too few."""
    kind = _asks(turn, waiting)
    commanded = clean(said).split(" ")[0] in turn.hall.codes
    return kind is not None and not commanded and looks_like(kind, said)


def _alive(turn: StepState, waiting: Waiting, came: datetime) -> bool:
    since = turn.session.since
    if since is None or isinstance(waiting, Idle):
        return True
    life = CONFIRM_LIFE if isinstance(waiting, AtConfirm | AtScreen | AtList) else POSITION_LIFE
    life = TEMPORARY_LIFE if lasts(turn.hall, waiting) else life
    return came - since <= life


def _asks(turn: StepState, waiting: Waiting) -> InputKind | None:
    """The kind of input that is asked for; None: none is."""
    return input_spec(turn.hall, waiting.errand, waiting.name).kind if isinstance(waiting, AtInput) else None


def _main_menu(turn: StepState, waiting: Waiting, called: bool) -> None:
    known = MAIN_MENU if MAIN_MENU in turn.hall.services else None
    turn.how = "code" if called else "dialogue"
    turn.means(known, Action.INFO if known else None)
    leave_for_main(turn, waiting)


def _winning(turn: StepState, waiting: Waiting, written: str, raw: str) -> Match | None:
    """What wins over whatever is open: exact codes; over an open text question also command letters (HF,
    QXCL), and over that for a name any keyword: nobody is called 话费."""
    if isinstance(waiting, Idle):
        return _read(turn, written)
    asks = _asks(turn, waiting)
    words = asks in (InputKind.NAME, InputKind.TEXT)
    word = normalise(written) if words or len(raw) > 1 else ""  # no code is shorter
    if not (code := word in turn.hall.codes) and not words:
        return None
    match = recognise(turn.hall, written)
    name, letters = asks is InputKind.NAME, asks is InputKind.TEXT and word.isascii() and word.isalpha()
    desk = match.service in (AGENT, MAIN_MENU)  # 人工 is no complaint
    wins = {"code": code, "keyword": name or letters or desk, "ask": name}
    return match if wins.get(match.how, False) else None


# ---- what was recognised -----------------------------------------------------------------------------------
def _go(turn: StepState, waiting: Waiting, match: Match, said: str) -> None:
    """Leave what is open for what the message asks."""
    turn.how = match.how
    if not isinstance(waiting, Idle):
        leave(turn, waiting, None if match.how == "ask" else match)
    if _comes_back(waiting):
        turn.keep_open(_left_behind(waiting, match))
    turn.leave_menu()
    if match.how == "ask":
        _ask(turn, match)
        return
    target = match.target
    if match.service in turn.hall.services and (target is None or target.goal is Goal.SERVICE):
        _serve(turn, match, said)
    elif target is not None and target.goal is Goal.AGENT:
        agent(turn)
    elif target is not None:
        follow(turn, target)
    else:
        show_menu(turn, "")


def _comes_back(waiting: Waiting) -> bool:
    """Whether what was there to choose from is still there after an answer that came between."""
    if isinstance(waiting, AtConfirm):
        return waiting.proposal.done and not isinstance(waiting.under, Idle)
    return isinstance(waiting, AtMenu | AtScreen | AtList | AtChoice)


def _left_behind(waiting: Waiting, match: Match) -> Waiting:
    """As it is open again afterwards: a 1 behind a change of something else may be meant for that."""
    changing = match.how != "ask" and match.action in (Action.OPEN, Action.CANCEL)
    if changing and isinstance(waiting, AtScreen | AtList):
        return replace(waiting, behind=True)
    return waiting


def _ask(turn: StepState, match: Match) -> None:
    turn.means(None, None)
    known = tuple(s for s in match.candidates if s in turn.hall.services)
    if known:
        show_choice(turn, AtChoice(known, match.action))
        return
    turn.say("ask cancel" if match.action is Action.CANCEL else "ask open", kind=SayKind.ASK)
    turn.wait(Idle())


def _read_given(turn: StepState, spec: InputSpec, written: str) -> str | None:
    """The input as it was written into the text; 我 and 本机 are the customer's own number."""
    return read_given(spec, written, turn.facts.now.date()) or own_number(written, turn.facts.caller)


def _serve(turn: StepState, match: Match, said: str) -> None:
    """The service, with those inputs that the message already gave; one that is none is asked for."""
    service = turn.hall.services[match.service or ""]
    given: list[Given] = []
    errand = Errand(service.id, match.action or Action.QUERY, sure=match.sure)
    for spec in inputs_of(turn, errand):
        written = match.inputs.get(spec.name)
        value = None if written is None else _read_given(turn, spec, written)
        if value is None and written is not None and spec.kind is InputKind.MONTH:
            value = written  # the handler names the months that there are
        if value is not None:
            given.append(Given(spec.name, value, spec.kind in SECRET_INPUTS))
        elif written is not None or _mistyped(spec, match, said):
            turn.means(service.id, errand.action)
            show_question(turn, AtInput(replace(errand, given=tuple(given)), spec.name), retry=True)
            return
    start(turn, service.id, match.action, tuple(given), sure=match.sure)


def _mistyped(spec: InputSpec, match: Match, said: str) -> bool:
    """Whether a number stands behind a command that is not the one it wants: a fixed line's for a mobile's, a
    card with a digit too few."""
    rest = "" if match.inputs or spec.kind not in _NUMBERS | SECRET_INPUTS else parts(clean(said))[1]
    return looks_like(spec.kind, rest.split(" ")[0] if spec.kind in _NUMBERS else rest)
