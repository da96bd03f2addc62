"""Cuts a wording into text and slots, and says what is wrong with its braces and names.

Public: :func:`parse_template`, :func:`wording_lines`. Only ``{name}`` is a slot, and only declared names are
allowed: no formats, no attributes, nothing that is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from menus.model.findings import Report, did_you_mean
from menus.model.hall import Position, Slot, Template
from menus.model.values import Kind
from menus.reading.nodes import Scalar

_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_STRAY = re.compile(r"\{[^{}\n]*\}?|\}|｛[^｝\n]*｝?|｝")


def parse_template(scalar: Scalar, known: Mapping[str, Kind] | None, report: Report) -> Template:
    """The template of one wording. ``known``: the values that it may name; None: they cannot be known (the
    service is not served), so names are not judged."""
    text = _trimmed(scalar.text)
    pieces: list[str | Slot] = []
    end = 0
    for match in _SLOT.finditer(text):
        pieces += _literal(text[end : match.start()], end, text, scalar, report)
        pieces.append(_slot(match, scalar, known, text, report))
        end = match.end()
    pieces += _literal(text[end:], end, text, scalar, report)
    return Template(tuple(pieces), scalar.place)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def _literal(part: str, start: int, text: str, scalar: Scalar, report: Report) -> Iterator[str]:
    """The text between two slots, unless it is empty."""
    for match in _STRAY.finditer(part):
        place = _inside(scalar, text, start + match.start(), match[0], report)
        report.add("bad-braces", place, f"“{match[0]}”不是一个值的名字。", _brace_hint(match[0]))
    if part:
        yield part


def _brace_hint(written: str) -> str:
    if written[0] in "｛｝":
        return "花括号用半角 { }。"
    if ":" in written or "." in written:
        return "花括号里只写名字，怎么显示、怎么读由系统决定。"
    return "花括号里只能是小写字母、数字和下划线，成对写。"


def _slot(
    match: re.Match[str], scalar: Scalar, known: Mapping[str, Kind] | None, text: str, report: Report
) -> Slot:
    name = match[1]
    if known is not None and name not in known:
        place = _inside(scalar, text, match.start(), match[0], report)
        offered = " ".join("{" + each + "}" for each in sorted(known))
        hint = did_you_mean(name, known) or (
            f"这里可以写：{offered}" if offered else "这条话术没有可用的值。"
        )
        report.add("unknown-value", place, f"这里没有名叫 {{{name}}} 的值。", hint)
    return Slot(name, (known or {}).get(name, Kind.TEXT))


def _inside(scalar: Scalar, text: str, offset: int, token: str, report: Report) -> Position:
    """Where in the file the character at ``offset`` of the wording stands."""
    if scalar.style not in ("|", ">"):
        return scalar.place
    number = scalar.place.line + 1 + text.count("\n", 0, offset)
    line = report.lines[number - 1] if number <= len(report.lines) else ""
    indent = len(line) - len(line.lstrip(" "))
    before = offset - (text.rfind("\n", 0, offset) + 1)
    column = line.find(token, max(indent, 0)) if before == 0 else line.find(token, indent + before - 1)
    return Position(scalar.place.file, number, max(column, 0) + 1)
