"""What is open takes a text for itself: a menu its numbers, a question what is valid for it, a confirmation a
yes or a no, however people write them (:mod:`menus.matching.replies`).

A confirmation is given by a plain yes alone, and only if it was sent after the question was there to be read.
"""

from __future__ import annotations

from dataclasses import replace

from menus.dialogue.errands import action_of, follow, give, inputs_of, may_pass, perform, start
from menus.dialogue.lists import reply
from menus.dialogue.session import (
    AtChoice,
    AtConfirm,
    AtInput,
    AtList,
    AtMenu,
    AtScreen,
    Errand,
    Given,
    Proposal,
    Waiting,
)
from menus.dialogue.showing import (
    come_back,
    input_spec,
    menu_of,
    menu_pages,
    pages,
    parent_of,
    show,
    show_list,
    show_menu,
    show_question,
    stay,
)
from menus.dialogue.turn import StepState
from menus.matching.freetext import Aside, aside
from menus.matching.inputs import plain, read_given
from menus.matching.keywords import index_of
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.matching.normal import normalise
from menus.matching.replies import Reply, Way, agrees, declines, inquires, names_one, reply_of
from menus.matching.vocabulary import verb
from menus.model.asked import InputKind
from menus.model.conditions import offered
from menus.model.events import SayKind
from menus.model.hall import Entry
from menus.model.phrases import is_screen
from menus.model.specs import Action

OPEN_KEY, CANCEL_KEY = 1, 2
CHOSEN = frozenset({InputKind.AMOUNT, InputKind.MOBILE})
"""What may be chosen on a product's screen by writing it: 20元."""


def takes(turn: StepState, waiting: Waiting, said: str, seen: bool) -> bool:
    """Whether the open thing takes the text for itself; if so, it is done."""
    answer, taken = reply_of(said), False
    match waiting:
        case AtMenu():
            taken = _menu_takes(turn, waiting, answer, said)
        case AtInput():
            taken = _input_takes(turn, waiting, answer, said)
        case AtConfirm():
            taken = _confirm_takes(turn, waiting, answer, said, seen)
        case AtScreen():
            taken = _screen_takes(turn, waiting, answer, said, seen)
        case AtList():
            taken = _list_takes(turn, waiting, answer, said, seen)
        case AtChoice():
            taken = _choice_takes(turn, waiting, answer, said)
    return taken


# ---- menus and choices -------------------------------------------------------------------------------------
def _menu_takes(turn: StepState, at: AtMenu, answer: Reply, said: str) -> bool:
    menu = menu_of(turn.hall, turn.channel, at.path)
    if menu is None:
        return False
    entries = offered(menu.entries, turn.facts)
    if answer.way is Way.BACK:
        show_menu(turn, parent_of(menu.path, turn.channel))
    elif answer.way is Way.NEXT and at.page + 1 < len(menu_pages(turn, menu, entries)):
        show_menu(turn, menu.path, at.page + 1)
    elif answer.way is Way.NEXT:
        turn.say("menu end")
        turn.wait(at)
    elif answer.way is Way.PREVIOUS:
        show_menu(turn, menu.path, max(at.page - 1, 0))
    else:
        found = _entry(entries, answer, said)
        if found is None:
            return False
        follow(turn, found.target)
    return True


def _entry(entries: tuple[Entry, ...], answer: Reply, said: str) -> Entry | None:
    """The entry whose number, or whose very words, the reply is."""
    if answer.number is not None:
        return next((e for e in entries if e.key == str(answer.number)), None)
    named = [e for e in entries if names_one(said, e.label) or names_one(said, f"{e.key}{e.label}")]
    if not named and len(entries) == 1 and agrees(answer, None):
        return entries[0]
    return named[0] if len(named) == 1 else None


def _choice_takes(turn: StepState, at: AtChoice, answer: Reply, said: str) -> bool:
    number = answer.number
    if number is None:
        titles = [turn.hall.services[s].title if s in turn.hall.services else "" for s in at.services]
        named = [n for n, title in enumerate(titles, 1) if names_one(said, title)]
        only = len(at.services) == 1 and agrees(answer, at.action)
        number = 1 if only else named[0] if len(named) == 1 else None
    if number is not None and 1 <= number <= len(at.services):
        start(turn, at.services[number - 1], at.action)
    elif answer.way is Way.BACK or declines(answer, at.action):
        show_menu(turn, "")
    else:
        return False
    return True


# ---- questions ---------------------------------------------------------------------------------------------
def _input_takes(turn: StepState, at: AtInput, answer: Reply, said: str) -> bool:
    spec = input_spec(turn.hall, at.errand, at.name)
    value = read_given(spec, said, turn.facts.now.date())
    words = spec.kind in (InputKind.TEXT, InputKind.NAME)
    action = action_of(turn, at.errand)
    if answer.asks and not words and action is not None and action.changes:
        value = None  # 30？ asks
    if words and not _are_words(turn, at, answer, said):
        value = None
    if value is None and answer.way is Way.NEXT and may_pass(turn, at.errand, at.name):
        value = ""
    if value is not None:
        turn.means(at.errand.service, at.errand.action)
        give(turn, at, value)
        return True
    back, gives_up = answer.way in (Way.BACK, Way.PREVIOUS), _gives_up(answer, said)
    if not back and not gives_up:
        return _asked_again(turn, at, said)
    if not leave(turn, at, None) and (turn.session.menu is None or gives_up):
        turn.say("left query")
    come_back(turn) if back else stay(turn)
    return True


def _are_words(turn: StepState, at: AtInput, answer: Reply, said: str) -> bool:
    """Whether there is something to file in it. Nobody complains "1", 返回 or 谢谢, nobody is called 好的;
    a command is done, and whoever asks how to complain has not complained yet."""
    if answer.number is not None or answer.way is not None or agrees(answer, None) or _gives_up(answer, said):
        return False
    if not _files(turn, at):  # a question to the hall may be any
        return aside(said) is not Aside.NOTHING
    return aside(said) is None and not _commands(turn, said)


def _files(turn: StepState, at: AtInput) -> bool:
    action = action_of(turn, at.errand)
    return action is not None and action.changes


def _commands(turn: StepState, said: str) -> bool:
    """A command and nothing else: a code or letters, the agent, a verb with its product (查话费)."""
    if index_of(turn.hall).openings.command(said) is not None:
        return True
    return recognise(turn.hall, said).how == "keyword" and verb(normalise(said)) is not None


def _asked_again(turn: StepState, at: AtInput, said: str) -> bool:
    """What is asked about the question itself (怎么写) is answered by it, unless the hall knows better."""
    if not _files(turn, at) or aside(said) is not Aside.ASKS:
        return False
    if recognise(turn.hall, said).service not in (None, at.errand.service):
        return False
    turn.means(at.errand.service, at.errand.action)
    show_question(turn, at)
    return True


def _gives_up(answer: Reply, said: str) -> bool:
    return answer.number is None and (declines(answer, None) or aside(said) is Aside.LEAVES)


# ---- confirmations -----------------------------------------------------------------------------------------
def _confirm_takes(turn: StepState, at: AtConfirm, answer: Reply, said: str, seen: bool) -> bool:
    proposal, errand = at.proposal, at.proposal.errand
    if _says_yes(turn, proposal, answer) and (seen or proposal.done):
        perform(turn, proposal, at)
    elif _says_yes(turn, proposal, answer) or (inquires(answer) and not proposal.done):
        turn.means(errand.service, errand.action)
        show(turn, at)
    elif proposal.done:
        return takes(turn, at.under, said, seen) or _withdrawn(turn, errand, answer)
    elif _says_no(answer, errand.action):
        turn.means(errand.service, errand.action)
        give_up(turn, errand)
    else:
        return False
    return True


def _withdrawn(turn: StepState, errand: Errand, answer: Reply) -> bool:
    """A no behind what was done, or may be: he is shown how it stands now, and how it is ended."""
    service = turn.hall.services.get(errand.service)
    if not _says_no(answer, errand.action) and not _ends(answer):
        return False
    if service is None or service.spec is None or not is_screen(service.spec):
        return False
    start(turn, errand.service, None)
    return True


def _says_yes(turn: StepState, proposal: Proposal, answer: Reply) -> bool:
    errand = proposal.errand
    service = turn.hall.services.get(errand.service)
    product = bool(service and service.spec and Action.CANCEL in service.spec.actions)
    return answer.number == OPEN_KEY or agrees(answer, errand.action, product, verb=not errand.sure)


def _says_no(answer: Reply, action: Action | None) -> bool:
    return (
        answer.number == CANCEL_KEY
        or answer.way in (Way.BACK, Way.NEXT, Way.PREVIOUS)
        or declines(answer, action)
    )


def give_up(turn: StepState, errand: Errand) -> None:
    """What was asked is not done; what was to be cancelled goes on."""
    values = turn.of_service(errand.service)
    kept = errand.action is Action.CANCEL and turn.say("confirm kept", values)
    if not kept:
        turn.say("confirm no", values)
    stay(turn)


# ---- screens -----------------------------------------------------------------------------------------------
def _screen_takes(turn: StepState, at: AtScreen, answer: Reply, said: str, seen: bool) -> bool:
    if answer.way in (Way.BACK, Way.PREVIOUS):
        show_menu(turn, turn.session.menu or "", turn.session.page)
    elif _ends(answer) and (not at.behind or (at.closing is not None and at.closing.done)):
        _screen_ends(turn, at)
    elif at.behind and (answer.number is not None or _ends(answer) or agrees(answer, Action.OPEN)):
        start(turn, at.service, None)
    elif _chooses(turn, at, answer, said):
        pass
    elif answer.number == OPEN_KEY or agrees(answer, Action.OPEN):
        _screen_opens(turn, at, seen)
    elif at.used and (answer.way or answer.number is not None or declines(answer, Action.OPEN)):
        start(turn, at.service, None)  # how it stands now
    elif answer.way is Way.NEXT or answer.number is not None or inquires(answer):
        show(turn, at)
    elif declines(answer, Action.OPEN) and at.state != "on":
        turn.means(at.service, Action.OPEN)
        give_up(turn, Errand(at.service, Action.OPEN))
    else:
        return False
    return True


def _ends(answer: Reply) -> bool:
    """On a product's screen 取消 can only mean this product."""
    ends = agrees(answer, Action.CANCEL, verb=True) and not agrees(answer, Action.OPEN)
    return answer.number == CANCEL_KEY or (answer.number is None and ends)


def _screen_ends(turn: StepState, at: AtScreen) -> None:
    if at.closing is not None and at.closing.done:
        perform(turn, at.closing, at)
    else:
        start(turn, at.service, Action.CANCEL, under=replace(at, behind=True))  # a 1 behind it asks again


def _screen_opens(turn: StepState, at: AtScreen, seen: bool) -> None:
    if at.closing is not None and at.closing.done:
        start(turn, at.service, None)
    elif at.opening is None:
        start(turn, at.service, Action.OPEN, under=at)
    elif seen or at.opening.done:
        perform(turn, at.opening, at)
    else:
        turn.means(at.service, Action.OPEN)
        show(turn, at)


def _chooses(turn: StepState, at: AtScreen, answer: Reply, said: str) -> bool:
    """What can be chosen with a product is written on its screen: 20元 below the reminder."""
    if answer.number in (OPEN_KEY, CANCEL_KEY):
        return False
    errand = Errand(at.service, Action.OPEN)
    for spec in inputs_of(turn, errand):
        value = read_given(spec, said, turn.facts.now.date()) if spec.kind in CHOSEN else None
        if value is not None and spec.optional:
            start(turn, at.service, Action.OPEN, (Given(spec.name, value),), under=at)
            return True
    return False


# ---- lists -------------------------------------------------------------------------------------------------
def _list_takes(turn: StepState, at: AtList, answer: Reply, said: str, seen: bool) -> bool:
    if answer.way is Way.BACK:
        show_menu(turn, turn.session.menu or "", turn.session.page)
    elif answer.way is Way.NEXT and at.page + 1 < pages(turn, len(at.items)):
        show_list(turn, replace(at, page=at.page + 1))
    elif answer.way is Way.NEXT:
        turn.say("list end")
        turn.wait(at)
    elif answer.way is Way.PREVIOUS:
        show_list(turn, replace(at, page=max(at.page - 1, 0)))
    else:
        return reply(turn, at, plain(said), answer, seen)
    return True


# ---- leaving -----------------------------------------------------------------------------------------------
def leave(turn: StepState, waiting: Waiting, match: Match | None) -> bool:
    """Say that something half done is given up, if something is; replacing a question by the same question
    says nothing."""
    pending = _pending(turn, waiting)
    if pending is None:
        return False
    if match is not None and (match.service, match.action) == (pending.service, pending.action):
        return False
    meant = Match() if match is None else match
    changing = meant.action in (Action.OPEN, Action.CANCEL) and meant.service in turn.hall.services
    if isinstance(waiting, AtConfirm) and changing:
        turn.say("confirm replaced", turn.of_service(pending.service))
    else:
        turn.say("left")
    return True


def _pending(turn: StepState, waiting: Waiting) -> Errand | None:
    """The change that was begun and neither done nor refused."""
    if isinstance(waiting, AtConfirm) and not waiting.proposal.done:
        return waiting.proposal.errand
    if isinstance(waiting, AtInput):
        action = action_of(turn, waiting.errand)
        return waiting.errand if action is not None and action.changes else None
    return None


def leave_for_main(turn: StepState, waiting: Waiting) -> None:
    """To the main menu; what is given up by it is said in the same message, where the hall words that."""
    menu = menu_of(turn.hall, turn.channel, "")
    whole = menu is not None and len(offered(menu.entries, turn.facts)) == len(menu.entries)
    if whole and _pending(turn, waiting) and turn.say("main left", kind=SayKind.ASK):
        turn.enter(AtMenu(""))
        return
    leave(turn, waiting, None)
    show_menu(turn, "")
