"""Which process the hall is stands in a file while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from server.pid import NAME, pid_file

ROOT = Path(__file__).parents[2]
START = "from server.cli import main; main()"


def test_it_is_there_while_the_hall_runs_and_gone_afterwards(tmp_path: Path) -> None:
    file, said = tmp_path / NAME, list[str]()
    with pid_file(file, 4711, said.append):
        assert file.read_text() == "4711\n"
    assert (file.exists(), said) == (False, [])


def test_one_that_a_kill_left_behind_is_written_over(tmp_path: Path) -> None:
    """Also where somebody else has that number by now, as this process has."""
    file, said = tmp_path / NAME, list[str]()
    file.write_text(f"{os.getpid()} and more than a number\n")
    with pid_file(file, 7, said.append):
        assert file.read_text() == "7\n"
    assert said == []


def test_another_halls_that_runs_is_left(tmp_path: Path) -> None:
    file, said = tmp_path / NAME, list[str]()
    with pid_file(file, 1, said.append):
        with pid_file(file, 2, said.append):
            assert file.read_text() == "1\n"
        assert file.read_text() == "1\n"
    assert said == [f"{file} is another hall's, which runs: this one writes none"]


def test_the_menu_is_read_again_by_the_line_that_the_guide_has(tmp_path: Path) -> None:
    flags = ["--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--demo-smsc", "127.0.0.1:0"]
    flags += ["--demo-console", "127.0.0.1:0", "--business", "memory", "--menus", str(ROOT / "menus.yaml")]
    with subprocess.Popen(
        [sys.executable, "-P", "-c", START, "serve", *flags],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            next(line for line in server.stdout if "is ready" in line)
            subprocess.run("kill -HUP $(cat var/hall10086.pid)", shell=True, check=True, cwd=tmp_path)
            told = next(line for line in server.stdout if "menu" in line)
            server.send_signal(signal.SIGTERM)
            server.stdout.read()
        finally:
            server.kill()
    assert "is in use from now on" in told
    assert (server.returncode, (tmp_path / "var" / NAME).exists()) == (0, False)
