"""The operator's own products (来电显示, 彩铃, 飞信 …): state, opening and cancelling, tariff (R036-R042,
R105, R136). ``does: products.manage crbt`` — the argument is the product's id in the back office.

An open product that is to be opened is refused (``already``), one that is not open cannot be cancelled
(``not open``); both are refused by the *offer*, before anybody is asked to confirm, and name the fee, so that
a screen can show "您已开通彩铃，5元/月".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import date

from business.port import (
    BusinessError,
    CancelProduct,
    Change,
    Offer,
    OpenProduct,
    Product,
    Why,
)
from handlers.changes import COMMON_REFUSALS, asking, day_of, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest, day, money, text, typed
from menus.model.channels import By
from menus.model.events import Answered, Offered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, ServiceSpec
from menus.model.values import Kind, Value

FEE: Mapping[str, Kind] = {"fee": Kind.MONEY}
LIMITS: Mapping[str, Mapping[str, Kind]] = {
    **COMMON_REFUSALS,
    Why.ARREARS: {"owed": Kind.MONEY},
    Why.BALANCE: {"balance": Kind.MONEY, "fee": Kind.MONEY},
    Why.BRAND: {"brands": Kind.LIST, "brand": Kind.TEXT},
    Why.CITY: {"cities": Kind.LIST, "city": Kind.TEXT},
    Why.NEED: {"need": Kind.TEXT},
    Why.HOURS: {"from": Kind.TIME, "to": Kind.TIME},
    Why.UNKNOWN_PRODUCT: {},
}
ENDING, FREE, PAID = "ending", "free", "paid"
"""It is cancelled, and runs to the end of the paid month; it costs nothing; this month is paid already."""
_OPEN = ActionSpec(
    answers={"": {**FEE, "start": Kind.DATE}, "free": {"start": Kind.DATE}},
    offers={**FEE, "start": Kind.DATE},
    questions={FREE: {}, PAID: {}},
    refusals={**LIMITS, Why.ALREADY: FEE},
    changes=True,
    confirm=Confirm.OFFER,
)
ALSO = "also"
"""What needs the product, and ends with it."""
_END, _ALSO = {"end": Kind.DATE}, {ALSO: Kind.TEXT}
CANCEL = ActionSpec(
    answers={"": _END, "free": _END, ALSO: {**_END, **_ALSO}},
    offers={**FEE, "end": Kind.DATE},
    questions={ALSO: _ALSO, FREE: {}},
    refusals={
        **COMMON_REFUSALS,
        Why.NOT_OPEN: FEE,
        ENDING: {"until": Kind.DATE},
        Why.HOURS: {"from": Kind.TIME, "to": Kind.TIME},
        Why.UNKNOWN_PRODUCT: {},
    },
    changes=True,
    confirm=Confirm.OFFER,
)
_QUERY = ActionSpec(
    answers={
        "on": {**FEE, "since": Kind.DATE},
        "off": FEE,
        "ending": {"until": Kind.DATE},
        "on free": {"since": Kind.DATE},
        "off free": {},
        "ending free": {"until": Kind.DATE},
    },
    refusals={Why.UNKNOWN_PRODUCT: {}},
)
_INFO = ActionSpec(answers={"": FEE, "free": {}}, refusals={Why.UNKNOWN_PRODUCT: {}})


def product_id(request: ServiceRequest) -> str:
    if not request.argument:
        raise ValueError("products.manage needs a product id in menus.yaml")
    return request.argument


async def _product(request: ServiceRequest, product: str | None = None) -> Product | None:
    return await request.business.product(request.caller, product or product_id(request))


def comes(product: Product, today: date) -> bool:
    """It is open, and begins later: 10月1日起."""
    return product.open and product.since is not None and product.since > today


def running(group: Iterable[Product], today: date) -> Product | None:
    """The one of a group that the subscriber has today: what was replaced or cancelled runs until its end."""
    begun = [one for one in group if one.since is None or one.since <= today]
    ending = [(one.until, one.id, one) for one in begun if not one.open and one.until and one.until >= today]
    return next((one for one in begun if one.open), max(ending)[2] if ending else None)


def _shown(product: Product, wanted: Set[str]) -> dict[str, Value]:
    values = {"fee": money(product.fee), "amount": money(product.option or 0)}
    return {name: value for name, value in values.items() if name in wanted}


async def query(request: ServiceRequest) -> Outcome:
    """Open since when, not open, or cancelled and running out on a day."""
    product = await _product(request)
    if product is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    return _state(product, request.now.date())


def _state(product: Product, today: date) -> Answered:
    free = "" if product.fee else " free"
    fee = {"fee": money(product.fee)} if product.fee else {}
    if product.until is not None:
        return Answered(f"ending{free}", {"until": day(product.until)})
    if not product.open:
        return Answered(f"off{free}", fee)
    return Answered(f"on{free}", {**fee, "since": day(product.since or today)})


async def info(request: ServiceRequest) -> Outcome:
    """What it costs."""
    product = await _product(request)
    if product is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    return Answered("", {"fee": money(product.fee)}) if product.fee else Answered("free")


async def explained(
    request: ServiceRequest, refusal: Refused, spec: ActionSpec, about: str | None = None
) -> Refused:
    """Add what only the hall can: the caller's own brand and city, a needed product's title, the fee and what
    was chosen of the product ``about`` which it is (None: the service's own)."""
    declared = spec.refusals.get(refusal.reason, {})
    missing = declared.keys() - refusal.values.keys()
    more: dict[str, Value] = {}
    try:
        if missing & {"brand", "city"}:
            who = await request.business.subscriber(request.caller)
            more = typed({"brand": str(who.brand), "city": who.city}, declared)
        if missing & {"fee", "amount"}:
            product = await _product(request, about)
            more |= _shown(product, missing) if product else {}
        if refusal.reason == Why.NEED:
            needed = await request.business.product(request.caller, str(refusal.values["need"].raw))
            more |= {"need": text(needed.title)} if needed else {}
    except BusinessError:
        pass  # the refusal stands, it is only told with less
    return replace(refusal, values={**refusal.values, **more})


def ended(refusal: Refused, product: Product | None, today: date) -> Refused:
    """The refusal to cancel what is not open; of what was cancelled and is paid for the month, until when it
    runs."""
    if refusal.reason != Why.NOT_OPEN or product is None or not product.fee or product.open:
        return refusal
    return (
        Refused(ENDING, {"until": day(product.until)})
        if product.until and product.until >= today
        else refusal
    )


async def _offer(
    request: ServiceRequest, change: Change, spec: ActionSpec, dated: str, state: str
) -> Outcome:
    answer = await offered(request, change, {}, spec)
    if isinstance(answer, Refused):
        if answer.reason == Why.NOT_OPEN:
            answer = ended(answer, await _product(request), request.now.date())
        return await explained(request, answer, spec)
    values = {"fee": money(answer.fee), dated: day(answer.effective)}
    also = _also(answer)
    if not answer.fee:
        state = FREE
    elif state == "off" and await _paid(request, answer):
        state = PAID
    return asking(answer, {**values, **also}, answer.confirm, ALSO if also else state)


async def _paid(request: ServiceRequest, offer: Offer) -> bool:
    """Whether this month is paid already, so that opening it again charges nothing now."""
    if offer.details.get("due") != 0:
        return False
    product = await _product(request)
    return product is not None and product.charged_at_once


def _also(offer: Offer) -> dict[str, Value]:
    also = offer.details.get(ALSO)
    return {ALSO: text(also)} if isinstance(also, str) else {}


async def _perform(
    request: ServiceRequest,
    change: Change,
    spec: ActionSpec,
    offer: Offer,
    *,
    done: Answered,
    dated: tuple[str, str],
) -> Outcome:
    """``dated``: what the answer calls its day, and what the back office does."""
    answer = await performed(request, change, offer)
    name, detail = dated
    values = {**done.values, name: day_of(answer, detail, offer.effective)}
    outcome = result(answer, spec, replace(done, values=values))
    if isinstance(outcome, Refused):
        return await explained(request, outcome, spec)
    return outcome


async def offer_open(request: ServiceRequest) -> Outcome:
    """Fee and first day; asked for confirmation where it is charged at once (R106)."""
    return await _offer(request, OpenProduct(product_id(request)), _OPEN, "start", "off")


async def perform_open(request: ServiceRequest) -> Outcome:
    offer = offer_from_json(request.offer)
    done = Answered("", {"fee": money(offer.fee)}) if offer.fee else Answered("free")
    change = OpenProduct(product_id(request))
    return await _perform(request, change, _OPEN, offer, done=done, dated=("start", "effective"))


async def offer_cancel(request: ServiceRequest) -> Outcome:
    """The day from which nothing more is charged. A key is asked about, for one is soon pressed wrongly;
    a line's words are plain enough, and it is asked only where the back office wants it."""
    asked = await _offer(request, CancelProduct(product_id(request)), CANCEL, "end", "on")
    if isinstance(asked, Offered) and request.channel.by is By.KEY:
        return replace(asked, confirm=True)
    return asked


async def perform_cancel(request: ServiceRequest) -> Outcome:
    change, offer = CancelProduct(product_id(request)), offer_from_json(request.offer)
    also = _also(offer)
    done = Answered(ALSO if also else "" if offer.fee else "free", also)
    return await _perform(request, change, CANCEL, offer, done=done, dated=("end", "end"))


MANAGE = Function(
    ServiceSpec(
        "products.manage",
        {Action.QUERY: _QUERY, Action.OPEN: _OPEN, Action.CANCEL: CANCEL, Action.INFO: _INFO},
        takes_argument=True,
        summary="一项自有业务的查询、开通、取消和资费;后面写业务编号,如 products.manage crbt",
    ),
    {
        Action.QUERY: Handling(ask=query),
        Action.OPEN: Handling(offer=offer_open, perform=perform_open),
        Action.CANCEL: Handling(offer=offer_cancel, perform=perform_cancel),
        Action.INFO: Handling(ask=info),
    },
)
