"""A small hall for tests of the dialogue.

Its wordings are made from :data:`menus.model.phrases.TEXTS` and :func:`menus.model.phrases.needed_wordings`:
each names every value that it may name, so a value that the dialogue forgets makes its wording unsayable, and
the test that waits for it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from menus.model.asked import InputKind
from menus.model.channels import VOICE, Where
from menus.model.hall import (
    Condition,
    Entry,
    Goal,
    Guidance,
    Hall,
    Menu,
    Position,
    Promo,
    Service,
    Slot,
    Target,
    Template,
    Wording,
)
from menus.model.phrases import TEXTS, needed_wordings
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind, Raw, Value

HERE = Position("hall", 1, 1)


NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


CALLER = "13900000001"


RAWS: Mapping[Kind, Raw] = {
    Kind.MONEY: 500,
    Kind.COUNT: 2,
    Kind.INDEX: 1,
    Kind.DATE: date(2026, 12, 1),
    Kind.MONTH: date(2026, 10, 1),
    Kind.MON: date(2026, 10, 1),
    Kind.TIME: NOW,
    Kind.DURATION: 60,
    Kind.PHONE: CALLER,
    Kind.DIGITS: "123456789012345678",
    Kind.CODE: "0204",
    Kind.TEXT: "文字",
    Kind.LIST: ("甲", "乙"),
    Kind.SECRET: "135790",
}


def values(kinds: Mapping[str, Kind]) -> dict[str, Value]:
    """A value of each declared kind."""
    return {name: Value(kind, RAWS[kind]) for name, kind in kinds.items()}


def template(name: str, kinds: Mapping[str, Kind]) -> Template:
    slots: list[str | Slot] = [Slot(n, k) for n, k in kinds.items()]
    return Template((f"<{name}>", *slots), HERE)


def both(text: str, kinds: Mapping[str, Kind]) -> Wording:
    return Wording({name: template(text, kinds) for name in ("voice", "sms")})


# ---- the services ------------------------------------------------------------------------------------------
_FEE = {"fee": Kind.MONEY}


_REFUSED: Mapping[str, Mapping[str, Kind]] = {"arrears": {"owed": Kind.MONEY}, "already": _FEE, "busy": {}}


FEES = ServiceSpec("fees", {Action.QUERY: ActionSpec({"": {"balance": Kind.MONEY}})})


BILL = ServiceSpec(
    "bill",
    {Action.QUERY: ActionSpec({"": {"total": Kind.MONEY}}, inputs=(InputSpec("month", InputKind.MONTH),))},
)


OTHER = ServiceSpec(
    "other",
    {
        Action.QUERY: ActionSpec(
            {"": {"balance": Kind.MONEY}},
            inputs=(
                InputSpec("number", InputKind.MOBILE),
                InputSpec("secret", InputKind.PASSWORD, of="number"),
            ),
        )
    },
)


PRODUCT = ServiceSpec(
    "product",
    {
        Action.OPEN: ActionSpec(
            {"": _FEE}, offers=_FEE, refusals=_REFUSED, changes=True, confirm=Confirm.OFFER
        ),
        Action.CANCEL: ActionSpec(
            {"": {"end": Kind.DATE}}, offers={"end": Kind.DATE}, refusals={"not open": _FEE}, changes=True
        ),
    },
    takes_argument=True,
)


_ROW = {"name": Kind.TEXT, "fee": Kind.MONEY}


SP = ServiceSpec(
    "sp",
    {
        Action.QUERY: ActionSpec(
            {"": {"n": Kind.COUNT}, "none": {}}, picks=Action.CANCEL, picks_many=True, item=_ROW
        ),
        Action.CANCEL: ActionSpec(
            {"": {"names": Kind.LIST}},
            inputs=(InputSpec("items", InputKind.ITEMS),),
            offers={"names": Kind.LIST},
            changes=True,
        ),
    },
)


TOPUP = ServiceSpec(
    "topup",
    {
        Action.OPEN: ActionSpec(
            {"": {"face": Kind.MONEY}},
            inputs=(InputSpec("card", InputKind.CARD),),
            offers={"card": Kind.DIGITS},
            refusals={"bad card": {"left": Kind.COUNT}},
            changes=True,
            confirm=Confirm.OFFER,
        )
    },
)


COMPLAINT = ServiceSpec(
    "complaint",
    {
        Action.OPEN: ActionSpec(
            {"": {}}, inputs=(InputSpec("words", InputKind.TEXT),), offers={}, changes=True
        )
    },
)


INFO = ServiceSpec("info", {Action.INFO: ActionSpec({"": {}})})


def service(
    service_id: str,
    title: str,
    spec: ServiceSpec | None,
    keywords: Mapping[Action | None, tuple[str, ...]] | None = None,
    copy: bool = False,
) -> Service:
    """A service that has every wording its spec asks for, on both channels."""
    needs = needed_wordings(spec) if spec else ()
    wordings = {
        (n.action, n.name): both(n.name, n.values)
        for n in needs
        if n.where is not Where.NOWHERE or n.name in ("foot", "again", "confirm")
    }
    argument = service_id if spec and spec.takes_argument else None
    return Service(service_id, title, HERE, spec, argument, wordings, keywords or {}, copy)


def _services() -> dict[str, Service]:
    cancels = {None: ("CL", "彩铃"), Action.OPEN: ("KTCL",), Action.CANCEL: ("QXCL", "取消彩铃")}
    every = (
        service("fee", "实时话费", FEES, {None: ("HF", "话费")}, copy=True),
        service("bill", "月账单", BILL, {None: ("ZD", "账单")}),
        service("other", "他人话费", OTHER),
        service("crbt", "彩铃", PRODUCT, cancels),
        service("fetion", "飞信", PRODUCT, {None: ("FX", "飞信")}),
        service("sp", "梦网业务", SP, {None: ("TD", "退订")}, copy=True),
        service("topup", "充值", TOPUP, {None: ("CZ", "充值")}),
        service("complaint", "投诉", COMPLAINT, {None: ("TS", "投诉")}),
        service("news", "最新活动", INFO, {None: ("HD", "活动")}),
        service("soon", "清单", None, {None: ("QD", "清单")}),
    )
    return {each.id: each for each in every}


# ---- the menus ---------------------------------------------------------------------------------------------
ALWAYS = Condition()


def to(service_id: str, action: Action | None = None, when: Condition = ALWAYS) -> Target:
    return Target(Goal.SERVICE, service_id, action, when)


def submenu(path: str) -> Target:
    return Target(Goal.MENU, path)


def menu(path: str, title: str, **entries: Target) -> Menu:
    """``k1=…`` is key 1."""
    lines = tuple(Entry(k[1:], f"项{k[1:]}", target, HERE) for k, target in entries.items())
    return Menu(path, title, lines, HERE)


AGENT = Target(Goal.AGENT, "")


CAMPAIGN = Condition(dates=("2026-01-01", "2026-06-30"))


TELEPHONE = (
    menu(
        "",
        "主菜单",
        k1=submenu("1"),
        k3=submenu("3"),
        k4=submenu("4"),
        k5=to("news", when=CAMPAIGN),
        k0=AGENT,
    ),
    menu("1", "查询", k1=to("fee"), k2=to("bill"), k5=to("topup"), k6=to("soon"), k8=to("other")),
    menu("3", "办理", k2=to("crbt"), k3=to("fetion"), k4=to("complaint")),
    menu("4", "梦网", k1=to("sp"), k0=to("news")),
)


SMS_MENUS = (
    menu("", "主菜单", k1=submenu("01"), k2=submenu("02"), k7=AGENT),
    menu("01", "查询", k1=to("fee"), k2=to("bill"), k3=to("soon")),
    menu("02", "办理", k4=to("crbt"), k5=to("fetion"), **{f"k{n}": to("soon") for n in range(6, 15)}),
)


CODES = {
    "01": submenu("01"),
    "02": submenu("02"),
    "0101": to("fee"),
    "0102": to("bill"),
    "0107": to("topup"),
    "0204": to("crbt"),
    "0205": to("fetion"),
    "0000": to("sp"),
    "0701": AGENT,
    "0702": to("complaint"),
}


def small_hall() -> Hall:
    services = _services()
    keywords = {
        word: (each.id, action)
        for each in services.values()
        for action, words in each.keywords.items()
        for word in words
    }
    offer = Wording.of(VOICE, template("查话费请按9", {}))
    guide = Guidance("fees", Condition(busy=True), "9", to("fee"), offer, HERE)
    return Hall(
        version="h1",
        services=services,
        telephone={m.path: m for m in TELEPHONE},
        sms={m.path: m for m in SMS_MENUS},
        codes=CODES,
        keywords=keywords,
        texts={name: both(name, phrase.values) for name, phrase in TEXTS.items()},
        promos=(
            Promo("fx", Condition(busy=False), Template(("发0205开通飞信。",), HERE), HERE),
            Promo("hf", ALWAYS, Template(("发0101查话费。",), HERE), HERE),
        ),
        guidance=(guide,),
        service_codes={t.name: code for code, t in CODES.items() if t.goal is Goal.SERVICE},
    )
