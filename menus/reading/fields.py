"""Reads the fields of one block: one line of text, a wording, a block; and says what is wrong with them.

Public: :func:`plain`, :func:`label`, :func:`block_of`, :func:`unknown_fields`, :func:`wording_texts`,
:class:`Written`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from menus.model.findings import Report, did_you_mean
from menus.reading.nodes import Block, Node, Pair, Scalar


@dataclass(frozen=True, slots=True)
class Written:
    """One wording as it stands in the file. ``channel``: the name it was written for; None: for all."""

    name: str
    channel: str | None
    key: Scalar
    text: Scalar


def plain(node: Node, report: Report) -> str | None:
    """A field for the machine (does, when, keywords …): one line; a comment may follow behind a blank."""
    return _line(node, report, comment_allowed=True)


def label(node: Node, report: Report) -> str | None:
    """A field that people read (a title): one line, and nothing of it may have been cut off as a comment."""
    return _line(node, report, comment_allowed=False)


def _line(node: Node, report: Report, comment_allowed: bool) -> str | None:
    if isinstance(node, Block):
        report.add("shape", node.place, "这里应是一行文字，下面不能再分层。")
        return None
    if node.style in ("|", ">"):
        report.add("shape", node.place, "这里应是一行文字，不用 |。", "直接写在冒号后面。")
        return None
    if node.end_line != node.place.line and node.text:
        report.at(
            "shape", node.end_line, 1, "上一项没有写完就换了行，两行被连成一句。", "写在一行里，或检查冒号。"
        )
        return None
    _check_cut(node, report, comment_allowed)
    return node.text.strip()


def _check_cut(node: Scalar, report: Report, comment_allowed: bool) -> None:
    """A blank and # end a plain text in YAML: 请按 #结束 is read as 请按."""
    if node.style or node.end_line > len(report.lines):
        return
    rest = report.lines[node.end_line - 1][node.end_column - 1 :]
    comment = rest.lstrip()
    if not comment.startswith("#") or (comment_allowed and comment.startswith("# ")):
        return
    column = node.end_column + len(rest) - len(comment)
    hint = "话术写在 | 下面；说明另起一行，用“# ”开头。"
    report.at("cut-at-hash", node.end_line, column, f"从 # 起被当成说明，只剩下“{node.text}”。", hint)


def block_of(node: Node, report: Report, what: str) -> Block | None:
    """A block; an empty value counts as an empty block."""
    if isinstance(node, Block):
        return node
    if node.text.strip():
        report.add("shape", node.place, f"{what}的内容应写在下面几行，每行缩进两格。")
        return None
    return Block(node.place)


def unknown_fields(block: Block, known: Iterable[str], report: Report, what: str) -> None:
    known = list(known)
    for name, pair in block.pairs.items():
        if name not in known:
            hint = did_you_mean(name, known) or "可以写：" + "、".join(known)
            report.add("unknown-field", pair.key.place, f"{what}没有“{name}”这一项。", hint)


def wording_texts(pair: Pair, report: Report, names: Sequence[str]) -> list[Written]:
    """The wordings of one field: ``answer: |``, ``answer sms: |``, or ``answer:`` over voice and sms.
    ``names``: those that a wording may be written for."""
    name, channel = _name_and_channel(pair.key.text, names)
    if isinstance(pair.value, Scalar):
        text = _wording(pair.value, report)
        return [Written(name, channel, pair.key, text)] if text else []
    written = []
    unknown_fields(pair.value, () if channel else names, report, f"“{pair.key.text}”")
    for each in pair.value.pairs.values():
        if each.key.text not in names or channel:
            continue
        if isinstance(each.value, Block):
            report.add("shape", each.value.place, "这里应是一条话术。", "写在 | 下面。")
        elif text := _wording(each.value, report):
            written.append(Written(name, each.key.text, each.key, text))
    return written


def _name_and_channel(key: str, names: Collection[str]) -> tuple[str, str | None]:
    words = key.split()
    if len(words) > 1 and words[-1] in names:
        return " ".join(words[:-1]), words[-1]
    return " ".join(words), None


def _wording(node: Scalar, report: Report) -> Scalar | None:
    if node.style != "|":
        if not node.style:
            _check_cut(node, report, comment_allowed=False)
        report.add(
            "wording-inline", node.place, "话术要写在 | 下面。", "冒号后写 |，下一行多缩进两格写话术。"
        )
        return None
    if not node.text.strip():
        report.add("wording-inline", node.place, "| 下面没有话术。", "话术要比名字多缩进两格。")
        return None
    return node
