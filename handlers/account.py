"""The account as a whole: which of the operator's own products are open (业务查询, catalogue 0112)."""

from __future__ import annotations

from business.port import Product
from handlers.request import Function, Handling, Request, count, listed, money
from menus.events import Answered, Outcome
from menus.model import Channel
from menus.specs import Action, ActionSpec, ServiceSpec
from menus.text import show
from menus.values import Kind

FORWARDING = "call_forward"
"""The product whose option is a telephone number; every other's is an amount."""


async def opened(request: Request) -> Outcome:
    """Titles of what is open, by SMS with what was chosen, how many, and what they cost a month together."""
    who = await request.business.subscriber(request.caller)
    titles, fee = [], 0
    for product_id in sorted(who.opened):
        product = await request.business.product(request.caller, product_id)
        if product is not None:
            titles.append(product.title if request.channel is Channel.VOICE else _with_option(product))
            fee += product.fee
    if not titles:
        return Answered("none")
    return Answered("", {"n": count(len(titles)), "names": listed(tuple(titles)), "fee": money(fee)})


def _with_option(product: Product) -> str:
    if product.option is None:
        return product.title
    chosen = str(product.option) if product.id == FORWARDING else show(money(product.option))
    return f"{product.title}（{chosen}）"


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
