"""The machine that is measured on: its cores, what a process and a core have spent, what else runs on it."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Container
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
class Process:
    """CPU seconds of a process so far, whether it is nice, and the core that it ran on last."""

    cpu: float
    nice: bool
    core: int


def process_of(stat: str) -> Process:
    """From the text of /proc/PID/stat (proc(5); fields count from the one behind the name)."""
    fields = stat.rpartition(")")[2].split()
    return Process((int(fields[11]) + int(fields[12])) / TICKS, int(fields[16]) > 0, int(fields[36]))


def processes() -> dict[int, Process]:
    """Everybody now. Each process's time is exact; what /proc/stat says of a core is sampled every 4 ms,
    which a media process that wakes up every millisecond makes wrong by a third of the core, either way."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                found[int(folder.name)] = process_of((folder / "stat").read_text(encoding="utf-8"))
            except OSError:  # it ended meanwhile
                continue
    return found


def others(
    before: dict[int, Process], after: dict[int, Process], core: int, ours: Container[int]
) -> tuple[float, float]:
    """CPU seconds that all but ``ours`` spent on ``core`` meanwhile: ordinary ones, and nice ones."""
    spent = [0.0, 0.0]
    for pid, now in after.items():
        if now.core == core and pid not in ours:
            spent[now.nice] += now.cpu - (before[pid].cpu if pid in before else 0.0)
    return spent[False], spent[True]


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
