"""Top-up by an 18-digit card (R023): one's own number or another of ours.

By voice the card is always read back and asked; by text only when another number is topped up (catalogue).
The card is secret: it is in the inputs and in the reading back, never in the offer, an answer or a log.
"""

from __future__ import annotations

from collections.abc import Mapping

from business.port import DetailValue, Done, TopUp, Why
from handlers.changes import COMMON_REFUSALS, asking, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

_STANDS = {"face": Kind.MONEY, "balance": Kind.MONEY}
_CARD = ActionSpec(
    answers={
        "": _STANDS,
        "resumed": _STANDS,
        "owing": {**_STANDS, "owed": Kind.MONEY},
        "cleared": _STANDS,
        "other": {"face": Kind.MONEY, "number": Kind.PHONE},
    },
    inputs=(
        InputSpec("card", InputKind.CARD),
        InputSpec("number", InputKind.MOBILE, optional=True),
    ),
    offers={"card": Kind.DIGITS, "number": Kind.PHONE},
    refusals={
        **COMMON_REFUSALS,
        Why.BAD_CARD: {"left": Kind.COUNT},
        Why.CARD_LOCKED: {},
        Why.UNKNOWN_TARGET: {"number": Kind.PHONE},
    },
    changes=True,
    confirm=Confirm.OFFER,
)


def _top_up(request: ServiceRequest) -> TopUp:
    return TopUp(request.inputs["card"], request.inputs.get("number") or request.caller)


async def offer_card(request: ServiceRequest) -> Outcome:
    """What will be credited to whom is asked where a slip would be dear."""
    change = _top_up(request)
    number = Value(Kind.PHONE, change.target)
    answer = await offered(request, change, {"number": number}, _CARD)
    if isinstance(answer, Refused):
        return answer
    ask = not request.channel.read or change.target != request.caller
    return asking(answer, {"card": Value(Kind.DIGITS, change.card), "number": number}, ask)


async def perform_card(request: ServiceRequest) -> Outcome:
    """Credit the card. The balance of another person's number is not told."""
    change = _top_up(request)
    own = change.target == request.caller
    answer = await performed(request, change, offer_from_json(request.offer))
    own_done = Answered(_stands(answer.details) if isinstance(answer, Done) else "")
    done = own_done if own else Answered("other", {"number": Value(Kind.PHONE, change.target)})
    outcome = result(answer, _CARD, done)
    if isinstance(outcome, Refused) and outcome.reason == Why.UNKNOWN_TARGET:
        return Refused(outcome.reason, {"number": Value(Kind.PHONE, change.target)})
    return outcome


def _stands(details: Mapping[str, DetailValue]) -> str:
    """How the account stands after the card: still in arrears, running again, past months paid."""
    if details.get("owed"):
        return "owing"
    if details.get("resumed"):
        return "resumed"
    return "cleared" if details.get("balance") == 0 else ""


CARD = Function(
    ServiceSpec("topup.card", {Action.OPEN: _CARD}, summary="充值卡充值,可以给别的手机充"),
    {Action.OPEN: Handling(offer=offer_card, perform=perform_card)},
)
