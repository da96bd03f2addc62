"""The real server as a child process, on free ports, with a database and log of its own; how to look at it.

    hall = HallProcess(folder, settings='[sip]\\nvanished_after = 2')      # starts; .stop() ends it
    hall.sip, hall.http, hall.handsets                            # ports on 127.0.0.1
    hall.wait_line(call_id, said("账户余额"))                         # raises TimeoutError
    hall.wait_log("draining")

Everything blocks: a test that runs a reactor calls it in a thread.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

from counter.children import PYTHON
from ivr.voice.pack import open_prompts
from server.files import DEMO_TOKEN
from server.shipped import MENU, PROMPTS, shipped
from server.testing.ports import HOST, RTP_PORTS, free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, PATIENCE = 120.0, 60.0
Line = dict[str, Any]
Wanted = Callable[[Line], bool]


def said(words: str) -> Wanted:
    """A line in which the hall says ``words``."""
    return lambda line: words in str(line.get("say", ""))


def named(name: str) -> Wanted:
    """A line in which the hall says the wording ``name``."""
    return lambda line: line.get("name") == name


def noted(words: str) -> Wanted:
    """A note with ``words``."""
    return lambda line: words in str(line.get("note", ""))


def ended(line: Line) -> bool:
    """The call is over."""
    return "end" in line


@cache
def _expanded() -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """The prompts as a hall plays them, once for all halls of this test process: they are 17 MB and half a
    second of CPU each time. What starts without :class:`HallProcess` expands them itself."""
    folder = tempfile.TemporaryDirectory(prefix="hall10086-voice-")
    return folder, open_prompts(shipped(PROMPTS), Path(folder.name)).path


def lend_voice(var: Path) -> None:
    """Have the expanded prompts lie in a hall's folder before it starts."""
    _, pack = _expanded()
    (var / "voice").mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # already there, or another disk: it expands them itself
        os.link(pack, var / "voice" / pack.name)


class Console(TypedDict):
    port: int
    token: str


class HallProcess:
    """See the head of this file. ``settings`` is TOML, AGENT in it a free port; ``menus``: another menu file
    than the shipped one; ``environment``: more variables for the hall; ``database``: the store's address."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: str = "",
        menus: Path | None = None,
        environment: dict[str, str] | None = None,
        database: str = "",
    ) -> None:
        self._environment = environment or {}
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        lend_voice(folder)
        self.sip, self.http = free_port(), free_port()
        self.smsc, self.handsets = free_port(), free_port()
        self.agent = free_port()
        first = random.randrange(RTP_PORTS[0], RTP_PORTS[1] - 999, 2)
        self.settings = folder / "settings.toml"
        self.settings.write_text(settings.replace("AGENT", str(self.agent)), encoding="utf-8")
        start = "from server.cli import main; main()"
        self._command = [PYTHON, "-P", "-c", start, "serve", "--settings", str(self.settings)]
        self._command += ["--sip", f"{HOST}:{self.sip}", "--rtp-ports", f"{first}-{first + 999}"]
        self._command += ["--http", f"{HOST}:{self.http}", "--demo-smsc", f"{HOST}:{self.smsc}"]
        self._command += ["--demo-console", f"{HOST}:{self.handsets}", "--var", str(folder)]
        self._command += ["--database", database or f"sqlite:///{folder}/hall.db"]
        if database:
            self._command += ["--business-database", f"sqlite:///{folder}/business.db"]
        self._command += ["--menus", str(menus or shipped(MENU))]
        self.log, self.out = folder / "log.jsonl", folder / "out.txt"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    # ---- life ----------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Start, or start again on what is there. Raises AssertionError with the log if it does not."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= self._environment
        self.out.write_text("")
        with self.out.open("ab") as out, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdout=out, stderr=log, env=environment, cwd=self.folder
            )
        until = time.monotonic() + START_SECONDS
        while "is ready" not in self.out.read_text():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise AssertionError(f"it did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def token(self) -> str:
        """That of the demo SMSC's console."""
        return (self.folder / DEMO_TOKEN).read_text(encoding="ascii").strip()

    @property
    def console(self) -> Console:
        """Where handsets text, as :func:`peers.handset.text_as` wants it."""
        return {"port": self.handsets, "token": self.token}

    def send(self, number: signal.Signals) -> None:
        """A signal to the hall."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self, seconds: float = 15.0) -> int:
        """SIGTERM, again at once for calls that are still up; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.send(signal.SIGTERM)
            try:
                self.process.wait(1.0)
            except subprocess.TimeoutExpired:
                self.send(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            self.kill()

    def exit_status(self, seconds: float = 15.0) -> int:
        """Waits for it to end by itself."""
        assert self.process is not None
        return self.process.wait(seconds)

    def media_pid(self) -> int:
        """The media process: the hall's child that runs ``ivr.media``."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                if b"ivr.media" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        raise AssertionError("no media process")

    # ---- console -------------------------------------------------------------------------------------------
    def get(self, path: str, seconds: float = PATIENCE + 15) -> tuple[int, str, dict[str, str]]:
        """GET of the console: status, body, headers in lower case."""
        url = f"http://{HOST}:{self.http}{path}"
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                return (
                    answer.status,
                    answer.read().decode(),
                    {k.lower(): v for k, v in answer.headers.items()},
                )
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), {}

    def metric(self, name: str) -> float:
        """A gauge or counter without labels, or the sum over all of them."""
        rows = [
            row for row in self.get("/metrics")[1].splitlines() if row.startswith((name + " ", name + "{"))
        ]
        return sum(float(row.rpartition(" ")[2]) for row in rows)

    def wait_metric(self, name: str, value: float, seconds: float = PATIENCE) -> None:
        """Until ``name`` is ``value``."""
        until = time.monotonic() + seconds
        while (now := self.metric(name)) != value:
            if time.monotonic() > until:
                raise TimeoutError(f"{name} is {now}, not {value}")
            time.sleep(0.05)

    # ---- transcripts ---------------------------------------------------------------------------------------
    def lines(self, call_id: str, after: int = 0) -> tuple[list[Line], bool]:
        """Lines of a call from ``after`` on, waits for one; whether the call is over."""
        path = f"/calls/{quote(call_id, safe='')}/transcript?after={after}"
        status, body, headers = self.get(path)
        assert status == 200, (status, body)
        return [json.loads(row) for row in body.splitlines()], headers.get("x-call-over") == "1"

    def wait_line(self, call_id: str, wanted: Wanted, *, after: int = 0, seconds: float = PATIENCE) -> int:
        """Until a line from ``after`` on is ``wanted``; the number of the line behind it. Raises
        TimeoutError with the whole transcript."""
        until = time.monotonic() + seconds
        number, over = after, False
        while True:
            lines, over = self.lines(call_id, number)
            for line in lines:
                number += 1
                if wanted(line):
                    return number
            if over or time.monotonic() > until:
                shown = "\n".join(json.dumps(row, ensure_ascii=False) for row in self.transcript(call_id))
                raise TimeoutError(f"not in call {call_id} (over: {over}):\n{shown}")

    def transcript(self, call_id: str) -> list[Line]:
        """All lines so far."""
        return self.lines(call_id)[0]

    def says(self, call_id: str) -> list[str]:
        """All that the hall said so far."""
        return [str(line["say"]) for line in self.transcript(call_id) if "say" in line]

    def keys(self, call_id: str) -> str:
        """All keys that counted, in order."""
        return "".join(str(x["key"]) for x in self.transcript(call_id) if "key" in x and x["counted"])

    # ---- log -----------------------------------------------------------------------------------------------
    def log_lines(self) -> Iterator[Line]:
        """The log; a line that is not JSON is an error in itself, and given as its text."""
        for row in self.log.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(row)
            except ValueError:
                yield {"level": "raw", "text": row}

    def wait_log(self, words: str, seconds: float = PATIENCE) -> Line:
        """Until a log line has ``words``; that line."""
        until = time.monotonic() + seconds
        while True:
            for line in self.log_lines():
                if words in str(line.get("text", "")):
                    return line
            if time.monotonic() > until:
                raise TimeoutError(f"{words!r} is not in the log:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def failures(self) -> list[str]:
        """Tracebacks and errors in the log so far; none is as it should be."""
        bad = []
        for line in self.log_lines():
            text = str(line.get("failure", "")) + str(line.get("text", ""))
            if "Traceback" in text or "failure" in line or line["level"] in ("error", "critical"):
                bad.append(text)
        return bad

    # ---- databases -----------------------------------------------------------------------------------------
    def rows(self, database: str, query: str, *given: object) -> list[tuple[Any, ...]]:
        """Rows of ``hall`` or ``business``, read only."""
        with closing(sqlite3.connect(f"file:{self.folder}/{database}.db?mode=ro", uri=True)) as connection:
            return connection.execute(query, given).fetchall()

    def movements(self, number: str, product: str) -> list[int]:
        """What was charged (fen, below zero) to ``number`` for ``product``: the back office's ledger."""
        query = "SELECT amount FROM bo_ledger WHERE msisdn = ? AND product = ? ORDER BY id"
        return [int(amount) for (amount,) in self.rows("business", query, number, product)]


class Handset:
    """A handset on the demo SMSC's console that only listens."""

    def __init__(self, hall: HallProcess, number: str) -> None:
        self._connection = socket.create_connection((HOST, hall.handsets), timeout=PATIENCE)
        self._file = self._connection.makefile("rwb")
        self._file.write(json.dumps({"token": hall.token, "from": number}).encode() + b"\n")
        self._file.flush()

    def message(self) -> str:
        """The next message to it. Raises TimeoutError."""
        while True:
            line = self._file.readline()
            if not line:
                raise TimeoutError("the demo SMSC has gone")
            message = json.loads(line)
            if "text" in message:
                return str(message["text"])

    def close(self) -> None:
        self._file.close()
        self._connection.close()


def wait_ready(hall: HallProcess) -> None:
    """Until the console says that all is well again."""
    for _ in range(200):
        if hall.get("/health/ready")[0] == 200:
            return
    raise TimeoutError(hall.get("/health/ready")[1])
