"""Payments in of the last six months (缴费记录, R022, R061), the newest first."""

from __future__ import annotations

from datetime import date

from business.port import Payment
from business.port.days import SHANGHAI
from handlers.fees import month_of, months_back
from handlers.request import Function, Handling, ServiceRequest, count, day, money, month, text
from menus.model.asked import InputKind
from menus.model.events import Answered, Item, Outcome, Refused
from menus.model.specs import MONTHS_KEPT, Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

SHOWN = 5
"""Rows of one answer; what is older is asked for by its month."""

_TOTAL = {"n": Kind.COUNT, "total": Kind.MONEY}
_RANGE = {"first": Kind.MONTH, "last_m": Kind.MONTH, "last": Kind.CODE}
_QUERY = ActionSpec(
    answers={
        "": _TOTAL,
        "more": {**_TOTAL, "shown": Kind.COUNT},
        "month": {**_TOTAL, "month": Kind.MONTH},
        "none": {},
        "month none": {"month": Kind.MONTH},
    },
    inputs=(InputSpec("month", InputKind.MONTH, optional=True, running=True),),
    refusals={"month range": _RANGE},
    item={"date": Kind.DATE, "amount": Kind.MONEY, "way": Kind.TEXT},
)


async def query(request: ServiceRequest) -> Outcome:
    """All of the last six months, or those of one month of them."""
    today = request.now.date()
    earliest, latest = months_back(today, MONTHS_KEPT), months_back(today, 0)
    written = request.inputs.get("month")
    wanted = month_of(written, today) if written else None
    if written and (wanted is None or not earliest <= wanted <= latest):
        limits = {"first": month(earliest), "last_m": month(latest)}
        return Refused("month range", {**limits, "last": Value(Kind.CODE, latest.strftime("%Y%m"))})
    found = await request.business.payments(request.caller)
    if wanted is not None:
        return _of_month([p for p in found if _day_of(p).replace(day=1) == wanted], wanted)
    if not found:
        return Answered("none")
    totals = {"n": count(len(found)), "total": money(sum(p.amount for p in found))}
    if len(found) <= SHOWN:
        return Answered("", totals, _rows(found))
    return Answered("more", {**totals, "shown": count(SHOWN)}, _rows(found))


def _day_of(payment: Payment) -> date:
    return payment.at.astimezone(SHANGHAI).date()


def _of_month(found: list[Payment], wanted: date) -> Outcome:
    if not found:
        return Answered("month none", {"month": month(wanted)})
    totals = {"n": count(len(found)), "total": money(sum(p.amount for p in found))}
    return Answered("month", {**totals, "month": month(wanted)}, _rows(tuple(found)))


def _rows(found: tuple[Payment, ...]) -> tuple[Item, ...]:
    return tuple(
        Item(str(number), {"date": day(_day_of(p)), "amount": money(p.amount), "way": text(p.way)})
        for number, p in enumerate(found[:SHOWN], 1)
    )


RECORDS = Function(
    ServiceSpec("payments.records", {Action.QUERY: _QUERY}, summary="近六个月的缴费记录,后面可带年月"),
    {Action.QUERY: Handling(ask=query)},
)
