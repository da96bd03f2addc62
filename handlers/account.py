"""The account as a whole: which of the operator's own products are open (业务查询, catalogue 0112), and
ending one of them by its number in that list, or any by its name: 取消每日笑话 ends an SP's service, too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from business.port import CancelProduct, CancelSp, Change, Offer, Product, Why
from handlers.changes import COMMON_REFUSALS, asking, day_of, offer_from_json, offered, performed, result
from handlers.choices import BACK
from handlers.options import number_of
from handlers.products import ENDING, FREE, comes, running
from handlers.request import Function, Handling, ServiceRequest, count, day, listed, money, text
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.events import Answered, Item, Json, Offered, Outcome, Refused
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.text import show
from menus.model.values import Kind, Value

FORWARDING = "call_forward"
"""The product whose option is a telephone number; every other's is an amount."""
MAIN_PLANS = frozenset({"plan", "jiaozi"})
"""Groups that nobody can be without: their products are changed for others, never cancelled."""
_SP = "sp"
_NAME: Mapping[str, Kind] = {"name": Kind.TEXT}
_ENDS: Mapping[str, Kind] = {**_NAME, "end": Kind.DATE}
_JOINED = re.compile("[和与跟及以还有、,，\\s]*")
"""What stands between the names of several."""
_CANCEL = ActionSpec(
    answers={"": _ENDS, "free": _ENDS, BACK: {**_ENDS, BACK: Kind.TEXT}},
    inputs=(InputSpec("name", InputKind.TEXT, optional=True), InputSpec("items", InputKind.ITEMS)),
    offers={**_ENDS, "fee": Kind.MONEY},
    questions={FREE: {}, BACK: {BACK: Kind.TEXT}},
    refusals={
        **COMMON_REFUSALS,
        Why.NOT_OPEN: {},
        Why.NOTHING: {},
        Why.HOURS: {"from": Kind.TIME, "to": Kind.TIME},
        Why.UNKNOWN_PRODUCT: {},
        ENDING: {**_NAME, "until": Kind.DATE},
        "replaced": {**_NAME, "until": Kind.DATE, "new": Kind.TEXT},
        "plan": _NAME,
        "no such": _NAME,
        "several": {"names": Kind.LIST},
        "same name": {**_NAME, "n": Kind.COUNT},
        "one by one": {"names": Kind.LIST},
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
        return CancelSp(tuple(self.id.split(","))) if self.sp else CancelProduct(self.id)


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
        return await _ending(request, row) if one is None else one
    wanted = name.strip().upper()
    exactly = [each for each in found if each.title.upper() == wanted]
    named = exactly or [each for each in found if wanted and wanted in each.title.upper()]
    if not named:
        return _together(found, wanted) or Refused("no such", {"name": text(name)})
    if len(named) > 1 and len({each.title for each in named}) == 1:
        return Refused("same name", {"name": text(named[0].title), "n": count(len(named))})
    if len(named) > 1:
        return Refused("several", {"names": listed(tuple(each.title for each in named))})
    return named[0]


def _together(found: list[_Ended], wanted: str) -> _Ended | Refused | None:
    """Several that are named at once (每日笑话和新闻快讯), if nothing else is: services of SPs end by one
    change."""
    named = [each for each in found if each.title.upper() in wanted]
    rest = wanted
    for each in sorted(named, key=lambda each: -len(each.title)):
        rest = rest.replace(each.title.upper(), "")
    if not named or not _JOINED.fullmatch(rest):
        return None
    titles = tuple(each.title for each in named)
    if not all(each.sp for each in named):
        return Refused("one by one", {"names": listed(tuple(dict.fromkeys(titles)))})
    return _Ended(",".join(each.id for each in named), "、".join(titles), sum(e.fee for e in named), sp=True)


async def _ending(request: ServiceRequest, row: str) -> Refused:
    """A row that is no more open: it runs to the end of what is paid, and perhaps another follows it."""
    product = await request.business.product(request.caller, row)
    if product is None or product.open or product.until is None or product.until < request.now.date():
        return Refused(Why.NOT_OPEN)
    values = {"name": text(product.title), "until": day(product.until)}
    group = await request.business.choices(request.caller, product.group) if product.group else ()
    new = next((each for each in group if comes(each, request.now.date())), None)
    if new is None:
        return Refused(ENDING, values)
    return Refused("replaced", {**values, "new": text(new.title)})


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
    back = _back(answer)
    return _about(asking(answer, {**values, **back}, True, BACK if back else "" if one.fee else FREE), one)


def _back(offer: Offer) -> dict[str, Value]:
    """What goes on when a change that has not begun is cancelled."""
    back = offer.details.get(BACK)
    return {BACK: text(back)} if isinstance(back, str) else {}


def _about(asked: Offered, one: _Ended) -> Offered:
    """Put it into the offer, so that performing asks for no list of its own."""
    assert isinstance(asked.offer, dict)
    kept: list[Json] = [one.id, one.title, _SP if one.sp else "", one.fee]
    return replace(asked, offer={**asked.offer, "ended": kept})


async def perform_cancel(request: ServiceRequest) -> Outcome:
    """Raises ValueError for an offer of something else."""
    data = request.offer
    kept = data.get("ended") if isinstance(data, dict) else None
    if not isinstance(kept, list):
        raise ValueError("not an offer to end something")
    fee = int(str(kept[3])) if len(kept) > 3 else 1  # one that was made before it said so
    one = _Ended(str(kept[0]), str(kept[1]), fee, sp=kept[2] == _SP)
    offer = offer_from_json(data)
    answer = await performed(request, one.change, offer)
    values: Mapping[str, Value] = {"name": text(one.title), "end": day_of(answer, "end", offer.effective)}
    back = _back(offer)
    variant = BACK if back else "" if one.fee else FREE
    return result(answer, _CANCEL, Answered(variant, {**values, **back}))


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
