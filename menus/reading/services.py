"""Reads ``services:``, ``shared:`` and ``texts:``: what each service is called, does and says.

Public: :class:`ServiceReader`, :func:`read_texts`.

``shared:`` holds, by handler (``products.manage``), the wordings that all its services have in common; a
service writes only what differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from menus.model.channels import CHANNELS, Channel, names_for_all, wording_names
from menus.model.findings import Report, did_you_mean
from menus.model.hall import Position, Service, Template, Wording
from menus.model.phrases import TEXTS, needed_wordings
from menus.model.specs import Action, ServiceSpec
from menus.model.values import Kind
from menus.reading.fields import Written, block_of, label, plain, wording_texts
from menus.reading.nodes import Block, Pair
from menus.reading.templates import parse_template

ACTIONS: Mapping[str, Action] = {action.value: action for action in Action}
FIELDS = ("title", "spoken", "does", "keywords", "copy", "sender")
HEADS = ("answer", "again", "owner", "item", "foot", "copy", "confirm", "ask", "bad", "refused", "screen")
SHORT = " short"  # said by voice where a name in the full wording has no audio
_ID = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{3,20}")
_COPIED = tuple(each.name for each in CHANNELS.values() if each.texted)
"""What ``copy:`` may name."""

WordingKey = tuple[Action | None, str]
Allowed = Mapping[WordingKey, Mapping[str, Kind]]


def allowed_wordings(spec: ServiceSpec) -> Allowed:
    """Every wording that a service of this spec may have, with the values that it may name. One that stands
    outside the actions serves them all, so it may name only what they all give."""
    allowed: dict[WordingKey, Mapping[str, Kind]] = {}
    for need in needed_wordings(spec):
        for name in dict.fromkeys((need.name, f"{need.name.removesuffix(SHORT)}{SHORT}")):
            allowed[need.action, name] = need.values
            common = allowed.get((None, name))
            if need.action is not None:
                both = need.values.items() if common is None else common.items() & need.values.items()
                allowed[None, name] = dict(both)
    return allowed


@dataclass(slots=True)
class _Draft:
    """The wordings of one service while its fields are read, by the name that each was written for.
    ``for_all``: those that were written for all."""

    spec: ServiceSpec | None
    texts: dict[tuple[Action | None, str, str], Template] = field(default_factory=dict)
    for_all: set[WordingKey] = field(default_factory=set)
    keywords: dict[Action | None, tuple[str, ...]] = field(default_factory=dict)


class ServiceReader:
    """Reads services; remembers those of the province, which the cities share unless they change them."""

    def __init__(self, specs: Mapping[str, ServiceSpec], channels: Sequence[Channel], report: Report) -> None:
        self._specs = specs
        self._names = wording_names(channels)
        self._for_all = names_for_all(channels)
        self._report = report
        self._allowed = {name: allowed_wordings(spec) for name, spec in specs.items()}
        self._known: dict[
            tuple[str, int, int], Service
        ] = {}  # by id and the identity of what they are read from
        self._kept: list[object] = []  # so that no identity is given away twice

    def read(self, services: Block, shared: Block) -> dict[str, Service]:
        """All services of one hall, by id, in the order of the file."""
        families = self._families(shared)
        read: dict[str, Service] = {}
        for name, pair in services.pairs.items():
            if not _ID.fullmatch(name):
                hint = "编号用小写英文字母、数字和下划线，如 fee_realtime。"
                self._report.add("shape", pair.key.place, f"“{name}”不能作业务编号。", hint)
                continue
            key = (name, id(pair.value), id(shared))
            if key not in self._known:
                self._known[key] = self._service(name, pair, families)
                self._kept += [pair.value, shared]
            read[name] = self._known[key]
        return read

    def _families(self, shared: Block) -> dict[str, _Draft]:
        families: dict[str, _Draft] = {}
        for name, pair in shared.pairs.items():
            spec = self._spec(name, pair.key.place)
            block = block_of(pair.value, self._report, f"“{name}”")
            if spec is None or block is None:
                continue
            draft = families[name] = _Draft(spec)
            for each in block.pairs.values():
                self._wording_or_action(each, draft, f"“{name}”", fields=())
        return families

    def _spec(self, name: str, place: Position) -> ServiceSpec | None:
        spec = self._specs.get(name)
        if spec is None:
            message = f"没有名叫“{name}”的处理程序。" if name else "does 后面要写处理程序的名字。"
            self._report.add("unknown-handler", place, message, did_you_mean(name, self._specs))
        return spec

    def _service(self, name: str, pair: Pair, families: Mapping[str, _Draft]) -> Service:
        block = block_of(pair.value, self._report, f"业务“{name}”") or Block(pair.value.place)
        spec, argument = self._does(block)
        draft = _Draft(spec)
        for each in block.pairs.values():
            self._field(each, draft, f"业务“{name}”")
        title = self._label(block, "title")
        if not title:
            self._report.add(
                "missing-title", pair.key.place, f"业务“{name}”没有 title。", "写上：title: 名字"
            )
        copy = block.pairs.get("copy")
        if copy and plain(copy.value, self._report) not in _COPIED:
            message = f"copy 只能是 {'、'.join(_COPIED)}。"
            self._report.add("shape", copy.value.place, message, "不要抄送就删去这一行。")
        _inherit(draft, families.get(spec.name) if spec else None)
        return Service(
            id=name,
            title=title or name,
            place=pair.key.place,
            spec=spec,
            argument=argument,
            wordings=_wordings(draft, self._names),
            keywords=draft.keywords,
            copy=copy is not None,
            spoken=self._label(block, "spoken"),
            sender=self._sender(block, spec),
        )

    def _sender(self, block: Block, spec: ServiceSpec | None) -> str | None:
        """The number of its own from which it is answered. What is asked from there nobody could answer: the
        hall listens at its own number."""
        pair = block.pairs.get("sender")
        written = plain(pair.value, self._report) if pair else None
        if pair is None or written is None:
            return None
        if not _NUMBER.fullmatch(written):
            message = f"“{written}”不能作发送号码。"
            self._report.add("bad-sender", pair.value.place, message, "写 3 到 20 位数字，如 1008611。")
        elif spec is not None and any(each.changes or each.inputs for each in spec.actions.values()):
            message = f"{spec.name} 要客户回复，不能从别的号码发。"
            self._report.add(
                "bad-sender", pair.value.place, message, "sender 只用于固定的介绍（info.text）。"
            )
        return written

    def _label(self, block: Block, name: str) -> str | None:
        pair = block.pairs.get(name)
        return label(pair.value, self._report) if pair else None

    def _does(self, block: Block) -> tuple[ServiceSpec | None, str | None]:
        pair = block.pairs.get("does")
        words = plain(pair.value, self._report) if pair else None
        if pair is None or words is None:
            return None, None
        name, _, rest = words.partition(" ")
        spec, argument = self._spec(name, pair.value.place), rest.strip() or None
        if spec and spec.takes_argument != bool(argument):
            what = "后面还要写产品编号" if spec.takes_argument else "后面不用再写字"
            self._report.add(
                "unknown-handler", pair.value.place, f"{name} {what}。", f"写成：does: {name} 编号"
            )
        return spec, argument

    def _field(self, pair: Pair, draft: _Draft, what: str) -> None:
        name = pair.key.text
        if name == "keywords":
            self._keywords(pair, None, draft)
        elif name not in FIELDS:
            self._wording_or_action(pair, draft, what, FIELDS)

    def _wording_or_action(self, pair: Pair, draft: _Draft, what: str, fields: tuple[str, ...]) -> None:
        name = pair.key.text
        action = ACTIONS.get(name)
        if action is None:
            self._wording(pair, None, draft, what, fields)
            return
        if draft.spec and action not in draft.spec.actions:
            able = "、".join(draft.spec.actions)
            self._report.add("unknown-action", pair.key.place, f"{what}不能 {name}。", f"可以写：{able}")
            return
        block = block_of(pair.value, self._report, f"{what}的 {name}")
        for each in block.pairs.values() if block else ():
            if each.key.text == "keywords":
                self._keywords(each, action, draft)
            else:
                self._wording(each, action, draft, f"{what}的 {name}", ("keywords",))

    def _keywords(self, pair: Pair, action: Action | None, draft: _Draft) -> None:
        words = plain(pair.value, self._report)
        if words:
            draft.keywords[action] = tuple(dict.fromkeys(words.split()))

    def _wording(
        self, pair: Pair, action: Action | None, draft: _Draft, what: str, fields: tuple[str, ...]
    ) -> None:
        head = pair.key.text.split(" ")[0]
        if head not in HEADS:
            known = (*fields, *HEADS, *ACTIONS)
            hint = did_you_mean(pair.key.text, known) or "可以写：" + "、".join(known)
            self._report.add("unknown-field", pair.key.place, f"{what}没有“{pair.key.text}”这一项。", hint)
            return
        for written in wording_texts(pair, self._report, self._names):
            known_values = self._values(written, action, draft, what)
            template = parse_template(written.text, known_values, self._report)
            if written.channel is not None:
                draft.texts[action, written.name, written.channel] = template
                continue
            draft.for_all.add((action, written.name))
            for name in self._for_all:
                draft.texts.setdefault((action, written.name, name), template)

    def _values(
        self, written: Written, action: Action | None, draft: _Draft, what: str
    ) -> Mapping[str, Kind] | None:
        if draft.spec is None:
            return None
        allowed = self._allowed[draft.spec.name]
        values = allowed.get((action, written.name))
        if values is None:
            names = [name for act, name in allowed if act is action]
            hint = did_you_mean(written.name, names) or "可以写：" + "、".join(names)
            self._report.add("unknown-wording", written.key.place, f"{what}用不到“{written.name}”。", hint)
        return values


def _inherit(draft: _Draft, family: _Draft | None) -> None:
    """What the service does not say itself, its handler's shared wordings say."""
    if family is None:
        return
    own = set(draft.texts)
    for key, template in family.texts.items():
        action, name, channel = key
        said = key in own or (None, name, channel) in own
        if not said and not {(action, name), (None, name)} & draft.for_all:
            draft.texts[key] = template


def _wordings(draft: _Draft, names: Sequence[str]) -> dict[WordingKey, Wording]:
    """By action and name. What an action does not say on a channel, the service says for all its actions."""

    def on(action: Action | None, name: str) -> Wording:
        own = ((n, draft.texts.get((action, name, n)) or draft.texts.get((None, name, n))) for n in names)
        return Wording({written_for: template for written_for, template in own if template is not None})

    return {key: on(*key) for key in dict.fromkeys((action, name) for action, name, _ in draft.texts)}


def read_texts(block: Block, channels: Sequence[Channel], report: Report) -> dict[str, Wording]:
    """The hall's own wordings. One that nothing ever says is reported and left out."""
    names, for_all = wording_names(channels), names_for_all(channels)
    found: dict[str, dict[str, Template]] = {}
    for pair in block.pairs.values():
        for written in wording_texts(pair, report, names):
            phrase = TEXTS.get(written.name)
            if phrase is None:
                hint = did_you_mean(written.name, TEXTS)
                report.add("unknown-text", written.key.place, f"没有用得到“{written.name}”的地方。", hint)
                continue
            template = parse_template(written.text, phrase.values, report)
            texts = found.setdefault(written.name, {})
            if written.channel is not None:
                texts[written.channel] = template
                continue
            for name in for_all:
                texts.setdefault(name, template)
    return {name: Wording(texts) for name, texts in found.items()}
