"""Where a mobile number belongs (R025): of any operator, by the whole number or its first seven digits. It is
of nobody's account, so whoever calls may ask."""

from __future__ import annotations

from handlers.request import Function, Handling, ServiceRequest, text
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

OURS = "移动"
"""What the port calls our own operator."""
_FOUND = {"number": Kind.PHONE, "place": Kind.TEXT, "city": Kind.TEXT, "area": Kind.CODE}
_QUERY = ActionSpec(
    answers={"": _FOUND, "other": {**_FOUND, "operator": Kind.TEXT}, "unknown": {"number": Kind.PHONE}},
    inputs=(InputSpec("number", InputKind.SEGMENT),),
    public=True,
)


async def query(request: ServiceRequest) -> Outcome:
    """Province and city as one name, the city alone, the area code; ``other``: another operator's number."""
    number = request.inputs["number"]
    phone = {"number": Value(Kind.PHONE, number)}
    found = await request.business.attribution(number)
    if found is None:
        return Answered("unknown", phone)
    place = found.city if found.province == found.city else found.province + found.city
    area = Value(Kind.CODE, found.area_code)
    values = {**phone, "place": text(place), "city": text(found.city), "area": area}
    if found.operator == OURS:
        return Answered("", values)
    return Answered("other", {**values, "operator": text(found.operator)})


QUERY = Function(
    ServiceSpec("attribution.query", {Action.QUERY: _QUERY}, summary="手机号码的归属地,别的运营商也能查"),
    {Action.QUERY: Handling(ask=query)},
)
