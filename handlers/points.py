"""Points (R021): 积分, or M值 for 动感地带; frozen while in debt or suspended (domain §2.7).

They are exchanged for credit: the rewards that can be afforded are a list, a number out of it, or the amount
itself (``JFDH 30``), chooses one, and it is always asked, for points do not come back.
"""

from __future__ import annotations

from dataclasses import replace

from business.port import Brand, ExchangePoints, Points, Reward, Why
from handlers.changes import COMMON_REFUSALS, asking, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest, count, money, text, typed
from menus.model.asked import InputKind
from menus.model.events import Answered, Item, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind

_SHOWN = {"name": Kind.TEXT, "points": Kind.COUNT, "earned": Kind.COUNT}


async def query(request: ServiceRequest) -> Outcome:
    """Points that can be used and points earned this year; variant ``frozen`` while they cannot be used."""
    points = await request.business.points(request.caller)
    if await _has_none(request, points):
        return Answered("none")
    values = {
        "name": text(points.name),
        "points": count(points.available),
        "earned": count(points.earned_this_year),
    }
    return Answered("frozen" if points.frozen else "", values)


async def _has_none(request: ServiceRequest, points: Points) -> bool:
    """神州行 earns no points (R033): to tell of none yet would mislead."""
    return not points.available and (await request.business.subscriber(request.caller)).brand is Brand.EASYOWN


QUERY = Function(
    ServiceSpec(
        "points.query",
        {Action.QUERY: ActionSpec(answers={"": _SHOWN, "none": {}, "frozen": _SHOWN})},
        summary="积分或M值",
    ),
    {Action.QUERY: Handling(ask=query)},
)

SHOWN = 8
"""Rewards of one list: the dearest that can be afforded."""
Told = dict[str, int | str]
_HAS = {"name": Kind.TEXT, "points": Kind.COUNT}
_SPENT = {"name": Kind.TEXT, "points": Kind.COUNT, "worth": Kind.MONEY, "left": Kind.COUNT}
_REWARDS = ActionSpec(
    answers={"": _HAS, "few": {**_HAS, "needed": Kind.COUNT}, "frozen": _HAS, "none": {}, "no plan": {}},
    picks=Action.OPEN,
    item={"points": Kind.COUNT, "worth": Kind.MONEY},
)
_EXCHANGE = ActionSpec(
    answers={"": _SPENT},
    inputs=(
        InputSpec("items", InputKind.ITEMS),
        InputSpec("amount", InputKind.AMOUNT, optional=True),
    ),
    offers=_SPENT,
    refusals={
        **COMMON_REFUSALS,
        Why.POINTS: {"points": Kind.COUNT, "needed": Kind.COUNT},
        Why.POINTS_FROZEN: {},
        Why.UNKNOWN_PRODUCT: {},
    },
    changes=True,
    confirm=Confirm.ALWAYS,
)


async def rewards(request: ServiceRequest) -> Outcome:
    """A row for each reward that can be afforded, the cheapest first; ``few``: what the cheapest needs."""
    points = await request.business.points(request.caller)
    has = {"name": text(points.name), "points": count(points.available)}
    if await _has_none(request, points):
        return Answered("no plan")
    if points.frozen:
        return Answered("frozen", has)
    found = await request.business.rewards(request.caller)
    if not found:
        return Answered("none")
    affordable = [reward for reward in found if reward.points <= points.available]
    if not affordable:
        return Answered("few", {**has, "needed": count(min(reward.points for reward in found))})
    return Answered("", has, tuple(_row(reward) for reward in affordable[-SHOWN:]))


def _row(reward: Reward) -> Item:
    return Item(reward.id, {"points": count(reward.points), "worth": money(reward.worth)})


async def _wanted(request: ServiceRequest) -> Reward | None:
    """The reward of the chosen row, or the one of so many yuan."""
    chosen, amount = request.inputs.get("items"), request.inputs.get("amount")
    for reward in await request.business.rewards(request.caller):
        if reward.id == chosen or (not chosen and amount and reward.worth == int(amount) * 100):
            return reward
    return None


async def offer_exchange(request: ServiceRequest) -> Outcome:
    """What is spent and what is gained."""
    reward = await _wanted(request)
    if reward is None:
        return Refused(Why.UNKNOWN_PRODUCT)
    answer = await offered(request, ExchangePoints(reward.id), {}, _EXCHANGE)
    if isinstance(answer, Refused):
        return answer
    has = await request.business.points(request.caller)
    left = has.available - reward.points
    told: Told = {"name": has.name, "points": reward.points, "worth": reward.worth, "left": left}
    asked = asking(answer, typed(told, _SPENT), True)
    assert isinstance(asked.offer, dict)
    return replace(asked, offer={**asked.offer, "reward": reward.id, "told": dict(told)})


async def perform_exchange(request: ServiceRequest) -> Outcome:
    """What was offered, by the offer alone: the list of rewards may be another by now."""
    data = request.offer
    told = data.get("told") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(told, dict):
        raise ValueError("not an offer to exchange points")
    answer = await performed(request, ExchangePoints(str(data["reward"])), offer_from_json(data))
    spent = {name: value for name, value in told.items() if isinstance(value, int | str)}
    return result(answer, _EXCHANGE, Answered("", typed(spent, _SPENT)))


EXCHANGE = Function(
    ServiceSpec(
        "points.exchange",
        {Action.QUERY: _REWARDS, Action.OPEN: _EXCHANGE},
        summary="积分换话费:列出换得起的,回复序号并确认;后面可带金额",
    ),
    {
        Action.QUERY: Handling(ask=rewards),
        Action.OPEN: Handling(offer=offer_exchange, perform=perform_exchange),
    },
)
