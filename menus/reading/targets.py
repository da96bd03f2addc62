"""What a key, a code, a campaign or a piece of guidance leads to: ``fee_realtime``, ``crbt open``,
``menu 查询``, ``agent``, ``campaign manyi100``, or another key or code of the same tree (``按1-5``).

Public: :class:`Names`, :class:`Campaign`, :class:`Led`, :func:`read_target`, :func:`service_target`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from menus.model.findings import Report, did_you_mean
from menus.model.hall import Condition, Goal, Position, Service, Target
from menus.model.specs import Action
from menus.reading.overlay import path_key

_ACTIONS = {action.value: action for action in Action}
AGENT_LABEL = "人工服务"


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign: while ``target.when`` holds, its key is spoken and may be pressed (R050)."""

    id: str
    title: str
    target: Target
    place: Position


@dataclass(frozen=True, slots=True)
class Names:
    """What a target may name."""

    services: Mapping[str, Service]
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Led:
    """A target as read. ``label``: how the menu calls it. ``menu``: it declares a menu of this title.
    ``same_as``: it goes where that other key or code of the tree goes."""

    target: Target | None
    label: str
    menu: str | None = None
    same_as: str | None = None


def read_target(
    words: str, path: str, names: Names, *, spoken: bool, place: Position, report: Report
) -> Led | None:
    """The target that ``words`` (the text behind the colon) says; None after a finding. ``spoken``: its label
    is heard."""
    head, _, rest = words.partition(" ")
    rest = rest.strip()
    if head == "menu":
        if not rest:
            report.add("missing-title", place, "菜单没有名字。", "写成：menu 名字")
        return Led(Target(Goal.MENU, path), rest, menu=rest)
    if head == "agent":
        return Led(Target(Goal.AGENT, ""), rest or AGENT_LABEL)
    if head == "campaign":
        return _campaign(rest, names, place, report)
    if head[:1] in ("按", "发"):
        return Led(None, rest, same_as=path_key(head))
    return _service(head, rest, names, spoken=spoken, place=place, report=report)


def _campaign(name: str, names: Names, place: Position, report: Report) -> Led | None:
    head, _, label = name.partition(" ")
    campaign = names.campaigns.get(head)
    if campaign is None:
        message = f"没有名叫“{head}”的活动。" if head else "campaign 后面要写活动的编号。"
        report.add("unknown-campaign", place, message, did_you_mean(head, names.campaigns))
        return None
    return Led(campaign.target, label.strip() or campaign.title)


def _service(
    head: str, rest: str, names: Names, *, spoken: bool, place: Position, report: Report
) -> Led | None:
    if not head:
        report.add("bad-target", place, "没有写通向哪里。", "写业务编号、menu 名字、agent 或 campaign 编号。")
        return None
    word, _, label = rest.partition(" ")
    action = _ACTIONS.get(word)
    service = names.services.get(head)
    target = service_target(head, action, names, place, report)
    if action is None:
        label = rest
    if service is None:
        return Led(target, label.strip() or head)
    title = (service.spoken if spoken else None) or service.title
    return Led(target, label.strip() or title)


def service_target(head: str, action: Action | None, names: Names, place: Position, report: Report) -> Target:
    """The service as a target, with findings when there is no such service or it does no such thing."""
    service = names.services.get(head)
    if service is None:
        known = [*names.services, "menu", "agent", "campaign"]
        hint = did_you_mean(head, known) or ("" if head.isascii() else f"菜单要写成：menu {head}")
        report.add("unknown-service", place, f"没有编号是“{head}”的业务。", hint)
    elif action and service.spec and action not in service.spec.actions:
        able = "、".join(service.spec.actions)
        report.add("unknown-action", place, f"“{service.title}”不能 {action.value}。", f"可以写：{able}")
    return Target(Goal.SERVICE, head, action, Condition())
