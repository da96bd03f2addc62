"""A menu file's YAML as plain nodes with places: every scalar is text, nothing is converted.

Public: :class:`Scalar`, :class:`Block`, :class:`Pair`, :func:`documents`, :data:`LIMIT`, :data:`DEPTH`.

Built from the parser's events, not from its composer: events come one by one, so a file of a million brackets
costs no recursion, and anchors, aliases, tags and flow style are refused where they stand. Nothing becomes a
number, a date or a boolean, so ``0123``, ``9:30`` and ``no`` stay what the editor wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from menus.model.findings import Report
from menus.model.hall import Position

LIMIT = 4_000_000  # characters of one file
DEPTH = 8  # nested mappings; the format itself needs four

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # YAML 1.1 §4.2


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. ``style`` is what it was written in: "" plain, | or > or a quote."""

    text: str
    style: str
    place: Position
    end_line: int  # from 1
    end_column: int  # from 1, just behind


@dataclass(frozen=True, slots=True)
class Pair:
    key: Scalar
    value: Node


@dataclass(slots=True)
class Block:
    """A mapping, in the order written; keys are unique once it has left :func:`documents`."""

    place: Position
    pairs: dict[str, Pair] = field(default_factory=dict)


Node = Scalar | Block


@dataclass(slots=True)
class _Open:
    """A mapping that is being read: the key still waits for its value."""

    block: Block
    key: Scalar | None = None


class _Refused(Exception):
    """The rest of the file cannot be read; the finding is already in the report."""


def split_lines(text: str) -> list[str]:
    """The lines as the YAML parser counts them."""
    return _BREAK.split(text)


def documents(text: str, report: Report) -> list[Block]:
    """The mappings of all documents; what is not readable is reported and left out. Never raises."""
    found: list[Block] = []
    if len(text) > LIMIT:
        report.at("too-big", 1, 1, f"文件有 {len(text)} 个字，超过 {LIMIT} 个的上限。")
        return found
    try:
        for root in _Builder(report).roots(text):
            found.append(root)
    except _Refused:
        pass
    except yaml.YAMLError as error:
        _report_syntax(error, text, report)
    return found


class _Builder:
    """Turns parser events into blocks."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._stack: list[_Open] = []
        self._skip = 0  # depth inside something that was refused

    def roots(self, text: str) -> Iterator[Block]:
        for event in yaml.parse(text, Loader=_LOADER):
            done = self._event(event)
            if done is not None:
                yield done

    def _event(self, event: yaml.Event) -> Block | None:
        if isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            return self._end()
        elif isinstance(event, yaml.NodeEvent):
            self._leaf(event)
        return None

    def _place(self, event: yaml.Event) -> Position:
        line, column = _position(event.start_mark)
        return Position(self._report.file, line, column)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._stack) + self._skip >= DEPTH:
            # also inside what is refused: the parser takes quadratic time over a hundred thousand brackets
            self._report.add("too-deep", self._place(event), f"缩进超过 {DEPTH} 层。", "请减少层次。")
            raise _Refused
        if self._skip:
            self._skip += 1
        elif not self._welcome(event):
            self._skip = 1
        else:
            self._stack.append(_Open(Block(self._place(event))))

    def _welcome(self, event: yaml.CollectionStartEvent) -> bool:
        place = self._place(event)
        self._refuse_marks(event, place)
        if event.flow_style:
            if not self._report.has_line(place.line):  # the line scan has a better word for the commonest
                self._report.add(
                    "flow", place, "这里不用 { } 和 [ ] 的写法。", "一行写一项；话术写在 | 下面。"
                )
        elif isinstance(event, yaml.SequenceStartEvent):
            self._report.add("sequence", place, "这里不用减号开头的列表。", "写成“名字: 内容”，一行一项。")
        elif self._stack and self._stack[-1].key is None:
            self._report.add("shape", place, "名字只能是一行文字。")
        else:
            return True
        return False

    def _refuse_marks(self, event: yaml.NodeEvent, place: Position) -> None:
        if event.anchor is not None:
            self._report.add("anchor", place, "这里不用 & 和 *。", "要重复的内容请照写一遍。")
        if getattr(event, "tag", None) is not None:
            self._report.add("tag", place, "这里不用 ! 标记。", "话术请写在 | 下面。")

    def _end(self) -> Block | None:
        if self._skip:
            self._skip -= 1
            if not self._skip:
                self._attach(None)
            return None
        block = self._stack.pop().block
        if not self._stack:
            return block
        self._attach(block)
        return None

    def _leaf(self, event: yaml.NodeEvent) -> None:
        if self._skip:
            return
        place = self._place(event)
        self._refuse_marks(event, place)
        if isinstance(event, yaml.ScalarEvent):
            self._attach(Scalar(event.value, event.style or "", place, *_position(event.end_mark)))
        else:
            self._attach(None)

    def _attach(self, node: Node | None) -> None:
        """A key, or the value of the key that waits; None stands for something refused."""
        if not self._stack:
            if isinstance(node, Scalar) and node.text.strip():
                self._report.add(
                    "shape", node.place, "整个文件读成了一段文字。", "每行应是“名字: 内容”，冒号用半角。"
                )
            return
        top = self._stack[-1]
        if top.key is None:
            blank = Position(self._report.file, top.block.place.line, top.block.place.column)
            top.key = node if isinstance(node, Scalar) else Scalar("", "", blank, blank.line, blank.column)
            return
        if node is not None:
            self._keep(top.block, Pair(top.key, node))
        top.key = None

    def _keep(self, block: Block, pair: Pair) -> None:
        name = pair.key.text
        first = block.pairs.get(name)
        if first is None:
            block.pairs[name] = pair
            return
        line = first.key.place.line
        self._report.add(
            "duplicate-key", pair.key.place, f"“{name}”写了两次，第 {line} 行已经有了。", "删去一个，或改名。"
        )


def _position(mark: Any) -> tuple[int, int]:
    """Line and column from 1; the C parser's marks and the Python parser's have no common type."""
    return mark.line + 1, mark.column + 1


_PROBLEMS = (
    ("tab character", "tab", "缩进里有制表符（Tab）。", "缩进只用空格。"),
    ("scanning an alias", "star-key", "星号开头的内容读不懂。", "星号键由系统使用；话术请写在 | 下面。"),
    ("scanning an anchor", "anchor", "这里不用 & 和 *。", "话术请写在 | 下面。"),
    ("scanning a tag", "tag", "这里不用 ! 标记。", "话术请写在 | 下面。"),
    ("mapping values are not allowed", "yaml", "一行里有两个冒号，或者缩进不对。", "话术请写在 | 下面。"),
    ("cannot start any token", "yaml", "这个符号不能放在开头。", "话术请写在 | 下面。"),
    ("could not find expected ':'", "yaml", "这一行缺少半角冒号。", "写成“名字: 内容”。"),
    ("expected key", "yaml", "这一行的缩进和上下不一致。", "同一层的各行要左对齐；话术要比名字多缩进。"),
    ("quoted scalar", "yaml", "引号没有成对。", "不用引号；话术请写在 | 下面。"),
    ("block scalar", "yaml", "| 后面不能再写字。", "话术从下一行写起，多缩进两格。"),
    ("flow", "flow", "这里不用 { } 和 [ ] 的写法。", "一行写一项；话术写在 | 下面。"),
    ("nesting", "too-deep", "层次太深。", "请减少层次。"),
)


def _report_syntax(error: yaml.YAMLError, text: str, report: Report) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')} {error}"
    if mark is None:
        line, column = _place_of_control(text)
        report.at("encoding", line, column, "这里有看不见的控制字符。", "请删去后重新输入这一行。")
        return
    line, column = _position(mark)
    if report.has_line(line):
        return  # the line scan has already said what is wrong there, in better words
    for sign, rule, message, hint in _PROBLEMS:
        if sign in said:
            report.at(rule, line, column, message, hint)
            return
    report.at("yaml", line, column, "这一行的写法读不懂。", "检查缩进、冒号和引号；话术请写在 | 下面。")


def _place_of_control(text: str) -> tuple[int, int]:
    bad = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    for number, line in enumerate(split_lines(text), 1):
        found = bad.search(line)
        if found:
            return number, found.start() + 1
    return 1, 1
