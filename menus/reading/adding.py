"""A keyword written into the text of a menu, whose comments, blanks and order stay as they are. Pure.

    added = with_keyword(text, ("services", "crbt"), "炫音")
    added.text        # the whole text, with it
    added.line        # the line that changed, from 1

None where that is not surely right: what is written in another way is for the editor. Whoever saves it reads
it again first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

KEYWORDS = "keywords"
_LINE = re.compile(r"(?P<indent> *)(?P<key>[^\s#:]+):(?P<value>[^\r\n]*)(?P<end>\r?\n?)")
_COMMENT = re.compile(r"\s+#.*$")
_PLAIN = re.compile(r"[^\s#:,'\"|>\[\]{}&*!%@`\-][^\s#:,'\"]*")
_OTHER_STYLES = tuple("|>[{&*!\"'")


@dataclass(frozen=True, slots=True)
class Added:
    """``new``: a line of its own, that was not there before."""

    text: str
    line: int
    written: str
    new: bool


def with_keyword(text: str, path: Sequence[str], keyword: str) -> Added | None:
    """The text with one more keyword of the block at ``path`` in its first document; None: see above."""
    if _PLAIN.fullmatch(keyword) is None:
        return None
    lines = text.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if line.rstrip() == "---" and i), len(lines))
    start, indent = -1, 0
    for name in path:
        found = _keys(lines, start + 1, end, indent, name)
        if len(found) != 1:
            return None
        start = found[0]
        end = _end(lines, start, end, indent)
        indent = _child_indent(lines, start, end)
        if not indent:
            return None
    return _written(lines, start, end, indent, keyword)


def _written(lines: list[str], start: int, end: int, indent: int, keyword: str) -> Added | None:
    found = _keys(lines, start + 1, end, indent, KEYWORDS)
    if len(found) > 1:
        return None
    at = found[0] if found else start + 1
    line = f"{' ' * indent}{KEYWORDS}: {keyword}"
    if found:
        old = lines[at].rstrip("\r\n")
        comment = _COMMENT.search(old)
        said = old[: comment.start()] if comment else old.rstrip()
        if said.split(":", 1)[1].strip().startswith(_OTHER_STYLES):
            return None
        line = f"{said} {keyword}{comment.group() if comment else ''}"
        ending = lines[at][len(old) :]
        changed = [*lines[:at], line + ending, *lines[at + 1 :]]
    else:
        ending = "\r\n" if lines[start].endswith("\r\n") else "\n"
        changed = [*lines[:at], line + ending, *lines[at:]]
    return Added("".join(changed), at + 1, line, not found)


def _keys(lines: Sequence[str], start: int, end: int, indent: int, name: str) -> list[int]:
    """Where a key stands, at this depth."""
    found = ((i, _LINE.match(lines[i])) for i in range(start, end))
    return [i for i, m in found if m and len(m["indent"]) == indent and m["key"] == name]


def _end(lines: Sequence[str], start: int, end: int, indent: int) -> int:
    """Behind the last line of the block that begins at ``start``."""
    return next((i for i in range(start + 1, end) if _said(lines[i]) and _depth(lines[i]) <= indent), end)


def _child_indent(lines: Sequence[str], start: int, end: int) -> int:
    return next((_depth(lines[i]) for i in range(start + 1, end) if _said(lines[i])), 0)


def _said(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
