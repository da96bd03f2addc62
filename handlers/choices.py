"""Groups of products of which one is open at a time: main plans, levels of a data pack, versions of the
mailbox (3-6, 03; R040). ``does: products.choose gprs_plan``: the argument is the group's name in the back
office; ``plans.change plan`` is the same for what cannot be without: there is nothing to cancel.

The list shows the others that this subscriber may have, with their fees; a number opens that one, and what is
open of the group ends. That is asked, with both names, the fee and the first day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from business.port import BusinessError, CancelProduct, Offer, OpenProduct, Product, Status, Why
from handlers.changes import (
    COMMON_REFUSALS,
    STOPPED_BY_OWNER,
    asking,
    day_of,
    offer_from_json,
    offered,
    performed,
    result,
)
from handlers.products import ENDING, FEE, LIMITS, comes, ended, explained, product_id, running
from handlers.request import Function, Handling, ServiceRequest, count, day, money, text
from handlers.request import listed as names_of
from menus.model.asked import InputKind
from menus.model.channels import By, Where
from menus.model.events import Answered, Item, Offered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.text import show
from menus.model.values import Kind, Value

CHANGE = "change"
FEN = 100
"""Of one yuan."""
_NAMED: Mapping[str, Kind] = {"name": Kind.TEXT, **FEE}
_OPENED: Mapping[str, Kind] = {**_NAMED, "start": Kind.DATE}
_OLD = {"old": Kind.TEXT}

BARRED: Mapping[str, Mapping[str, Kind]] = {
    Why.ARREARS: {"owed": Kind.MONEY},
    Why.SUSPENDED: {},
    STOPPED_BY_OWNER: {},
}
"""Why a list that is chosen from is not shown."""
_LIST = ActionSpec(
    answers={
        "": {"n": Kind.COUNT},
        "on": {**_NAMED, "n": Kind.COUNT},
        "only": _NAMED,
        "changing": {**_OPENED, "new": Kind.TEXT, "n": Kind.COUNT},
        "coming": {**_OPENED, "n": Kind.COUNT},
        "coming only": _OPENED,
        "none": {},
    },
    refusals=BARRED,
    picks=Action.OPEN,
    item=_NAMED,
    rows={"priced": _NAMED, "free": _NAMED},
)
NO_PRICE, MORE_PRICES = "no such price", "several of price"
"""None costs so many yuan; several do."""
_PRICED: Mapping[str, Kind] = {"fee": Kind.MONEY, "n": Kind.COUNT, "names": Kind.LIST}
_PRICES = {NO_PRICE: _PRICED, MORE_PRICES: _PRICED}
_OPEN = ActionSpec(
    answers={"": _OPENED, "free": _OPENED, CHANGE: {**_OPENED, **_OLD}},
    inputs=(
        InputSpec("items", InputKind.ITEMS),
        InputSpec("fee", InputKind.AMOUNT, optional=True, where=Where.WRITING),
    ),
    offers=_OPENED,
    questions={CHANGE: _OLD},
    refusals={**LIMITS, Why.ALREADY: FEE, **_PRICES},
    changes=True,
    confirm=Confirm.OFFER,
)
BACK = "back"
"""What goes on when a change to another is cancelled before it began."""
_ENDED = {"name": Kind.TEXT, "end": Kind.DATE}
_CANCEL = ActionSpec(
    answers={"": _ENDED, BACK: {**_ENDED, BACK: Kind.TEXT}},
    offers={**_NAMED, "end": Kind.DATE},
    refusals={
        **COMMON_REFUSALS,
        Why.NOT_OPEN: {},
        ENDING: {"until": Kind.DATE},
        Why.HOURS: {"from": Kind.TIME, "to": Kind.TIME},
        Why.UNKNOWN_PRODUCT: {},
    },
    changes=True,
    confirm=Confirm.OFFER,
)


def _shown(product: Product) -> dict[str, Value]:
    return {"name": text(product.title), "fee": money(product.fee)}


async def _choices(request: ServiceRequest) -> tuple[Product, ...]:
    return await request.business.choices(request.caller, product_id(request))


async def listed(request: ServiceRequest) -> Outcome:
    """What is open of the group, and a row for each other one that may be had instead."""
    found = await _choices(request)
    rows = tuple(_row(each) for each in found if not each.open)
    free = any(not each.fee for each in found if not each.open)
    if rows and (refusal := await barred(request, free)) is not None:
        return refusal
    held = next((each for each in found if each.open), None)
    if held is None:
        return Answered("", {"n": count(len(rows))}, rows) if rows else Answered("none")
    if comes(held, request.now.date()):
        return _coming(held, running(found, request.now.date()), rows)
    if not rows:
        return Answered("only", _shown(held))
    return Answered("on", {**_shown(held), "n": count(len(rows))}, rows)


def _row(product: Product) -> Item:
    """A row whose name tells what it costs does not tell it twice."""
    fee = money(product.fee)
    variant = "free" if not product.fee else "priced" if show(fee) in product.title else ""
    return Item(product.id, _shown(product), variant)


async def barred(request: ServiceRequest, free: bool) -> Refused | None:
    """Why the caller may choose nothing of a list, told before he chooses: stopped, or he owes and all of it
    costs (not ``free``)."""
    try:
        who = await request.business.subscriber(request.caller)
    except BusinessError:
        return None
    if who.status is Status.SUSPENDED:
        return Refused(Why.SUSPENDED if who.owed else STOPPED_BY_OWNER)
    return Refused(Why.ARREARS, {"owed": money(who.owed)}) if who.owed > 0 and not free else None


def _coming(held: Product, now: Product | None, rows: tuple[Item, ...]) -> Outcome:
    """What is open begins later: until then there is the one that it replaces, or none."""
    assert held.since is not None  # else it would not be to come
    start = day(held.since)
    if now is not None:
        more = {"new": text(held.title), "start": start, "n": count(len(rows))}
        return Answered("changing", {**_shown(now), **more}, rows)
    values = {**_shown(held), "start": start}
    return (
        Answered("coming", {**values, "n": count(len(rows))}, rows)
        if rows
        else Answered("coming only", values)
    )


# ---- opening -----------------------------------------------------------------------------------------------
async def offer_open(request: ServiceRequest) -> Outcome:
    """Name, fee and first day of the one that was chosen; variant ``change`` where another ends by it."""
    choices = await _choices(request)
    chosen = _wanted(choices, request.inputs)
    if chosen is None:
        return _priced(choices, request.inputs)
    answer = await offered(request, OpenProduct(chosen.id), {}, _OPEN)
    if isinstance(answer, Refused):
        return await explained(request, answer, _OPEN, chosen.id)
    values = {"name": text(chosen.title), "fee": money(answer.fee), "start": day(answer.effective)}
    old = _old(answer)
    asked = asking(answer, {**values, **old}, answer.confirm, CHANGE if old else "")
    return about(asked, chosen)


def _wanted(choices: tuple[Product, ...], inputs: Mapping[str, str]) -> Product | None:
    """The one that was picked out of the list, or the only one that costs so many yuan a month (KTYX5)."""
    if "items" in inputs or "fee" not in inputs:
        return next((each for each in choices if each.id == inputs.get("items", "")), None)
    of_price = _of_price(choices, inputs)
    return of_price[0] if len(of_price) == 1 else None


def _of_price(choices: tuple[Product, ...], inputs: Mapping[str, str]) -> tuple[Product, ...]:
    return tuple(each for each in choices if each.fee == int(inputs["fee"]) * FEN)


def _priced(choices: tuple[Product, ...], inputs: Mapping[str, str]) -> Refused:
    """Which there are, where none or several cost what was written."""
    if "items" in inputs or "fee" not in inputs or not choices:
        return Refused(Why.UNKNOWN_PRODUCT)
    several = _of_price(choices, inputs)
    names = tuple(each.title for each in several or choices if not each.open)
    values = {"fee": money(int(inputs["fee"]) * FEN), "n": count(len(names)), "names": names_of(names)}
    return Refused(MORE_PRICES if several else NO_PRICE, values)


def _old(offer: Offer) -> dict[str, Value]:
    old = offer.details.get("old")
    return {"old": text(old)} if isinstance(old, str) else {}


def about(asked: Offered, product: Product) -> Offered:
    """Put id and title into the offer, so that performing asks for no list of its own."""
    assert isinstance(asked.offer, dict)
    return replace(asked, offer={**asked.offer, "product": [product.id, product.title]})


def product_of(request: ServiceRequest) -> tuple[str, str]:
    """Id and title out of the offer. Raises ValueError for an offer of something else."""
    data = request.offer
    pair = data.get("product") if isinstance(data, dict) else None
    if not isinstance(pair, list):
        raise ValueError("not an offer of a group's product")
    return str(pair[0]), str(pair[1])


async def perform_open(request: ServiceRequest) -> Outcome:
    product, title = product_of(request)
    offer = offer_from_json(request.offer)
    answer = await performed(request, OpenProduct(product), offer)
    start = day_of(answer, "effective", offer.effective)
    old = _old(offer)
    variant = CHANGE if old else "" if offer.fee else "free"
    done = Answered(variant, {"name": text(title), "fee": money(offer.fee), "start": start, **old})
    outcome = result(answer, _OPEN, done)
    return await explained(request, outcome, _OPEN, product) if isinstance(outcome, Refused) else outcome


# ---- cancelling --------------------------------------------------------------------------------------------
async def offer_cancel(request: ServiceRequest) -> Outcome:
    """Which one it is, and the day from which nothing more is charged; where one key does it, it is asked."""
    choices = await _choices(request)
    held = next((each for each in choices if each.open), None)
    if held is None:
        today = request.now.date()
        return ended(Refused(Why.NOT_OPEN), running(choices, today), today)
    answer = await offered(request, CancelProduct(held.id), {}, _CANCEL)
    if isinstance(answer, Refused):
        return answer
    ask = answer.confirm or request.channel.by is By.KEY
    return about(asking(answer, {**_shown(held), "end": day(answer.effective)}, ask), held)


async def perform_cancel(request: ServiceRequest) -> Outcome:
    product, title = product_of(request)
    offer = offer_from_json(request.offer)
    answer = await performed(request, CancelProduct(product), offer)
    end = day_of(answer, "end", offer.effective)
    back = offer.details.get(BACK)
    values = {"name": text(title), "end": end}
    if isinstance(back, str):
        return result(answer, _CANCEL, Answered(BACK, {**values, BACK: text(back)}))
    return result(answer, _CANCEL, Answered("", values))


_LISTING = Handling(ask=listed)
_OPENING = Handling(offer=offer_open, perform=perform_open)
CHOOSE = Function(
    ServiceSpec(
        "products.choose",
        {Action.QUERY: _LIST, Action.OPEN: _OPEN, Action.CANCEL: _CANCEL},
        takes_argument=True,
        summary="一组里选一种:列表、选、取消;后面写组名,如 products.choose gprs_plan",
    ),
    {
        Action.QUERY: _LISTING,
        Action.OPEN: _OPENING,
        Action.CANCEL: Handling(offer=offer_cancel, perform=perform_cancel),
    },
)
PLAN = Function(
    ServiceSpec(
        "plans.change",
        {Action.QUERY: _LIST, Action.OPEN: _OPEN},
        takes_argument=True,
        summary="换主套餐:列表、选,不能取消;后面写组名,如 plans.change plan",
    ),
    {Action.QUERY: _LISTING, Action.OPEN: _OPENING},
)
