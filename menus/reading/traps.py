"""What a careful eye reads one way and YAML another, found line by line before YAML is asked.

Public: :func:`scan`. Only lines of the structure are looked at: under ``|`` everything is harmless, which is
why wording stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from menus.model.findings import Report

_OPENS_WORDING = re.compile(r":[ \t]+[|>][-+0-9]*[ \t]*(?:#.*)?$")
_TAB = re.compile(r" *\t")
_WIDE_BLANK = re.compile(r" *\u3000")
_HASH_KEY = re.compile(r"\s*(#[0-9*#-]*)\s*[:：](?:\s|$)")
_STAR_KEY = re.compile(r"\s*(\*[0-9*#-]*)\s*[:：](?:\s|$)")
_WIDE_COLON = re.compile(r"[^:：#]*(：)")
_BAD_START = re.compile(r"[^#:]*:[ \t]+([\[{*@`%])")


def scan(lines: Sequence[str], report: Report) -> None:
    """Reports every trap of ``lines`` that would end in silence or in a message about YAML."""
    for number, line in structural(lines):
        _scan_line(number, line, report)


def structural(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not wording, numbered from 1."""
    wording_of: int | None = None  # indent of the line that opened the wording
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" "))
        blank = not line.strip()
        if wording_of is not None and (blank or indent > wording_of):
            continue
        wording_of = indent if _OPENS_WORDING.search(line) and not line.lstrip().startswith("#") else None
        if not blank:
            yield number, line


def _scan_line(number: int, line: str, report: Report) -> None:
    if _TAB.match(line):
        column = line.index("\t") + 1
        report.at("tab", number, column, "缩进里有制表符（Tab）。", "缩进只用空格，每层两个。")
    elif _WIDE_BLANK.match(line):
        column = line.index("\u3000") + 1
        report.at("tab", number, column, "缩进里有全角空格。", "缩进只用半角空格，每层两个。")
    elif match := _HASH_KEY.match(line):
        message = f"{match[1]} 开头的整行被当成说明，没有起作用。"
        report.at("hash-key", number, match.start(1) + 1, message, "井号键由系统用作重听和结束，菜单里不写。")
    elif match := _STAR_KEY.match(line):
        message = "星号键不能写进菜单。"
        report.at("star-key", number, match.start(1) + 1, message, "星号键由系统用作返回和清除。")
    elif line.lstrip().startswith("#"):
        return
    elif (match := _WIDE_COLON.match(line)) and not line.startswith("---"):
        message = "名字后面是全角冒号，这一行没有起作用。"
        report.at("chinese-colon", number, match.start(1) + 1, message, "改成半角冒号，后面空一格。")
    elif match := _BAD_START.match(line):
        _bad_start(number, match, report)


def _bad_start(number: int, match: re.Match[str], report: Report) -> None:
    sign, column = match[1], match.start(1) + 1
    if sign in "[{":
        report.at(
            "flow", number, column, f"内容不能用 {sign} 开头。", "话术写在 | 下面，那里什么符号都可以。"
        )
    else:
        report.at("wording-inline", number, column, f"内容不能用 {sign} 开头。", "话术写在 | 下面。")
