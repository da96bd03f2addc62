"""What a text costs the whole hall: a real ``hall10086 serve``, once with each back office.

    python -m benchmarks.bench_texts [--businesses memory,sql] [--seconds 8] [--windows 10,100] [--runs 3]

As ``bench_sms`` (MO ``0101``, every answer compared, a promo behind each), but the server is the program as
it is installed, with its store and the back office's database on the disk; the media process idles and is not
counted. The back offices take turns, run by run, so that what else the machine does meets all of them.
Printed: medians of the runs. There is no verdict where the driver used more than 85 % of its core.
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
from pathlib import Path
from statistics import median

from benchmarks.bench_sms import SATURATED, Driver
from benchmarks.hall_process import HallProcess, msisdn
from benchmarks.machine import cores, described

CALLS = 10  # that the hall has room for; nobody calls
QUIET = 30.0  # seconds in which the last answers must have come

Figures = dict[str, float | str]


async def measure(business: str, window: int, seconds: float, count: int, core: int) -> Figures:
    driver = Driver(window, [msisdn(n) for n in range(count)])
    listening = await asyncio.get_running_loop().create_server(lambda: driver, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        hall = HallProcess(core, Path(folder), port, subscribers=count, calls=CALLS, business=business)
        try:
            await hall.ready()
            await asyncio.wait_for(driver.bound.wait(), 60)
            driver.start()
            await asyncio.sleep(min(2.0, seconds / 4))  # warm
            driver.latencies.clear()
            spent, own, began = hall.spent(), time.process_time(), time.perf_counter()
            await asyncio.sleep(seconds)
            taken, own = time.perf_counter() - began, time.process_time() - own
            spent, latencies = hall.spent().since(spent), sorted(driver.latencies)
            driver.running = False
            await asyncio.wait_for(driver.quiet.wait(), QUIET)
        finally:
            await hall.stop()
            listening.close()
    return {
        "business": business,
        "window": window,
        "texts/s": len(latencies) / taken,
        "p50 ms": latencies[len(latencies) // 2] * 1000,
        "p99 ms": latencies[len(latencies) * 99 // 100] * 1000,
        "CPU-s per 1,000": spent.hall / len(latencies) * 1000,
        "wrong": driver.wrong,
        "driver load": own / taken,
    }


def middle(runs: list[Figures]) -> Figures:
    """The median of each figure."""
    return {
        name: value if isinstance(value, str) else round(median(float(run[name]) for run in runs), 3)
        for name, value in runs[0].items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--businesses", default="memory,sql")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--windows", default="10,100")
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every run to this file")
    options = parser.parse_args()
    machine, (server, driver) = described(), cores()
    os.sched_setaffinity(0, {driver})
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kinds = [(b, int(w)) for w in options.windows.split(",") for b in options.businesses.split(",")]
    runs: dict[tuple[str, int], list[Figures]] = {kind: [] for kind in kinds}
    for _ in range(options.runs):
        for business, window in kinds:
            figures = measure(business, window, options.seconds, options.subscribers, server)
            runs[business, window].append(asyncio.run(figures))
    if options.json:
        options.json.write_text(json.dumps([one for each in runs.values() for one in each]), encoding="utf-8")
    print(machine)
    for each in runs.values():
        found = middle(each)
        print("  ".join(f"{name} {value}" for name, value in found.items()), end="")
        print("  no verdict: the driver was saturated" if float(found["driver load"]) > SATURATED else "")
    return int(any(float(one["wrong"]) for each in runs.values() for one in each))


if __name__ == "__main__":
    sys.exit(main())
