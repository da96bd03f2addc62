"""``hall10086 serve`` that cannot start says why and what to do, in one line and without a traceback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from server.commands.serve import invitation
from server.descriptors import for_connections, for_requests, raise_limit
from server.settings import Settings
from server.smsc_links import SmscLink
from server.testing.ports import free_port
from server.values import Address

ROOT = Path(__file__).parents[2]
START = "from server.cli import main; main()"


@pytest.fixture
def taken() -> Iterator[str]:
    """A port of this machine that somebody else has, UDP and TCP."""
    where = ("127.0.0.1", free_port())
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(where)
        tcp.bind(where)
        tcp.listen()
        yield f"127.0.0.1:{where[1]}"


def refused(folder: Path, *flags: str) -> str:
    """What ``serve`` says that does not start, without its log."""
    free = ["--sip", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    free += ["--demo-smsc", "127.0.0.1:0", "--demo-console", "127.0.0.1:0"]
    own = ["--database", f"sqlite:///{folder}/hall.db", "--business", "memory", "--var", str(folder)]
    command = [sys.executable, "-c", START, "serve", *free, *own, *flags]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 2
    return "\n".join(line for line in done.stderr.decode().splitlines() if not line.startswith("{"))


@pytest.mark.parametrize("flag", ["--sip", "--http", "--demo-smsc", "--demo-console"])
def test_a_port_that_somebody_else_has_names_its_flag(tmp_path: Path, taken: str, flag: str) -> None:
    told = refused(tmp_path, flag, taken)
    assert taken in told
    assert told.endswith(f"Choose another port: hall10086 serve {flag} HOST:PORT")
    assert list(tmp_path.iterdir()) == [], "something was written for a hall that does not come up"


def test_an_address_that_is_not_this_machines_writes_nothing_either(tmp_path: Path) -> None:
    assert "192.0.2.1:5060" in refused(tmp_path, "--sip", "192.0.2.1:5060")
    assert list(tmp_path.iterdir()) == []


def test_a_back_office_that_is_not_installed(tmp_path: Path) -> None:
    told = refused(tmp_path, "--business", "boss")
    assert told == "hall10086: no back office is called 'boss'; there are: http, memory, sql"


def test_an_option_that_the_back_office_does_not_know(tmp_path: Path) -> None:
    settings = tmp_path / "hall.toml"
    settings.write_text("[business.options]\nthread = 4\n")
    told = refused(tmp_path, "--settings", str(settings))
    assert told.startswith("hall10086: business memory: ")
    assert "'thread'" in told


def test_listening_on_every_address_needs_one_that_phones_are_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "--sip", "0.0.0.0:0").startswith("hall10086: sip.advertise is missing")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert refused(tmp_path, "--var", str(file / "var")) == f"hall10086: --var {file}/var: Not a directory"


def test_a_pid_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "hall10086.pid").mkdir()
    told = refused(tmp_path)
    assert (
        told
        == f"hall10086: {tmp_path}/hall10086.pid: Is a directory; name a folder to write in: --var FOLDER"
    )


def fill(pipe: int) -> None:
    """Until no octet more finds room."""
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"\n" * 65_536)
    os.set_blocking(pipe, True)


def await_ready(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
            return
        time.sleep(0.05)
    raise TimeoutError("it did not get ready")


@pytest.mark.parametrize("output", ["full", "gone", "stands still"])
def test_sigterm_ends_it_whatever_became_of_its_output(tmp_path: Path, output: str) -> None:
    """A full disk, ``| head``, a pager that nobody pages."""
    http = free_port()
    flags = ["--sip", "127.0.0.1:0", "--http", f"127.0.0.1:{http}"]
    flags += ["--demo-smsc", f"127.0.0.1:{free_port()}"]
    flags += ["--demo-console", "127.0.0.1:0", "--var", str(tmp_path), "--business", "memory"]
    flags += ["--database", f"sqlite:///{tmp_path}/hall.db"]
    reader, writer = os.pipe()
    if output == "full":
        os.close(writer)
        writer = os.open("/dev/full", os.O_WRONLY)
    if output == "stands still":
        fill(writer)
    if output == "gone":
        os.close(reader)
    command = [sys.executable, "-c", START, "serve", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=writer, stderr=writer) as server:
        try:
            await_ready(http)
            server.terminate()
            server.wait(30)
        finally:
            server.kill()
    os.close(writer)
    assert server.returncode in {0, 120}  # 120: Python's own, of what it could not write at the end
    assert not (tmp_path / "hall10086.pid").exists()


@pytest.mark.parametrize("later", [0.0, 0.15, 0.3, 0.6])
def test_stopping_while_it_starts_is_no_failure(tmp_path: Path, later: float) -> None:
    """SIGTERM while the SMS link binds, while the media process comes up, just before all stands."""
    flags = ["--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--demo-smsc", "127.0.0.1:0"]
    flags += ["--demo-console", "127.0.0.1:0", "--var", str(tmp_path), "--business", "memory"]
    flags += ["--database", f"sqlite:///{tmp_path}/hall.db"]
    command = [sys.executable, "-c", START, "serve", *flags]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as server:
        assert server.stderr is not None
        try:
            told = next(line.decode() for line in server.stderr if b"business was empty" in line)
            time.sleep(later)  # to meet it at another point of its start; any point is good
            server.terminate()
            told += server.communicate(timeout=30)[1].decode()
        finally:
            server.kill()
        assert server.returncode == 0, told
    assert "Traceback" not in told


@pytest.mark.parametrize("module", ["json.py", "pickle.py", "twisted/__init__.py", "server/__init__.py"])
def test_modules_that_lie_in_the_folder_do_no_harm(tmp_path: Path, module: str) -> None:
    """Neither to the media process nor to the menu reader, which are started there."""
    hostile = tmp_path / module
    hostile.parent.mkdir(exist_ok=True)
    hostile.write_text("import pathlib\npathlib.Path('harmed').write_text('')\n")
    flags = ["--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--demo-smsc", "127.0.0.1:0"]
    flags += ["--demo-console", "127.0.0.1:0", "--business", "memory", "--menus", str(ROOT / "menus.yaml")]
    with subprocess.Popen(
        [sys.executable, "-P", "-c", START, "serve", *flags],  # as installed: without the folder on its path
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            told = [next(line for line in server.stdout if "is ready" in line)]
            server.send_signal(signal.SIGHUP)
            told.append(next(line for line in server.stdout if "menu" in line))
            server.terminate()
            told += server.stdout
        finally:
            server.kill()
    assert "is in use from now on" in told[1], told
    assert (server.returncode, (tmp_path / "harmed").exists()) == (0, False), told


def test_descriptors_are_raised_and_connections_leave_half_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (1024, 4096)

    def setrlimit(_kind: int, now: tuple[int, int]) -> None:
        nonlocal limits
        limits = now

    monkeypatch.setattr("resource.getrlimit", lambda _kind: limits)
    monkeypatch.setattr("resource.setrlimit", setrlimit)
    assert raise_limit() == 4096
    assert (for_connections(), for_requests()) == (1000, 1024)
    limits = (256, 256)
    assert (raise_limit(), for_connections(), for_requests()) == (256, 128, 64)


def test_what_to_try_names_the_ports_that_are_not_the_usual_ones() -> None:
    usual = "\n".join(invitation(Settings(), ".venv/bin/hall10086"))
    assert '.venv/bin/hall10086 dial 13900000001 --keys "1 1" --record call.wav\n' in usual
    assert "text 13900000001 0101   " in usual
    at = Address("127.0.0.1", 5070)
    other = "\n".join(invitation(Settings(sip=at, http=at, demo_console=at), "hall10086"))
    assert "--record call.wav --sip 127.0.0.1:5070 --http 127.0.0.1:5070\n" in other
    assert "0101 --demo-console 127.0.0.1:5070" in other
    own = "\n".join(invitation(Settings(), "hall10086", "NUMBER"))  # the demo's subscribers are not there
    assert ("dial NUMBER --keys" in own, "13900000001" in own) == (True, False)
    link = SmscLink(Address("10.0.0.5", 2775))
    assert not any("text" in line for line in invitation(Settings(smsc=(link,)), "hall10086"))
