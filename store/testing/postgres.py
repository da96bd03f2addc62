"""A PostgreSQL server of our own for the tests: made in a temporary directory, gone afterwards.

``initdb`` and ``postgres`` refuse to run as root, so root hands the work to the account ``postgres`` that the
Debian package makes.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

OPEN = "/tmp"  # the account postgres cannot enter the folders of others


def find(program: str) -> str | None:
    """The program in the PATH, or where Debian keeps its versions (newest last)."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return shutil.which(program) or (str(versions[-1]) if versions else None)


@cache
def made_once(as_whom: tuple[str, ...]) -> str:
    """The data of a new server, which each begins with a copy of: initdb takes longer than most tests."""
    folder = tempfile.mkdtemp(prefix="hall10086-pg-new-", dir=OPEN)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if as_whom:
        shutil.chown(folder, "postgres", "postgres")
    words = ["-D", f"{folder}/data", "-U", "hall", "--auth=trust", "-E", "UTF8", "--no-sync"]
    command = [*as_whom, find("initdb") or "initdb", *words]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return f"{folder}/data"


class Postgres:
    """One server on a free port of the loopback. ``url`` names its database."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="hall10086-pg-", dir=OPEN)
        self._as = (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        )
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        self._data = f"{self._folder}/data"
        subprocess.run([*self._as, "cp", "-a", made_once(tuple(self._as)), self._data], check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"postgresql://hall@127.0.0.1:{port}/postgres"
        self._port = port
        self.start()

    def start(self) -> None:
        """Start, again after :meth:`halt`; ready when this returns."""
        options = ["-D", self._data, "-p", str(self._port), "-h", "127.0.0.1", "-k", "", "-F"]
        self._server = subprocess.Popen(
            [*self._as, find("postgres") or "postgres", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder,
        )  # fmt: skip
        self._wait_ready(self._port)

    def halt(self) -> None:
        """An immediate shutdown: every connection is dropped, what was not committed is gone."""
        self.thaw()
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(30)

    def freeze(self) -> None:
        """It stands still with all its processes: connections stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """To the server and its children, which are processes of one session each."""
        children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        for pid in (self._server.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    @property
    def pid(self) -> int:
        """The server's first process; the others are its children."""
        return self._server.pid

    def _wait_ready(self, port: int) -> None:
        import psycopg

        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(f"postgresql://hall@127.0.0.1:{port}/postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._server.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.05)

    def empty(self) -> None:
        """Drop everything in the database."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def stop(self) -> None:
        if self._server.poll() is None:
            self.thaw()
            self._server.send_signal(signal.SIGINT)  # a fast shutdown: it waits for no client that hangs
        self._server.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)
