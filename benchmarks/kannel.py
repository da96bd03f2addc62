"""Kannel (Debian's package ``kannel``), as it is set up for the same work, and what it spends.

    kannel = Kannel(core, folder, smsc_port, subscribers=2000, application=True)
    await kannel.ready()
    kannel.spent()          # CPU seconds of all its processes
    await kannel.stop()

``application`` False: one fixed answer of two parts, no store, the least that Kannel can do. True:
``get-url`` to the leanest application (``lean_application``), and Kannel's store of spool files, so that
messages outlive a kill.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from benchmarks.machine import cpu_seconds, free_port

ROOT = Path(__file__).resolve().parent.parent
FIXED = "Your balance is 52.35 yuan. " * 8
"""Two parts of GSM-7."""
READY_SECONDS = 30.0
CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = bench
status-password = bench
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 4
{store}

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = ""
max-pending-submits = 100

group = smsbox
bearerbox-host = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 4
global-sender = 10086
http-request-retry = 0

group = sms-service
keyword = default
catch-all = true
max-messages = 10
concatenation = true
{answer}
"""


def missing() -> str:
    """Why Kannel cannot be had here; "" if it is."""
    absent = [name for name in ("bearerbox", "smsbox") if _program(name) is None]
    return f"{' and '.join(absent)} not found: apt-get install kannel" if absent else ""


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Kannel:
    """See the head of this file."""

    def __init__(
        self, core: int, folder: Path, smsc_port: int, *, subscribers: int, application: bool
    ) -> None:
        self._core, self._folder, self._subscribers = core, folder, subscribers
        self._port = free_port(socket.SOCK_STREAM) if application else 0
        url = f'get-url = "http://127.0.0.1:{self._port}/?from=%p&text=%a"'
        (folder / "spool").mkdir()
        self._configuration = folder / "kannel.conf"
        self._configuration.write_text(
            CONFIGURATION.format(
                admin=free_port(socket.SOCK_STREAM),
                box=free_port(socket.SOCK_STREAM),
                folder=folder,
                smsc=smsc_port,
                store=f'store-type = spool\nstore-location = "{folder}/spool"' if application else "",
                answer=url if application else f'text = "{FIXED}"',
            ),
            encoding="utf-8",
        )
        self._processes: list[asyncio.subprocess.Process] = []

    async def ready(self) -> None:
        """Start it; it binds by itself."""
        if self._port:
            lean = ("-m", "benchmarks.lean_application", str(self._port), str(self._folder))
            await self._start(sys.executable, *lean, str(self._subscribers))
            await self._listens(self._port)
        for name in ("bearerbox", "smsbox"):
            program = _program(name)
            assert program is not None
            await self._start(program, "-v", "4", str(self._configuration))
            await asyncio.sleep(1.0)  # smsbox gives up at once if bearerbox does not listen yet

    async def _start(self, *command: str) -> None:
        log = (self._folder / f"{len(self._processes)}.log").open("wb")
        process = await asyncio.create_subprocess_exec(
            *command, stdout=log, stderr=log, cwd=ROOT, preexec_fn=self._settle
        )
        self._processes.append(process)

    def _settle(self) -> None:
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)
        os.sched_setaffinity(0, {self._core})

    async def _listens(self, port: int) -> None:
        async with asyncio.timeout(READY_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return

    def spent(self) -> float:
        """CPU seconds of all its processes so far."""
        return sum(cpu_seconds(each.pid) for each in self._processes)

    async def stop(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
