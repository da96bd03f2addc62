"""How many functions the hall's process calls for a set-up, a call with a key, a text, and for nothing.

    python -m benchmarks.bench_steps [--each 60] [--functions 30] [--json FILE]

Counts are the same on every machine, however busy it is, so that a rise is seen where seconds tell nothing.
A real ``hall10086 serve`` under the profiler, ``memory`` business, everything one by one: calls that hang
up at once, calls that press 1, MO ``0101`` with its answer and a promo. Until all is forgotten (the timers of
the 32 s after) is counted, what an idle hall calls in that time is not. The reactor's thread alone is
counted: the one that writes the store has nothing but SQL to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.callers import Callers, Script
from benchmarks.hall_process import HallProcess, msisdn
from benchmarks.machine import cores
from benchmarks.rtp_load import CannotBuild, RtpLoad, build
from benchmarks.smsc_driver import Driver

SUBSCRIBERS = 200
CALLS_A_SECOND = 12.0
SETTLE, TEXTS_SETTLE = 34.0, 3.0
"""Seconds until the last transaction is forgotten; until a promo has gone."""
IDLE = 60.0
"""Seconds in which each thing that is done once a minute is done once."""
SCRIPT = Script(keys=((0.8, "1"),), seconds=1.6)
Counts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """What is counted, who calls and who texts."""

    hall: HallProcess
    file: Path
    callers: Callers
    smsc: Driver

    async def counts(self) -> Counter[str]:
        """All calls of functions so far."""
        self.file.unlink(missing_ok=True)
        os.kill(self.hall.pids[0], signal.SIGUSR1)
        while not self.file.exists():
            await asyncio.sleep(0.02)
        return Counter(json.loads(self.file.read_text(encoding="utf-8")))

    async def during(self, what: Callable[[], Awaitable[None]], settle: float) -> tuple[Counter[str], float]:
        """What is called meanwhile, and the seconds that it took."""
        before, began = await self.counts(), time.monotonic()
        await what()
        await asyncio.sleep(settle)
        return await self.counts() - before, time.monotonic() - began

    async def set_ups(self, count: int) -> None:
        await self.callers.set_up(count, CALLS_A_SECOND)

    async def keys(self, count: int) -> None:
        await self.callers.set_up(count, CALLS_A_SECOND / 4, at_once=False)

    async def texts(self, count: int) -> None:
        until = len(self.smsc.latencies) + count
        self.smsc.start()
        while len(self.smsc.latencies) < until:
            await asyncio.sleep(0.01)
        self.smsc.running = False
        await self.smsc.quiet.wait()
        self.smsc.quiet.clear()


@asynccontextmanager
async def running() -> AsyncIterator[Bench]:
    """A hall that counts, with a driver of each kind."""
    smsc = Driver(1, [msisdn(n) for n in range(SUBSCRIBERS)])
    listening = await asyncio.get_running_loop().create_server(lambda: smsc, "127.0.0.1", 0)
    server, driver = cores()
    load = RtpLoad(64, driver)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "counts.json"
        hall = HallProcess(
            server,
            Path(folder),
            listening.sockets[0].getsockname()[1],
            subscribers=SUBSCRIBERS,
            calls=100,
            program=(sys.executable, "-m", "benchmarks.counted_hall", str(file)),
        )
        callers = Callers(load, hall.sip, [msisdn(n) for n in range(SUBSCRIBERS)], SCRIPT)
        try:
            await hall.ready()
            await asyncio.wait_for(smsc.bound.wait(), 60)
            yield Bench(hall, file, callers, smsc)
        finally:
            callers.close()
            load.close()
            await hall.stop()
            listening.close()


async def measure(each: int) -> dict[str, Counts]:
    """Calls of functions: a set-up, a call with a key, a text, and a second of an idle hall."""
    async with running() as bench:
        for warm in (bench.set_ups, bench.keys, bench.texts):
            await warm(10)
        await asyncio.sleep(SETTLE)
        found, seconds = await bench.during(lambda: asyncio.sleep(IDLE), 0)
        idle = {name: count / seconds for name, count in found.items()}
        result = {}
        for name, what, settle in (
            ("a set-up", bench.set_ups, SETTLE),
            ("a call with a key", bench.keys, SETTLE),
            ("a text", bench.texts, TEXTS_SETTLE),
        ):
            found, seconds = await bench.during(partial(what, each), settle)
            result[name] = {f: (count - seconds * idle.get(f, 0)) / each for f, count in found.items()}
        return {**result, "a second of nothing": idle}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--each", type=int, default=60, help="calls and texts of each kind")
    parser.add_argument("--functions", type=int, default=0, help="name so many that are called most")
    parser.add_argument("--json", type=Path, help="write all counts to this file")
    options = parser.parse_args()
    try:
        build()
    except CannotBuild as why:
        print(f"not run: {why}")
        return 2
    found = asyncio.run(measure(options.each))
    for name, counts in found.items():
        print(f"{name}: {sum(counts.values()):.0f} functions called")
        for function, count in sorted(counts.items(), key=lambda one: -one[1])[: options.functions]:
            print(f"    {count:8.2f}  {function}")
    if options.json:
        options.json.write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
