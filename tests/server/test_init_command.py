"""``hall10086 init``: a menu and settings of one's own, which ``serve`` and the others then use."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.settings import KEYS, Settings, read_settings
from server.shipped import DEFAULTS, menu_file, prompts_of, settings_file

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


def test_a_second_time_every_file_that_is_there_is_named(here: Path) -> None:
    run("init")
    told = run("init").output
    for name in ("menus.yaml", "knowledge.yaml", "hall.toml"):
        assert f"{name}: is there, left as it is\n" in told


def test_what_to_do_next_is_what_the_readme_says(here: Path) -> None:
    reload = "kill -HUP $(cat var/hall10086.pid)"
    assert reload in (ROOT / "README.md").read_text(encoding="utf-8")
    assert reload in run("init").output


def test_where_nothing_can_be_written_it_says_so(here: Path) -> None:
    (here / "file").write_text("")
    done = run("init", "file/hall")
    assert done.exit_code == 2
    assert "file/hall/menus.yaml: Not a directory" in done.output


@pytest.mark.parametrize("name", ["menus.yaml", "knowledge.yaml", "hall.toml"])
@pytest.mark.parametrize("what", ["a link to nowhere, which is not there", "a folder", "not a file"])
def test_what_cannot_stay_is_told_in_one_sentence_and_nothing_is_written(
    here: Path, name: str, what: str
) -> None:
    match what:
        case "a folder":
            Path(name).mkdir()
        case "not a file":
            os.mkfifo(name)
        case _:
            Path(name).symlink_to("nowhere")
    done = run("init")
    assert done.exit_code == 2
    assert done.output.startswith(f"hall10086: {name} is {what}; take it away")
    assert done.output.count("\n") == 1
    assert [file.name for file in here.iterdir()] == [name]


def test_a_folder_that_is_none_is_told_so(here: Path) -> None:
    Path("link").symlink_to("nowhere")
    Path("file").write_text("")
    assert "link is a link to nowhere, which is not there" in run("init", "link").output
    assert "file is not a folder" in run("init", "file").output


def test_a_link_to_a_file_is_left_as_it_is(here: Path) -> None:
    Path("shared.toml").write_text("[console]\n")
    Path("hall.toml").symlink_to("shared.toml")
    assert "hall.toml: is there, left as it is\n" in run("init").output
    assert Path("shared.toml").read_text() == "[console]\n"


def test_a_file_that_could_not_be_written_whole_is_not_left_behind(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.commands.init.HEAD", "\ud800")  # which no encoding can write
    assert isinstance(run("init").exception, UnicodeEncodeError)
    assert not Path("hall.toml").exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--", "--help"), "for a folder of that name write ./--help"),
        (("--", "-f"), "for a folder of that name write ./-f"),
        (("our", "hall"), "a name with spaces stands in quotes: hall10086 init 'our hall'"),
        (("menus.yaml",), "menus.yaml is what init writes; name the folder that it is to lie in"),
        (("ours/hall.toml",), "name the folder that it is to lie in"),
    ],
)
def test_what_is_surely_not_a_folders_name_makes_none_and_is_told(
    here: Path, words: tuple[str, ...], hint: str
) -> None:
    done = run("init", *words)
    assert done.exit_code == 2
    assert hint in done.output
    assert list(here.iterdir()) == []


def test_a_folder_may_have_any_name_that_is_meant(here: Path) -> None:
    assert run("init", "./--help").exit_code == 0
    assert Path("--help/menus.yaml").is_file()


def test_what_is_there_and_cannot_be_read_is_not_passed_over_for_what_is_shipped(here: Path) -> None:
    for name in ("menus.yaml", "hall.toml", "prompts/index.json"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).symlink_to("nowhere")
    assert menu_file() == Path("menus.yaml")
    assert settings_file(None) == Path("hall.toml")
    assert prompts_of(Path("menus.yaml")) == Path("prompts")
    done = run("check")
    assert (done.exit_code, done.output) == (2, "menus.yaml: No such file or directory\n")
    assert "hall.toml: No such file or directory" in run("serve").output


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
