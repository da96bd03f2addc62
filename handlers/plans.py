"""What is left of this month's plans (套餐余量), and of the data in them (流量)."""

from __future__ import annotations

from collections.abc import Iterable

from business.port import Allowance, AllowanceKind, DetailKind
from handlers.fees import months_back
from handlers.request import Function, Handling, ServiceRequest, count
from menus.model.events import Answered, Item, Outcome
from menus.model.specs import Action, ActionSpec, ServiceSpec
from menus.model.values import Kind

LOOKED_AT = 1000
"""Items of the detail list in which data is looked for where there is no plan."""
_ROW = {"left": Kind.COUNT, "total": Kind.COUNT}
_ROWS = {AllowanceKind.VOICE: "minutes", AllowanceKind.MESSAGES: "messages", AllowanceKind.DATA: "data"}
_KILOBYTES = 1024


def megabytes(kilobytes: int) -> int:
    """Megabytes that were begun: nobody is told less than was used."""
    return -(-kilobytes // _KILOBYTES)


def _sums(allowances: Iterable[Allowance], kind: AllowanceKind) -> tuple[int, int, int] | None:
    """Total, used and left of all plans of a kind; None: there is none. What is over in one plan is not
    taken from another. Data in megabytes, what is left rounded down."""
    found = [one for one in allowances if one.kind is kind]
    if not found:
        return None
    total, used, left = (sum(each) for each in zip(*((a.total, a.used, a.left) for a in found), strict=True))
    if kind is not AllowanceKind.DATA:
        return total, used, left
    return total // _KILOBYTES, megabytes(used), left // _KILOBYTES


async def remain(request: ServiceRequest) -> Outcome:
    """A row for each kind that is included: minutes, messages, megabytes."""
    allowances = await request.business.allowances(request.caller)
    rows = []
    for kind, variant in _ROWS.items():
        sums = _sums(allowances, kind)
        if sums is not None:
            rows.append(Item(variant, {"left": count(sums[2]), "total": count(sums[0])}, variant))
    return Answered("", {}, tuple(rows)) if rows else Answered("none")


async def data(request: ServiceRequest) -> Outcome:
    """Used and left; without a plan what was used this month, where the detail list tells all of it."""
    sums = _sums(await request.business.allowances(request.caller), AllowanceKind.DATA)
    if sums is not None:
        total, used, left = sums
        variant = "" if left else "over"
        return Answered(variant, {"total": count(total), "used": count(used), "left": count(left)})
    this_month = months_back(request.now.date(), 0)
    found = await request.business.details(request.caller, this_month, LOOKED_AT)
    if found.count > len(found.items):
        return Answered("none")
    spent = sum(item.quantity for item in found.items if item.kind is DetailKind.DATA)
    return Answered("no plan", {"used": count(megabytes(spent))})


_DATA = {"total": Kind.COUNT, "used": Kind.COUNT, "left": Kind.COUNT}
REMAIN = Function(
    ServiceSpec(
        "plans.remain",
        {Action.QUERY: ActionSpec(answers={"": {}, "none": {}}, rows=dict.fromkeys(_ROWS.values(), _ROW))},
        summary="本月套餐还剩多少:语音、短信、流量各一行",
    ),
    {Action.QUERY: Handling(ask=remain)},
)
DATA = Function(
    ServiceSpec(
        "plans.data",
        {
            Action.QUERY: ActionSpec(
                answers={"": _DATA, "over": _DATA, "no plan": {"used": Kind.COUNT}, "none": {}}
            )
        },
        summary="本月流量用了多少、剩多少",
    ),
    {Action.QUERY: Handling(ask=data)},
)
