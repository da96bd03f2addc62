"""What a hall makes is its user's alone, and what others could read is taken from them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.files import DEMO_TOKEN, fresh_token, of_database, private_folder, tightened

ROOT = Path(__file__).parents[2]
START = "from server.cli import main; main()"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """That of most machines, under which others may read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_lies_beside_a_database() -> None:
    assert [path.name for path in of_database("sqlite:///var/hall.db")] == [
        "hall.db", "hall.db-wal", "hall.db-shm", "hall.db-journal", "hall.db.lock",
    ]  # fmt: skip
    assert next(of_database("sqlite+pysqlite:////srv/hall.db?timeout=3")) == Path("/srv/hall.db")
    assert not list(of_database("postgresql:///hall"))
    assert not list(of_database("postgresql://hall@127.0.0.1/hall"))
    assert not list(of_database(""))


def test_others_lose_their_rights_and_it_is_told_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    files = [tmp_path / name for name in ("hall.db", "hall.db-wal", "hall.key")]
    for file in files:
        file.touch(0o644)
    told: list[str] = []
    tightened((tmp_path, *files, tmp_path / "none"), told.append)
    assert [mode(path) for path in (tmp_path, *files)] == [0o700, 0o600, 0o600, 0o600]
    assert len(told) == 1
    assert all(str(file) in told[0] for file in files)
    tightened((tmp_path, *files), told.append)
    assert len(told) == 1


def test_links_and_folders_that_are_shared_on_purpose_are_left(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o644)
    (tmp_path / "hall.db").symlink_to(elsewhere)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    told: list[str] = []
    tightened((shared, tmp_path / "hall.db"), told.append)
    assert (mode(elsewhere), mode(shared), told) == (0o644, 0o1777, [])


def test_a_token_is_new_each_time_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "var" / DEMO_TOKEN
    first, second = fresh_token(file), fresh_token(file)
    assert first != second
    assert len(second) > 40
    assert file.read_text() == second + "\n"
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert [each.name for each in file.parent.iterdir()] == [DEMO_TOKEN]


def test_a_token_is_not_written_through_somebody_s_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    file = tmp_path / DEMO_TOKEN
    file.symlink_to(elsewhere)
    fresh_token(file)
    assert elsewhere.read_text() == "theirs"
    assert not file.is_symlink()


def test_a_folder_is_this_user_s_alone(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "var")
    assert mode(tmp_path / "a" / "var") == 0o700


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", START, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def others_read(folder: Path) -> list[str]:
    """What others could read in it."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and mode(path) & 0o077]


def test_upgrading_and_loading_make_private_databases(tmp_path: Path) -> None:
    hall, back = (f"sqlite:///{tmp_path}/var/{name}.db" for name in ("hall", "business"))
    run("db", "upgrade", "--database", hall, "--business-database", back)
    assert (tmp_path / "var" / "hall.db").is_file()
    assert (others_read(tmp_path), mode(tmp_path / "var")) == ([], 0o700)
    (tmp_path / "var" / "business.db").chmod(0o644)
    said = run("load", str(ROOT / "boss" / "demo.yaml"), "--business-database", back)
    assert "others could read" in said
    assert others_read(tmp_path) == []


def test_a_database_is_private_whoever_makes_it(tmp_path: Path) -> None:
    """Also where no command of ours has set the umask."""
    from boss.sql import upgrade as upgrade_business
    from store import upgrade

    upgrade(f"sqlite:///{tmp_path}/a/hall.db")
    upgrade_business(f"sqlite:///{tmp_path}/b/business.db")
    assert (others_read(tmp_path), mode(tmp_path / "a"), mode(tmp_path / "b")) == ([], 0o700, 0o700)
