"""The detail list of a month (清单, R024, R061, R134): one's own service password is needed on both channels.

The answer sums up by kind and names the newest items, so that it stays one long message of three parts; it is
sent by SMS only, also to whoever calls: neither fax nor e-mail are offered.
"""

from __future__ import annotations

from collections.abc import Iterable

from business.port import Detail, DetailKind, Details
from handlers.fees import month_of, months_back
from handlers.plans import megabytes
from handlers.request import Function, Handling, ServiceRequest, count, money, month, time
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Item, Outcome, Refused
from menus.model.specs import MONTHS_KEPT, Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

LOOKED_AT = 1000
"""Items that are fetched to be summed up by kind; a month that has more is told without kinds."""
SHOWN = 4
"""The newest items, which are told one by one."""

_TOTAL = {"month": Kind.MONTH, "n": Kind.COUNT, "total": Kind.MONEY}
_KINDS = {
    "calls": Kind.COUNT,
    "call_fee": Kind.MONEY,
    "messages": Kind.COUNT,
    "message_fee": Kind.MONEY,
    "sessions": Kind.COUNT,
    "data_fee": Kind.MONEY,
}
_ROW = {"at": Kind.TIME, "fee": Kind.MONEY}
_RANGE = {"first": Kind.MONTH, "last_m": Kind.MONTH, "last": Kind.CODE}
_QUERY = ActionSpec(
    answers={"": {**_TOTAL, **_KINDS}, "many": _TOTAL, "none": {"month": Kind.MONTH}},
    inputs=(
        InputSpec("month", InputKind.MONTH, optional=True, running=True),
        InputSpec("secret", InputKind.PASSWORD),
    ),
    refusals={"month range": _RANGE},
    rows={
        "call": {**_ROW, "other": Kind.PHONE, "time": Kind.DURATION},
        "message": {**_ROW, "other": Kind.PHONE, "n": Kind.COUNT},
        "data": {**_ROW, "mb": Kind.COUNT},
    },
    rows_where=Where.READ,
)


async def query(request: ServiceRequest) -> Outcome:
    """One of the last five months or the running one; last month's where none was named."""
    today = request.now.date()
    earliest, latest = months_back(today, MONTHS_KEPT), months_back(today, 0)
    written = request.inputs.get("month")
    wanted = month_of(written, today) if written else months_back(today, 1)
    if wanted is None or not earliest <= wanted <= latest:
        limits = {"first": month(earliest), "last_m": month(latest)}
        return Refused("month range", {**limits, "last": Value(Kind.CODE, latest.strftime("%Y%m"))})
    found = await request.business.details(request.caller, wanted, LOOKED_AT)
    if not found.count:
        return Answered("none", {"month": month(wanted)})
    total = {"month": month(wanted), "n": count(found.count), "total": money(found.total)}
    rows = tuple(_row(number, item) for number, item in enumerate(found.items[:SHOWN], 1))
    if found.count > len(found.items):
        return Answered("many", total, rows)
    return Answered("", {**total, **_by_kind(found)}, rows)


def _by_kind(found: Details) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for kind, (number, fee) in {
        DetailKind.VOICE: ("calls", "call_fee"),
        DetailKind.MESSAGE: ("messages", "message_fee"),
        DetailKind.DATA: ("sessions", "data_fee"),
    }.items():
        of_kind = [item for item in found.items if item.kind is kind]
        values |= {number: count(len(of_kind)), fee: money(_fees(of_kind))}
    return values


def _fees(items: Iterable[Detail]) -> int:
    return sum(item.fee for item in items)


def _row(number: int, item: Detail) -> Item:
    values = {"at": time(item.at), "fee": money(item.fee)}
    other = Value(Kind.PHONE, item.other)
    match item.kind:
        case DetailKind.VOICE:
            more = {"other": other, "time": Value(Kind.DURATION, item.quantity)}
            return Item(str(number), {**values, **more}, "call")
        case DetailKind.MESSAGE:
            return Item(str(number), {**values, "other": other, "n": count(item.quantity)}, "message")
    return Item(str(number), {**values, "mb": count(megabytes(item.quantity))}, "data")


LIST = Function(
    ServiceSpec("details.list", {Action.QUERY: _QUERY}, summary="一个月的清单,要服务密码,用短信发"),
    {Action.QUERY: Handling(ask=query)},
)
