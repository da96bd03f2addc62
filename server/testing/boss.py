"""The reference billing system, ``hall10086 boss``, as a child process that can be stopped in every way.

boss = BossProcess(folder, data)        # .start() starts it, again on what is there
boss.port                               # on 127.0.0.1
boss.freeze(); boss.thaw(); boss.kill()
boss.ledger()                           # [("13900000001", "charge", -500), …]
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from counter.children import PYTHON
from server.testing.ports import HOST, free_port
from server.testing.running import ROOT

START_SECONDS = 30.0


class BossProcess:
    """See the head of this file. ``data``: what it is filled with at its first start (None: the demo's)."""

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.port = free_port()
        self._folder = folder
        self.data = data
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it listens. Raises AssertionError with its log if it does not."""
        command = [PYTHON, "-c", "from server.cli import main; main()", "boss"]
        command += ["--listen", f"{HOST}:{self.port}", "--database", f"sqlite:///{self._folder}/boss.db"]
        command += ["--data", str(self.data)] if self.data else []
        log = self._folder / "boss.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT)
        end = time.monotonic() + START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < end, log.read_text()[-2000:]
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def freeze(self) -> None:
        """Connections stand, and nobody answers."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ledger(self) -> list[tuple[str, str, int]]:
        """Number, kind, fen, the oldest first."""
        with closing(sqlite3.connect(f"file:{self._folder}/boss.db?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT msisdn, kind, amount FROM bo_ledger ORDER BY id").fetchall()
