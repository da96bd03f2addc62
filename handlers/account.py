"""The account as a whole: which of the operator's own products are open (业务查询, catalogue 0112)."""

from __future__ import annotations

from business.port import Product
from handlers.products import comes, running
from handlers.request import Function, Handling, ServiceRequest, count, day, listed, money
from menus.model.events import Answered, Outcome
from menus.model.specs import Action, ActionSpec, ServiceSpec
from menus.model.text import show
from menus.model.values import Kind

FORWARDING = "call_forward"
"""The product whose option is a telephone number; every other's is an amount."""


async def opened(request: ServiceRequest) -> Outcome:
    """Titles of what is open, how many, and what they cost a month together; where they are read, with what
    was chosen. What begins later costs nothing yet; it is told with its day where it is read, and what runs
    until then is too."""
    products = [one for one in await _opened(request) if one is not None]
    today, read = request.now.date(), request.channel.read
    now = [one for one in products if not comes(one, today)]
    later = [one for one in products if comes(one, today)]
    for group in dict.fromkeys(one.group for one in later if one.group is not None):
        old = running(await request.business.choices(request.caller, group), today)
        now += [old] if old is not None and old not in now else []
    titles = [_with_option(one) if read else one.title for one in now]
    titles += [f"{one.title}（{_from(one)}）" for one in later if read]
    if not titles:
        return Answered("none")
    fee = sum(one.fee for one in now)
    return Answered("", {"n": count(len(titles)), "names": listed(tuple(titles)), "fee": money(fee)})


async def _opened(request: ServiceRequest) -> list[Product | None]:
    who = await request.business.subscriber(request.caller)
    return [await request.business.product(request.caller, each) for each in sorted(who.opened)]


def _from(product: Product) -> str:
    assert product.since is not None  # else it would not be to come
    return f"{show(day(product.since))}起"


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
