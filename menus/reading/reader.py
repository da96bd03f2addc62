"""Reads a menu file into a :class:`menus.model.hall.Hall`, and says all that is wrong with it, and where.

Public: :func:`read`, :func:`read_bytes`, :class:`Reading`.

The first document is the whole province; each further one begins with ``city: 长沙`` and holds only what
differs there. Never raises for any content: a file that cannot be read is a finding.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from menus.checks.check import check
from menus.model.channels import CHANNELS, Channel, wording_names
from menus.model.findings import FILE_BEGINS, Finding, Report, did_you_mean
from menus.model.hall import Goal, Hall
from menus.model.numbers import SERVICE_NUMBER
from menus.model.province import CITIES
from menus.model.specs import ServiceSpec
from menus.reading.extras import (
    Extras,
    keyword_index,
    read_campaigns,
    read_guidance,
    read_hotkeys,
    read_promos,
)
from menus.reading.fields import block_of, plain, unknown_fields
from menus.reading.knowledge import KNOWLEDGE, joined, read_knowledge
from menus.reading.nodes import Block, documents, split_lines
from menus.reading.overlay import lay_over
from menus.reading.services import ServiceReader, read_texts
from menus.reading.targets import Names
from menus.reading.traps import scan
from menus.reading.trees import Tree, read_sms, read_telephone

_HALF = re.compile("[\ud800-\udfff]")
SECTIONS = (
    "telephone",
    "sms",
    "services",
    "shared",
    "texts",
    "campaigns",
    "promos",
    "guidance",
    "hotkeys",
    "bulk",
    KNOWLEDGE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """``hall`` is None exactly when there is a finding of severity error."""

    hall: Hall | None
    findings: tuple[Finding, ...]


def read(
    text: str,
    specs: Mapping[str, ServiceSpec],
    file: str = "menus.yaml",
    channels: Sequence[Channel] = tuple(CHANNELS.values()),
    number: str = SERVICE_NUMBER,
) -> Reading:
    """The hall that ``text`` describes. ``specs``: what ``does:`` may name; ``file``: named in findings;
    ``channels``: on which it is met; ``number``: what subscribers text to and call."""
    text = text.removeprefix("\ufeff")
    report = Report(file, split_lines(text))
    scan(report.lines, report)
    roots = documents(_clean(text, report), report)
    hall = None
    if not roots or roots[0].pairs.keys() == {KNOWLEDGE}:  # the menu holds nothing, or what cannot be read
        _say_empty(roots, report)
    else:
        hall = _province_and_cities(roots, specs, channels, report, number)
    if report.has_errors() or hall is None:
        return Reading(None, report.findings())
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    cities = {name: replace(city, version=version) for name, city in hall.cities.items()}
    return Reading(replace(hall, version=version, cities=cities), report.findings())


def _say_empty(roots: Sequence[Block], report: Report) -> None:
    """Once, and not of each entry of the knowledge base that the service is missing which it belongs to."""
    if report.has_errors():
        return
    above = report.lines[: roots[0].place.line] if roots else ()
    alone = roots and not any(map(FILE_BEGINS.fullmatch, above))
    message = "这里只有知识库，没有菜单。" if alone else "文件是空的。"
    report.at("empty-file", 1, 1, message, "至少要有 services、telephone 和 sms。")


def _clean(text: str, report: Report) -> str:
    """Half surrogates cannot be written as UTF-8, and are no characters."""
    for number, line in enumerate(report.lines, 1):
        if found := _HALF.search(line):
            report.at("encoding", number, found.start() + 1, "这里有一个不完整的字符。", "请删去后重新输入。")
            return ""
    return text


def read_bytes(
    data: bytes, specs: Mapping[str, ServiceSpec], file: str = "menus.yaml", number: str = SERVICE_NUMBER
) -> Reading:
    """As :func:`read`, for the bytes of a file, which must be UTF-8 (with or without a byte order mark)."""
    try:
        return read(data.decode("utf-8"), specs, file, number=number)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        report = Report(file)
        report.at("encoding", line, column, f"文件不是 UTF-8 编码{_likely(data)}。", "请另存为 UTF-8。")
        return Reading(None, report.findings())


def _likely(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "，像是 UTF-16（记事本的“Unicode”）"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "，像是 GBK（记事本的“ANSI”）"


def _province_and_cities(
    roots: list[Block],
    specs: Mapping[str, ServiceSpec],
    channels: Sequence[Channel],
    report: Report,
    number: str,
) -> Hall | None:
    province, *more = joined(roots, report)
    if "city" in province.pairs:
        place = province.pairs["city"].key.place
        report.add(
            "city-order", place, "第一份应是全省的菜单，不写 city。", "全省的写在最前，地市的放在 --- 后面。"
        )
        return None
    services = ServiceReader(specs, channels, report)
    builder = _HallBuilder(services, channels, report, number)
    hall = builder.build(province)
    names = wording_names(channels)
    cities: dict[str, Hall] = {}
    for root in more:
        name = _city(root, cities, report)
        if name is not None:
            report.city = name, root.place.line
            cities[name] = builder.build(lay_over(province, root, names, report))
            report.city = None
    return replace(hall, cities=cities)


def _city(root: Block, known: Mapping[str, Hall], report: Report) -> str | None:
    pair = root.pairs.get("city")
    name = plain(pair.value, report) if pair else None
    if pair is None:
        report.add("city-order", root.place, "--- 后面的这一份没有写 city。", "第一行写：city: 长沙")
    elif name not in CITIES:
        report.add(
            "unknown-city", pair.value.place, f"没有“{name}”这个地市。", did_you_mean(name or "", CITIES)
        )
    elif name in known:
        report.add("duplicate-key", pair.value.place, f"“{name}”已经写过一份了。", "两份合成一份。")
    else:
        return name
    return None


class _HallBuilder:
    """Builds the hall of the province, and of each city, from a whole (laid over) document."""

    def __init__(
        self, services: ServiceReader, channels: Sequence[Channel], report: Report, number: str
    ) -> None:
        self._number = number
        self._services = services
        self._channels = channels
        self._report = report
        self._empty: dict[str, Block] = {}

    def build(self, root: Block) -> Hall:
        report, channels = self._report, self._channels
        unknown_fields(root, (*SECTIONS, "city"), report, "菜单文件")
        services = self._services.read(self._section(root, "services"), self._section(root, "shared"))
        extras = Extras(services, channels, report)
        services, topics = read_knowledge(self._section(root, KNOWLEDGE), services, extras, report)
        names = Names(services, read_campaigns(self._section(root, "campaigns"), extras, report))
        telephone = read_telephone(self._section(root, "telephone"), names, channels, report)
        sms = read_sms(self._section(root, "sms"), names, channels, report)
        hall = Hall(
            version="",
            services=services,
            telephone=telephone.menus,
            sms=sms.menus,
            codes=sms.targets,
            keywords=keyword_index(services, report),
            texts=read_texts(self._section(root, "texts"), channels, report),
            promos=read_promos(self._section(root, "promos"), extras),
            bulk=read_promos(self._section(root, "bulk"), extras),
            guidance=read_guidance(self._section(root, "guidance"), extras, report),
            topics=topics,
            hotkeys=read_hotkeys(self._section(root, "hotkeys"), extras, report),
            service_codes=_service_codes(sms),
            number=self._number,
        )
        check(hall, channels, report)
        return hall

    def _section(self, root: Block, name: str) -> Block:
        pair = root.pairs.get(name)
        found = block_of(pair.value, self._report, f"{name}:") if pair else None
        return found or self._empty.setdefault(name, Block(root.place))


def _service_codes(sms: Tree) -> dict[str, str]:
    """Each service's own code: the first one in the file that leads to it without naming an action."""
    codes: dict[str, str] = {}
    for wanted in (True, False):
        for code, target in sms.targets.items():
            if target.goal is Goal.SERVICE and (target.action is None) is wanted:
                codes.setdefault(target.name, code)
    return codes
