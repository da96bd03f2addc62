"""Information (key 2, R027-R033, and consulting by SMS): the answer is the menu's own wording, nothing is
asked of the back office."""

from __future__ import annotations

from handlers.request import Function, Handling, Request
from menus.events import Answered, Outcome
from menus.specs import Action, ActionSpec, ServiceSpec


async def text(request: Request) -> Outcome:
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
