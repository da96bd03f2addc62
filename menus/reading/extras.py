"""Reads ``campaigns:``, ``promos:`` and ``guidance:``, and gathers the keywords of all services.

Public: :class:`Extras`, :func:`read_campaigns`, :func:`read_promos`, :func:`read_guidance`,
:func:`keyword_index`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from menus.matching.normal import normalise
from menus.model.channels import VOICE, By, Channel, names_for_all, wording_names
from menus.model.conditions import BadPhrase, parse
from menus.model.findings import Report
from menus.model.hall import Condition, Goal, Guidance, Promo, Service, Target, Template, Wording
from menus.model.specs import Action
from menus.reading.fields import block_of, label, plain, unknown_fields, wording_texts
from menus.reading.nodes import Block, Pair
from menus.reading.targets import Campaign, Names, read_target
from menus.reading.templates import parse_template

GUIDANCE_KEY = "9"
_DIGITS = frozenset("0123456789")


def _products(services: Mapping[str, Service]) -> dict[str, str]:
    """What may stand behind 未开通: a service's id or title, meaning its product."""
    names = {s.title: s.argument or s.id for s in services.values()}
    return names | {s.id: s.argument or s.id for s in services.values()}


class Extras:
    """What needs the services to be known."""

    def __init__(self, services: Mapping[str, Service], channels: Sequence[Channel], report: Report) -> None:
        self._services = services
        self.names = self._names = wording_names(channels)
        self.for_lines = names_for_all([each for each in channels if each.by is By.LINE])
        self._products = _products(services)
        self._report = report

    def condition(self, block: Block) -> Condition:
        """The block's ``when:``; none: always."""
        pair = block.pairs.get("when")
        words = plain(pair.value, self._report) if pair else None
        if pair is None or words is None:
            return Condition()
        try:
            return parse(words, self._products)
        except BadPhrase as bad:
            self._report.add("bad-condition", pair.value.place, str(bad), bad.hint)
            return Condition()

    def entries(self, block: Block, fields: tuple[str, ...], what: str) -> Iterator[tuple[str, Pair, Block]]:
        """The named blocks of one section, whose fields have been looked through."""
        for name, pair in block.pairs.items():
            inner = block_of(pair.value, self._report, f"{what}“{name}”")
            if inner is not None:
                unknown_fields(inner, fields, self._report, f"{what}“{name}”")
                yield name, pair, inner

    def target(self, block: Block, pair: Pair, what: str) -> Target | None:
        """The block's ``offers:``; None after a finding."""
        offers = block.pairs.get("offers")
        words = plain(offers.value, self._report) if offers else None
        if offers is None or words is None:
            self._report.add("bad-target", pair.key.place, f"{what}没有写 offers。", "写上：offers: 业务编号")
            return None
        place = offers.value.place
        names = Names(self._services)
        led = read_target(words, "", names, spoken=True, place=place, report=self._report)
        if led is None or led.target is None or led.target.goal not in (Goal.SERVICE, Goal.AGENT):
            if led is not None:
                hint = "写业务编号或 agent。"
                self._report.add("bad-target", place, f"{what}只能通向一项业务。", hint)
            return None
        return led.target

    def template(self, block: Block, name: str, pair: Pair, what: str) -> Template | None:
        """The block's one wording; None after a finding."""
        field = block.pairs.get(name)
        if field is None:
            message = f"{what}没有 {name}。"
            self._report.add("missing-wording", pair.key.place, message, f"写上：{name}: |，话术写在下一行。")
            return None
        for written in wording_texts(field, self._report, self._names):
            return parse_template(written.text, {}, self._report)
        return None


def read_campaigns(block: Block, extras: Extras, report: Report) -> dict[str, Campaign]:
    """By id. A campaign opens a service while its ``when`` holds."""
    found: dict[str, Campaign] = {}
    for name, pair, inner in extras.entries(block, ("title", "offers", "when"), "活动"):
        title = inner.pairs.get("title")
        words = label(title.value, report) if title else None
        if not words:
            report.add("missing-title", pair.key.place, f"活动“{name}”没有 title。", "写上：title: 名字")
        target = extras.target(inner, pair, f"活动“{name}”")
        if target is None or target.goal is not Goal.SERVICE:
            target = Target(Goal.CAMPAIGN, "")  # only so that 按5 is not reported as well
        when = extras.condition(inner)
        target = replace(target, goal=Goal.CAMPAIGN, when=when)
        found[name] = Campaign(name, words or name, target, pair.key.place)
    return found


def read_promos(block: Block, extras: Extras) -> tuple[Promo, ...]:
    found = []
    for name, pair, inner in extras.entries(block, ("when", "text"), "宣传"):
        text = extras.template(inner, "text", pair, f"宣传“{name}”")
        if text is not None:
            found.append(Promo(name, extras.condition(inner), text, pair.key.place))
    return tuple(found)


def read_guidance(block: Block, extras: Extras, report: Report) -> tuple[Guidance, ...]:
    found = []
    for name, pair, inner in extras.entries(block, ("when", "key", "offers", "voice"), "引导"):
        what = f"引导“{name}”"
        voice = extras.template(inner, "voice", pair, what)
        target = extras.target(inner, pair, what)
        key = inner.pairs.get("key")
        digit = plain(key.value, report) if key else GUIDANCE_KEY
        if digit not in _DIGITS:
            report.add(
                "guidance-key", (key or pair).value.place, f"{what}的 key 应是一个数字键。", "一般写 9。"
            )
        elif voice is not None and target is not None:
            when = extras.condition(inner)
            found.append(Guidance(name, when, digit, target, Wording.of(VOICE, voice), pair.key.place))
    return tuple(found)


def read_hotkeys(block: Block, extras: Extras, report: Report) -> dict[str, Template]:
    """By name: what agents send customers with one key (R117)."""
    found: dict[str, Template] = {}
    for name, pair in block.pairs.items():
        for written in wording_texts(pair, report, extras.names):
            found[name] = parse_template(written.text, {}, report)
    return found


def keyword_index(services: Mapping[str, Service], report: Report) -> dict[str, tuple[str, Action | None]]:
    """Every normalised keyword with what it asks for; one claimed by two is reported at the second."""
    index: dict[str, tuple[str, Action | None]] = {}
    for service in services.values():
        for action, words in service.keywords.items():
            for word in words:
                claimed = (service.id, action)
                first = index.setdefault(normalise(word), claimed)
                if first != claimed:
                    other = services[first[0]].title
                    message = f"关键词“{word}”已经归“{other}”，不能再归“{service.title}”。"
                    report.add("keyword-twice", service.place, message, "从其中一个删去。")
    return index
