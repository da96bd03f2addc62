"""What the pages name is there: classes and what they have, files, modules."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from server.settings import KEYS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = tuple(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_CLASS = re.compile(r"([A-Z][a-z]\w*)(?:\.([a-z_]+))?(?:\(.*)?")
_FILE = re.compile(rf"(?:{'|'.join(ROOMS)})/[\w/]+\.py")
_DOTTED = re.compile(rf"(?!.*\.(?:key|yaml)$)(?:{'|'.join(ROOMS)})(?:\.\w+)+")


def named() -> Iterator[tuple[str, str]]:
    """Page, and what stands in backticks outside of its blocks."""
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield from ((page.name, word) for word in re.findall(r"`([^`\n]+)`", text))


@cache
def trees() -> dict[str, ast.Module]:
    """By the module's name."""
    files = (file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            file.read_text(encoding="utf-8")
        )
        for file in files
    }


@cache
def classes() -> dict[str, set[str]]:
    """Every class, and every name in it."""
    found: dict[str, set[str]] = {name: set() for name in dir(builtins)}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(_names(node))
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    found.setdefault(ast.unparse(target), set())
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


def test_classes_that_the_pages_name_are_there() -> None:
    wrong = []
    for page, word in named():
        match = _CLASS.fullmatch(word)
        if match and (match[1] not in classes() or (match[2] and match[2] not in classes()[match[1]])):
            wrong.append(f"{page}: {word}")
    assert wrong == []


def test_files_that_the_pages_name_are_there() -> None:
    files = [(page, word) for page, word in named() if _FILE.fullmatch(word)]
    assert [f"{page}: {word}" for page, word in files if not (ROOT / word).exists()] == []


def test_modules_that_the_pages_name_are_there_and_have_it() -> None:
    """``business.deadline`` may be a setting, ``menus.yaml`` is a file."""
    dotted = [(page, word) for page, word in named() if _DOTTED.fullmatch(word) and word not in KEYS]
    wrong = [(page, word) for page, word in dotted if not (ROOT / word).exists() and not _resolved(word)]
    assert wrong == []


def _resolved(word: str) -> bool:
    parts = word.split(".")
    depth = max(n for n in range(1, len(parts) + 1) if ".".join(parts[:n]) in trees())
    return set(parts[depth:]) <= set(_names(trees()[".".join(parts[:depth])]))
