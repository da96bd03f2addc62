"""The operator's own halls (自办营业厅, R032): of the place that was named, else of the caller's own
city."""

from __future__ import annotations

from business.port import BusinessError, Place
from handlers.request import Function, Handling, ServiceRequest, count, text
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Item, Outcome
from menus.model.province import place_in
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

SHOWN = 3
"""Halls of one answer."""
_INFO = ActionSpec(
    answers={
        "": {"city": Kind.TEXT, "n": Kind.COUNT},
        "none": {"city": Kind.TEXT},
        "no city": {},
    },
    inputs=(InputSpec("city", InputKind.TEXT, optional=True, where=Where.WRITING),),
    item={"name": Kind.TEXT, "address": Kind.TEXT, "phone": Kind.PHONE, "hours": Kind.TEXT},
    rows_where=Where.READ,
)


async def info(request: ServiceRequest) -> Outcome:
    """The halls; ``no city`` where none was named and the caller's is not known."""
    city = place_in(request.inputs.get("city", "")) or await _own_city(request)
    if city is None:
        return Answered("no city")
    found = await request.business.places(city)
    if not found:
        return Answered("none", {"city": text(city)})
    rows = tuple(_row(number, place) for number, place in enumerate(found[:SHOWN], 1))
    return Answered("", {"city": text(city), "n": count(len(rows))}, rows)


async def _own_city(request: ServiceRequest) -> str | None:
    if not request.caller:
        return None
    try:
        return (await request.business.subscriber(request.caller)).city or None
    except BusinessError:  # information is for everybody; another city can still be named
        return None


def _row(number: int, place: Place) -> Item:
    values = {
        "name": text(place.name),
        "address": text(place.address),
        "phone": Value(Kind.PHONE, place.phone),
        "hours": text(place.hours),
    }
    return Item(str(number), values)


HALLS = Function(
    ServiceSpec("places.halls", {Action.INFO: _INFO}, summary="自办营业厅,按客户的地市,短信可写别的地市"),
    {Action.INFO: Handling(ask=info)},
)
