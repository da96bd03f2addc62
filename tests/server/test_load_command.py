"""``hall10086 load``: what it says and how it ends, for people and for programs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boss.testing.files import ANNA, BERT, FILES

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from server.cli import main; main()", "load"]
MANY = 40_000  # passwords: more than a minute of hashing, which nobody waits for


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "data"
    found.mkdir()
    for name, content in FILES.items():
        (found / f"{name}.csv").write_text(content, encoding="utf-8")
    return found


@pytest.fixture
def to(tmp_path: Path) -> list[str]:
    return ["--business-database", f"sqlite:///{tmp_path}/business.db"]


def test_a_folder_is_loaded_and_again_and_renewed(folder: Path, to: list[str]) -> None:
    first = run(folder, *to)
    assert (first.returncode, first.stderr) == (0, "")
    assert "subscribers: 2 new\n" in first.stdout
    assert "usage: 3 new\n" in first.stdout
    (folder / "products.csv").write_text(FILES["products"].replace("彩铃,5", "彩铃,7"), encoding="utf-8")
    again = run(folder, *to)
    assert "subscribers: 2 kept\n" in again.stdout
    assert "--renew" in again.stdout
    renewed: dict[str, Any] = json.loads(run(folder, *to, "--renew", "--json").stdout)
    assert renewed["loaded"]
    assert renewed["tables"]["products"] == {"new": 0, "kept": 1, "renewed": 1}
    assert renewed["tables"]["subscribers"] == {"new": 0, "kept": 2, "renewed": 0}


def test_the_settings_name_the_database(folder: Path, tmp_path: Path) -> None:
    settings = tmp_path / "hall.toml"
    settings.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/hall.db"\n')
    assert run(folder, "--settings", settings).returncode == 0
    assert (tmp_path / "business.db").exists()
    settings.write_text('[business]\nname = "memory"\n')
    told = run(folder, "--settings", settings)
    assert told.returncode == 2
    assert "only the sql back office is loaded from files; the settings name 'memory'" in told.stderr


def test_mistakes_are_told_with_their_places_and_nothing_is_loaded(folder: Path, to: list[str]) -> None:
    (folder / "subscribers.csv").write_bytes(
        f"number,brand,city,pays,balance\n{BERT},神州,株洲,x,1\n".encode("gbk")
    )
    told = run(folder, *to)
    assert told.returncode == 1
    file = folder / "subscribers.csv"
    assert f"{file}: read as GBK" in told.stdout
    assert f"{file}:2:2: brand: is 全球通 or 动感地带 or 神州行, not '神州'\n" in told.stdout
    assert f"{file}:2:4: pays: is before or after, not 'x'\n" in told.stdout
    assert "nothing was loaded" in told.stdout
    found = json.loads(run(folder, *to, "--json").stdout)
    assert (found["loaded"], found["faults"][0]["line"], found["faults"][0]["column"]) == (False, 2, 2)
    assert found["tables"] == {}


def test_one_mistake_is_one_and_a_thousand_alike_hide_no_other(folder: Path, to: list[str]) -> None:
    (folder / "cards.csv").write_text("card,face\n501000000000000014,51\n", encoding="utf-8")
    one = run(folder, *to, "--check")
    assert one.stdout.endswith("\n1 mistake: nothing was loaded\n")
    assert "more" not in one.stdout
    lines = "".join(f"{ANNA},2026-11-02,{n},厅\n" for n in range(1000))
    (folder / "a-payments.csv").write_text("number,at,amount,way\n" + lines, encoding="utf-8")
    many = run(folder, *to, "--check").stdout.splitlines()
    assert many[-3].endswith("a-payments.csv: and 990 more like it")
    assert "cards.csv:2:2: face" in many[-2]
    assert many[-1] == "1,001 mistakes: nothing was loaded"
    found = json.loads(run(folder, *to, "--check", "--json").stdout)
    assert [fault["more_like_it"] for fault in found["faults"]] == [*[0] * 9, 990, 0]


def test_a_check_says_what_there_is_and_makes_no_database(
    folder: Path, to: list[str], tmp_path: Path
) -> None:
    told = run(folder, *to, "--check")
    assert told.returncode == 0
    assert told.stdout.startswith("nothing to mend: 2 products, 2 subscribers, 3 usage")
    assert not (tmp_path / "business.db").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["/no/such.csv"], "/no/such.csv: No such file or directory"),
        (["README.md"], "README.md: is neither .csv nor .yaml"),
        (["docs"], "docs: no .csv and no .yaml file is in this folder"),
        (["boss/demo.yaml", "--business-database", "sqlite://"], "--business-database): this is no database"),
        (["boss/demo.yaml", "--business-database", "postgresql://x@127.0.0.1:1/x"], "onnection"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(words: list[str], why: str) -> None:
    told = run(*words)
    assert (told.returncode, told.stdout) == (2, "")
    assert why in told.stderr
    assert told.stderr.startswith("hall10086: ")
    assert told.stderr.count("\n") == 1


@pytest.fixture
def heeded() -> Iterator[None]:
    """Ctrl-C counts, as on a terminal, also where the tests run in the background of a shell, which has its
    children ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_a_terminal_sees_how_far_it_is_and_ctrl_c_leaves_the_back_office_as_it_was(
    folder: Path, to: list[str]
) -> None:
    assert run(folder, *to).returncode == 0
    lines = [f"1370{n:07},神州行,株洲,before,1,2580{n % 100:02}\n" for n in range(MANY)]
    many = folder / "subscribers-many.csv"
    many.write_text("number,brand,city,pays,balance,password\n" + "".join(lines), encoding="utf-8")
    terminal, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, str(many), *to], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs
    ) as child:
        os.close(theirs)
        shown = b""
        while b"%" not in shown:
            shown += os.read(terminal, 4096)
        assert b"subscribers-many" in shown
        child.send_signal(signal.SIGINT)
        while True:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # what Linux says at the end of a terminal
                break
        assert child.wait(30) == 2
    os.close(terminal)
    assert "stopped; the back office is as it was" in shown.decode()
    first = folder / "subscribers.csv"
    first.write_text(
        f"number,brand,city,pays,balance\n13700000000,神州行,株洲,before,1\n{ANNA},神州行,株洲,before,1\n"
    )
    assert json.loads(run(first, *to, "--json").stdout)["tables"]["subscribers"] == {
        "new": 1,
        "kept": 1,
        "renewed": 0,
    }
