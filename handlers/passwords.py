"""Service passwords (3-1, 05; domain §2.6): choosing a new one, a temporary one by SMS, lifting the lock.

A new password is given twice, after the old or the temporary one. Who has forgotten it gives his ID number:
the temporary one is sent to the number itself, on both channels, and what he texts back becomes the new one
(R063). Nothing of this is ever spoken, and nothing but a changed password can be had for a temporary one.
"""

from __future__ import annotations

from business.port import Change, ChangePassword, ResetPassword, UnlockPassword, Why
from handlers.changes import COMMON_REFUSALS, asking, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest
from menus.model.asked import InputKind
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Follow, InputSpec, ServiceSpec, Standing
from menus.model.values import Kind

DIFFER = "passwords differ"
_ID = (InputSpec("id", InputKind.ID_NUMBER),)
_BY_ID = {**COMMON_REFUSALS, Why.WRONG_ID: {"left": Kind.COUNT}, Why.ID_LOCKED: {}}

_CHANGE = ActionSpec(
    answers={"": {}},
    inputs=(
        InputSpec("old", InputKind.PASSWORD),
        InputSpec("new", InputKind.NEW_PASSWORD),
        InputSpec("again", InputKind.NEW_PASSWORD, of="new"),
    ),
    refusals={
        **COMMON_REFUSALS,
        DIFFER: {},
        Why.WEAK_PASSWORD: {},
        "password wrong": {"left": Kind.COUNT},
        "password locked": {},
    },
    changes=True,
    temporary=True,
    promotes=False,
)
_RESET = ActionSpec(
    answers={"": {"temporary": Kind.SECRET, "hours": Kind.COUNT}},
    inputs=_ID,
    refusals=_BY_ID,
    unless={Standing.STOPPED: Why.SUSPENDED},
    changes=True,
    identified=True,
    promotes=False,
    then=Follow("passwords.change", Action.OPEN, "new", {"old": "temporary"}),
)
_UNLOCK = ActionSpec(
    answers={"": {}},
    inputs=_ID,
    refusals={**_BY_ID, Why.NOT_LOCKED: {}},
    changes=True,
    identified=True,
    promotes=False,
)


def _reset(request: ServiceRequest) -> Change:
    return ResetPassword(request.inputs["id"])


def _unlock(request: ServiceRequest) -> Change:
    return UnlockPassword(request.inputs["id"])


async def _offer(request: ServiceRequest, change: Change, spec: ActionSpec) -> Outcome:
    answer = await offered(request, change, {}, spec)
    return answer if isinstance(answer, Refused) else asking(answer, {}, answer.confirm)


async def _perform(request: ServiceRequest, change: Change, spec: ActionSpec) -> Outcome:
    answer = await performed(request, change, offer_from_json(request.offer))
    return result(answer, spec, Answered())


async def offer_change(request: ServiceRequest) -> Outcome:
    """The old password was checked; the two new ones must be the same, and not a weak one."""
    if request.inputs["new"] != request.inputs["again"]:
        return Refused(DIFFER)
    return await _offer(request, ChangePassword(request.inputs["new"]), _CHANGE)


async def perform_change(request: ServiceRequest) -> Outcome:
    return await _perform(request, ChangePassword(request.inputs["new"]), _CHANGE)


async def offer_reset(request: ServiceRequest) -> Outcome:
    """Whether one may be sent; the ID number is looked at when it is."""
    return await _offer(request, _reset(request), _RESET)


async def perform_reset(request: ServiceRequest) -> Outcome:
    """The temporary password, for an SMS to the number itself and for nothing else."""
    return await _perform(request, _reset(request), _RESET)


async def offer_unlock(request: ServiceRequest) -> Outcome:
    """Whether there is a lock to be lifted."""
    return await _offer(request, _unlock(request), _UNLOCK)


async def perform_unlock(request: ServiceRequest) -> Outcome:
    return await _perform(request, _unlock(request), _UNLOCK)


CHANGE = Function(
    ServiceSpec("passwords.change", {Action.OPEN: _CHANGE}, summary="修改服务密码:旧密码,新密码两次"),
    {Action.OPEN: Handling(offer=offer_change, perform=perform_change)},
)
RESET = Function(
    ServiceSpec("passwords.reset", {Action.OPEN: _RESET}, summary="忘记密码:凭身份证号码,临时密码发短信"),
    {Action.OPEN: Handling(offer=offer_reset, perform=perform_reset)},
)
UNLOCK = Function(
    ServiceSpec("passwords.unlock", {Action.OPEN: _UNLOCK}, summary="服务密码解锁:凭身份证号码"),
    {Action.OPEN: Handling(offer=offer_unlock, perform=perform_unlock)},
)
