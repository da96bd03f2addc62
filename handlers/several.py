"""Products of one kind of which a customer may have several: information services that are ordered for a fee
(信息费订制, R088, 0224). ``does: products.several info_weather info_news``: the products' ids in the back
office, in the order in which they are listed.

The list shows each with its fee, and which are ordered; a number orders one, after the question that names
name, fee and first day (R106). Cancelling ends the one that is ordered; of several the customer says which in
the list of all that he has (0112).
"""

from __future__ import annotations

from collections.abc import Mapping

from business.port import CancelProduct, OpenProduct, Product, Why
from handlers.changes import COMMON_REFUSALS, asking, day_of, offer_from_json, offered, performed, result
from handlers.choices import BARRED, about, barred, product_of
from handlers.products import ENDING, FEE, LIMITS, ended, explained, running
from handlers.request import Function, Handling, ServiceRequest, count, day, listed, money, text
from menus.model.asked import InputKind
from menus.model.events import Answered, Item, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

_NAMED: Mapping[str, Kind] = {"name": Kind.TEXT, **FEE}
_HELD: Mapping[str, Kind] = {"n": Kind.COUNT, "names": Kind.LIST}
_LIST = ActionSpec(
    answers={"": {}, "all": _HELD, "none": {}},
    refusals=BARRED,
    picks=Action.OPEN,
    item=_NAMED,
    rows={"on": _NAMED},
)
_ORDER = ActionSpec(
    answers={"": {**_NAMED, "start": Kind.DATE}},
    inputs=(InputSpec("items", InputKind.ITEMS),),
    offers={**_NAMED, "start": Kind.DATE},
    refusals={**LIMITS, Why.ALREADY: {**FEE, "name": Kind.TEXT}},
    changes=True,
    confirm=Confirm.ALWAYS,
)
_CANCEL = ActionSpec(
    answers={"": {"name": Kind.TEXT, "end": Kind.DATE}},
    offers={**_NAMED, "end": Kind.DATE},
    refusals={
        **COMMON_REFUSALS,
        Why.NOT_OPEN: {},
        ENDING: {"until": Kind.DATE},
        "several": _HELD,
        Why.HOURS: {"from": Kind.TIME, "to": Kind.TIME},
        Why.UNKNOWN_PRODUCT: {},
    },
    changes=True,
    confirm=Confirm.ALWAYS,
)


def _shown(product: Product) -> dict[str, Value]:
    return {"name": text(product.title), "fee": money(product.fee)}


async def _products(request: ServiceRequest) -> tuple[Product, ...]:
    """Those of them that the back office sells."""
    ids = (request.argument or "").split()
    found = [await request.business.product(request.caller, each) for each in ids]
    return tuple(each for each in found if each is not None)


def _names(products: list[Product]) -> dict[str, Value]:
    return {"n": count(len(products)), "names": listed(tuple(each.title for each in products))}


async def listing(request: ServiceRequest) -> Outcome:
    """All there are; those that are ordered say so, and keep their number."""
    found = await _products(request)
    held = [each for each in found if each.open]
    if not found:
        return Answered("none")
    if len(held) == len(found):
        return Answered("all", _names(held))
    if (refusal := await barred(request, any(not each.fee for each in found if not each.open))) is not None:
        return refusal
    return Answered("", items=tuple(Item(each.id, _shown(each), "on" if each.open else "") for each in found))


async def offer_order(request: ServiceRequest) -> Outcome:
    wanted = request.inputs.get("items", "")
    chosen = next((each for each in await _products(request) if each.id == wanted), None)
    if chosen is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    answer = await offered(request, OpenProduct(chosen.id), {"name": text(chosen.title)}, _ORDER)
    if isinstance(answer, Refused):
        return await explained(request, answer, _ORDER, chosen.id)
    values = {"name": text(chosen.title), "fee": money(answer.fee), "start": day(answer.effective)}
    return about(asking(answer, values, True), chosen)


async def perform_order(request: ServiceRequest) -> Outcome:
    product, title = product_of(request)
    offer = offer_from_json(request.offer)
    answer = await performed(request, OpenProduct(product), offer)
    start = day_of(answer, "effective", offer.effective)
    done = Answered("", {"name": text(title), "fee": money(offer.fee), "start": start})
    outcome = result(answer, _ORDER, done)
    if not isinstance(outcome, Refused):
        return outcome
    if outcome.reason == Why.ALREADY:
        outcome = Refused(outcome.reason, {**outcome.values, "name": text(title)})
    return await explained(request, outcome, _ORDER, product)


async def offer_cancel(request: ServiceRequest) -> Outcome:
    """The one that is ordered; where there are several, none is guessed at."""
    found, today = await _products(request), request.now.date()
    held = [each for each in found if each.open]
    if not held:
        return ended(Refused(Why.NOT_OPEN), running(found, today), today)
    if len(held) > 1:
        return Refused("several", _names(held))
    answer = await offered(request, CancelProduct(held[0].id), {}, _CANCEL)
    if isinstance(answer, Refused):
        return answer
    return about(asking(answer, {**_shown(held[0]), "end": day(answer.effective)}, True), held[0])


async def perform_cancel(request: ServiceRequest) -> Outcome:
    product, title = product_of(request)
    offer = offer_from_json(request.offer)
    answer = await performed(request, CancelProduct(product), offer)
    end = day_of(answer, "end", offer.effective)
    return result(answer, _CANCEL, Answered("", {"name": text(title), "end": end}))


ORDER = Function(
    ServiceSpec(
        "products.several",
        {Action.QUERY: _LIST, Action.OPEN: _ORDER, Action.CANCEL: _CANCEL},
        takes_argument=True,
        summary="几种可以同时订的:列表、订、退;后面写各个产品编号,如 products.several info_weather info_news",
    ),
    {
        Action.QUERY: Handling(ask=listing),
        Action.OPEN: Handling(offer=offer_order, perform=perform_order),
        Action.CANCEL: Handling(offer=offer_cancel, perform=perform_cancel),
    },
)
