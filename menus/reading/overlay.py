"""Lays a city's document over the province's: what the city writes wins, ``none`` removes, the rest stays.

Public: :func:`lay_over`, :func:`path_key`, :data:`NONE`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from menus.model.findings import Report
from menus.reading.nodes import Block, Node, Pair, Scalar

NONE = "none"
TREES = {"telephone": "按", "sms": "发"}


def path_key(written: str) -> str:
    """按１－１ and 按1-1 are one key: full-width letters narrowed, blanks dropped."""
    return "".join(unicodedata.normalize("NFKC", written).split())


def lay_over(base: Block, city: Block, channels: Collection[str], report: Report) -> Block:
    """The city's whole file, in the order of the province's. ``base`` and ``city`` stay as they are.
    ``channels``: the names that a wording may be written for."""
    merged = Block(base.place, dict(base.pairs))
    for name, pair in city.pairs.items():
        below = base.pairs.get(name)
        if name == "city":
            continue
        if below and isinstance(below.value, Block) and isinstance(pair.value, Block):
            value = (
                _tree(below.value, pair.value, report)
                if name in TREES
                else _block(below.value, pair.value, channels, report)
            )
            merged.pairs[name] = Pair(below.key, value)
        else:
            merged.pairs[name] = pair
    return merged


def _block(base: Block, city: Block, channels: Collection[str], report: Report) -> Block:
    merged = Block(base.place, dict(base.pairs))
    for name, pair in city.pairs.items():
        below = merged.pairs.get(name)
        if _is_none(pair.value):
            _remove(merged, name, pair, report)
        elif below and isinstance(below.value, Block) and isinstance(pair.value, Block):
            merged.pairs[name] = Pair(pair.key, _block(below.value, pair.value, channels, report))
        else:
            if isinstance(pair.value, Scalar):
                _drop_own(merged, name, channels)
            merged.pairs[name] = pair
    return merged


def _drop_own(merged: Block, name: str, channels: Collection[str]) -> None:
    """A city's ``answer: |`` is for all channels: the province's ``answer sms: |`` must not win over it."""
    for channel in channels:
        merged.pairs.pop(f"{name} {channel}", None)


def _tree(base: Block, city: Block, report: Report) -> Block:
    """Keys or codes: what hung below a replaced or removed menu goes with it."""
    merged = Block(base.place, {path_key(name): pair for name, pair in base.pairs.items()})
    seen: dict[str, Pair] = {}
    for written, pair in city.pairs.items():
        name = path_key(written)
        first = seen.setdefault(name, pair)
        if first is not pair:
            line = first.key.place.line
            report.add("code-twice", pair.key.place, f"“{written}”和第 {line} 行是同一个。", "删去一个。")
        if not _is_menu(pair.value):
            _cut_below(merged, name)
        if _is_none(pair.value):
            _remove(merged, name, pair, report)
        else:
            merged.pairs[name] = pair
    return merged


def _cut_below(merged: Block, name: str) -> None:
    below = merged.pairs.get(name)
    if below is None or not _is_menu(below.value):
        return
    prefix = name + "-" if name.startswith("按") else name
    for each in [n for n in merged.pairs if n.startswith(prefix) and n != name]:
        del merged.pairs[each]


def _is_menu(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text.split()[:1] == ["menu"]


def _is_none(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.style and node.text.strip() == NONE


def _remove(merged: Block, name: str, pair: Pair, report: Report) -> None:
    if merged.pairs.pop(name, None) is None:
        report.add(
            "nothing-to-remove",
            pair.key.place,
            f"全省没有“{name}”，不用写 none。",
            "检查写法，或删去这一行。",
        )
