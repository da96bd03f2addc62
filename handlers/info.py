"""Information (key 2, R027-R033, and consulting by SMS), the knowledge base (R084), and the wish to get
promos or not: the answer is the menu's own wording, nothing is asked of the back office. The hall keeps the
wish itself (R107)."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.request import Function, Handling, ServiceRequest
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Item, Outcome
from menus.model.specs import Action, ActionSpec, InputSpec, ServiceSpec
from menus.model.values import Kind

NONE = "none"
"""The answer where nothing of the knowledge base was found."""


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


async def topics(request: ServiceRequest) -> Outcome:
    """The one entry that answers the question, ``answer ID``; several as a list to choose from, each worded
    by ``item ID``; what the service says of itself where none does."""
    found = request.inputs.get("items") or request.inputs.get("topic", "")
    ids = [each for each in found.split(",") if each]
    if len(ids) == 1:
        return Answered(ids[0])
    return Answered("", items=tuple(Item(each, {}, each) for each in ids))


async def search(request: ServiceRequest) -> Outcome:
    """As :func:`topics`; where no entry answers, it says so."""
    found = await topics(request)
    nothing = isinstance(found, Answered) and not found.variant and not found.items
    return Answered(NONE) if nothing else found


def _topics(*, optional: bool, more: Mapping[str, Mapping[str, Kind]] | None = None) -> ActionSpec:
    question = InputSpec("topic", InputKind.TEXT, optional=optional, where=Where.WRITING, topics=True)
    return ActionSpec(
        answers={"": {}, **(more or {})},
        inputs=(question, InputSpec("items", InputKind.ITEMS)),
        picks=Action.INFO,
        rows={"of topic": {}},  # each entry words its own
        rows_where=Where.NOWHERE,
    )


TOPICS = Function(
    ServiceSpec(
        "info.topics",
        {Action.INFO: _topics(optional=True)},
        summary="介绍文字写在 answer 里;问得细的,答知识库(knowledge)里属于它的条目",
    ),
    {Action.INFO: Handling(ask=topics)},
)
SEARCH = Function(
    ServiceSpec(
        "info.search",
        {Action.INFO: _topics(optional=False, more={NONE: {}})},
        summary="在整个知识库里找答案;answer 是找到几条时的第一行",
    ),
    {Action.INFO: Handling(ask=search)},
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
