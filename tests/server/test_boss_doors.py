"""``hall10086 boss`` with TLS and a token, as strangers meet it."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from business.testing.certificates import Authority

ROOT = Path(__file__).resolve().parents[2]
ME = "/subscribers/13900000001"


class Running:
    """One ``boss``; ``ask`` speaks TLS with it."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder, "ours")
        certificate, key = authority.sign("server", "127.0.0.1")
        self.context = ssl.create_default_context(cafile=authority.file)
        (folder / "token").write_text("a-token\n")
        words = ["boss", "--listen", "127.0.0.1:0", "--database", f"sqlite:///{folder}/var/boss.db"]
        words += ["--tls-cert", certificate, "--tls-key", key, "--token-file", str(folder / "token")]
        words += ["--name", "boss.example.net"]
        self.folder, self.log = folder, folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from server.cli import main; main()", *words],
                cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        ready = self.process.stdout.readline()
        assert "boss is ready at https://127.0.0.1:" in ready, self.log.read_text()
        self.port = int(ready.split()[4].rstrip(";").rpartition(":")[2])

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, line: str, *headers: str, host: str = "127.0.0.1", body: bytes = b"") -> tuple[int, bytes]:
        """Status and body."""
        head = [f"{line} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        with self.context.wrap_socket(self.connected(), server_hostname="127.0.0.1") as secure:
            with contextlib.suppress(OSError):
                secure.sendall("\r\n".join([*head, "", ""]).encode() + body)
            got = b""
            with contextlib.suppress(ConnectionResetError, ssl.SSLError):
                while data := secure.recv(65_536):
                    got += data
        top, _, rest = got.partition(b"\r\n\r\n")
        return (int(top.split()[1]), rest) if top else (0, b"")


@pytest.fixture(scope="module")
def boss(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("boss"))
    yield running
    running.process.terminate()
    assert running.process.wait(20) == 0
    log = running.log.read_text()
    assert "Traceback" not in log
    assert "13900000001" not in log


RIGHT = "Authorization: Bearer a-token"


def test_with_the_token(boss: Running) -> None:
    status, body = boss.ask(f"GET {ME}", RIGHT)
    assert (status, json.loads(body)["city"]) == (200, "长沙")


@pytest.mark.parametrize(
    "headers",
    [(), ("Authorization: Bearer",), ("Authorization: Bearer wrong",), ("Authorization: Bearer a-token2",),
     ("Authorization: Basic YS10b2tlbg==",), ("Authorization: a-token",), ("Authorization: Bearer \xff",),
     ("Authorization: Bearer wrong", RIGHT)],
)  # fmt: skip
def test_without_the_token(boss: Running, headers: tuple[str, ...]) -> None:
    for line in (f"GET {ME}", f"GET {ME}/puk", f"POST {ME}/password-checks"):
        status, body = boss.ask(line, *headers)
        assert (status, json.loads(body)["status"]) == (401, 401)
    assert boss.ask("GET /health", *headers)[0] == 200  # says nothing of anybody


def test_by_names_of_ours(boss: Running) -> None:
    for host in ("boss.example.net", "localhost:1", "127.0.0.1"):
        assert boss.ask(f"GET {ME}", RIGHT, host=host)[0] == 200
    for line in (f"GET {ME}", "GET /health", "GET /nowhere"):
        assert boss.ask(line, RIGHT, host="evil.example")[0] == 421


def test_from_a_page_of_the_web(boss: Running) -> None:
    body = b'{"password": "000000"}'
    for header in ("Origin: https://evil.example", "Sec-Fetch-Site: cross-site"):
        assert boss.ask(f"POST {ME}/password-checks", RIGHT, header, body=body)[0] == 403
    assert boss.ask(f"POST {ME}/password-checks", RIGHT, body=body)[0] == 200


def test_big_bodies(boss: Running) -> None:
    assert boss.ask(f"POST {ME}/offers", RIGHT, body=b" " * 100_000)[0] == 413
    assert boss.ask(f"POST {ME}/offers", RIGHT, body=b" " * 20_000_000)[0] in (0, 413)
    assert boss.ask(f"GET {ME}", RIGHT)[0] == 200


def test_plain_words_to_the_tls_port(boss: Running) -> None:
    for words in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\xff" * 1000, b"\x16\x03\x01\xff\xff"):
        with boss.connected() as plain:
            plain.sendall(words)
            plain.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while data := plain.recv(1000):
                    assert b"HTTP" not in data
    assert boss.ask(f"GET {ME}", RIGHT)[0] == 200


def test_handshakes_that_are_never_finished(boss: Running) -> None:
    """Beside three hundred of them somebody is served."""
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            with contextlib.suppress(ConnectionResetError):
                stack.enter_context(boss.connected()).sendall(b"\x16\x03\x01")
        assert boss.ask(f"GET {ME}", RIGHT)[0] == 200


def test_its_files_are_its_user_s_alone(boss: Running) -> None:
    made = list((boss.folder / "var").iterdir())
    assert "boss.db" in {path.name for path in made}
    assert [path.name for path in made if path.stat().st_mode & 0o077] == []
