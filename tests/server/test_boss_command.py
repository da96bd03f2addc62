"""``hall10086 boss`` as it is typed: it serves the demo; with --bench every promise is kept over HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from business.testing.certificates import Authority

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from server.cli import main; main()"]
Start = Callable[..., tuple[str, "subprocess.Popen[str]"]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the command on a free port; its address and process, once it is ready."""
    running: list[subprocess.Popen[str]] = []

    def started(*flags: str) -> tuple[str, subprocess.Popen[str]]:
        database = f"sqlite:///{tmp_path}/boss.db"
        words = ["boss", "--listen", "127.0.0.1:0", "--database", database, *flags]
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        running.append(process)
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("boss is ready at "), ready
        return ready.split()[4].rstrip(";"), process

    yield started
    for process in running:
        process.kill()
        process.communicate()


def get(url: str, token: str = "") -> tuple[int, Any]:
    request = Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_it_serves_the_demo_and_ends_when_it_is_told(start: Start) -> None:
    url, process = start()
    status, subscriber = get(f"{url}/subscribers/13900000001")
    assert (status, subscriber["brand"], subscriber["city"]) == (200, "全球通", "长沙")
    assert get(f"{url}/bench")[0] == 404  # nobody is emptied by mistake
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_with_a_token_it_asks_for_it(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a-token\n")
    url, _ = start("--token-file", str(file))
    assert get(f"{url}/subscribers/13900000001")[0] == 401
    assert get(f"{url}/subscribers/13900000001", "a-token")[0] == 200


def test_a_bench_wants_an_empty_database(start: Start, tmp_path: Path) -> None:
    _, process = start()
    process.terminate()
    process.wait(20)
    told = refused("--bench", "--database", f"sqlite:///{tmp_path}/boss.db")
    assert "subscribers" in told


def refused(*flags: str) -> str:
    """What it says when it cannot start."""
    done = subprocess.run(
        [*PROGRAM, "boss", "--listen", "127.0.0.1:0", *flags],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_it_cannot_start_with(tmp_path: Path) -> None:
    cert_file, key_file = Authority(tmp_path, "ours").sign("server", "127.0.0.1")
    tls = ("--tls-cert", cert_file, "--tls-key", key_file)
    empty = tmp_path / "empty"
    empty.write_text("")
    for flags, told in (
        (("--listen", "0.0.0.0:0"), "beyond this machine it needs"),
        (("--listen", "0.0.0.0:0", *tls), "beyond this machine it needs"),
        (("--tls-cert", cert_file), "go together"),
        (("--client-ca", cert_file), "needs --tls-cert"),
        (("--token-file", str(empty)), "holds no token"),
        (("--token-file", str(tmp_path / "none")), "No such file"),
        (("--tls-cert", str(empty), "--tls-key", key_file), "holds no certificate"),
        (("--listen", "nowhere"), "--listen"),
    ):
        assert told in refused("--database", f"sqlite:///{tmp_path}/new.db", *flags), flags
