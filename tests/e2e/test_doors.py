"""Strangers at the doors of a running hall: pages of the web, other users, whoever asks without end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from peers.handset import text_as
from server.files import DEMO_TOKEN
from server.testing.ports import HOST
from server.testing.running import ROOT, HallProcess

NUMBER = "13900000001"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    """One that was run before, when others could read its files."""
    folder = tmp_path_factory.mktemp("hall")
    folder.chmod(0o755)
    (folder / "hall.db").touch(0o644)
    (folder / "hall.db").chmod(0o644)
    hall = HallProcess(folder, settings='[console]\nnames = ["hall.example.net"]')
    yield hall
    hall.stop()


def asked(port: int, octets: bytes, seconds: float = 20.0) -> bytes:
    """What comes back until the hall closes."""
    got = b""
    with socket.create_connection((HOST, port), timeout=seconds) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(octets)
        with contextlib.suppress(ConnectionResetError):
            while data := connection.recv(65_536):
                got += data
    return got


def get(port: int, path: str, *headers: str) -> int:
    """The status of a GET of the console."""
    head = "\r\n".join([f"GET {path} HTTP/1.1", *headers, "Connection: close", "", ""])
    return int(asked(port, head.encode()).split()[1])


def test_a_page_of_the_web_texts_in_nobody_s_name(hall: HallProcess) -> None:
    line = f'{{"token": "{hall.token}", "from": "{NUMBER}", "text": "0101"}}\n'.encode()
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n\r\n"
    before = hall.rows("hall", "SELECT count(*) FROM inbox")
    said = asked(hall.handsets, head + line)
    assert b"sent" not in said
    assert hall.rows("hall", "SELECT count(*) FROM inbox") == before


def text(folder: Path, hall: HallProcess, *more: str) -> subprocess.CompletedProcess[str]:
    """``hall10086 text``, typed in ``folder``."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from server.cli import main; main()"
    console = ["--demo-console", f"{HOST}:{hall.handsets}"]
    return subprocess.run(
        [sys.executable, "-c", start, "text", NUMBER, "0101", *console, *more],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_hall10086_text_reads_the_token_or_says_where_it_should_be(hall: HallProcess, tmp_path: Path) -> None:
    for folder, more in ((tmp_path, ["--var", str(hall.folder)]), (hall.folder, [])):
        done = text(folder, hall, *more)
        assert (done.returncode, "元" in done.stdout) == (0, True), done.stderr
    done = text(tmp_path, hall)
    assert done.returncode == 2
    assert "there is no var/demo-console.token; name the folder that the hall runs with: --var" in done.stderr
    (tmp_path / DEMO_TOKEN).write_text("of another hall\n")
    done = text(tmp_path, hall, "--var", str(tmp_path))
    assert done.returncode == 2
    assert "holds another hall's" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_console_is_asked_by_names_of_ours(hall: HallProcess) -> None:
    at = hall.http
    assert get(at, "/health/live", f"Host: 127.0.0.1:{at}") == 200
    assert get(at, "/health/live", "Host: hall.example.net") == 200
    for path in ("/health/live", "/health/ready", "/metrics", "/calls/x/transcript"):
        assert get(at, path, f"Host: evil.example:{at}") == 421
    assert get(at, f"http://evil.example:{at}/metrics", "Host: localhost") == 421
    assert get(at, f"http://localhost:{at}/health/live", "Host: localhost") == 200
    assert get(at, "/health/live") == 400
    assert get(at, "/health/live", "Host: localhost", "Host: evil.example") == 400


def test_a_body_without_end_is_not_taken(hall: HallProcess) -> None:
    head = b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000000\r\n\r\n"
    said = asked(hall.http, head + b"x" * 4_000_000)
    assert said[:12] in (b"", b"HTTP/1.1 413")
    chunked = head.replace(b"Content-Length: 200000000", b"Transfer-Encoding: chunked")
    assert asked(hall.http, chunked + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 100) == b""
    assert hall.get("/health/live")[0] == 200


@pytest.mark.parametrize("path", ["/health/ready", "/metrics", "/health/live"])
def test_seven_hundred_ask_at_once(hall: HallProcess, path: str) -> None:
    with ThreadPoolExecutor(700) as threads:
        found = Counter(threads.map(lambda _: get(hall.http, path, "Host: localhost"), range(700)))
    assert found == {200: 700}


def test_files_are_this_user_s_alone(hall: HallProcess) -> None:
    ours = (hall.settings, hall.log, hall.out)
    made = [path for path in hall.folder.glob("*") if path.is_file() and path not in ours]
    assert {"hall.db", "hall.db-wal", "business.db", "hall.key", DEMO_TOKEN} <= {path.name for path in made}
    others = [path.name for path in made if path.stat().st_mode & 0o077]
    assert others == []
    assert stat.S_IMODE(hall.folder.stat().st_mode) == 0o700
    told = [line for line in hall.log_lines() if "others could read" in str(line.get("text"))]
    assert len(told) == 1
    assert "hall.db" in told[0]["text"]


def readers(hall: HallProcess) -> list[int]:
    """The children that read a menu now."""
    found = []
    for task in Path(f"/proc/{hall.pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with contextlib.suppress(OSError):
                if b"server.menu_reader" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def test_sixty_signals_are_two_readings_one_after_the_other(hall: HallProcess) -> None:
    """The first reading is held until all have come: however fast it is read, the rest come meanwhile."""
    until = time.monotonic() + 90
    hall.send(signal.SIGHUP)
    while not (first := readers(hall)):
        assert time.monotonic() < until
    os.kill(first[0], signal.SIGSTOP)
    for _ in range(59):
        hall.send(signal.SIGHUP)
        assert readers(hall) == first
        time.sleep(0.01)
    os.kill(first[0], signal.SIGCONT)
    most = 0
    while hall.metric("hall_menu_reloads_total") < 2 or readers(hall):
        most = max(most, len(readers(hall)))
        assert time.monotonic() < until
        time.sleep(0.02)
    assert most == 1
    assert hall.metric("hall_menu_reloads_total") == 2


def test_the_hall_served_beside_all_that(hall: HallProcess) -> None:
    (exchange,) = text_as(NUMBER, ["0101"], **hall.console, quiet=0.3)
    assert "元" in exchange.replies[0].text
    assert hall.failures() == []


def test_signals_on_the_way_in_and_out(tmp_path: Path) -> None:
    """SIGHUP before it stands and while it stops, SIGTERM while the menu is read, again and again."""
    hall = HallProcess(tmp_path)
    try:
        hall.send(signal.SIGHUP)
        until = time.monotonic() + 30
        while not readers(hall) and time.monotonic() < until:
            time.sleep(0.005)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
            hall.send(number)
        assert hall.exit_status(30) == 0
        assert hall.failures() == []
    finally:
        hall.kill()
