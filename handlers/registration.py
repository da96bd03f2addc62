"""实名登记 (0225): name and ID number, by SMS. A telephone has no keys for a name: there it is said how."""

from __future__ import annotations

from business.port import RegisterName, Why
from handlers.changes import COMMON_REFUSALS, asking, offer_from_json, offered, performed, result
from handlers.request import Function, Handling, ServiceRequest
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec, Standing
from menus.model.values import Kind

ELSEWHERE = "elsewhere"
_REGISTER = ActionSpec(
    answers={"": {}},
    inputs=(
        InputSpec("name", InputKind.NAME, where=Where.WRITING),
        InputSpec("id", InputKind.ID_NUMBER, where=Where.WRITING),
    ),
    refusals={
        **COMMON_REFUSALS,
        ELSEWHERE: {},
        Why.ALREADY: {},
        Why.NOTHING: {},
        Why.WRONG_ID: {"left": Kind.COUNT},
        Why.ID_LOCKED: {},
    },
    unless={Standing.REGISTERED: Why.ALREADY},
    changes=True,
    promotes=False,
)


def _registering(request: ServiceRequest) -> RegisterName:
    return RegisterName(request.inputs["name"], request.inputs["id"])


async def offer_register(request: ServiceRequest) -> Outcome:
    """Whether the number is still without a name."""
    if not request.channel.writes:
        return Refused(ELSEWHERE)
    answer = await offered(request, _registering(request), {}, _REGISTER)
    return answer if isinstance(answer, Refused) else asking(answer, {}, answer.confirm)


async def perform_register(request: ServiceRequest) -> Outcome:
    answer = await performed(request, _registering(request), offer_from_json(request.offer))
    return result(answer, _REGISTER, Answered())


REGISTER = Function(
    ServiceSpec("account.register", {Action.OPEN: _REGISTER}, summary="实名登记:姓名和身份证号码,只用短信"),
    {Action.OPEN: Handling(offer=offer_register, perform=perform_register)},
)
