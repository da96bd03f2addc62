"""The machine that is measured on: its cores, what a process and a core have spent, what else runs on it."""

from __future__ import annotations

import os
import platform
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """The server's core and the driver's; the same one where there is no second."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def own_memory_kb(pid: int) -> int:
    """What a process has in memory that is its own (mapped prompts are shared with the page cache)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def child_of(pid: int) -> int | None:
    """The first child of a process, if it has one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(children[0]) if children else None


@dataclass(frozen=True, slots=True)
class CoreTime:
    """Seconds that a core has worked: for ordinary processes and the kernel, and for those with nice."""

    ordinary: float
    nice: float


def core_time(core: int) -> CoreTime:
    """What a core has worked so far, for whomever."""
    return core_time_of(Path("/proc/stat").read_text(encoding="ascii"), core)


def core_time_of(stat: str, core: int) -> CoreTime:
    """The same from the text of /proc/stat. Raises StopIteration where there is no such core."""
    line = next(line for line in stat.splitlines() if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _wait, hard, soft, *_ = map(int, line.split()[1:])
    return CoreTime((user + system + hard + soft) / TICKS, nice / TICKS)


def free_port(kind: socket.SocketKind) -> int:
    """A port of the loopback that nobody listens on just now."""
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def described() -> str:
    """Machine and date, for the head of a table."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
    load = os.getloadavg()[0]
    return (
        f"{datetime.now():%Y-%m-%d %H:%M}, {model} ({platform.machine()}), {os.cpu_count()} cores, "
        f"Linux {platform.release()}, CPython {platform.python_version()}, load before {load:.1f}"
    )
