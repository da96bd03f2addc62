"""A PostgreSQL server of our own for the tests: made in a temporary directory, gone afterwards.

``initdb`` and ``postgres`` refuse to run as root, so root hands the work to the account ``postgres`` that the
Debian package makes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def find(program: str) -> str | None:
    """The program in the PATH, or where Debian keeps its versions (newest last)."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return shutil.which(program) or (str(versions[-1]) if versions else None)


class Postgres:
    """One server on a free port of the loopback. ``url`` names its database."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="hall10086-pg-")
        self._as = (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        )
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        self._data = f"{self._folder}/data"
        self._run("initdb", "-D", self._data, "-U", "hall", "--auth=trust", "-E", "UTF8", "--no-sync")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"postgresql://hall@127.0.0.1:{port}/postgres"
        options = ["-D", self._data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        self._server = subprocess.Popen(
            [*self._as, find("postgres") or "postgres", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder,
        )  # fmt: skip
        self._wait_ready(port)

    def _run(self, program: str, *words: str) -> None:
        command = [*self._as, find(program) or program, *words]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder)

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
        self._server.terminate()
        self._server.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)
