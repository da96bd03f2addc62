"""Monternet SP services: listed and cancelled one by one, by category, or all (R043-R047, R079, R080).

An offer to cancel holds the very ids that were shown, and performs on these only: what the subscriber ordered
meanwhile stays. Every row names service, provider, code and fee (domain §2.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from business.port import CancelSp, Done, SpCategory, SpSubscription, Why
from handlers.changes import COMMON_REFUSALS, asking, day_of, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest, count, listed, money, text
from menus.model.asked import InputKind
from menus.model.events import Answered, Item, Offered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

_CHOSEN = {"n": Kind.COUNT, "names": Kind.LIST, "i": Kind.INDEX, "name": Kind.TEXT}
_DONE: Mapping[str, Mapping[str, Kind]] = {
    "": {"names": Kind.LIST, "end": Kind.DATE},
    "partial": {"names": Kind.LIST, "failed": Kind.LIST},
}
_REFUSALS: Mapping[str, Mapping[str, Kind]] = {Why.NOTHING: {}, Why.BUSY: {}, Why.OFFER_CHANGED: {}}
_ROW = {
    "i": Kind.INDEX,
    "name": Kind.TEXT,
    "sp_name": Kind.TEXT,
    "sp_code": Kind.CODE,
    "fee": Kind.MONEY,
}
_ITEMS = (InputSpec("items", InputKind.ITEMS),)


def _cancelling(offers: Mapping[str, Kind], confirm: Confirm, inputs: tuple[InputSpec, ...]) -> ActionSpec:
    refusals = {**COMMON_REFUSALS, **_REFUSALS}
    return ActionSpec(
        answers=_DONE, inputs=inputs, offers=offers, refusals=refusals, changes=True, confirm=confirm
    )


_CANCEL_ITEMS = _cancelling(_CHOSEN, Confirm.OFFER, _ITEMS)
_CANCEL_CATEGORY = _cancelling(
    {"cat": Kind.TEXT, "n": Kind.COUNT, "names": Kind.LIST}, Confirm.ALWAYS, _ITEMS
)
_CANCEL_ALL = _cancelling({"n": Kind.COUNT, "names": Kind.LIST}, Confirm.ALWAYS, ())


async def _ordered(request: ServiceRequest) -> tuple[SpSubscription, ...]:
    return await request.business.sp_subscriptions(request.caller)


async def list_items(request: ServiceRequest) -> Outcome:
    """Every subscription as a row; a number out of the list cancels it."""
    ordered = await _ordered(request)
    if not ordered:
        return Answered("none")
    rows = tuple(Item(sp.id, _row(number, sp)) for number, sp in enumerate(ordered, 1))
    return Answered("", {"n": count(len(rows))}, rows)


def _row(number: int, sp: SpSubscription) -> dict[str, Value]:
    return {
        "i": Value(Kind.INDEX, number),
        "name": text(sp.name),
        "sp_name": text(sp.provider),
        "sp_code": Value(Kind.CODE, sp.code),
        "fee": money(sp.fee),
    }


async def list_categories(request: ServiceRequest) -> Outcome:
    """All four categories, always in the same order, with how many are ordered in each."""
    ordered = await _ordered(request)
    if not ordered:
        return Answered("none")
    rows = []
    for number, category in enumerate(SpCategory, 1):
        held = sum(sp.category is category for sp in ordered)
        values = {"i": Value(Kind.INDEX, number), "cat": text(str(category)), "n": count(held)}
        rows.append(Item(category.name, values))
    return Answered("", {"n": count(len(ordered))}, tuple(rows))


async def _offer(
    request: ServiceRequest,
    chosen: tuple[SpSubscription, ...],
    values: Mapping[str, Value],
    spec: ActionSpec,
    ask: bool,
) -> Outcome:
    if not chosen:
        return Refused(Why.NOTHING)
    answer = await offered(request, CancelSp(tuple(sp.id for sp in chosen)), {}, spec)
    if isinstance(answer, Refused):
        return answer
    names = tuple(sp.name for sp in chosen)
    asked = asking(answer, {"n": count(len(chosen)), "names": listed(names), **values}, ask or answer.confirm)
    return _with_chosen(asked, chosen)


def _with_chosen(asked: Offered, chosen: tuple[SpSubscription, ...]) -> Outcome:
    """Put the shown ids and names into the offer, so that performing needs no list of its own."""
    assert isinstance(asked.offer, dict)
    return replace(asked, offer={**asked.offer, "chosen": [[sp.id, sp.name] for sp in chosen]})


async def offer_items(request: ServiceRequest) -> Outcome:
    """Cancel the rows that were chosen. Where they were only heard it is read back and asked; where they are
    read, the numbers say it (catalogue: no confirmation)."""
    ids = [part for part in request.inputs.get("items", "").split(",") if part]
    ordered = await _ordered(request)
    places = {sp.id: number for number, sp in enumerate(ordered, 1)}
    chosen = tuple(sp for sp in ordered if sp.id in ids)
    first: dict[str, Value] = {}
    if chosen:
        first = {"i": Value(Kind.INDEX, places[chosen[0].id]), "name": text(chosen[0].name)}
    return await _offer(request, chosen, first, _CANCEL_ITEMS, not request.channel.read)


async def offer_category(request: ServiceRequest) -> Outcome:
    """Cancel every subscription of one category."""
    category = SpCategory.__members__.get(request.inputs.get("items", ""))
    chosen = tuple(sp for sp in await _ordered(request) if sp.category is category)
    return await _offer(request, chosen, {"cat": text(str(category))}, _CANCEL_CATEGORY, True)


async def offer_all(request: ServiceRequest) -> Outcome:
    """Cancel every subscription there is at this moment."""
    return await _offer(request, await _ordered(request), {}, _CANCEL_ALL, True)


async def _perform(request: ServiceRequest, spec: ActionSpec) -> Outcome:
    data = request.offer
    if not isinstance(data, dict) or not isinstance(data.get("chosen"), list):
        raise ValueError("not an offer to cancel SP services")
    names = {str(pair[0]): str(pair[1]) for pair in data["chosen"]}  # type: ignore[index, union-attr]
    offer = offer_from_json(data)
    answer = await performed(request, CancelSp(tuple(names)), offer)
    return result(answer, spec, _told(answer, names, day_of(answer, "end", offer.effective)))


def _told(answer: object, names: Mapping[str, str], end: Value) -> Answered:
    failed = answer.details.get("failed", ()) if isinstance(answer, Done) else ()
    lost = set(failed) if isinstance(failed, tuple) else set()
    done = tuple(name for key, name in names.items() if key not in lost and name not in lost)
    if not lost:
        return Answered("", {"names": listed(done), "end": end})
    left = tuple(name for key, name in names.items() if key in lost or name in lost)
    return Answered("partial", {"names": listed(done), "failed": listed(left)})


async def perform_items(request: ServiceRequest) -> Outcome:
    return await _perform(request, _CANCEL_ITEMS)


async def perform_category(request: ServiceRequest) -> Outcome:
    return await _perform(request, _CANCEL_CATEGORY)


async def perform_all(request: ServiceRequest) -> Outcome:
    return await _perform(request, _CANCEL_ALL)


_LIST_ITEMS = ActionSpec(
    answers={"": {"n": Kind.COUNT}, "none": {}}, picks=Action.CANCEL, picks_many=True, item=_ROW
)
_LIST_CATEGORIES = ActionSpec(
    answers={"": {"n": Kind.COUNT}, "none": {}},
    picks=Action.CANCEL,
    item={"i": Kind.INDEX, "cat": Kind.TEXT, "n": Kind.COUNT},
)
ITEMS = Function(
    ServiceSpec(
        "sp.items",
        {Action.QUERY: _LIST_ITEMS, Action.CANCEL: _CANCEL_ITEMS},
        summary="梦网业务逐条查询,回复序号退订",
    ),
    {
        Action.QUERY: Handling(ask=list_items),
        Action.CANCEL: Handling(offer=offer_items, perform=perform_items),
    },
)
CATEGORIES = Function(
    ServiceSpec(
        "sp.categories",
        {Action.QUERY: _LIST_CATEGORIES, Action.CANCEL: _CANCEL_CATEGORY},
        summary="梦网业务按类查询,回复序号整类退订",
    ),
    {
        Action.QUERY: Handling(ask=list_categories),
        Action.CANCEL: Handling(offer=offer_category, perform=perform_category),
    },
)
ALL = Function(
    ServiceSpec("sp.all", {Action.CANCEL: _CANCEL_ALL}, summary="梦网业务全部退订"),
    {Action.CANCEL: Handling(offer=offer_all, perform=perform_all)},
)
