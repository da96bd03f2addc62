"""Reads the knowledge base (R084): ``knowledge.yaml`` beside the menu, or ``knowledge:`` in it.

Public: :func:`join`, :func:`joined`, :func:`read_knowledge`, :data:`KNOWLEDGE`.

    knowledge:
      roam_domestic:
        title: 国内漫游资费
        of: brand_tariff
        asks: 国内漫游 漫游+收费
        when: 2009年1月1日起
        answer: |
          …

An entry belongs to the service ``of:``, which is done by ``info.topics``; without ``of:`` to the one that
searches, done by ``info.search``. Its wordings become that service's ``answer ID`` and ``item ID``, so that
whatever says and checks wordings does so with these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from menus.matching.normal import normalise
from menus.model.findings import Report, did_you_mean
from menus.model.hall import Service, Slot, Template, Topic, Wording
from menus.model.phrases import COMMON
from menus.model.specs import Action
from menus.model.values import Kind
from menus.reading.extras import Extras
from menus.reading.fields import label, plain, wording_texts
from menus.reading.nodes import Block, Pair
from menus.reading.templates import parse_template

KNOWLEDGE = "knowledge"
TOPICS, SEARCH = "info.topics", "info.search"
FIELDS = ("title", "of", "asks", "when")
ANSWER = "answer"
_SHORTEST = 2
"""Characters of a phrase, or of one of its parts; a single one stands in every other text."""
_WordingKey = tuple[Action | None, str]


@dataclass(frozen=True, slots=True)
class _Able:
    """The services that answer entries, and those among them that search.

    ``unread``: of which it is told already that nobody knows what they do; ``none``: the menu has no services
    at all. That an entry finds its service not then is no finding of its own."""

    answering: tuple[str, ...]
    searching: tuple[str, ...]
    unread: frozenset[str]
    none: bool


def join(menu: bytes, knowledge: bytes) -> bytes:
    """One text of both files: a hall's version is the hash of all that it says. The line between them is
    :data:`menus.model.findings.FILE_BEGINS`."""
    return menu.rstrip(b"\n") + b"\n--- # knowledge.yaml\n" + knowledge.removeprefix(b"\xef\xbb\xbf")


def joined(roots: list[Block], report: Report) -> list[Block]:
    """The documents with those that hold nothing but knowledge laid into the province's."""
    province, *more = roots
    apart = [root for root in more if root.pairs.keys() == {KNOWLEDGE}]
    if not apart:
        return roots
    province = Block(province.place, dict(province.pairs))
    for root in apart:
        pair, first = root.pairs[KNOWLEDGE], province.pairs.get(KNOWLEDGE)
        if first is None or not isinstance(first.value, Block) or not isinstance(pair.value, Block):
            province.pairs[KNOWLEDGE] = pair
            continue
        for name in first.value.pairs.keys() & pair.value.pairs.keys():
            place = pair.value.pairs[name].key.place
            report.add(
                "duplicate-key", place, f"知识库里“{name}”已经写过一条了。", "换一个编号，或两条合成一条。"
            )
        both = Block(first.value.place, {**first.value.pairs, **pair.value.pairs})
        province.pairs[KNOWLEDGE] = Pair(first.key, both)
    return [province, *(root for root in more if root not in apart)]


def read_knowledge(
    block: Block, services: Mapping[str, Service], extras: Extras, report: Report
) -> tuple[dict[str, Service], dict[str, Topic]]:
    """The services with the wordings of their entries, and the entries by id."""
    topics: dict[str, Topic] = {}
    wordings: dict[str, dict[_WordingKey, Wording]] = {}
    able = _able(services, report)
    for name, pair, inner in extras.entries(block, _fields(extras), "知识"):
        topic = _topic(pair, inner, able, extras, report)
        answers = _answers(inner, pair, extras, report)
        if topic is None or not answers:
            continue
        topics[name] = topic
        item = Template((Slot("i", Kind.INDEX), f".{topic.title}"), topic.place)
        worded: dict[_WordingKey, Wording] = {
            (Action.INFO, f"item {name}"): Wording(dict.fromkeys(extras.for_lines, item))
        }
        for written, wording in answers.items():
            worded[Action.INFO, written.replace(ANSWER, f"{ANSWER} {name}", 1)] = wording
        for service in dict.fromkeys((topic.service, *able.searching)):
            wordings.setdefault(service, {}).update(worded)
    return {id: _with(service, wordings.get(id)) for id, service in services.items()}, topics


def _fields(extras: Extras) -> tuple[str, ...]:
    answers = (ANSWER, f"{ANSWER} short")
    return (*FIELDS, *answers, *(f"{answer} {name}" for answer in answers for name in extras.names))


def _with(service: Service, more: Mapping[_WordingKey, Wording] | None) -> Service:
    return service if more is None else replace(service, wordings={**service.wordings, **more})


def _able(services: Mapping[str, Service], report: Report) -> _Able:
    does = {s.id: s.spec.name for s in services.values() if s.spec}
    answering = tuple(id for id, what in does.items() if what in (TOPICS, SEARCH))
    told = any(finding.rule == "unknown-handler" for finding in report.found)
    unread = services.keys() - does.keys() if told else frozenset[str]()
    return _Able(
        answering, tuple(id for id in answering if does[id] == SEARCH), frozenset(unread), not services
    )


def _topic(pair: Pair, block: Block, able: _Able, extras: Extras, report: Report) -> Topic | None:
    name = pair.key.text
    title = block.pairs.get("title")
    words = label(title.value, report) if title else None
    if not words:
        report.add("missing-title", pair.key.place, f"知识“{name}”没有 title。", "写上：title: 名字")
    service = _service(pair, block, able, report)
    asks = _asks(block, report)
    if not asks:
        message = f"知识“{name}”没有 asks，没有人问得到。"
        report.add("bad-topic", pair.key.place, message, "写上：asks: 客户会怎么问，几种说法用空格隔开")
    if not words or service is None or not asks:
        return None
    return Topic(name, service, words, asks, extras.condition(block), pair.key.place)


def _asks(block: Block, report: Report) -> tuple[tuple[str, ...], ...]:
    pair = block.pairs.get("asks")
    written = plain(pair.value, report) if pair else None
    found = []
    for phrase in (written or "").split():
        parts = tuple(normalise(part) for part in phrase.split("+"))
        if pair is not None and (not all(parts) or max(map(len, parts)) < _SHORTEST):
            message = f"“{phrase}”太短，什么话里都有。"
            report.add("bad-topic", pair.value.place, message, "写两个字以上；要同时有几个词，中间写 +。")
        else:
            found.append(parts)
    return tuple(found)


def _service(pair: Pair, block: Block, able: _Able, report: Report) -> str | None:
    of = block.pairs.get("of")
    written = plain(of.value, report) if of else None
    if of is None:
        found = next(iter(able.searching), None)
        if found is None and not able.none and not able.unread:
            message = f"知识“{pair.key.text}”没有写 of，也没有 does: {SEARCH} 的业务。"
            report.add("bad-topic", pair.key.place, message, "写上：of: 业务编号")
        return found
    if written in able.answering:
        return written
    if able.none or written in able.unread:
        return None
    hint = did_you_mean(written or "", able.answering) or "可以写：" + "、".join(able.answering)
    report.add("bad-topic", of.value.place, f"“{written}”不是能答知识的业务（does: {TOPICS}）。", hint)
    return None


def _answers(block: Block, pair: Pair, extras: Extras, report: Report) -> dict[str, Wording]:
    """``answer``, and ``answer short`` for handsets that join no long messages. What is written for all is
    for those who write: nobody can ask by keys."""
    texts: dict[str, dict[str, Template]] = {}
    for each in block.pairs.values():
        if each.key.text.split()[0] != ANSWER:
            continue
        for written in wording_texts(each, report, extras.names):
            template = parse_template(written.text, COMMON, report)
            for channel in extras.for_lines if written.channel is None else (written.channel,):
                texts.setdefault(written.name, {})[channel] = template
    if ANSWER not in texts:
        message = f"知识“{pair.key.text}”没有 answer。"
        report.add("missing-wording", pair.key.place, message, "写上：answer: |，话术写在下一行。")
        return {}
    return {name: Wording(by) for name, by in texts.items()}
