"""What the reader and the checks found in a menu file, as data; text and JSON are renderings of it.

Public: :class:`Severity`, :class:`Finding`, :class:`Report` (collects), :data:`RULES` (rule id -> severity),
:func:`as_text`, :func:`as_json`, :func:`exit_status`, :func:`did_you_mean`.

Every rule is described in ``docs/menu-rules.md`` with an example that passes and one that fails; a test runs
both.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from menus.model.hall import Position


class Severity(StrEnum):
    ERROR = "error"  # the hall is not served with it
    WARNING = "warning"  # surely not what was meant, but nobody is hurt
    INFO = "info"  # good to know


def _rules(severity: Severity, names: str) -> dict[str, Severity]:
    return dict.fromkeys(names.split(), severity)


_ERRORS = """
    encoding empty-file too-big too-deep yaml tab chinese-colon hash-key star-key duplicate-key cut-at-hash
    flow anchor tag sequence wording-inline shape unknown-field unknown-city city-order bad-path orphan-path
    bad-target bad-condition bad-braces missing-title unknown-handler unknown-service unknown-action
    unknown-campaign unknown-wording unknown-value unknown-code missing-wording no-confirm dead-end loop
    code-twice keyword-twice guidance-key bad-topic bad-sender
"""
_WARNINGS = """
    unreachable-menu unreachable-service unknown-text menu-wording fee-in-wording nothing-to-remove
"""
RULES: Mapping[str, Severity] = {
    **_rules(Severity.ERROR, _ERRORS),
    **_rules(Severity.WARNING, _WARNINGS),
    **_rules(Severity.INFO, "not-served long-sms long-menu long-sentence"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``message`` and ``hint`` are in the editor's language; line and column count from 1."""

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    hint: str = ""


@dataclass(slots=True)
class Report:
    """Collects findings, each once: a city's hall repeats what the province's hall has already said.

    ``city``: whose hall is being looked at, and the line where its document begins. What goes wrong because
    of it, but stands in the province's lines, is said to be the city's."""

    file: str
    lines: Sequence[str] = ()  # of the source, for places inside a wording
    city: tuple[str, int] | None = None
    found: dict[Finding, None] = field(default_factory=dict)

    def add(self, rule: str, place: Position, message: str, hint: str = "") -> None:
        """Raises KeyError for a rule that :data:`RULES` does not know."""
        finding = Finding(rule, RULES[rule], place.file, place.line, place.column, message, hint)
        if finding not in self.found and self.city and place.line < self.city[1]:
            finding = replace(finding, message=f"（{self.city[0]}）{message}")
        self.found.setdefault(finding)

    def at(self, rule: str, line: int, column: int, message: str, hint: str = "") -> None:
        self.add(rule, Position(self.file, line, column), message, hint)

    def has_line(self, line: int) -> bool:
        return any(f.line == line for f in self.found)

    def findings(self) -> tuple[Finding, ...]:
        """In the order of the file."""
        return tuple(sorted(self.found, key=lambda f: (f.line, f.column, f.rule)))

    def has_errors(self) -> bool:
        return any(f.severity is Severity.ERROR for f in self.found)


def exit_status(findings: Iterable[Finding]) -> int:
    """0: fine (notes of severity info are fine), 1: there is something to mend."""
    return int(any(f.severity is not Severity.INFO for f in findings))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or an empty one. Of equally near ones that with the same
    beginning: people slip at the end."""
    near = difflib.get_close_matches(word, dict.fromkeys(known), n=8, cutoff=0.6)
    if not near:
        return ""
    best = max(near, key=lambda each: (_nearness(word, each), _shared_beginning(word, each)))
    return f"是不是想写 {best}？"


def _nearness(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, word).ratio()


def _shared_beginning(word: str, other: str) -> int:
    pairs = zip(word, other, strict=False)
    return next((n for n, (one, two) in enumerate(pairs) if one != two), min(len(word), len(other)))


LOOK = 80
"""Characters of a line that are shown on either side of a finding."""
_CHINESE = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.INFO: "提示"}


FILE_BEGINS = re.compile("--- # ([a-z]+\\.yaml)")
"""Where another file was read on behind the first: the line that its own first line follows."""


def _where(finding: Finding, lines: Sequence[str]) -> Finding:
    """The same with the file that an editor has, and the line in it."""
    for number in range(min(finding.line - 1, len(lines)), 0, -1):
        begins = FILE_BEGINS.fullmatch(lines[number - 1])
        if begins is not None:
            folder = finding.file.rpartition("/")[0]
            file = f"{folder}/{begins[1]}" if folder else begins[1]
            return replace(finding, file=file, line=finding.line - number)
    return finding


def as_text(findings: Sequence[Finding], source: str) -> str:
    """One paragraph a finding, with the line of the file and a caret under the place, and a last line that
    counts. ``source`` is the text that was read."""
    lines = source.lstrip("\ufeff").splitlines()
    counts = [f"{sum(f.severity is s for f in findings)} 个{_CHINESE[s]}" for s in Severity]
    return "\n".join([*(_paragraph(f, lines) for f in findings), "，".join(counts) + "。"])


def _paragraph(finding: Finding, lines: Sequence[str]) -> str:
    told = _where(finding, lines)
    where = f"{told.file}:{told.line}:{told.column}"
    rows = [f"{where}: {_CHINESE[finding.severity]} {finding.message} [{finding.rule}]"]
    if 1 <= finding.line <= len(lines):
        line, before = _shown(lines[finding.line - 1].replace("\t", "→"), finding.column - 1)
        rows += [f"    {line}", "    " + " " * _width(line[:before]) + "^"]
    if finding.hint:
        rows.append(f"    {finding.hint}")
    return "\n".join(rows)


def _shown(line: str, at: int) -> tuple[str, int]:
    """So much of a line as one can look at around ``at``, and where that is in it: a broken file may be one
    line of megabytes, and goes to the log."""
    start = max(0, at - LOOK) if len(line) > 2 * LOOK else 0
    cut = "…" if start else ""
    return cut + line[start : start + 2 * LOOK], at - start + len(cut)


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def as_json(findings: Sequence[Finding], source: str = "") -> str:
    """A JSON list of objects with the fields of :class:`Finding`. ``source`` is the text that was read."""
    lines = source.lstrip("\ufeff").splitlines()
    return json.dumps([asdict(_where(f, lines)) for f in findings], ensure_ascii=False, indent=1)
