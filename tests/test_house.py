"""The house itself: which room may import which, and that every file can be read at a sitting.

What is said of one file after the other is a rule of its own (``tests/house``), where bad examples are fed to
it; here each is held against the house.
"""

from __future__ import annotations

import ast
import re

from tests.house import channels
from tests.house.channels import which_channel
from tests.house.children import starts
from tests.house.picture import PICTURE, ROOMS, at_the_top, sources
from tests.house.purity import EDGES, PURE, impure
from tests.house.rooms import BY_NAME_AT, circles, for_tests, runs_text, unlisted, wrong_arrows
from tests.house.source import TOP, Source

GLOBAL_REACTOR_AT = {"server"}  # the edge
FILES = sources()
RUNNING = [source for source in FILES if not source.is_testing]
TESTS = [Source.of(path) for path in sorted((TOP / "tests").rglob("*.py"))]


def test_arrows_run_one_way() -> None:
    assert [wrong for source in FILES for wrong in wrong_arrows(source, PICTURE)] == []


def test_no_text_is_run_as_a_program() -> None:
    assert [wrong for source in FILES for wrong in runs_text(source)] == []


def test_every_room_is_in_the_picture() -> None:
    assert unlisted(at_the_top(), PICTURE) == []


def test_imports_run_in_no_circle() -> None:
    assert circles(FILES) == [], "a circle: break it by a small Protocol"


def test_pure_rooms_reach_out_to_nothing() -> None:
    assert [wrong for source in FILES for wrong in impure(source, ROOMS)] == []


def test_a_running_hall_loads_nothing_that_is_there_for_tests() -> None:
    assert [wrong for source in FILES for wrong in for_tests(source)] == []


def test_nobody_asks_which_channel_it_is() -> None:
    assert [wrong for source in FILES for wrong in which_channel(source)] == []


def test_children_are_started_by_one_module() -> None:
    assert [wrong for source in FILES for wrong in starts(source)] == []


def test_what_is_let_off_a_rule_is_still_there() -> None:
    names = {source.name for source in FILES}
    assert {*EDGES, *BY_NAME_AT, *channels.SAME_WORDS, channels.TRAITS} <= names
    assert [place for place in PURE if not any(source.within((place,)) for source in FILES)] == []


def test_the_reactor_is_a_parameter() -> None:
    inside = [source for source in RUNNING if source.parts[-1] != "__main__"]
    inside = [source for source in inside if source.room not in GLOBAL_REACTOR_AT]
    reactor = "twisted.internet.reactor"
    assert [at for source in inside for at, what in source.imports if what == reactor] == []


def test_a_file_can_be_read_at_a_sitting() -> None:
    wrong = []
    for source in FILES:
        if (lines := source.text.count("\n")) > 400:
            wrong.append(f"{source.name} has {lines} lines; split it")
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 40:
                    wrong.append(f"{source.at(node)}: {node.name} has {lines} lines")
    assert wrong == []


def test_a_test_takes_nothing_from_another_test() -> None:
    """What several share is in a room's ``testing``; what one folder shares, in a module of that folder; and
    ``test_house`` applies the rules of ``house``."""
    wrong = []
    for source in TESTS:
        here = source.parts
        for where, module in source.imports:
            parts = module.split(".")
            if parts[:2] == ["tests", "peers"] or parts[0] != "tests" or here == tuple(parts[: len(here)]):
                continue
            folder = here[1].removeprefix("test_")
            if any(part.startswith("test_") for part in parts[1:]) or parts[1] != folder:
                wrong.append(f"{where}: move what {'.'.join(parts[:-1])} lends into a testing module")
    assert wrong == []


def test_there_is_one_house() -> None:
    named = [source.name for source in (*FILES, *TESTS) if "\nclass House" in source.text]
    assert named == ["counter/testing/house.py"]


def test_every_package_is_installed_by_setup_cfg() -> None:
    text = (TOP / "setup.cfg").read_text(encoding="utf-8")
    for room in ROOMS:
        assert f"    {room}*" in text


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
    for source in RUNNING:
        for node in source.nodes:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(source.at(node))
    several = {name: places for name, places in found.items() if len(places) > 1}
    assert {name: several[name] for name in several.keys() - SAID_TWICE.keys()} == {}
    assert several.keys() >= SAID_TWICE.keys()


WRITTEN_ONCE = {"10086": "menus/model/numbers.py", "湖南": "", "长沙": "menus/model/province.py"}
"""What is one operator's: the number of the hall, the province and its cities; nobody else takes it for
granted."""
EXAMPLES = {"server/commands", "menus/reading", "menus/checks", "business/contract"}
"""Where such a thing is named as an example to people, or stands in what a promise is tried with."""
UNTYPED_REACTOR_AT = {"server/clock.py", "server/commands"}  # where it is the process's own, and is changed


def test_an_operators_facts_are_written_once() -> None:
    wrong = [
        f"{at}: {text} is written in {WRITTEN_ONCE[text]}"
        for source in RUNNING
        if not source.within(EXAMPLES)
        for at, text in source.texts
        if text in WRITTEN_ONCE and source.name != WRITTEN_ONCE[text]
    ]
    assert wrong == []


def test_who_takes_a_reactor_says_what_is_needed_of_it() -> None:
    wrong = []
    for source in RUNNING:
        if source.within(UNTYPED_REACTOR_AT):
            continue
        for node in source.nodes:
            if isinstance(node, ast.arg) and node.arg == "reactor":
                said = "" if node.annotation is None else ast.unparse(node.annotation)
                if re.fullmatch(r"object|I\w*Reactor\w*( \| None)?", said) is None:
                    wrong.append(f"{source.at(node)}: name the interface, not {said!r}")
    assert wrong == []


def test_a_channel_that_only_shows_what_the_others_know_is_small() -> None:
    """The web hall is the measure: what it needed beyond this belongs to the counter."""
    lines = sum(source.text.count("\n") for source in RUNNING if source.room == "web")
    assert lines < 200
