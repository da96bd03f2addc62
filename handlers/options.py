"""Products that something is chosen with: the amount below which a balance is reminded of (3-8-1, 0209), the
number that calls are forwarded to (0227).

They are opened again to choose anew; cancelling is as for every product.
"""

from __future__ import annotations

from dataclasses import replace

from business.port import Offer, OpenProduct, Product, Why
from handlers import products
from handlers.changes import asking, day_of, offer_from_json, offered, performed, result
from handlers.products import CANCEL, FEE, LIMITS, explained, offer_cancel, perform_cancel, product_id
from handlers.request import Function, Handling, ServiceRequest, day, money
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

_DATED = {"start": Kind.DATE}
_AMOUNT = {"amount": Kind.MONEY}
_NUMBER = {"number": Kind.PHONE}

_REMIND = ActionSpec(
    answers={"": {**_AMOUNT, **_DATED}},
    inputs=(InputSpec("amount", InputKind.AMOUNT, optional=True),),
    offers={**FEE, **_AMOUNT, **_DATED},
    refusals={
        **LIMITS,
        Why.ALREADY: {**FEE, **_AMOUNT},
        Why.OPTION: {"low": Kind.MONEY, "high": Kind.MONEY},
    },
    changes=True,
    confirm=Confirm.OFFER,
)
_FORWARD = ActionSpec(
    answers={"": {**FEE, **_NUMBER, **_DATED}},
    inputs=(
        InputSpec("number", InputKind.MOBILE),
        InputSpec("secret", InputKind.PASSWORD),
    ),
    offers={**FEE, **_NUMBER, **_DATED},
    refusals={
        **LIMITS,
        Why.ALREADY: FEE,
        Why.UNKNOWN_TARGET: _NUMBER,
        "password wrong": {"left": Kind.COUNT},
        "password locked": {},
    },
    changes=True,
    confirm=Confirm.ALWAYS,
)


def _states(chosen: dict[str, Kind]) -> ActionSpec:
    return ActionSpec(
        answers={
            "on": {**FEE, **chosen, "since": Kind.DATE},
            "off": FEE,
            "ending": {"until": Kind.DATE},
        },
        refusals={Why.UNKNOWN_PRODUCT: {}},
    )


_REMINDS, _FORWARDS = _states(_AMOUNT), _states(_NUMBER)


# ---- what is chosen ----------------------------------------------------------------------------------------
def _number(option: int | None) -> Value:
    return Value(Kind.PHONE, "" if option is None else str(option))


async def _state(request: ServiceRequest, name: str) -> Outcome:
    outcome = await products.query(request)
    if not isinstance(outcome, Answered) or outcome.variant != "on":
        return outcome
    product = await request.business.product(request.caller, product_id(request))
    return replace(outcome, values={**outcome.values, name: _option(name, product)})


def _option(name: str, product: Product | None) -> Value:
    option = None if product is None else product.option
    return money(option or 0) if name == "amount" else _number(option)


async def query_amount(request: ServiceRequest) -> Outcome:
    """Open since when, and below which balance it reminds."""
    return await _state(request, "amount")


async def query_number(request: ServiceRequest) -> Outcome:
    """Open since when, and to which number calls go."""
    return await _state(request, "number")


# ---- opening -----------------------------------------------------------------------------------------------
def _threshold(request: ServiceRequest) -> OpenProduct:
    """Yuan as typed, fen for the back office; none: the usual amount."""
    yuan = request.inputs.get("amount")
    return OpenProduct(product_id(request), int(yuan) * 100 if yuan else None)


def _target(request: ServiceRequest) -> OpenProduct:
    return OpenProduct(product_id(request), int(request.inputs["number"]))


async def offer_amount(request: ServiceRequest) -> Outcome:
    """The amount that it will be: the one that was typed, or the usual one."""
    change = _threshold(request)
    answer = await offered(request, change, {}, _REMIND)
    if isinstance(answer, Refused):
        return await explained(request, answer, _REMIND)
    if not answer.details.get("option"):
        return Refused(Why.UNKNOWN_PRODUCT)  # it has no threshold: whatever was asked, none would be kept
    values = {"fee": money(answer.fee), "amount": _amount(answer, change), "start": day(answer.effective)}
    return asking(answer, values, answer.confirm, "off")


def _amount(offer: Offer, change: OpenProduct) -> Value:
    option = offer.details.get("option", change.option)
    return money(option if isinstance(option, int) else 0)


async def perform_amount(request: ServiceRequest) -> Outcome:
    change, offer = _threshold(request), offer_from_json(request.offer)
    answer = await performed(request, change, offer)
    start = day_of(answer, "effective", offer.effective)
    outcome = result(answer, _REMIND, Answered("", {"amount": _amount(offer, change), "start": start}))
    return await explained(request, outcome, _REMIND) if isinstance(outcome, Refused) else outcome


async def offer_number(request: ServiceRequest) -> Outcome:
    """Always asked: every call from then on goes there, and is paid for."""
    change = _target(request)
    number = {"number": _number(change.option)}
    answer = await offered(request, change, number, _FORWARD)
    if isinstance(answer, Refused):
        return await explained(request, answer, _FORWARD)
    return asking(answer, {**number, "fee": money(answer.fee), "start": day(answer.effective)}, True)


async def perform_number(request: ServiceRequest) -> Outcome:
    change, offer = _target(request), offer_from_json(request.offer)
    number = {"number": _number(change.option)}
    answer = await performed(request, change, offer)
    start = day_of(answer, "effective", offer.effective)
    done = Answered("", {**number, "fee": money(offer.fee), "start": start})
    outcome = result(answer, _FORWARD, done)
    if not isinstance(outcome, Refused):
        return outcome
    if outcome.reason == Why.UNKNOWN_TARGET:
        outcome = replace(outcome, values=number)
    return await explained(request, outcome, _FORWARD)


_CANCELLING = Handling(offer=offer_cancel, perform=perform_cancel)
REMIND = Function(
    ServiceSpec(
        "products.remind",
        {Action.QUERY: _REMINDS, Action.OPEN: _REMIND, Action.CANCEL: CANCEL},
        takes_argument=True,
        summary="余额提醒,可以带金额;后面写业务编号",
    ),
    {
        Action.QUERY: Handling(ask=query_amount),
        Action.OPEN: Handling(offer=offer_amount, perform=perform_amount),
        Action.CANCEL: _CANCELLING,
    },
)
FORWARD = Function(
    ServiceSpec(
        "products.forward",
        {Action.QUERY: _FORWARDS, Action.OPEN: _FORWARD, Action.CANCEL: CANCEL},
        takes_argument=True,
        summary="呼叫转移,要转到的号码和服务密码;后面写业务编号",
    ),
    {
        Action.QUERY: Handling(ask=query_number),
        Action.OPEN: Handling(offer=offer_number, perform=perform_number),
        Action.CANCEL: _CANCELLING,
    },
)
