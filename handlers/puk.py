"""The PUK code of a locked SIM card: of one's own number or another, whose service password is needed. A
locked card cannot call, so it is mostly asked for from somebody else's telephone."""

from __future__ import annotations

from business.port import UnknownSubscriber
from handlers.request import Function, Handling, ServiceRequest
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

_QUERY = ActionSpec(
    answers={"": {"number": Kind.PHONE, "puk": Kind.SECRET}, "unknown": {"number": Kind.PHONE}},
    inputs=(
        InputSpec("number", InputKind.MOBILE),
        InputSpec("secret", InputKind.PASSWORD, of="number"),
    ),
    refusals={
        "unknown target": {"number": Kind.PHONE},
        "password wrong": {"left": Kind.COUNT},
        "password locked": {},
        "password mismatch": {},
        "password limit": {},
    },
    promotes=False,
)


async def query(request: ServiceRequest) -> Outcome:
    """The code; ``unknown`` where the back office does not know the card's."""
    number = request.inputs["number"]
    phone = {"number": Value(Kind.PHONE, number)}
    try:
        code = await request.business.puk(number)
    except UnknownSubscriber:
        return Refused("unknown target", phone)
    if code is None:
        return Answered("unknown", phone)
    return Answered("", {**phone, "puk": Value(Kind.SECRET, code)})


QUERY = Function(
    ServiceSpec("puk.query", {Action.QUERY: _QUERY}, summary="PUK码,要那个号码的服务密码"),
    {Action.QUERY: Handling(ask=query)},
)
