"""Checks of the trees: dead ends, what nobody reaches, keys that collide, menus too long to listen to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from menus.checks.reached import telephone_targets
from menus.model.channels import By
from menus.model.findings import Report
from menus.model.hall import Goal, Hall, Menu, Service, Target, Template

MENU_ITEMS = 8  # more than these nobody remembers (wording rules of the hall)


def _trees(hall: Hall) -> Iterator[tuple[By, Mapping[str, Menu]]]:
    yield By.KEY, hall.telephone
    yield By.LINE, hall.sms


def _named(path: str, by: By) -> str:
    if not path:
        return "电话主菜单" if by is By.KEY else "短信主菜单"
    return ("按" if by is By.KEY else "发") + path


def dead_ends(hall: Hall, report: Report) -> None:
    """A menu in which there is nothing to choose."""
    for by, menus in _trees(hall):
        for menu in menus.values():
            if not menu.entries:
                name = _named(menu.path, by)
                report.add(
                    "dead-end", menu.place, f"{name}是空的，进去以后没有可选的。", "加上下一级，或删去它。"
                )


def unreachable_menus(hall: Hall, report: Report) -> None:
    """A menu that no key or number leads to, from the main menu on."""
    for by, menus in _trees(hall):
        found, ahead = {""}, [""]
        while ahead:
            menu = menus.get(ahead.pop())
            for entry in menu.entries if menu else ():
                if entry.target.goal is Goal.MENU and entry.target.name not in found:
                    found.add(entry.target.name)
                    ahead.append(entry.target.name)
        for path, menu in menus.items():
            if path not in found:
                message = f"没有按键或序号能到{_named(path, by)}。"
                report.add("unreachable-menu", menu.place, message, "接到上一级，或删去它。")


def unreachable_services(hall: Hall, report: Report) -> None:
    """A served service that has no key, no code, no keyword, and is offered by nothing."""
    targets: list[Target] = [*telephone_targets(hall), *hall.codes.values()]
    reached = {target.name for target in targets if target.goal in (Goal.SERVICE, Goal.CAMPAIGN)}
    for service in hall.services.values():
        if service.spec and service.id not in reached and not service.keywords and not _asks_itself(service):
            message = f"“{service.title}”没有按键、编号和关键词，客户用不到。"
            report.add("unreachable-service", service.place, message, "写进 telephone 或 sms，或删去它。")


def _asks_itself(service: Service) -> bool:
    """It begins with a message of the hall's own: a survey."""
    return any(
        i.lasting for each in (service.spec.actions if service.spec else {}).values() for i in each.inputs
    )


def guidance_keys(hall: Hall, report: Report) -> None:
    """Guidance on a key that the main menu uses: regular callers press it before they hear anything."""
    for guidance in hall.guidance:
        entry = hall.telephone[""].entry(guidance.key)
        if entry is not None:
            message = f"引导“{guidance.id}”占用了主菜单的按{guidance.key}（{entry.label}）。"
            report.add("guidance-key", guidance.place, message, "引导一般用 9。")


def menu_wordings(hall: Hall, report: Report) -> None:
    """A menu worded by hand that leaves one of its keys or numbers out, or names one that does not exist."""
    for by, menus in _trees(hall):
        for menu in menus.values():
            for template in menu.wording.by.values() if menu.wording else ():
                _compare(menu, template, by, report)


def _compare(menu: Menu, template: Template, by: By, report: Report) -> None:
    pattern = r"按([0-9])(?![0-9])" if by is By.KEY else r"(?<![0-9])([0-9]{1,2})\."
    said = set(re.findall(pattern, template.source)) - {"0"}
    there = {entry.key for entry in menu.entries} - {"0"}
    for key in sorted(there ^ said):
        what = "没有提到" if key in there else "多出了"
        name = _named(menu.path, by)
        message = f"{name}的话术{what} {key}。"
        report.add("menu-wording", template.place, message, "改好话术；删去话术，就按下面的条目逐条念。")


def not_served(hall: Hall, report: Report) -> None:
    """Announced services that nothing serves yet: callers hear that they are not open."""
    for service in hall.services.values():
        if service.spec is None and service.id not in _SERVED_BY_DIALOGUE:
            report.add("not-served", service.place, f"“{service.title}”还没有开放，客户会听到“敬请期待”。")


_SERVED_BY_DIALOGUE = frozenset({"main_menu", "agent"})


def long_menus(hall: Hall, report: Report) -> None:
    """More items by voice than one remembers."""
    for menu in hall.telephone.values():
        if len(menu.entries) > MENU_ITEMS:
            message = f"{_named(menu.path, By.KEY)}有 {len(menu.entries)} 项，超过 {MENU_ITEMS} 项不好记。"
            report.add("long-menu", menu.place, message, "分成两级。")
