"""A real ``hall10086 serve``, pinned to one core with all its processes, and what it spends.

hall = HallProcess(core, folder, smsc_port, subscribers=2000, calls=1100)
await hall.ready()
before = hall.spent(); …; hall.spent()       # CPU seconds of hall and media
hall.reload()                                # SIGHUP
await hall.stop()
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import child_of, cpu_seconds, free_port, own_memory_kb
from boss.data import demo_text

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 120
STOP_SECONDS = 15
INSTALLED = str(Path(sys.executable).with_name("hall10086"))


def msisdn(number: int) -> str:
    """The number of a subscriber of :func:`subscribers`."""
    return f"138{number:08}"


def subscribers(count: int) -> str:
    """The demo's products and ``count`` subscribers, each like the demo's first but for the password (hashing
    thousands takes longer than measuring)."""
    head, _, rest = demo_text().partition("subscribers:\n")
    lines = rest.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line.startswith("  13")]
    first = [line for line in lines[starts[0] + 1 : starts[1]] if not line.startswith("    password:")]
    return head + "subscribers:\n" + "".join(f"  {msisdn(n)}:\n{''.join(first)}" for n in range(count))


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds, and KiB of memory of one's own."""

    hall: float
    media: float
    hall_kb: int
    media_kb: int

    def since(self, before: Spent) -> Spent:
        return Spent(
            self.hall - before.hall,
            self.media - before.media,
            self.hall_kb - before.hall_kb,
            self.media_kb - before.media_kb,
        )


class HallProcess:
    """See the head of this file."""

    def __init__(
        self,
        core: int,
        folder: Path,
        smsc_port: int,
        *,
        subscribers: int,
        calls: int,
        business: str = "memory",
        program: Sequence[str] = (INSTALLED,),
    ) -> None:
        self.sip = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
        self._core, self._folder, self._smsc = core, folder, smsc_port
        self._http = free_port(socket.SOCK_STREAM)
        self._subscribers, self._calls = subscribers, calls
        self._business, self._program = business, program
        self._media = 0

    def _files(self) -> list[str]:
        """Settings and data; the flags that name them."""
        data, settings = self._folder / "data.yaml", self._folder / "hall.toml"
        data.write_text(subscribers(self._subscribers), encoding="utf-8")
        settings.write_text(
            f"[sip]\nmax_calls = {self._calls}\nrtp_ports = '10000-{10000 + 4 * self._calls}'\n"
            "max_setups_per_second = 1000\n[server]\nlog_level = 'warn'\n"
            "[sms]\npromos_a_day = 1000000\n",
            encoding="utf-8",
        )
        return ["--settings", str(settings), "--data", str(data)]

    async def ready(self) -> None:
        """Start it and wait. Raises RuntimeError if it ends instead."""
        command = [
            *(*self._program, "serve"),
            *self._files(),
            *("--business", self._business, "--sip", f"{self.sip[0]}:{self.sip[1]}"),
            *("--business-database", f"sqlite:///{self._folder}/business.db"),
            *("--smsc", f"127.0.0.1:{self._smsc}", "--http", f"127.0.0.1:{self._http}"),
            *("--var", str(self._folder), "--database", f"sqlite:///{self._folder}/hall.db"),
            *("--menus", str(ROOT / "menus.yaml")),
        ]
        self._log = (self._folder / "hall.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            cwd=ROOT,
            preexec_fn=self._settle,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_SECONDS):
            while b"is ready" not in (line := await self._process.stdout.readline()):
                if not line:
                    raise RuntimeError(f"the hall did not start: {self.log()[-500:]}")
        media = child_of(self._process.pid)
        if media is None:
            raise RuntimeError("the hall has no media process")
        self._media = media

    def _settle(self) -> None:
        """In the child: on its core, and gone when the benchmark is, however that ends."""
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM, 0, 0, 0)
        os.sched_setaffinity(0, {self._core})

    def log(self) -> str:
        """What the hall has logged (warnings and worse)."""
        return (self._folder / "hall.log").read_text(encoding="utf-8", errors="replace")

    def spent(self) -> Spent:
        hall, media = self._process.pid, self._media
        return Spent(cpu_seconds(hall), cpu_seconds(media), own_memory_kb(hall), own_memory_kb(media))

    @property
    def pids(self) -> tuple[int, int]:
        """Of the hall and of its media process."""
        return self._process.pid, self._media

    def reload(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    async def stop(self) -> None:
        """SIGTERM; it drains."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._log.close()
