"""A page of ours, done to the letter in a copy of the tree.

What follows a line ``# FILE`` in a block is that file, whole; what follows ``# FILE, before: LINE`` stands in
FILE before the one line that begins with LINE.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from counter.children import PYTHON

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```\w+\n(# \S+\.\w+(?:, before: [^\n]+)?\n.*?)^```$", re.MULTILINE | re.DOTALL)
_PART = re.compile(r"^# (\S+\.\w+)(?:, before: (.+))?\n", re.MULTILINE)
_ROW = re.compile(r"^\| `(\S+\.\w+)` \|", re.MULTILINE)
_LEFT_OUT = shutil.ignore_patterns(".*", "var", "node_modules", "__pycache__", "prompts", "*.opus", "*.wav")
RUN_SECONDS = 300.0


class DocsPage:
    """``name``: of the file in ``docs``. ``told``: the files that its table names."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        self.told = set(_ROW.findall(self.text))

    def follow(self, folder: Path) -> tuple[set[str], set[str]]:
        """Make ``folder`` a copy of the tree in which all of the page is done: the files that are new, and
        those that were changed. Raises AssertionError where a line to stand before is not there once."""
        shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
        (folder / "prompts").symlink_to(ROOT / "prompts")
        new, changed = set(), set()
        for name, anchor, text in self._parts():
            file = folder / name
            if anchor:
                _insert(file, anchor, text)
                changed.add(name)
            else:
                assert not file.exists(), f"{name} is there already"
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
                new.add(name)
        return new, changed

    def _parts(self) -> Iterator[tuple[str, str | None, str]]:
        """File, the line to stand before (None: it is the file), and the text."""
        for block in _BLOCK.findall(self.text):
            _, *parts = _PART.split(block)
            yield from zip(parts[::3], parts[1::3], parts[2::3], strict=True)


def _insert(file: Path, anchor: str, text: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line.startswith(anchor)]
    assert len(places) == 1, f"{file.name} has {len(places)} lines that begin with {anchor!r}"
    file.write_text("".join([*lines[: places[0]], text, *lines[places[0] :]]), encoding="utf-8")


def run(tree: Path, *words: str, status: int = 0) -> str:
    """What Python says of ``words`` in the copy. Raises AssertionError for another exit status."""
    done = subprocess.run(
        [PYTHON, *words], cwd=tree, capture_output=True, check=False, text=True, timeout=RUN_SECONDS,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout
