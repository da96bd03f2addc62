"""The house itself: which room may import which, and that every file can be read at a sitting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

from menus.model.channels import CHANNELS

ROOT = Path(__file__).resolve().parent.parent
CHANNEL_ROOMS = (
    "ivr",
    "sms",
    "web",
)
ROOMS = (
    "menus",
    "business",
    "boss",
    "handlers",
    "counter",
    "store",
    *CHANNEL_ROOMS,
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
    **dict.fromkeys(CHANNEL_ROOMS, DESK),
    "peers": {"ivr", "sms"},
    "studio": {"menus", "counter", "ivr"},
    "server": {"boss", *CHANNEL_ROOMS, "peers", "studio", *DESK},
}
PURE = {"menus"}  # no network, clock or database: nothing but the standard library, and PyYAML
PURE_FORBIDDEN = {"twisted", "sqlalchemy", "alembic", "socket", "asyncio", "sqlite3", "time", "random"}
GLOBAL_REACTOR_AT = {"server"}  # the edge

FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts)
TESTING_TOO = {"boss", "peers", "store"}
"""What every room's ``testing`` stands on: the billing system, the peers, a database."""
TESTS = sorted((ROOT / "tests").rglob("*.py"))


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Where, and the module or the name in one."""
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from ((f"{_name(path)}:{node.lineno}", alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from ((f"{_name(path)}:{node.lineno}", module) for module in whole)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _is_testing(path: Path) -> bool:
    return path.relative_to(ROOT).parts[1] == "testing"


def test_arrows_run_one_way() -> None:
    wrong = []
    for path in FILES:
        room = path.relative_to(ROOT).parts[0]
        allowed = ALLOWED[room] | TESTING_TOO if _is_testing(path) else ALLOWED[room]
        for where, module in _imports(path):
            head = module.split(".")[0]
            if head in ROOMS and head != room and head not in allowed:
                wrong.append(f"{where}: {room} must not import {head}")
            if room in PURE and head in PURE_FORBIDDEN:
                wrong.append(f"{where}: {room} is pure, {head} is not")
    assert wrong == []


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_imports_run_in_no_circle() -> None:
    """Those of types alone, too: who names another's class in a circle cannot be read without it."""
    modules = {_module(path) for path in FILES}
    named = {_module(path): {what for _at, what in _imports(path)} for path in FILES}
    found = {one: {w if w in modules else w.rpartition(".")[0] for w in named[one]} for one in named}
    left = {one: (found[one] & modules) - {one} for one in found}
    while True:
        wanted = set().union(*left.values())
        outer = {one for one in left if not left[one] or one not in wanted}  # it ends or begins here
        if not outer:
            break
        left = {one: left[one] - outer for one in left.keys() - outer}
    assert sorted(left) == [], "a circle: break it by a small Protocol"


def test_a_running_hall_loads_nothing_that_is_there_for_tests() -> None:
    product = [path for path in FILES if not _is_testing(path)]
    wrong = [f"{at}: {what}" for path in product for at, what in _imports(path) if _for_tests(what)]
    assert wrong == []


def _for_tests(module: str) -> bool:
    return "testing" in module.split(".")[:2]


def test_the_reactor_is_a_parameter() -> None:
    inside = [path for path in FILES if not _is_testing(path) and path.name != "__main__.py"]
    inside = [path for path in inside if path.relative_to(ROOT).parts[0] not in GLOBAL_REACTOR_AT]
    assert [at for path in inside for at, what in _imports(path) if what == "twisted.internet.reactor"] == []


VALUES = {name.upper() for name in CHANNELS}
ELSEWHERE = [path for path in FILES if path.relative_to(ROOT).parts[0] not in CHANNEL_ROOMS]


def _is_a_channel(node: ast.AST) -> bool:
    """``VOICE``, ``VOICE.name``."""
    name = node.value if isinstance(node, ast.Attribute) else node
    return isinstance(name, ast.Name) and name.id in VALUES


def test_nobody_asks_which_channel_it_is() -> None:
    """``x is VOICE``, ``name == SMS.name``: the trait says what is meant."""
    wrong = []
    for path in ELSEWHERE:
        compared = [node for node in _nodes(path) if isinstance(node, ast.Compare)]
        for node in compared:
            if any(map(_is_a_channel, (node.left, *node.comparators))):
                wrong.append(f"{_name(path)}:{node.lineno}: ask for a trait of the channel")
    assert wrong == []


def test_a_file_can_be_read_at_a_sitting() -> None:
    wrong = []
    for path in FILES:
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 400:
            wrong.append(f"{_name(path)} has {lines} lines; split it")
        for node in _nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 40:
                    wrong.append(f"{_name(path)}:{node.lineno}: {node.name} has {lines} lines")
    assert wrong == []


def test_children_are_started_by_one_module() -> None:
    """Which leaves the working directory off their path."""
    others = [path for path in FILES if _name(path) != "counter/children.py"]
    wrong = [
        f"{_name(path)}:{node.lineno}" for path in others for node in _nodes(path) if _names_python(node)
    ]
    assert wrong == [], "use counter.children"


def _names_python(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.executable"


def test_a_test_takes_nothing_from_another_test() -> None:
    """What several share is in a room's ``testing``; what one folder shares, in a module of that folder."""
    wrong = []
    for path in TESTS:
        here = path.relative_to(ROOT).with_suffix("").parts
        for where, module in _imports(path):
            parts = module.split(".")
            if parts[:2] == ["tests", "peers"] or parts[0] != "tests" or here == tuple(parts[: len(here)]):
                continue
            if any(part.startswith("test_") for part in parts[1:]) or parts[1] not in here[1:2]:
                wrong.append(f"{where}: move what {'.'.join(parts[:-1])} lends into a testing module")
    assert wrong == []


def test_there_is_one_house() -> None:
    named = [_name(path) for path in (*FILES, *TESTS) if "\nclass House" in path.read_text(encoding="utf-8")]
    assert named == ["counter/testing/house.py"]


def test_every_package_is_installed_by_setup_cfg() -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    for room in ROOMS:
        assert f"    {room}*" in text


RUNNING = [path for path in FILES if not _is_testing(path)]
SAID_TWICE = {
    **dict.fromkeys(
        ("Refused", "NotDone", "Unknown"), "what came of a change: to a back office, to a dialogue"
    ),
    "Disk": "what each module needs of the store",
}
"""Names that several classes have, for they are one thing in several rooms."""


def test_a_class_name_means_one_thing() -> None:
    """A file's own classes, with an underscore, are seen by nobody else."""
    found: dict[str, list[str]] = {}
    for path in RUNNING:
        for node in _nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(f"{_name(path)}:{node.lineno}")
    several = {name: places for name, places in found.items() if len(places) > 1}
    assert {name: several[name] for name in several.keys() - SAID_TWICE.keys()} == {}
    assert several.keys() >= SAID_TWICE.keys()


WRITTEN_ONCE = {"10086": "menus/model/numbers.py", "湖南": "", "长沙": "menus/model/province.py"}
"""What is one operator's: the number of the hall, the province and its cities; nobody else takes it for
granted."""
EXAMPLES = {"server/commands", "menus/reading", "menus/checks", "business/contract"}
"""Where such a thing is named as an example to people, or stands in what a promise is tried with."""
UNTYPED_REACTOR_AT = {"server/clock.py", "server/commands"}  # where it is the process's own, and is changed


def _stands_in(path: Path, places: set[str]) -> bool:
    return any(_name(path) == place or _name(path).startswith(f"{place}/") for place in places)


def test_an_operators_facts_are_written_once() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}: {node.value} is written in {WRITTEN_ONCE[str(node.value)]}"
        for path in RUNNING
        if not _stands_in(path, EXAMPLES)
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and node.value in WRITTEN_ONCE
        if _name(path) != WRITTEN_ONCE[str(node.value)]
    ]
    assert wrong == []


def test_who_takes_a_reactor_says_what_is_needed_of_it() -> None:
    wrong = []
    for path in RUNNING:
        if _stands_in(path, UNTYPED_REACTOR_AT):
            continue
        for node in _nodes(path):
            if isinstance(node, ast.arg) and node.arg == "reactor":
                said = "" if node.annotation is None else ast.unparse(node.annotation)
                if re.fullmatch(r"object|I\w*Reactor\w*( \| None)?", said) is None:
                    wrong.append(f"{_name(path)}:{node.lineno}: name the interface, not {said!r}")
    assert wrong == []


def test_a_channel_that_only_shows_what_the_others_know_is_small() -> None:
    """The web hall is the measure: what it needed beyond this belongs to the counter."""
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in (ROOT / "web").glob("*.py"))
    assert lines < 200
