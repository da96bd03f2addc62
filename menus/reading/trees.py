"""Reads ``telephone:`` (按1-3: …) and ``sms:`` (发0204: …) into menus and codes.

Public: :func:`read_telephone`, :func:`read_sms`.

``voice: |`` or ``sms: |`` words the main menu itself, ``发02 sms: |`` a menu below it; a menu without a
wording is said item by item.

By voice a key's path names its menu: 按1-3-2 is key 2 of menu 按1-3. By SMS two digits are one level: 发0204
is number 4 of menu 发02. Codes that begin with 00 are short cuts and stand in no menu.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from menus.model.channels import By, Channel, wording_names
from menus.model.findings import Report, did_you_mean
from menus.model.hall import Entry, Menu, Position, Target, Template, Wording
from menus.reading.fields import plain, wording_texts
from menus.reading.nodes import Block, Pair
from menus.reading.overlay import path_key
from menus.reading.targets import Led, Names, read_target
from menus.reading.templates import parse_template

_KEYS = re.compile(r"按([0-9](?:-[0-9])*)")
_CODE = re.compile(r"发([0-9]{2,8})")
ROOT_TITLE = "主菜单"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a tree. ``parent`` None: it stands in no menu."""

    path: str
    parent: str | None
    key: str
    led: Led
    place: Position


_Said = tuple[dict[str, Template], Position]
Split = Callable[[str], tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class Tree:
    """The menus by path, and every path with its target."""

    menus: Mapping[str, Menu]
    targets: Mapping[str, Target]


def read_telephone(block: Block, names: Names, channels: Sequence[Channel], report: Report) -> Tree:
    return _read(
        block,
        names,
        by=By.KEY,
        channels=channels,
        pattern=_KEYS,
        split=_split_keys,
        example="按1-2",
        report=report,
    )


def read_sms(block: Block, names: Names, channels: Sequence[Channel], report: Report) -> Tree:
    return _read(
        block,
        names,
        by=By.LINE,
        channels=channels,
        pattern=_CODE,
        split=_split_code,
        example="发0204",
        report=report,
    )


def _split_keys(path: str) -> tuple[str | None, str]:
    head, _, key = path.rpartition("-")
    return head, key


def _split_code(path: str) -> tuple[str | None, str]:
    if path.startswith("00"):
        return None, ""
    return path[:-2], str(int(path[-2:]))


def _read(
    block: Block,
    names: Names,
    *,
    by: By,
    channels: Sequence[Channel],
    pattern: re.Pattern[str],
    split: Split,
    example: str,
    report: Report,
) -> Tree:
    lines: dict[str, _Line] = {}
    said: dict[str, _Said] = {}
    names_of_all = wording_names(channels)
    worded = wording_names(each for each in channels if each.by is by)
    for pair in block.pairs.values():
        owner = _worded(pair, worded)
        path = _path(owner or pair.key.text, pair.key.place, pattern, example, report) if owner != "" else ""
        if path is None:
            continue
        if owner is not None:
            template = _wording(pair, names_of_all, report)
            if template is not None:
                said.setdefault(path, ({}, pair.key.place))[0][pair.key.text.split()[-1]] = template
            continue
        if path in lines:
            line = lines[path].place.line
            report.add(
                "code-twice", pair.key.place, f"“{pair.key.text}”和第 {line} 行是同一个。", "删去一个。"
            )
            continue
        led = _led(pair, path, names, by, report)
        if led is not None:
            lines[path] = _Line(path, *split(path), led, pair.key.place)
    _follow(lines, pattern, report)
    return _tree(lines, said, block.place, report)


def _led(pair: Pair, path: str, names: Names, by: By, report: Report) -> Led | None:
    words = plain(pair.value, report)
    if words is None:
        return None
    return read_target(words, path, names, spoken=by is By.KEY, place=pair.value.place, report=report)


def _worded(pair: Pair, names: Sequence[str]) -> str | None:
    """The key or code whose menu this line words ("" for the main menu); None: it is no wording."""
    words = pair.key.text.split()
    return " ".join(words[:-1]) if words and words[-1] in names else None


def _wording(pair: Pair, names: Sequence[str], report: Report) -> Template | None:
    template: Template | None = None
    for written in wording_texts(pair, report, names):
        template = parse_template(written.text, {}, report)
    return template


def _path(words: str, place: Position, pattern: re.Pattern[str], example: str, report: Report) -> str | None:
    written = path_key(words)
    match = pattern.fullmatch(written)
    problem = "" if match else "看不懂"
    if match and example[0] == "发":
        problem = _bad_code(match[1])
    if match and not problem:
        return match[1]
    report.add("bad-path", place, f"“{words}”{problem}。", f"写成 {example} 这样。")
    return None


def _bad_code(code: str) -> str:
    if code.startswith("00") and len(code) > 2:
        return ""
    if len(code) % 2:
        return "位数不对，每层两位"
    if code.endswith("00"):
        return "的最后两位不能是 00，回复 0 是主菜单"
    return ""


def _follow(lines: dict[str, _Line], pattern: re.Pattern[str], report: Report) -> None:
    """Replaces 按9: 按1-5 by what 按1-5 leads to. A ring of such lines never reaches anything that waits for
    the customer: that is the one loop which this format can write and nobody could leave."""
    jumps = [path for path, line in lines.items() if line.led.same_as]
    ends = {path: _end(path, lines, pattern, report) for path in jumps}
    for path, led in ends.items():
        if led is None:
            del lines[path]
        else:
            lines[path] = replace(lines[path], led=led)


def _end(path: str, lines: Mapping[str, _Line], pattern: re.Pattern[str], report: Report) -> Led | None:
    line, seen, label = lines[path], {path}, lines[path].led.label
    while line.led.same_as:
        match = pattern.fullmatch(line.led.same_as)
        following = match[1] if match else ""
        if following in seen:
            message = "转来转去又回到自己，客户永远听不到东西。"
            report.add("loop", lines[path].place, message, "让其中一个通向业务。")
            return None
        if following not in lines:
            written = line.led.same_as
            hint = did_you_mean(written, (written[0] + each for each in lines))
            report.add("bad-target", line.place, f"“{written}”没有写在这里。", hint)
            return None
        seen.add(following)
        line = lines[following]
        label = label or line.led.label
    return Led(line.led.target, label)


def _tree(
    lines: Mapping[str, _Line],
    said: Mapping[str, _Said],
    place: Position,
    report: Report,
) -> Tree:
    titles = {"": (ROOT_TITLE, place)}
    titles |= {p: (x.led.menu, x.place) for p, x in lines.items() if x.led.menu is not None}
    entries: dict[str, list[Entry]] = {path: [] for path in titles}
    for line in lines.values():
        if line.parent is None or line.led.target is None:
            continue
        if line.parent not in entries:
            message = f"上一级“{line.parent}”不是菜单。"
            report.add("orphan-path", line.place, message, "上一级写成：menu 名字")
            continue
        entries[line.parent].append(Entry(line.key, line.led.label, line.led.target, line.place))
    for path, (_, where) in said.items():
        if path not in entries:
            report.add("orphan-path", where, f"“{path}”不是菜单，不能有菜单的话术。", "写成：menu 名字")
    menus = {
        path: Menu(path, title, tuple(sorted(entries[path], key=_order)), where, _worded_by(said.get(path)))
        for path, (title, where) in titles.items()
    }
    return Tree(menus, {p: x.led.target for p, x in lines.items() if x.led.target is not None})


def _worded_by(found: _Said | None) -> Wording | None:
    return Wording(found[0]) if found else None


def _order(entry: Entry) -> tuple[bool, int]:
    """By number, 0 last, whatever the order of the file: a city's lines come behind the province's."""
    return entry.key == "0", int(entry.key)
