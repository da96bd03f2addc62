"""Fees: real-time fee (R019), balance, monthly bill of the last five months (R020, R134), and the real-time
fee of another phone, which needs that number's service password (R026).

The answer's variant says how the account stands, so that the wording can be chosen: ``arrears``, ``low``
(prepaid and under :data:`LOW_BALANCE`), ``sp`` (something was collected for SPs, which can be unsubscribed),
``credit``; for post-paid ``post`` (something of past months is unpaid) and ``post clear``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from business.port import Bill, BillPending, Fee, UnknownSubscriber
from business.port.days import month_after
from handlers.request import Function, Handling, ServiceRequest, money, month
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import MONTHS_KEPT, Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind, Value

LOW_BALANCE = 10_00
"""Fen: a prepaid balance under ten yuan is worth a word."""

_TIME, _MONEY = Kind.TIME, Kind.MONEY
_USED = {"now": _TIME, "spent": _MONEY}
_STANDINGS: Mapping[str, Mapping[str, Kind]] = {
    "credit": {**_USED, "balance": _MONEY},
    "low": {**_USED, "balance": _MONEY},
    "arrears": {**_USED, "owed": _MONEY},
    "post": {**_USED, "overdue": _MONEY},
    "post clear": _USED,
}
_REALTIME: Mapping[str, Mapping[str, Kind]] = {
    **_STANDINGS,
    "sp": {**_USED, "sp": _MONEY, "balance": _MONEY},
}
_RANGE = {"first": Kind.MONTH, "last_m": Kind.MONTH, "last": Kind.CODE}
_BILL = {
    "month": Kind.MONTH,
    "m": Kind.MON,
    "total": _MONEY,
    "plan": _MONEY,
    "voice": _MONEY,
    "data": _MONEY,
    "msg": _MONEY,
    "vas": _MONEY,
    "sp": _MONEY,
    "other": _MONEY,
}


def _standing(fee: Fee) -> str:
    if not fee.prepaid:  # past months' debt, and this month's, are told apart
        return "post" if fee.overdue > 0 else "post clear"
    if fee.owed > 0:
        return "arrears"
    return "low" if fee.balance < LOW_BALANCE else "credit"


def _values(fee: Fee, declared: Mapping[str, Kind]) -> dict[str, Value]:
    known: dict[str, int | datetime] = {
        "now": fee.at,
        "spent": fee.spent,
        "balance": fee.balance,
        "owed": fee.owed,
        "overdue": fee.overdue,
        "sp": fee.sp,
    }
    return {name: Value(kind, known[name]) for name, kind in declared.items()}


async def realtime(request: ServiceRequest) -> Outcome:
    """What was spent this month, and how the account stands."""
    fee = await request.business.fee(request.caller)
    variant = _standing(fee)
    if variant == "credit" and fee.sp > 0:
        variant = "sp"
    return Answered(variant, _values(fee, _REALTIME[variant]))


async def balance(request: ServiceRequest) -> Outcome:
    """How the account stands."""
    fee = await request.business.fee(request.caller)
    variant = _standing(fee)
    return Answered(variant, _values(fee, _STANDINGS[variant]))


async def other(request: ServiceRequest) -> Outcome:
    """The same of another number; its password has been checked. What was collected for SPs stays private."""
    number = request.inputs["number"]
    phone = {"number": Value(Kind.PHONE, number)}
    try:
        fee = await request.business.fee(number)
    except UnknownSubscriber:
        return Refused("unknown target", phone)
    variant = _standing(fee)
    return Answered(variant, {**_values(fee, _STANDINGS[variant]), **phone})


def months_back(today: date, months: int) -> date:
    """The first day of the month that lies ``months`` before that of ``today``."""
    return month_after(today.replace(day=1), -months)


def month_of(written: str, today: date) -> date | None:
    """The month that ``201009``, ``2010-9``, ``2010年9月`` or ``9`` means; None: no month at all.

    A month without a year is the latest past one of that name (September asked in March is last year's).
    """
    found = re.fullmatch(r"(?:(20\d\d)(?:年|[-/.])?)?(0?[1-9]|1[0-2])(?:月(?:份)?)?", written.strip())
    if found is None:
        return None
    year, number = found.groups()
    if year is not None:
        return date(int(year), int(number), 1)
    this_year = date(today.year, int(number), 1)
    return this_year if this_year <= today else this_year.replace(year=today.year - 1)


async def bill(request: ServiceRequest) -> Outcome:
    """The bill of one of the last five months, item by item; last month's where none was named."""
    today = request.now.date()
    latest, earliest = months_back(today, 1), months_back(today, MONTHS_KEPT)
    written = request.inputs.get("month")
    wanted = month_of(written, today) if written else latest
    if wanted is None or not earliest <= wanted <= latest:
        limits = {"first": month(earliest), "last_m": month(latest)}
        return Refused("month range", {**limits, "last": Value(Kind.CODE, latest.strftime("%Y%m"))})
    found = await request.business.bill(request.caller, wanted)
    if found is None:
        return Answered("none", {"month": month(wanted)})
    if isinstance(found, BillPending):
        return Answered("pending", {"month": month(wanted), "ready": Value(Kind.DATE, found.ready)})
    return Answered("", _bill_values(found))


def _bill_values(found: Bill) -> dict[str, Value]:
    return {
        "month": month(found.month),
        "m": Value(Kind.MON, found.month),
        "total": money(found.total),
        "plan": money(found.plan),
        "voice": money(found.voice),
        "data": money(found.data),
        "msg": money(found.messages),
        "vas": money(found.vas),
        "sp": money(found.sp),
        "other": money(found.other),
    }


def _query(spec: ActionSpec) -> Mapping[Action, ActionSpec]:
    return {Action.QUERY: spec}


REALTIME = Function(
    ServiceSpec("fees.realtime", _query(ActionSpec(answers=_REALTIME)), summary="本月实时话费和账户情况"),
    {Action.QUERY: Handling(ask=realtime)},
)
BALANCE = Function(
    ServiceSpec("fees.balance", _query(ActionSpec(answers=_STANDINGS)), summary="账户余额"),
    {Action.QUERY: Handling(ask=balance)},
)
BILL = Function(
    ServiceSpec(
        "fees.bill",
        _query(
            ActionSpec(
                answers={
                    "": _BILL,
                    "pending": {"month": Kind.MONTH, "ready": Kind.DATE},
                    "none": {"month": Kind.MONTH},
                },
                inputs=(InputSpec("month", InputKind.MONTH, optional=True),),
                refusals={"month range": _RANGE},
            )
        ),
        summary="最近五个月的月账单",
    ),
    {Action.QUERY: Handling(ask=bill)},
)
OTHER = Function(
    ServiceSpec(
        "fees.other",
        _query(
            ActionSpec(
                answers={variant: {**kinds, "number": Kind.PHONE} for variant, kinds in _STANDINGS.items()},
                inputs=(
                    InputSpec("number", InputKind.MOBILE),
                    InputSpec("secret", InputKind.PASSWORD, of="number"),
                ),
                refusals={
                    "unknown target": {"number": Kind.PHONE},
                    "password wrong": {"left": Kind.COUNT},
                    "password locked": {},
                    "password mismatch": {},
                    "password limit": {},
                },
            )
        ),
        summary="查别的手机的话费,要那个号码的服务密码",
    ),
    {Action.QUERY: Handling(ask=other)},
)
