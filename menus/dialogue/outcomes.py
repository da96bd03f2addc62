"""What a handler's outcome leads to: an answer, a question, a refusal, or the word that it is not known.

Public: :func:`outcome` (within a step), :func:`settled` (a result that came after the customer was told to
wait). Only the last answer of something that was done is ``final`` (R107).
"""

from __future__ import annotations

import json

from menus.dialogue.errands import action_of, inputs_of, perform, proceed, prove
from menus.dialogue.receipts import asked, follow_up, tell_owner, tell_with_receipt
from menus.dialogue.session import (
    AtConfirm,
    AtList,
    AtMore,
    AtScreen,
    AtWork,
    Errand,
    Given,
    Proposal,
    Told,
)
from menus.dialogue.showing import (
    ASKED,
    come_back,
    list_text,
    show_confirm,
    show_list,
    show_more,
    show_screen,
    stay,
)
from menus.dialogue.turn import StepState, told
from menus.dialogue.undone import (
    busy_values,
    leave_open,
    not_done,
    not_found,
    refused,
    unknown,
    with_proposal,
)
from menus.model.asked import InputKind
from menus.model.events import (
    Answered,
    Asks,
    Do,
    NotDone,
    Offered,
    Outcome,
    Refused,
    SayKind,
    Unknown,
)
from menus.model.phrases import reads_back
from menus.model.specs import Action, ActionSpec, Confirm
from menus.model.values import Kind, Value, Values

BY_HAND = "by hand"
"""The variant of an answer that people found out, not the back office: it has no values."""
MINUTES_TO_WAIT = 5
_ROW_WINS = ("i",)


def outcome(turn: StepState, waiting: AtWork, result: Outcome) -> None:
    """Go on with what the handler answered to ``waiting``."""
    match result:
        case Answered() if waiting.do is Do.LOOK:
            prove(turn, waiting.errand)
            proceed(turn, waiting.errand, screen=waiting.screen, under=waiting.under)
        case Answered() if waiting.do is not Do.PERFORM:
            _answer(turn, waiting.errand, result)
        case Answered():
            _performed(turn, waiting, result)
        case Offered() if waiting.do is Do.OFFER:
            _offered(turn, waiting, result)
        case Refused():
            refused(turn, waiting, result)
        case Unknown() if waiting.do is Do.PERFORM:
            unknown(turn, waiting)
        case _:
            not_done(turn, waiting)


# ---- queries ----
def _answer(turn: StepState, errand: Errand, result: Answered) -> None:
    if turn.facts.caller is None:
        prove(turn, errand)
    answer = turn.worded_answer(errand, result.variant, result.values)
    action = action_of(turn, errand)
    if result.items and action is not None and action.picks is not None:
        _copy(turn, errand, answer, result)
        show_list(turn, AtList(errand, result.items, answer, action.picks))
        return
    final = action is None or action.promotes
    said = turn.tell(answer, SayKind.ANSWER, final)
    if not said and not _send_instead(turn, answer):
        not_found(turn, errand)
        return
    for number, row in enumerate(result.items, 1):
        of_row = {**row.values, "i": Value(Kind.INDEX, number)}
        turn.tell(told(errand, row.wording, of_row), SayKind.ANSWER, final=final)
    if result.items:
        turn.tell(told(errand, "foot"), SayKind.ANSWER, final=final)
    if said and _copy(turn, errand, answer, result):
        turn.say("copied")
    _after(turn, errand, answer)


def _tell_answer(turn: StepState, answer: Told, final: bool) -> None:
    """Say it. What has no wording that can be filled is never called "not done" of something that was."""
    if not turn.tell(answer, SayKind.ANSWER, final):
        service = turn.hall.services.get(answer.service or "")
        spec = service.spec.actions.get(answer.action) if service and service.spec and answer.action else None
        name = "busy change" if spec is not None and spec.changes else "busy query"
        turn.say(name, busy_values(turn, answer.service))


def _send_instead(turn: StepState, answer: Told) -> bool:
    """An answer without a wording goes as an SMS."""
    return not turn.channel.texted and turn.send(answer) and turn.say("sent")


def _copy(turn: StepState, errand: Errand, answer: Told, result: Answered) -> bool:
    """The figures by SMS where they are only heard. A list's copy has a head of its own, ``copy``: the answer
    by text asks for numbers, which nobody would understand while no list is open there."""
    service = turn.hall.services.get(errand.service)
    if turn.channel.read or service is None or not service.copy:
        return False
    if not result.items:
        return turn.send(answer)
    rows, values = list_text(turn, errand, result.items)
    return turn.send(told(errand, "copy", result.values), rows, values)


def _after(turn: StepState, errand: Errand, answer: Told) -> None:
    if not turn.by_key:
        stay(turn)
        return
    lists = _list_errand(turn, errand)
    show_more(turn, AtMore((answer,), lists, "more list" if lists else "more"), repeat=False)


def _list_errand(turn: StepState, errand: Errand) -> Errand | None:
    """The list that a picked row came from, to go on with it."""
    service = turn.hall.services.get(errand.service)
    if errand.row is None or errand.action is not Action.CANCEL or service is None or service.spec is None:
        return None
    found = next((a for a, each in service.spec.actions.items() if each.picks is errand.action), None)
    return None if found is None else Errand(errand.service, found)


# ---- offers ----
def _offered(turn: StepState, waiting: AtWork, result: Offered) -> None:
    errand = waiting.errand
    prove(turn, errand)
    proposal = Proposal(
        errand=errand,
        values=_confirm_values(turn, errand, result.values),
        offer=json.dumps(result.offer, ensure_ascii=False),
        key=f"{turn.session.id}:{turn.number}",
        ask=_must_ask(turn, errand, result),
        state=result.state,
    )
    if waiting.screen:
        state = result.state or "off"
        opening = None if state == "on" else proposal
        show_screen(turn, AtScreen(errand.service, state, proposal.values, opening))
    elif proposal.ask:
        show_confirm(turn, AtConfirm(proposal, with_proposal(waiting.under, proposal)))
    else:
        perform(turn, proposal, waiting.under)


def _must_ask(turn: StepState, errand: Errand, result: Offered) -> bool:
    """What is charged or cannot be taken back by one text; also what was picked or typed unseen, and what a
    text only spoke of."""
    action = action_of(turn, errand)
    always = action is not None and action.confirm is Confirm.ALWAYS
    unseen = not turn.channel.read and (errand.row is not None or (action is not None and reads_back(action)))
    service = turn.hall.services.get(errand.service)
    worded = service.wording(errand.action, ASKED) if service else None
    asks = worded is not None and worded.on(turn.channel) is not None
    return result.confirm or always or unseen or asks or not errand.sure


def _confirm_values(turn: StepState, errand: Errand, offered: Values) -> dict[str, Value]:
    """The offer's values win over the inputs and the row, except the number under which the row was shown."""
    row = dict(errand.row or {})
    inputs = {i.name: i.kind for i in inputs_of(turn, errand)}
    typed = {g.name: value for g in errand.given if (value := _input_value(inputs.get(g.name), g))}
    return {**typed, **row, **offered, **{name: row[name] for name in _ROW_WINS if name in row}}


def _input_value(kind: InputKind | None, given: Given) -> Value | None:
    match kind:
        case InputKind.MOBILE | InputKind.SEGMENT:
            return Value(Kind.PHONE, given.value)
        case InputKind.TICKET:
            return Value(Kind.CODE, given.value)
        case InputKind.CARD:
            return Value(Kind.DIGITS, given.value)
        case InputKind.TEXT:
            return Value(Kind.TEXT, given.value)
        case InputKind.AMOUNT if given.value.isdecimal():
            return Value(Kind.MONEY, int(given.value) * 100)
    return None


# ---- changes ----
def _performed(turn: StepState, waiting: AtWork, result: Answered) -> None:
    errand = waiting.errand
    prove(turn, errand)
    action = action_of(turn, errand)
    answer = turn.worded_answer(errand, result.variant, result.values)
    asks = _asks(turn, action, result)
    if result.repeated and asks is None and _tell_repeated(turn, errand, result):
        pass
    elif not turn.channel.texted:
        answer, asks = tell_with_receipt(turn, errand, action, answer, asks), None
    else:
        promotes = action is None or action.promotes
        _tell_answer(turn, answer, final=promotes and not result.repeated and asks is None)
    tell_owner(turn, errand, result)
    if turn.by_key:
        _after(turn, errand, answer)
    elif asks is not None:
        turn.wait(asked(asks))
    else:
        leave_open(turn, waiting)


def _asks(turn: StepState, action: ActionSpec | None, result: Answered) -> Asks | None:
    """What the SMS hall is to ask after this answer."""
    return None if action is None or action.then is None else follow_up(turn, action.then, result)


def _tell_repeated(turn: StepState, errand: Errand, result: Answered) -> bool:
    """A confirmation that came twice: it was done once, and nothing was charged again."""
    if turn.tell(told(errand, "again", result.values), SayKind.ANSWER):
        return True
    if errand.action is not Action.OPEN:
        return False
    own = told(errand, "refused already", result.values)
    general = Told(None, None, "refused already", turn.of_service(errand.service))
    return turn.tell(own, SayKind.ANSWER) or turn.tell(general, SayKind.ANSWER)


# ---- later ----
def settled(turn: StepState, errand: Errand, result: Outcome) -> None:
    """The result of something that was 正在办理, for an SMS of its own; nothing is waited for."""
    match result:
        case Answered(variant=variant) if variant == BY_HAND:
            turn.say("settled by hand", turn.of_service(errand.service), SayKind.ANSWER)
        case Answered():
            answer = turn.worded_answer(errand, result.variant, result.values)
            asks = _asks(turn, action_of(turn, errand), result)
            if asks is None or not turn.send(answer, asks=asks):
                _tell_answer(turn, answer, final=False)
            tell_owner(turn, errand, result)
        case Refused():
            turn.refuse(told(errand, f"refused {result.reason}", result.values))
        case NotDone():
            turn.say("busy failed", busy_values(turn, errand.service), SayKind.REFUSAL)


def again(turn: StepState, errand: Errand | None) -> None:
    """Key 1 after an answer: the list once more, or the query that was not answered."""
    if errand is None:
        come_back(turn)
    else:
        proceed(turn, errand)
