"""``hall10086 init``: a menu and settings of one's own, which ``serve`` and the others then use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.settings import KEYS, Settings, read_settings
from server.shipped import DEFAULTS, menu_file, settings_file

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operating.md"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that we run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_the_shipped_menu_and_every_setting(here: Path) -> None:
    done = run("init", "our hall")
    assert done.exit_code == 0, done.output
    folder = here / "our hall"
    assert (folder / "menus.yaml").read_bytes() == (ROOT / "menus.yaml").read_bytes()
    written = (folder / "hall.toml").read_text(encoding="utf-8")
    for key in KEYS:
        assert re.search(rf"(?m)^# ?{key.partition('.')[2]}( |$|\])", written) or key == "business.options"
    assert {file.name for file in folder.iterdir()} == {"menus.yaml", "knowledge.yaml", "hall.toml"}
    assert (folder / "knowledge.yaml").read_bytes() == (ROOT / "knowledge.yaml").read_bytes()
    assert "cd 'our hall'\n" in done.output
    assert "hall10086 serve" in done.output


def test_as_it_is_written_it_changes_nothing_and_with_a_key_uncommented_that_one(here: Path) -> None:
    run("init")
    assert read_settings(Path("hall.toml")) == Settings()
    text = Path("hall.toml").read_text(encoding="utf-8")
    assert "# max_calls = 2000 " in text
    Path("hall.toml").write_text(text.replace("# max_calls = 2000 ", "max_calls = 7 "), encoding="utf-8")
    assert read_settings(settings_file(None)).max_calls == 7


def test_what_is_there_is_left_as_it_is(here: Path) -> None:
    Path("menus.yaml").write_text("ours")
    done = run("init")
    assert done.exit_code == 0
    assert "menus.yaml: is there, left as it is\n" in done.output
    assert Path("menus.yaml").read_text() == "ours"
    assert not Path("knowledge.yaml").exists()  # of another menu
    before = Path("hall.toml").read_bytes()
    assert "hall.toml: is there, left as it is\n" in run("init").output
    assert Path("hall.toml").read_bytes() == before


def test_where_nothing_can_be_written_it_says_so(here: Path) -> None:
    (here / "file").write_text("")
    done = run("init", "file/hall")
    assert done.exit_code == 2
    assert "file/hall/menus.yaml: Not a directory" in done.output


def test_the_commands_use_the_menu_of_the_folder_and_else_the_shipped_one(here: Path) -> None:
    assert menu_file() == ROOT / "menus.yaml"
    assert run("check", "--quiet").exit_code == 0
    run("init")
    assert menu_file() == Settings().menus == Path("menus.yaml")
    text = Path("menus.yaml").read_text(encoding="utf-8")
    Path("menus.yaml").write_text(text.replace("crbt 彩铃", "crbt 炫铃"), encoding="utf-8")
    assert "4.炫铃" in run("simulate", "sms", "10086", "2").output


def test_the_database_of_the_settings_is_looked_into(here: Path) -> None:
    run("init")
    file = Path("hall.toml")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('# url = "sqlite:///var/hall.db"', 'url = "sqlite:///ours.db"'), "utf-8")
    assert run("db", "upgrade", "--business-database", "sqlite:///back.db").exit_code == 0
    assert Path("ours.db").is_file()


# ---- the defaults ------------------------------------------------------------------------------------------
def test_the_defaults_that_are_written_are_those_of_the_program() -> None:
    assert read_settings(DEFAULTS) == Settings(menus=Path("menus.yaml"))


def test_the_page_for_operators_shows_them(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"(?s)```toml\n(.*?)```", page)
    assert shown is not None
    defaults = DEFAULTS.read_text(encoding="utf-8")
    if request.config.getoption("--update"):
        PAGE.write_text(page.replace(shown[1], defaults, 1), encoding="utf-8")
    else:
        assert shown[1] == defaults, "pytest tests/server/test_init_command.py --update"
