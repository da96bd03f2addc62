"""What is told by SMS besides: the receipt of a change that was made elsewhere, and what is finished by text.

Every change that is done on the telephone, or on any channel but SMS itself, is told by SMS as well, once, in
the commit of its outcome. Where the rest is done by text (R063: a password is reset by voice, the new one
texted), the SMS hall waits for it.
"""

from __future__ import annotations

from dataclasses import replace

from menus.dialogue.errands import IDENTITY, account, inputs_of
from menus.dialogue.session import AtInput, Errand, Given, Told
from menus.dialogue.turn import StepState, told
from menus.model.asked import InputKind
from menus.model.events import Answered, Asks, SayKind
from menus.model.specs import ActionSpec, Follow

CALLER = IDENTITY[0].name


def tell_with_receipt(
    turn: StepState, errand: Errand, action: ActionSpec | None, answer: Told, asks: Asks | None
) -> Told:
    """Every change that is done on a channel that is not itself SMS is told by SMS as well, to whom it was
    done for: what it costs, from when on, how it is cancelled. Returns what was told here: nothing that is to
    be texted back."""
    texted = action.then.gives.values() if action is not None and action.then is not None else ()
    spoken = replace(answer, values={k: v for k, v in answer.values.items() if k not in texted})
    said = turn.tell(spoken, SayKind.ANSWER, final=True)
    sent = turn.send(answer, to=account(turn, errand), asks=asks)
    if not said and not (sent and turn.say("sent")):  # never "not done" of something that was
        turn.say("busy change", turn.of_service(errand.service))
    return spoken


def tell_owner(turn: StepState, errand: Errand, result: Answered) -> None:
    """Whoever's number it is hears of what another had done on it: stopped, started, topped up."""
    caller = turn.facts.caller
    named = {i.name for i in inputs_of(turn, errand) if i.kind is InputKind.MOBILE and i.name != CALLER}
    owner = next((g.value for g in errand.given if g.name in named and g.value), caller)
    if owner not in (None, caller, account(turn, errand)) and not result.repeated:
        turn.send_to(owner, told(errand, "owner", result.values))


def follow_up(turn: StepState, then: Follow, result: Answered) -> Asks | None:
    """What the SMS hall asks after this answer (R063: a password is reset by voice, and finished by SMS)."""
    if not all(name in result.values for name in then.gives.values()):
        return None
    found = (s.id for s in turn.hall.services.values() if s.spec is not None and s.spec.name == then.does)
    service = next(found, None)
    if service is None:
        return None
    given = {name: str(result.values[value].raw) for name, value in then.gives.items()}
    return Asks(service, then.action, then.asks, given)


def asked(asks: Asks) -> AtInput:
    """What the SMS hall waits for once it has asked that."""
    given = tuple(Given(name, value, secret=True) for name, value in asks.given.items())
    return AtInput(Errand(asks.service, asks.action, given), asks.name)
