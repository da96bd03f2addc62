"""Which wordings the hall must have, what each may name, and what each is for.

Public: :data:`TEXTS` (the hall's own wordings, ``texts:`` in menus.yaml), :data:`COMMON` (what every wording
of a service may name besides its own values), :func:`needed_wordings` (the wordings of one service, from its
spec), :func:`input_values` (what an input gives to the wordings that follow it). The reader, the checks and
the dialogue all go by these tables, so that no wording is asked for that nobody could have written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from menus.model.asked import WRITTEN, InputKind
from menus.model.channels import Where
from menus.model.refusals import PURPOSES, REFUSALS
from menus.model.specs import Action, ActionSpec, Confirm, InputSpec, ServiceSpec
from menus.model.values import Kind

KEYS, LINES, BOTH, NOWHERE = Where.KEYS, Where.LINES, Where.EVERYWHERE, Where.NOWHERE

COMMON: Mapping[str, Kind] = {"title": Kind.TEXT, "code": Kind.CODE, "off": Kind.CODE}
"""Every wording of a service may name its title, its SMS code and the keyword that cancels it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One of the hall's own wordings. ``where`` it must exist; it may exist elsewhere, too."""

    purpose: str
    where: Where
    values: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """One wording of a service. ``where`` it must exist (elsewhere the hall's own text of the same name is
    used, or the thing is left out)."""

    action: Action | None
    name: str
    values: Mapping[str, Kind]
    where: Where
    purpose: str


_TITLE = {"title": Kind.TEXT}
_TITLE_CODE = {"title": Kind.TEXT, "code": Kind.CODE}
_ITEM = {"key": Kind.CODE, "label": Kind.TEXT}

_OPENING: dict[str, Phrase] = {
    "greet": Phrase("接通时的问候", KEYS),
    "greet brand": Phrase("接通时的问候，知道品牌时代替 greet", NOWHERE, {"brand": Kind.TEXT}),
    "greet arrears": Phrase("问候之后，欠费时", KEYS, {"owed": Kind.MONEY}),
    "greet suspended": Phrase("问候之后，已停机时", KEYS),
    "main left": Phrase("办到一半回主菜单：一条里说清放弃了，再列主菜单", NOWHERE),
    "main brand": Phrase("短信主菜单，知道品牌时代替主菜单原文", NOWHERE, {"brand": Kind.TEXT}),
}
_MENUS: dict[str, Phrase] = {
    "menu head": Phrase("按条目列出的菜单，第一行", LINES, _TITLE),
    "menu continued": Phrase("按条目列出的菜单，后面各页的第一行", LINES, _TITLE),
    "menu item": Phrase("菜单的一项：语音“话费，请按1。”，短信“1.话费”", BOTH, _ITEM),
    "menu foot": Phrase("菜单末尾：返回、重听", BOTH),
    "menu foot more": Phrase("短信菜单末尾，还有下页时", LINES),
    "main foot": Phrase("一级菜单末尾：人工、重听", BOTH),
    "menu end": Phrase("已是最后一页", LINES),
    "menu expired": Phrase("菜单超过十分钟，回复的序号已无意义", LINES),
    "none": Phrase("没看懂", LINES),
    "incomplete": Phrase("长短信没有收全：什么也不办，请重发", NOWHERE),
    "none menu": Phrase("菜单里没有这个序号", LINES, {"first": Kind.INDEX, "last": Kind.INDEX}),
    "none open": Phrase("没看懂，刚才的菜单、列表、产品页还开着", LINES),
    "unclear": Phrase("没看懂是不是确认；再问一次，下次就算放弃", LINES, _TITLE),
    "unclear cancel": Phrase("没看懂是不是确认取消；再问一次，下次就算不取消", LINES),
    "left query": Phrase("问到一半不查了", LINES),
    "left": Phrase("办到一半又发了别的指令：刚才的办理已取消", LINES),
    "ask head": Phrase("拿不准要办哪一项，第一行", LINES),
    "ask item": Phrase("拿不准时的一项", LINES, {"i": Kind.INDEX, "title": Kind.TEXT}),
    "ask foot": Phrase("拿不准时的最后一行（0.都不是）", LINES),
    "ask open": Phrase("只说了开通，没说开通什么", LINES),
    "ask cancel": Phrase("只说了取消，没说取消什么", LINES),
    "noinput 1": Phrase("第一次没有按键", KEYS),
    "noinput 2": Phrase("第二次没有按键", KEYS),
    "noinput 3": Phrase("第三次没有按键，之后挂机", KEYS),
    "nomatch 1": Phrase("第一次按了没有的键", KEYS),
    "nomatch 2": Phrase("第二次按了没有的键", KEYS),
    "nomatch 3": Phrase("第三次按了没有的键，之后转人工", KEYS),
    "more": Phrase("一项办完之后", KEYS),
    "more list": Phrase("列表里的一项办完之后：继续请按1", KEYS),
    "bye": Phrase("挂机之前", KEYS),
    "wait": Phrase("后台慢时先说的一句", KEYS),
}
_OUTCOMES: dict[str, Phrase] = {
    "soon": Phrase("业务还没有开放", BOTH, _TITLE_CODE),
    "elsewhere": Phrase("要输入的（如密码）这个渠道不能输入：请客户到哪里办", NOWHERE, _TITLE_CODE),
    "sent": Phrase("没有说出来的，结果已用短信发出", Where.HEARD),
    "copied": Phrase("已同时发短信", Where.HEARD),
    "busy query": Phrase("没有查到（语音：1重试，0人工）", BOTH, _TITLE_CODE | {"min": Kind.COUNT}),
    "busy change": Phrase("已收到，正在办理，请不要重发", BOTH, _TITLE_CODE),
    "busy failed": Phrase("确实没有办成，未收费", BOTH, _TITLE_CODE),
    "settled by hand": Phrase("正在办理的业务，工作人员查实已经办好", Where.TEXTED, _TITLE_CODE),
    "transfer": Phrase("正在转人工", BOTH),
    "transfer failed": Phrase("人工没有接通，回到菜单", KEYS),
    "confirm open": Phrase("话里提到开通，不像指令：先问是不是要办", NOWHERE, _TITLE_CODE),
    "confirm cancel": Phrase("话里提到取消，不像指令：先问是不是要取消", NOWHERE, _TITLE_CODE),
    "confirm no": Phrase("客户放弃了确认", BOTH, _TITLE),
    "confirm kept": Phrase("取消之前问了，客户不取消：照常使用", NOWHERE, _TITLE),
    "unconfirmed": Phrase("没有等到确认的按键", KEYS, _TITLE),
    "confirm expired": Phrase("两小时后才来确认", LINES, _TITLE_CODE),
    "confirm none": Phrase("没有待确认的业务", LINES),
    "confirm replaced": Phrase("又办了另一项，前一项没有确认", LINES, _TITLE),
    "list foot": Phrase("列表末尾：怎样回复序号", BOTH),
    "list foot more": Phrase("列表末尾，还有下一页时", BOTH),
    "list end": Phrase("列表已是最后一页", BOTH),
    "list bad": Phrase("回复了没有的序号", LINES, {"bad": Kind.LIST, "n": Kind.COUNT}),
    "notice password locked": Phrase("密码输错三次被锁时，给机主的短信", Where.TEXTED),
    "notice low balance": Phrase(
        "余额低于提醒线时的短信", Where.TEXTED, {"balance": Kind.MONEY, "threshold": Kind.MONEY}
    ),
    "desk handled open": Phrase("话务员替客户开通以后的短信，附自助办法", NOWHERE, COMMON),
    "desk handled cancel": Phrase("话务员替客户取消以后的短信，附自助办法", NOWHERE, COMMON),
    "desk hint": Phrase("客服台发给客户的自助办法", NOWHERE, COMMON),
    "notice spam handled": Phrase(
        "举报的垃圾短信处理好以后的短信", NOWHERE, {"number": Kind.CODE, "day": Kind.DATE}
    ),
    "list one": Phrase("这个列表一次只能选一项", LINES, {"n": Kind.COUNT}),
}

_MONTHS = {"first": Kind.MONTH, "last_m": Kind.MONTH, "last": Kind.CODE}
_INPUT_VALUES: Mapping[InputKind, Mapping[str, Kind]] = {InputKind.MONTH: _MONTHS}
_INPUT_PURPOSE: Mapping[InputKind, str] = {
    InputKind.MOBILE: "手机号码",
    InputKind.FORWARD: "来电转到的号码",
    InputKind.MONTH: "月份",
    InputKind.CARD: "充值卡密",
    InputKind.AMOUNT: "金额",
    InputKind.TEXT: "一段文字",
    InputKind.PASSWORD: "服务密码",
    InputKind.NEW_PASSWORD: "新的服务密码",
    InputKind.ID_NUMBER: "身份证号码（语音：末位X按星号键）",
    InputKind.NAME: "姓名",
    InputKind.SEGMENT: "手机号码或号段",
    InputKind.TICKET: "投诉编号",
}


def _inputs() -> Iterator[tuple[str, Phrase]]:
    for kind, purpose in _INPUT_PURPOSE.items():
        where = Where.WRITING if kind in WRITTEN else NOWHERE if kind is InputKind.FORWARD else BOTH
        values = _INPUT_VALUES.get(kind, {})
        yield f"ask {kind.value}", Phrase(f"请客户输入：{purpose}", where, values)
        yield f"bad {kind.value}", Phrase(f"输入的不对：{purpose}", where, values)
    yield "bad choice", Phrase("选的不对：没有这一项", BOTH)
    yield "ask caller", Phrase("号码没有显示：先请输入本人手机号码", BOTH)
    yield "ask secret", Phrase("号码没有显示：再请输入服务密码", BOTH)


def _refusals() -> Iterator[tuple[str, Phrase]]:
    for reason, values in REFUSALS.items():
        purpose = f"办不了：{PURPOSES[reason]}"
        yield f"refused {reason}", Phrase(purpose, BOTH, {**COMMON, **values})
    yield "refused other", Phrase("办不了：没有专门说法时", BOTH, COMMON)


TEXTS: Mapping[str, Phrase] = {**_OPENING, **_MENUS, **_OUTCOMES, **dict(_inputs()), **dict(_refusals())}
"""The hall's own wordings, by name."""


_VALUE_OF_INPUT: Mapping[InputKind, Kind] = {
    InputKind.MOBILE: Kind.PHONE,
    InputKind.SEGMENT: Kind.PHONE,
    InputKind.TICKET: Kind.CODE,
    InputKind.MONTH: Kind.MONTH,
    InputKind.CARD: Kind.DIGITS,
    InputKind.AMOUNT: Kind.MONEY,
    InputKind.TEXT: Kind.TEXT,
}


def input_values(inputs: tuple[InputSpec, ...]) -> dict[str, Kind]:
    """What the inputs of an action give to its confirming question (never a password)."""
    return {i.name: _VALUE_OF_INPUT[i.kind] for i in inputs if i.kind in _VALUE_OF_INPUT}


def is_screen(spec: ServiceSpec) -> bool:
    """Can be opened and cancelled, under an offer: addressed without an action it shows a screen where 1
    opens, 2 cancels. Not where the offer needs to know more: which one of a list, to which number."""
    opening = spec.actions.get(Action.OPEN)
    return (
        opening is not None
        and opening.changes
        and Action.CANCEL in spec.actions
        and all(each.optional for each in opening.inputs)
    )


def needed_wordings(spec: ServiceSpec) -> tuple[Need, ...]:
    """Every wording that a service of this spec may or must have, in the order in which they are used.

    Names: ``answer`` and ``answer VARIANT``; ``again`` (a repeated confirmation); ``owner``
    (an SMS to the owner of a number that somebody else had it done for); ``item`` (a row),
    ``item short`` (by voice, when the row's texts have no audio), ``foot`` (below the rows),
    ``copy`` (the head of a list's SMS copy); ``confirm``;
    ``ask NAME`` and ``bad NAME``; ``refused REASON``; ``screen`` and ``screen on`` of the whole service. An
    optional input is asked for only where ``ask NAME`` is worded.
    """
    needs = [need for action, each in spec.actions.items() for need in _of_action(action, each, spec)]
    return (*_screens(spec), *needs)


def _screens(spec: ServiceSpec) -> Iterator[Need]:
    if not is_screen(spec):
        return
    values = {**COMMON, **spec.actions[Action.OPEN].offers}
    yield Need(None, "screen", values, BOTH, "未开通时的产品页：资费，1开通，2取消")
    yield Need(None, "screen on", values, BOTH, "已开通时的产品页，键不变")
    yield Need(None, "screen paid", values, NOWHERE, "本月已付、重新开通不再收费时的产品页；没有就用 screen")
    yield Need(None, "screen free", values, NOWHERE, "不收功能费、未开通时的产品页；没有就用 screen")
    yield Need(None, "screen on free", values, NOWHERE, "不收功能费、已开通时的产品页；没有就用 screen on")


def _of_action(action: Action, each: ActionSpec, spec: ServiceSpec) -> Iterator[Need]:
    picked = any(other.picks is action for other in spec.actions.values())
    for given in each.inputs:
        named: dict[str, Kind] = {**COMMON, **_INPUT_VALUES.get(given.kind, {})}
        if given.kind is not InputKind.ITEMS:
            yield Need(action, f"ask {given.name}", named, _own_question(given), "请客户输入；没有就用通用的")
            yield Need(action, f"bad {given.name}", named, NOWHERE, "输入的不对；没有就用通用的")
    if each.changes:
        yield from _confirm(action, each, picked, _rows(spec, action))
    for variant, values in each.answers.items():
        name = f"answer {variant}".strip()
        yield Need(action, name, {**COMMON, **values}, BOTH, "办成或查到时")
    if each.changes:
        yield Need(action, "again", {**COMMON, **_all(each)}, NOWHERE, "重复确认时：没有重复办理")
    if each.changes and any(i.kind is InputKind.MOBILE for i in each.inputs):
        yield Need(action, "owner", {**COMMON, **_all(each)}, NOWHERE, "别人给这个号码办好时，发给机主")
    rows = {"": each.item, **each.rows} if each.item else each.rows
    for variant, values in rows.items():
        name, named = f"item {variant}".strip(), {**COMMON, **values, "i": Kind.INDEX}
        yield Need(action, name, named, each.rows_where, "列表的一行")
        yield Need(action, f"{name} short", named, NOWHERE, "名称没有录音时的一行")
    if rows:
        yield Need(action, "foot", COMMON, NOWHERE, "列表末尾；没有就用通用的")
        yield Need(action, "copy", {**COMMON, **_all(each)}, NOWHERE, "电话里查到的列表发短信时，第一行")
    for reason, values in each.refusals.items():
        where = NOWHERE if reason in REFUSALS else BOTH
        yield Need(action, f"refused {reason}", {**COMMON, **values}, where, "办不了")


def _own_question(given: InputSpec) -> Where:
    """What a choice is between only the service itself can say."""
    return given.where if given.kind is InputKind.CHOICE else NOWHERE


def _confirm(action: Action, each: ActionSpec, picked: bool, rows: Mapping[str, Kind]) -> Iterator[Need]:
    """What is only heard is read back: what is picked from a list, what is typed blindly (a card)."""
    values = {**COMMON, **input_values(each.inputs), **rows, **each.offers}
    where = BOTH if each.confirm is not Confirm.NEVER else NOWHERE
    if where is NOWHERE and (picked or reads_back(each)):
        where = Where.HEARD
    yield Need(action, "confirm", values, where, "二次确认：业务、资费、后果")
    yield Need(action, "confirm asked", values, NOWHERE, "写了这一条，不收费也先问这一句")
    for variant, more in each.questions.items():
        needed = where if more else NOWHERE  # what names nothing more may be asked in the common words
        yield Need(action, f"confirm {variant}", {**values, **more}, needed, "二次确认，这种情形下的说法")


def reads_back(each: ActionSpec) -> bool:
    """A card that was typed blindly is read back before it is used."""
    return any(i.kind is InputKind.CARD for i in each.inputs)


def _rows(spec: ServiceSpec, action: Action) -> dict[str, Kind]:
    """What the row that an action was picked from gives to its confirming question."""
    lists = [a for a in spec.actions.values() if a.picks is action]
    return {"i": Kind.INDEX, **{k: v for a in lists for k, v in a.item.items()}} if lists else {}


def _all(each: ActionSpec) -> dict[str, Kind]:
    """The values that every answer of an action has."""
    kinds = [set(v.items()) for v in each.answers.values()]
    return dict(set.intersection(*kinds)) if kinds else {}
