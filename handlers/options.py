"""Products that something is chosen with: the amount below which a balance is reminded of (3-8-1, 0209), the
number, mobile or fixed line, that calls are forwarded to: all, or those that come while the telephone is
busy, not answered, or not reached (0227).

They are opened again to choose anew; cancelling is as for every product.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from business.port import Offer, OpenProduct, Why
from handlers import products
from handlers.changes import asking, day_of, offer_from_json, offered, performed, result
from handlers.products import CANCEL, FEE, LIMITS, explained, offer_cancel, perform_cancel, product_id
from handlers.request import Function, Handling, ServiceRequest, day, money, text
from menus.model.asked import InputKind
from menus.model.events import Answered, Offered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

_DATED = {"start": Kind.DATE}
_AMOUNT = {"amount": Kind.MONEY}
_NUMBER = {"number": Kind.PHONE}
_CALLS = {**_NUMBER, "when": Kind.TEXT}
ALL = "21"
KINDS: Mapping[str, tuple[str, str]] = {
    ALL: ("", "来电"),
    "67": ("_busy", "遇忙时的来电"),
    "61": ("_no_answer", "无人接听的来电"),
    "62": ("_unreachable", "关机或不在服务区时的来电"),
}
"""By the code of the calls that are forwarded: what the product's id ends with, and what they are called."""
_MOBILE = re.compile("1[3-9][0-9]{9}")

POSTPAID, FREE = "postpaid", "free"
_REMIND = ActionSpec(
    answers={"": {**_AMOUNT, **_DATED}},
    inputs=(InputSpec("amount", InputKind.AMOUNT, optional=True),),
    offers={**FEE, **_AMOUNT, **_DATED},
    refusals={
        **LIMITS,
        Why.ALREADY: {**FEE, **_AMOUNT},
        Why.OPTION: {"low": Kind.MONEY, "high": Kind.MONEY},
        POSTPAID: {},
    },
    changes=True,
    confirm=Confirm.OFFER,
)
_FORWARD = ActionSpec(
    answers={"": {**FEE, **_CALLS, **_DATED}},
    inputs=(
        InputSpec("number", InputKind.FORWARD),
        InputSpec("secret", InputKind.PASSWORD),
    ),
    offers={**FEE, **_CALLS, **_DATED},
    questions={FREE: {}},
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


_REMINDS, _FORWARDS = _states(_AMOUNT), _states(_CALLS)


# ---- what is chosen ----------------------------------------------------------------------------------------
def number_of(option: int | None) -> str:
    """A number that calls are forwarded to as people write it: a back office keeps no 0 before an area
    code."""
    digits = "" if option is None else str(option)
    return digits if not digits or _MOBILE.fullmatch(digits) else f"0{digits}"


def _number(option: int | None) -> Value:
    return Value(Kind.PHONE, number_of(option))


async def _queried(request: ServiceRequest) -> Outcome:
    """The state of the product, by its three plain names: free or not, it is told with what was chosen."""
    outcome = await products.query(request)
    if not isinstance(outcome, Answered):
        return outcome
    state = outcome.variant.removesuffix(" free")
    fee = {} if state == "ending" else {"fee": money(0)}
    return replace(outcome, variant=state, values={**fee, **outcome.values})


async def query_amount(request: ServiceRequest) -> Outcome:
    """Open since when, and below which balance it reminds."""
    outcome = await _queried(request)
    if not isinstance(outcome, Answered) or outcome.variant != "on":
        return outcome
    product = await request.business.product(request.caller, product_id(request))
    amount = money(product.option or 0) if product else money(0)
    return replace(outcome, values={**outcome.values, "amount": amount})


async def query_number(request: ServiceRequest) -> Outcome:
    """Open since when, which calls are forwarded, and to which number; of several kinds the first."""
    asked, code = await _set(request)
    outcome = await _queried(asked)
    if not isinstance(outcome, Answered) or outcome.variant != "on":
        return outcome
    product = await request.business.product(request.caller, product_id(asked))
    told = {"number": _number(product.option if product else None), "when": text(KINDS[code][1])}
    return replace(outcome, values={**outcome.values, **told})


async def _set(request: ServiceRequest) -> tuple[ServiceRequest, str]:
    """The same about the kind of forwarding that is set; about that of all calls, where none is."""
    for code, (ending, _) in KINDS.items():
        asked = replace(request, argument=f"{product_id(request)}{ending}")
        product = await request.business.product(request.caller, product_id(asked))
        if product is not None and product.open:
            return asked, code
    return request, ALL


# ---- opening -----------------------------------------------------------------------------------------------
def _threshold(request: ServiceRequest) -> OpenProduct:
    """Yuan as typed, fen for the back office; none: the usual amount."""
    yuan = request.inputs.get("amount")
    return OpenProduct(product_id(request), int(yuan) * 100 if yuan else None)


def _target(request: ServiceRequest) -> tuple[OpenProduct, dict[str, Value]]:
    """Which calls go where: ``67 13900000002``, or the number alone for all of them."""
    code, _, number = request.inputs["number"].rpartition(" ")
    ending, calls = KINDS[code or ALL]
    change = OpenProduct(f"{product_id(request)}{ending}", int(number))
    return change, {"number": Value(Kind.PHONE, number), "when": text(calls)}


async def offer_amount(request: ServiceRequest) -> Outcome:
    """The amount that it will be: the one that was typed, or the usual one."""
    change = _threshold(request)
    if not (await request.business.subscriber(request.caller)).prepaid:
        return Refused(POSTPAID)  # nobody would be reminded: his balance is settled at the month's end
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
    change, calls = _target(request)
    answer = await offered(request, change, calls, _FORWARD)
    if isinstance(answer, Refused):
        return await explained(request, answer, _FORWARD)
    values = {**calls, "fee": money(answer.fee), "start": day(answer.effective)}
    return asking(answer, values, True, "" if answer.fee else FREE)


async def perform_number(request: ServiceRequest) -> Outcome:
    (change, calls), offer = _target(request), offer_from_json(request.offer)
    answer = await performed(request, change, offer)
    start = day_of(answer, "effective", offer.effective)
    done = Answered("", {**calls, "fee": money(offer.fee), "start": start})
    outcome = result(answer, _FORWARD, done)
    if not isinstance(outcome, Refused):
        return outcome
    if outcome.reason == Why.UNKNOWN_TARGET:
        outcome = replace(outcome, values={"number": calls["number"]})
    return await explained(request, outcome, _FORWARD)


# ---- cancelling --------------------------------------------------------------------------------------------
async def offer_no_forwarding(request: ServiceRequest) -> Outcome:
    """Of the kind that is set; which one that is goes into the offer."""
    asked, _ = await _set(request)
    offer = await offer_cancel(asked)
    if not isinstance(offer, Offered) or not isinstance(offer.offer, dict):
        return offer
    return replace(offer, offer={**offer.offer, "product": asked.argument})


async def perform_no_forwarding(request: ServiceRequest) -> Outcome:
    product = request.offer.get("product") if isinstance(request.offer, dict) else None
    return await perform_cancel(replace(request, argument=str(product)) if product else request)


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
        summary="呼叫转移:哪些来电,转到哪个手机或固话,服务密码;后面写业务编号",
    ),
    {
        Action.QUERY: Handling(ask=query_number),
        Action.OPEN: Handling(offer=offer_number, perform=perform_number),
        Action.CANCEL: Handling(offer=offer_no_forwarding, perform=perform_no_forwarding),
    },
)
