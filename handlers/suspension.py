"""Stopping a telephone and starting it again (3-7, 0207 and 0208; domain §2.7).

One's own, or another whose service password is right: who has lost his telephone calls from a friend's. What
keeping the number costs a month is named before it is stopped; what is due for it, before it is started.
"""

from __future__ import annotations

from datetime import date

from business.port import Resume, Suspend, Why
from handlers.changes import COMMON_REFUSALS, asking, day_of, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest, money
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec, Standing
from menus.model.values import Kind, Value

_WHOSE = (
    InputSpec("number", InputKind.MOBILE, optional=True),
    InputSpec("secret", InputKind.PASSWORD, of="number"),
)
_NUMBER = {"number": Kind.PHONE}
_REFUSALS = {
    **COMMON_REFUSALS,
    Why.UNKNOWN_TARGET: _NUMBER,
    "password wrong": {"left": Kind.COUNT},
    "password locked": {},
}
_SUSPEND = ActionSpec(
    answers={"": {**_NUMBER, "fee": Kind.MONEY, "start": Kind.DATE}},
    inputs=_WHOSE,
    offers={**_NUMBER, "fee": Kind.MONEY, "start": Kind.DATE},
    refusals={**_REFUSALS, Why.STOPPED: _NUMBER},
    unless={Standing.STOPPED: Why.STOPPED},
    changes=True,
    confirm=Confirm.OFFER,
    promotes=False,
)
_RESUME = ActionSpec(
    answers={"": _NUMBER, "charged": {**_NUMBER, "fee": Kind.MONEY}},
    inputs=_WHOSE,
    offers={**_NUMBER, "fee": Kind.MONEY},
    refusals={
        **_REFUSALS,
        Why.NOT_STOPPED: _NUMBER,
        Why.ARREARS: {"owed": Kind.MONEY},
        Why.BALANCE: {"balance": Kind.MONEY, "fee": Kind.MONEY},
    },
    unless={Standing.RUNNING: Why.NOT_STOPPED, Standing.OWING: Why.ARREARS},
    changes=True,
    confirm=Confirm.OFFER,
    promotes=False,
)


def _target(request: ServiceRequest) -> str:
    return request.inputs.get("number") or request.caller


def _numbered(request: ServiceRequest) -> dict[str, Value]:
    return {"number": Value(Kind.PHONE, _target(request))}


async def offer_suspend(request: ServiceRequest) -> Outcome:
    """The fee for keeping the number, and the day from which it is counted; always asked."""
    answer = await offered(request, Suspend(_target(request)), _numbered(request), _SUSPEND)
    if isinstance(answer, Refused):
        return answer
    start = answer.details.get("start", answer.effective)
    values = {**_numbered(request), "fee": money(answer.fee), "start": Value(Kind.DATE, start)}
    return asking(answer, values, True)


async def perform_suspend(request: ServiceRequest) -> Outcome:
    offer = offer_from_json(request.offer)
    offered_day = offer.details.get("start")
    answer = await performed(request, Suspend(_target(request)), offer)
    start = day_of(answer, "start", offered_day if isinstance(offered_day, date) else offer.effective)
    done = Answered("", {**_numbered(request), "fee": money(offer.fee), "start": start})
    return _about(request, result(answer, _SUSPEND, done))


async def offer_resume(request: ServiceRequest) -> Outcome:
    """Asked only where something is due for the months that the number was kept."""
    answer = await offered(request, Resume(_target(request)), _numbered(request), _RESUME)
    if isinstance(answer, Refused):
        return answer
    return asking(answer, {**_numbered(request), "fee": money(answer.fee)}, answer.confirm)


async def perform_resume(request: ServiceRequest) -> Outcome:
    offer = offer_from_json(request.offer)
    number = _numbered(request)
    done = Answered("charged", {**number, "fee": money(offer.fee)}) if offer.fee else Answered("", number)
    return _about(request, result(await performed(request, Resume(_target(request)), offer), _RESUME, done))


def _about(request: ServiceRequest, outcome: Outcome) -> Outcome:
    """A refusal names the number that it is about."""
    named = (Why.STOPPED, Why.NOT_STOPPED, Why.UNKNOWN_TARGET)
    if isinstance(outcome, Refused) and outcome.reason in named:
        return Refused(outcome.reason, _numbered(request))
    return outcome


SUSPEND = Function(
    ServiceSpec("phone.suspend", {Action.OPEN: _SUSPEND}, summary="停机保号,要那个号码的服务密码"),
    {Action.OPEN: Handling(offer=offer_suspend, perform=perform_suspend)},
)
RESUME = Function(
    ServiceSpec("phone.resume", {Action.OPEN: _RESUME}, summary="开机,要那个号码的服务密码"),
    {Action.OPEN: Handling(offer=offer_resume, perform=perform_resume)},
)
