"""Checks of the wordings: missing ones, wrong codes in them, confirmations, lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import attrgetter

from menus.checks.reached import ReachableAction, reached
from menus.matching.normal import normalise
from menus.model.channels import SMS, VOICE, Channel
from menus.model.findings import Report, did_you_mean
from menus.model.hall import Hall, Service, Slot, Template, Wording
from menus.model.phrases import TEXTS, Need, needed_wordings
from menus.model.specs import Confirm
from menus.model.text import render_text
from menus.model.values import Kind, Raw, Value

SMS_LENGTH = 70  # characters of one UCS-2 message (3GPP TS 23.040 §9.2.3.24: 140 octets)
SENTENCE_LENGTH = 20  # characters that one takes in at a hearing
_SENT = re.compile(r"[发送](?:短信)?([0-9A-Z]{2,8})(?![0-9A-Z])")
_FEE = re.compile(r"[0-9]+(?:\.[0-9]+)?元")
_NAME = attrgetter("name")
_SENTENCE_END = re.compile(r"[。！？；，：、,;!?\n]+")


def missing_texts(hall: Hall, channels: Sequence[Channel], report: Report) -> None:
    """A wording of the hall's own that is not there."""
    place = hall.sms[""].place
    for name, phrase in TEXTS.items():
        where = [each for each in channels if phrase.where.includes(each)]
        for channel in _unworded(hall.texts.get(name), where):
            message = f"texts 里缺少{channel.title}话术“{name}”（{phrase.purpose}）。"
            report.add("missing-wording", place, message, f"写上：{name} {channel}: |，话术写在下一行。")


def _unworded(wording: Wording | None, channels: Sequence[Channel]) -> list[Channel]:
    """Those of ``channels`` that have none. One that would take another's is not named beside that one: what
    is written for that one serves it, too."""
    lack = channels if wording is None else wording.lacked_by(channels)
    named = [each for each in lack if not any(set(o.wordings) < set(each.wordings) for o in lack)]
    return sorted(named, key=_NAME)


def missing_wordings(hall: Hall, channels: Sequence[Channel], report: Report) -> None:
    """A wording that a service needs, on a channel by which it can be reached, and has not; and a change that
    is charged, or may be asked for by mistake, without the question that names its price."""
    for service, need, channel in _lacking(hall, channels):
        if need.name == "confirm":
            action = need.action.value if need.action else ""
            message = f"“{service.title}”的 {action} 缺少{channel.title}的确认话术。"
            hint = f"写上：confirm {channel}: |，说清业务、资费和后果。"
            report.add("no-confirm", service.place, message, hint)
        else:
            inside = f"{need.action.value} 里的 " if need.action else ""
            message = f"“{service.title}”缺少{channel.title}话术 {inside}{need.name}（{need.purpose}）。"
            report.add("missing-wording", service.place, message, f"写上：{need.name} {channel}: |")


def unpriced(hall: Hall, report: Report) -> None:
    """A question that confirms an opening, and does not say what it costs."""
    for service in hall.services.values():
        _confirm_names_fee(service, report)


def _confirm_names_fee(service: Service, report: Report) -> None:
    for (action, name), wording in service.wordings.items():
        spec = service.spec.actions.get(action) if service.spec and action else None
        if name != "confirm" or spec is None or spec.confirm is Confirm.NEVER:
            continue
        if "fee" not in spec.offers or action != "open":
            continue
        for template in wording.by.values():
            if not any(isinstance(p, Slot) and p.name == "fee" for p in template.pieces):
                message = f"“{service.title}”的确认话术没有说资费。"
                report.add("no-confirm", template.place, message, "写上 {fee}。")


_Needed = tuple[tuple[Need, tuple[Channel, ...]], ...]


def _needs(hall: Hall, channels: Sequence[Channel]) -> Iterator[tuple[Service, _Needed]]:
    """Every wording that a service may or must have, with those of ``channels`` on which it must; worked out
    once for all services of one spec."""
    known: dict[str, _Needed] = {}
    for service in hall.services.values():
        if service.spec is not None:
            name = service.spec.name
            if name not in known:
                needs = needed_wordings(service.spec)
                known[name] = tuple((n, tuple(c for c in channels if n.where.includes(c))) for n in needs)
            yield service, known[name]


def _lacking(hall: Hall, channels: Sequence[Channel]) -> Iterator[tuple[Service, Need, Channel]]:
    ways = reached(hall, channels)
    for service, needs in _needs(hall, channels):
        for need, musts in needs:
            where = [each for each in musts if ReachableAction(service.id, need.action, each.name) in ways]
            if where:
                for channel in _unworded(service.wording(need.action, need.name), where):
                    yield service, need, channel


def _wordings(hall: Hall) -> Iterator[tuple[str, Wording]]:
    """Every wording with the title of what it belongs to."""
    for service in hall.services.values():
        yield from ((service.title, wording) for wording in service.wordings.values())
    yield from (("texts", wording) for wording in hall.texts.values())
    yield from (("热键", Wording.of(SMS, text)) for text in hall.hotkeys.values())
    yield from (("宣传", Wording.of(SMS, promo.text)) for promo in (*hall.promos, *hall.bulk))
    yield from (("引导", each.wording) for each in hall.guidance)
    yield from (
        ("菜单", m.wording) for menus in (hall.telephone, hall.sms) for m in menus.values() if m.wording
    )


def unknown_codes(hall: Hall, report: Report) -> None:
    """A wording that tells the customer to send what the hall does not know."""
    every = {id(t): t for _, wording in _wordings(hall) for t in wording.by.values()}  # many share one
    for template in every.values():
        for code in _SENT.findall(template.source):
            known = code in hall.codes or normalise(code) in hall.keywords or code == hall.number
            if not known:
                hint = did_you_mean(code, [*hall.codes, *hall.keywords])
                message = f"话术让客户发 {code}，可是没有这个编号或关键词。"
                report.add("unknown-code", template.place, message, hint)


def fees_in_wordings(hall: Hall, report: Report) -> None:
    """An amount written out where the back office gives one: wrong after the next change of tariffs."""
    for service, needs in _needs(hall, ()):
        for need, _ in needs:
            money = sorted(name for name, kind in need.values.items() if kind is Kind.MONEY)
            wording = service.wording(need.action, need.name) if money else None
            for template in wording.by.values() if wording else ():
                if found := _FEE.search(template.source):
                    hint = "改成 " + " 或 ".join("{" + name + "}" for name in money) + "。"
                    report.add("fee-in-wording", template.place, f"话术里写死了“{found[0]}”。", hint)


_SAMPLES: Mapping[Kind, Raw] = {
    Kind.MONEY: 5235,
    Kind.COUNT: 12,
    Kind.INDEX: 1,
    Kind.DATE: date(2010, 11, 22),
    Kind.MONTH: date(2010, 10, 1),
    Kind.MON: date(2010, 10, 1),
    Kind.TIME: datetime(2010, 11, 22, 9, 5, tzinfo=UTC),
    Kind.DURATION: 300,
    Kind.PHONE: "13900000001",
    Kind.DIGITS: "123456789012345678",
    Kind.CODE: "0204",
    Kind.TEXT: "彩铃",
    Kind.LIST: ("手机杂志", "天气预报"),
    Kind.SECRET: "482913",
}


def sample(template: Template, title: str) -> str:
    """The wording with values of usual length in it."""
    values = {
        piece.name: Value(piece.kind, title if piece.name == "title" else _SAMPLES[piece.kind])
        for piece in template.pieces
        if isinstance(piece, Slot)
    }
    return render_text(template, values)


def long_texts(hall: Hall, report: Report) -> None:
    """A text that does not fit one message, with usual values."""
    for title, wording in _wordings(hall):
        template = wording.on(SMS)
        length = len(sample(template, title)) if template else 0
        if template and length > SMS_LENGTH:
            message = f"短信约 {length} 字，超过 {SMS_LENGTH} 字，会拆成几条。"
            report.add("long-sms", template.place, message, "能短就短。")


def long_sentences(hall: Hall, report: Report) -> None:
    """A spoken sentence that is longer than one takes in."""
    for title, wording in _wordings(hall):
        template = wording.on(VOICE)
        if template is None:
            continue
        longest = max(_SENTENCE_END.split(sample(template, title)), key=len)
        if len(longest) > SENTENCE_LENGTH:
            message = f"语音一句有 {len(longest)} 字：“{longest}”。"
            report.add("long-sentence", template.place, message, f"断成不超过 {SENTENCE_LENGTH} 字的短句。")
