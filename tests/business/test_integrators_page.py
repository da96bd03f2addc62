"""The integrators' page, followed to the letter: its files, its contract, its hall."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import business
from business.contract.offered import EVERY_CHANGE
from business.port import QUESTIONS, Theme, theme_of
from server.testing.installed import describe
from server.testing.running import HallProcess

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "integrators.md"
MAIN = [sys.executable, "-c", "from server.cli import main; main()"]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of code: its language, its text, and the file that its first line names."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        named = re.match(r"# (\S+\.\S+)\n", self.text)
        return named[1] if named else None


def blocks() -> list[Block]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(language, text) for language, text in found]


def commands() -> list[str]:
    return [line for block in blocks() if block.language == "sh" for line in block.text.splitlines()]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everything that the page has one write, as good as installed."""
    folder = tmp_path_factory.mktemp("integrator")
    for block in blocks():
        if block.file is not None:
            file = folder / block.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    describe(folder, project["name"], project["entry-points"])
    return folder


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """One command of the page, in its directory."""
    words = re.findall(r'"[^"]*"|\S+', command)
    assert words[0] == "hall10086"
    return subprocess.run(
        [*MAIN, *(word.strip('"') for word in words[1:])],
        cwd=folder, capture_output=True, check=False, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))},
    )  # fmt: skip


def test_every_block_is_a_file_or_a_command() -> None:
    assert [block for block in blocks() if block.file is None and block.language != "sh"] == []
    assert commands() == [
        "pip install -e .",
        "hall10086 contract --business ourboss",
        'hall10086 contract --business ourboss --only "top-up card"',
        "hall10086 serve --settings hall.toml --menus ../main/menus.yaml",
        "hall10086 text 13900000001 0101",
    ]


def test_everything_of_ours_that_it_needs_is_imported_from_business_alone() -> None:
    for block in blocks():
        if block.language == "python":
            for node in ast.walk(ast.parse(block.text)):
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                modules += [one.name for one in node.names] if isinstance(node, ast.Import) else []
                ours = [module for module in modules if (ROOT / module.partition(".")[0]).is_dir()]
                assert set(ours) <= {"business"}, f"{block.file}: {ours}"
                names = [one.name for one in node.names] if ours and isinstance(node, ast.ImportFrom) else []
                assert set(names) <= set(business.__all__), f"{block.file}: {names}"


def test_business_has_its_names_and_needs_no_reactor_for_them() -> None:
    """Whoever only checks a menu imports the port, too."""
    program = (
        "import sys, business, business.port\n"
        "assert 'twisted' not in sys.modules and 'sqlite3' not in sys.modules, sorted(sys.modules)\n"
        "for name in business.__all__: getattr(business, name)\n"
        "from business import *\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
    with pytest.raises(AttributeError, match="AskNothing"):
        getattr(business, "AskNothing")  # noqa: B009


def test_the_contract_is_green(followed: Path) -> None:
    for command in (line for line in commands() if " contract " in line):
        done = run(followed, command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert " 0 broken" in done.stdout
        assert "not shown" not in done.stdout
    kept = run(followed, "hall10086 contract --business ourboss --json").stdout
    held = {row["promise"] for row in json.loads(kept)["promises"] if row["kept"] == "held"}
    assert len(held) > 25
    for theme in (
        "fee_of_prepaid_and_post_paid",
        "a_card_with_the_same_key_many_at_once",
        "exactly_the_named",
    ):
        assert any(theme in promise for promise in held), theme


def test_the_remote_bench_refuses_what_bears_no_mark(followed: Path) -> None:
    program = (
        "from ourboss.remote import RemoteBench\n"
        "from business.contract.bench import NotATestSystem\n"
        "class Client:\n"
        "    async def is_marked_as_test_system(self): return False\n"
        "try:\n"
        "    RemoteBench(None, Client()).open().send(None)\n"
        "except NotATestSystem as why:\n"
        "    print(why)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=followed, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == "it bears no mark that it is one"


@pytest.fixture
def hall(followed: Path) -> Iterator[HallProcess]:
    """The hall with the page's settings; the package is on its path, as an installer would have it."""
    path = os.pathsep.join((str(followed), str(ROOT)))
    settings = (followed / "hall.toml").read_text(encoding="utf-8")
    hall = HallProcess(followed, settings=settings, environment={"PYTHONPATH": path})
    yield hall
    hall.stop()


def test_the_hall_serves_it(hall: HallProcess, followed: Path) -> None:
    def text(words: str) -> str:
        at = f" --demo-console 127.0.0.1:{hall.handsets}"
        return run(followed, f"hall10086 text 13900000001 {words}{at}").stdout

    shown = text("0101")
    assert "52.35" in shown, shown
    assert "手机早报" in text("0000")
    assert "暂未开放" in text("积分")
    assert hall.metric("hall_business_calls_total") > 3


def test_every_theme_stands_there_with_its_questions_and_changes() -> None:
    told = {
        theme: (set(re.findall(r"`(\w+)`", questions)), set(re.findall(r"`(\w+)`", changes)))
        for theme, questions, changes in re.findall(
            r"^\| `([A-Z_]+)` \|(.*)\|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert told == {
        theme.name: (
            {name for name, kind in QUESTIONS.items() if kind.theme is theme},
            {type(change).__name__ for change in EVERY_CHANGE if theme_of(change) is theme},
        )
        for theme in Theme
    }
