"""What a text costs the whole hall: a real ``hall10086 serve`` with each back office, and Kannel beside it.

    python -m benchmarks.bench_sms [--sides memory,sql,kannel,kannel-app] [--windows 10,100] [--runs 3]

A round trip is one MO ``0101`` whose answer has come completely; each answer is compared. The hall is the
program as it is installed, with its store and the back office's database on the disk, and a promo behind
each answer; its media process idles and is not counted. ``kannel``: Kannel with one fixed answer of two parts
and no store; ``kannel-app``: its ``get-url`` to the leanest application, and its store. All processes of a
side are pinned to one core and counted. The sides take turns, run by run, so that what else the machine does
meets all of them. Printed: medians of the runs. There is no verdict where the driver used more than 85 % of
its core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from benchmarks import kannel
from benchmarks.hall_process import HallProcess, msisdn
from benchmarks.kannel import Kannel
from benchmarks.machine import cores, described
from benchmarks.smsc_driver import SATURATED, Driver

CALLS = 10  # that the hall has room for; nobody calls
QUIET = 30.0  # seconds in which the last answers must have come
SIDES = ("memory", "sql", "kannel", "kannel-app")

Figures = dict[str, float | str]


class Side(Protocol):
    """Who answers."""

    async def ready(self) -> None: ...

    async def stop(self) -> None: ...


def side_of(name: str, core: int, folder: Path, port: int, count: int) -> tuple[Side, Callable[[], float]]:
    """Who answers under this name, and what tells the CPU seconds that it has spent."""
    if name.startswith("kannel"):
        other = Kannel(core, folder, port, subscribers=count, application=name != "kannel")
        return other, other.spent
    hall = HallProcess(core, folder, port, subscribers=count, calls=CALLS, business=name)
    return hall, lambda: hall.spent().hall


async def measure(name: str, window: int, seconds: float, count: int, core: int) -> Figures:
    driver = Driver(window, [msisdn(n) for n in range(count)])
    listening = await asyncio.get_running_loop().create_server(lambda: driver, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        side, cpu = side_of(name, core, Path(folder), port, count)
        try:
            await side.ready()
            await asyncio.wait_for(driver.bound.wait(), 60)
            driver.start()
            await asyncio.sleep(min(2.0, seconds / 4))  # warm
            driver.latencies.clear()
            spent, own, began = cpu(), time.process_time(), time.perf_counter()
            await asyncio.sleep(seconds)
            taken, own = time.perf_counter() - began, time.process_time() - own
            spent, latencies = cpu() - spent, sorted(driver.latencies)
            driver.running = False
            await asyncio.wait_for(driver.quiet.wait(), QUIET)
        finally:
            await side.stop()
            listening.close()
    return {
        "side": name,
        "window": window,
        "texts/s": len(latencies) / taken,
        "p50 ms": latencies[len(latencies) // 2] * 1000,
        "p99 ms": latencies[len(latencies) * 99 // 100] * 1000,
        "CPU-s per 1,000": spent / len(latencies) * 1000,
        "wrong": driver.wrong,
        "driver load": own / taken,
    }


def middle(runs: list[Figures]) -> Figures:
    """The median of each figure."""
    return {
        name: value if isinstance(value, str) else round(median(float(run[name]) for run in runs), 3)
        for name, value in runs[0].items()
    }


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sides", default=",".join(SIDES))
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--windows", default="10,100")
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the medians to this file")
    return parser.parse_args(arguments)


def all_runs(options: argparse.Namespace) -> list[Figures]:
    """The median of the runs of each side and window."""
    server, driver = cores()
    os.sched_setaffinity(0, {driver})
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    without = kannel.missing()
    names = [name for name in options.sides.split(",") if not (without and name.startswith("kannel"))]
    if without and len(names) < len(options.sides.split(",")):
        print(f"Kannel is not measured: {without}", file=sys.stderr)
    kinds = [(name, int(window)) for window in options.windows.split(",") for name in names]
    runs: dict[tuple[str, int], list[Figures]] = {kind: [] for kind in kinds}
    for _ in range(options.runs):
        for name, window in kinds:
            figures: Any = measure(name, window, options.seconds, options.subscribers, server)
            runs[name, window].append(asyncio.run(figures))
    return [middle(each) for each in runs.values()]


def main() -> int:
    options, machine = options_of(), described()
    found = all_runs(options)
    if options.json:
        options.json.write_text(json.dumps(found), encoding="utf-8")
    print(machine)
    for each in found:
        print("  ".join(f"{name} {value}" for name, value in each.items()), end="")
        print("  no verdict: the driver was saturated" if float(each["driver load"]) > SATURATED else "")
    return int(any(float(each["wrong"]) for each in found))


if __name__ == "__main__":
    sys.exit(main())
