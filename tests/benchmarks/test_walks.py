"""The walks through the house stay shorter than they were before it was redrawn (docs/architecture.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.bench_walks import walked

PAGE = Path(__file__).resolve().parents[2] / "docs/architecture.md"
BEFORE = {"key": "a key in the main menu", "text": "a text, `0101`", "confirmation": "a confirmation by text"}


@pytest.mark.parametrize("name", BEFORE)
def test_a_walk_is_no_longer_than_before(name: str) -> None:
    row = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"| {BEFORE[name]}" in line)
    moves = re.search(r"([0-9]+) moves", row)
    assert moves is not None
    walk = walked(name)
    assert 0 < walk.moves < int(moves[1]), f"python -m benchmarks.bench_walks --stops {name}"


def test_a_walk_says_where_it_led() -> None:
    walk = walked("key")
    assert next(iter(walk.files)) == "counter/conversation"
    assert sum(walk.files.values()) == walk.moves
    assert not any("testing" in file for file in walk.files)
