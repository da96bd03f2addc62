"""The account as a whole: which of the operator's own products are open (业务查询, catalogue 0112), and
ending one of them by its number in that list, or any by its name: 取消每日笑话 ends an SP's service, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from business.port import CancelProduct, CancelSp, Change, Product, Why
from handlers.changes import COMMON_REFUSALS, asking, day_of, offer_from_json, offered, performed, result
from handlers.options import number_of
from handlers.products import comes, running
from handlers.request import Function, Handling, ServiceRequest, count, day, listed, money, text
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Item, Offered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.text import show
from menus.model.values import Kind, Value

FORWARDING = "call_forward"
"""The product whose option is a telephone number; every other's is an amount."""
MAIN_PLANS = frozenset({"plan", "jiaozi"})
"""Groups that nobody can be without: their products are changed for others, never cancelled."""
_SP = "sp"
_NAME = {"name": Kind.TEXT}
_CANCEL = ActionSpec(
    answers={"": {**_NAME, "end": Kind.DATE}},
    inputs=(InputSpec("name", InputKind.TEXT, optional=True), InputSpec("items", InputKind.ITEMS)),
    offers={**_NAME, "fee": Kind.MONEY, "end": Kind.DATE},
    refusals={
        **COMMON_REFUSALS,
        Why.NOT_OPEN: {},
        Why.NOTHING: {},
        Why.HOURS: {"from": Kind.TIME, "to": Kind.TIME},
        Why.UNKNOWN_PRODUCT: {},
        "plan": _NAME,
        "no such": _NAME,
        "several": {"names": Kind.LIST},
    },
    changes=True,
    confirm=Confirm.ALWAYS,
)


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
    rows = tuple(Item(one.id, {"name": text(t)}) for one, t in zip([*now, *later], titles, strict=False))
    fee = sum(one.fee for one in now)
    told = {"n": count(len(titles)), "names": listed(tuple(titles)), "fee": money(fee)}
    return Answered("", told, rows if read else ())


async def _opened(request: ServiceRequest) -> list[Product | None]:
    who = await request.business.subscriber(request.caller)
    return [await request.business.product(request.caller, each) for each in sorted(who.opened)]


def _from(product: Product) -> str:
    assert product.since is not None  # else it would not be to come
    return f"{show(day(product.since))}起"


def _with_option(product: Product) -> str:
    if product.option is None:
        return product.title
    forwards = product.id.startswith(FORWARDING)
    chosen = f"转到{number_of(product.option)}" if forwards else f"低于{show(money(product.option))}"
    return f"{product.title}（{chosen}）"


# ---- ending ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Ended:
    """What is to end: a product of ours, or an SP's service. ``plan``: one that nobody can be without."""

    id: str
    title: str
    fee: int
    sp: bool = False
    plan: bool = False

    @property
    def change(self) -> Change:
        return CancelSp((self.id,)) if self.sp else CancelProduct(self.id)


async def _all_open(request: ServiceRequest) -> list[_Ended]:
    ours = [one for one in await _opened(request) if one is not None]
    found = [_Ended(one.id, one.title, one.fee, plan=one.group in MAIN_PLANS) for one in ours]
    sps = await request.business.sp_subscriptions(request.caller)
    return [*found, *(_Ended(sp.id, sp.name, sp.fee, sp=True) for sp in sps)]


async def _chosen(request: ServiceRequest) -> _Ended | Refused:
    """The row of the list, or what is called so: by its whole name, or the only one with the words in it."""
    found, row, name = await _all_open(request), request.inputs.get("items"), request.inputs.get("name", "")
    if row:
        one = next((each for each in found if each.id == row and not each.sp), None)
        return Refused(Why.NOT_OPEN) if one is None else one
    wanted = name.strip().upper()
    exactly = [each for each in found if each.title.upper() == wanted]
    named = exactly or [each for each in found if wanted and wanted in each.title.upper()]
    if not named:
        return Refused("no such", {"name": text(name)})
    if len(named) > 1:
        return Refused("several", {"names": listed(tuple(each.title for each in named))})
    return named[0]


async def offer_cancel(request: ServiceRequest) -> Outcome:
    """Its name and the day from which nothing more is charged."""
    one = await _chosen(request)
    if isinstance(one, Refused):
        return one
    if one.plan:
        return Refused("plan", {"name": text(one.title)})
    answer = await offered(request, one.change, {}, _CANCEL)
    if isinstance(answer, Refused):
        return answer
    values = {"name": text(one.title), "fee": money(one.fee), "end": day(answer.effective)}
    return _about(asking(answer, values, True), one)


def _about(asked: Offered, one: _Ended) -> Offered:
    """Put it into the offer, so that performing asks for no list of its own."""
    assert isinstance(asked.offer, dict)
    return replace(asked, offer={**asked.offer, "ended": [one.id, one.title, _SP if one.sp else ""]})


async def perform_cancel(request: ServiceRequest) -> Outcome:
    """Raises ValueError for an offer of something else."""
    data = request.offer
    kept = data.get("ended") if isinstance(data, dict) else None
    if not isinstance(kept, list):
        raise ValueError("not an offer to end something")
    one = _Ended(str(kept[0]), str(kept[1]), 0, sp=kept[2] == _SP)
    offer = offer_from_json(data)
    answer = await performed(request, one.change, offer)
    values: Mapping[str, Value] = {"name": text(one.title), "end": day_of(answer, "end", offer.effective)}
    return result(answer, _CANCEL, Answered("", values))


OPENED = Function(
    ServiceSpec(
        "account.opened",
        {
            Action.QUERY: ActionSpec(
                answers={"": {"n": Kind.COUNT, "names": Kind.LIST, "fee": Kind.MONEY}, "none": {}},
                picks=Action.CANCEL,
                item=_NAME,
                rows_where=Where.READ,
            ),
            Action.CANCEL: _CANCEL,
        },
        summary="已经开通的自有业务,回复序号取消;也按名字取消,梦网业务也行",
    ),
    {
        Action.QUERY: Handling(ask=opened),
        Action.CANCEL: Handling(offer=offer_cancel, perform=perform_cancel),
    },
)
