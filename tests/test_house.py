"""The house itself: which room may import which, and that every file can be read at a sitting."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "menus",
    "business",
    "boss",
    "handlers",
    "counter",
    "store",
    "ivr",
    "sms",
    "peers",
    "studio",
    "server",
)
DESK = {"menus", "business", "handlers", "counter", "store"}

ALLOWED: dict[str, set[str]] = {
    "menus": set(),
    "business": set(),
    "boss": {"business"},
    "store": set(),
    "handlers": {"menus", "business"},
    "counter": {"menus", "business", "handlers", "store"},
    "ivr": DESK,
    "sms": DESK,
    "peers": {"ivr", "sms"},
    "studio": {"menus", "counter", "ivr"},
    "server": {"boss", "ivr", "sms", "peers", "studio", *DESK},
}
PURE = {"menus"}  # no network, clock or database: nothing but the standard library, and PyYAML
PURE_FORBIDDEN = {"twisted", "sqlalchemy", "alembic", "socket", "asyncio", "sqlite3", "time", "random"}
GLOBAL_REACTOR_AT = {"server"}  # the edge

FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts)
TESTING_TOO = {"boss", "peers", "store"}
"""What every room's ``testing`` stands on: the billing system, the peers, a database."""
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def _imports(path: Path) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _is_testing(path: Path) -> bool:
    return path.relative_to(ROOT).parts[1] == "testing"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_arrows_run_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    testing = _is_testing(path)
    allowed = ALLOWED[room] | TESTING_TOO if testing else ALLOWED[room]
    for line, module in _imports(path):
        head = module.split(".")[0]
        if head in ROOMS and head != room:
            assert head in allowed, f"{_name(path)}:{line}: {room} must not import {head}"
        if room in PURE:
            assert head not in PURE_FORBIDDEN, f"{_name(path)}:{line}: {room} is pure, {head} is not"
        if not testing:
            assert "testing" not in module.split(".")[:2], (
                f"{_name(path)}:{line}: a running hall loads nothing that is there for tests"
            )
        if module == "twisted.internet.reactor" and not testing:
            assert room in GLOBAL_REACTOR_AT or path.name == "__main__.py", (
                f"{_name(path)}:{line}: take the reactor as a parameter"
            )


CHANNELS = {"VOICE", "SMS", "WEB"}
ELSEWHERE = [path for path in FILES if path.relative_to(ROOT).parts[0] not in {"ivr", "sms", "web"}]


def _is_a_channel(node: ast.AST) -> bool:
    """``VOICE``, ``VOICE.name``."""
    name = node.value if isinstance(node, ast.Attribute) else node
    return isinstance(name, ast.Name) and name.id in CHANNELS


@pytest.mark.parametrize("path", ELSEWHERE, ids=_name)
def test_nobody_asks_which_channel_it_is(path: Path) -> None:
    """``x is VOICE``, ``name == SMS.name``: the trait says what is meant."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            asks = any(map(_is_a_channel, (node.left, *node.comparators)))
            assert not asks, f"{_name(path)}:{node.lineno}: ask for a trait of the channel"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_can_be_read_at_a_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, f"{_name(path)} has {text.count(chr(10))} lines; split it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= 40, f"{_name(path)}:{node.lineno}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_children_are_started_by_one_module(path: Path) -> None:
    """Which leaves the working directory off their path."""
    if _name(path) == "counter/children.py":
        return
    found = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _names_python(node)]
    assert found == [], f"{_name(path)}:{found[0].lineno}: use counter.children"


def _names_python(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.executable"


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_a_test_takes_nothing_from_another_test(path: Path) -> None:
    """What several share is in a room's ``testing``; what one folder shares, in a module of that folder."""
    here = path.relative_to(ROOT).with_suffix("").parts
    for line, module in _imports(path):
        parts = module.split(".")
        if parts[:2] == ["tests", "peers"] or parts[0] != "tests" or here == tuple(parts[: len(here)]):
            continue
        assert not any(part.startswith("test_") for part in parts[1:]), (
            f"{_name(path)}:{line}: move what {'.'.join(parts[:-1])} lends into a testing module"
        )
        assert tuple(parts[1:-1])[:1] == here[1:2], (
            f"{_name(path)}:{line}: {'.'.join(parts[:-1])} is another folder's: move it into a testing module"
        )


def test_there_is_one_house() -> None:
    named = [_name(path) for path in (*FILES, *TESTS) if "\nclass House" in path.read_text(encoding="utf-8")]
    assert named == ["counter/testing/house.py"]


def test_every_package_is_installed_by_setup_cfg() -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    for room in ROOMS:
        assert f"    {room}*" in text
