"""The account as a whole: which of the operator's own products are open (业务查询, catalogue 0112)."""

from __future__ import annotations

from handlers.request import Function, Handling, Request, count, listed, money
from menus.events import Answered, Outcome
from menus.specs import Action, ActionSpec, ServiceSpec
from menus.values import Kind


async def opened(request: Request) -> Outcome:
    """Titles of what is open, how many, and what they cost a month altogether."""
    who = await request.business.subscriber(request.caller)
    titles, fee = [], 0
    for product_id in sorted(who.opened):
        product = await request.business.product(request.caller, product_id)
        if product is not None:
            titles.append(product.title)
            fee += product.fee
    if not titles:
        return Answered("none")
    return Answered("", {"n": count(len(titles)), "names": listed(tuple(titles)), "fee": money(fee)})


OPENED = Function(
    ServiceSpec(
        "account.opened",
        {
            Action.QUERY: ActionSpec(
                answers={"": {"n": Kind.COUNT, "names": Kind.LIST, "fee": Kind.MONEY}, "none": {}}
            )
        },
        summary="已经开通的自有业务",
    ),
    {Action.QUERY: Handling(ask=opened)},
)
