"""Points (R021): 积分, or M值 for 动感地带; frozen while in debt or suspended (domain §2.7)."""

from __future__ import annotations

from handlers.request import Function, Handling, Request, count, text
from menus.events import Answered, Outcome
from menus.specs import Action, ActionSpec, ServiceSpec
from menus.values import Kind

_SHOWN = {"name": Kind.TEXT, "points": Kind.COUNT, "earned": Kind.COUNT}


async def query(request: Request) -> Outcome:
    """Points that can be used and points earned this year; variant ``frozen`` while they cannot be used."""
    points = await request.business.points(request.caller)
    values = {
        "name": text(points.name),
        "points": count(points.available),
        "earned": count(points.earned_this_year),
    }
    return Answered("frozen" if points.frozen else "", values)


QUERY = Function(
    ServiceSpec(
        "points.query",
        {Action.QUERY: ActionSpec(answers={"": _SHOWN, "frozen": _SHOWN})},
        summary="积分或M值",
    ),
    {Action.QUERY: Handling(ask=query)},
)
