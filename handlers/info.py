"""Information (key 2, R027-R033, and consulting by SMS), and the wish to get promos or not: the answer is the
menu's own wording, nothing is asked of the back office. The hall keeps the wish itself (R107)."""

from __future__ import annotations

from handlers.request import Function, Handling, ServiceRequest
from menus.model.events import Answered, Outcome
from menus.model.specs import Action, ActionSpec, ServiceSpec


async def text(request: ServiceRequest) -> Outcome:
    """Nothing to find out: ``answer`` says it all."""
    return Answered()


TEXT = Function(
    ServiceSpec(
        "info.text",
        {Action.INFO: ActionSpec(answers={"": {}})},
        summary="固定的介绍文字,写在 answer 里",
    ),
    {Action.INFO: Handling(ask=text)},
)

PROMOS = Function(
    ServiceSpec(
        "info.promos",
        {
            action: ActionSpec(answers={"": {}}, promotes=False, wants_promos=action is Action.OPEN)
            for action in (Action.OPEN, Action.CANCEL)
        },
        summary="接收或拒收宣传短信,由营业厅自己记下",
    ),
    {Action.OPEN: Handling(ask=text), Action.CANCEL: Handling(ask=text)},
)
