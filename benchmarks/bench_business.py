"""What a question to the back office costs: CPU and time a call, for memory and for sql.

    python -m benchmarks.bench_business [--calls N] [--url postgresql://…]

CPU is the whole process's, its threads included; ``sql`` on SQLite commits with synchronous=FULL, so what a
change takes is mostly the disk's. "side by side" keeps 16 calls under way, as a busy hall does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from business import open_business
from business.accounts import Account, BackOfficeData, Terms, Usage
from business.days import month_of, today
from business.port import Brand, CancelProduct, Change, Done, Offer, OpenProduct
from business.secrecy import hash_password

SUBSCRIBERS = 1000
SIDE_BY_SIDE = 16
PASSWORD = "258036"
OPEN, CANCEL = OpenProduct("crbt"), CancelProduct("crbt")
Call = Callable[[int], Awaitable[object]]


def now() -> datetime:
    return datetime.now(UTC)


def msisdn(number: int) -> str:
    return f"136{number % SUBSCRIBERS:08}"


def data() -> BackOfficeData:
    password, month = hash_password(PASSWORD, b"0123456789abcdef"), month_of(today(now()))
    accounts = tuple(
        Account(
            msisdn(n), Brand.GOTONE, "长沙", True, 10**7, password=password, usage={month: Usage(1800, 1200)}
        )
        for n in range(SUBSCRIBERS)
    )
    return BackOfficeData((Terms("crbt", "彩铃", 500, charged_at_once=True),), accounts)


async def measure(call: Call, calls: int, side_by_side: int) -> tuple[float, float]:
    """(CPU µs, wall µs) a call."""
    numbers = iter(range(calls))

    async def worker() -> None:
        for number in numbers:
            await call(number)

    cpu, wall = time.process_time(), time.perf_counter()
    await gatherResults([Deferred.fromCoroutine(worker()) for _ in range(side_by_side)])
    return (time.process_time() - cpu) / calls * 1e6, (time.perf_counter() - wall) / calls * 1e6


def changing(business: Any, keys: itertools.count[int]) -> Call:
    """Offer and perform an opening; the subscriber's next turn is a cancelling."""
    opened: set[str] = set()

    async def call(number: int) -> None:
        who = msisdn(number)
        change: Change = CANCEL if who in opened else OPEN
        (opened.discard if who in opened else opened.add)(who)
        offer = await business.offer(who, change)
        if not isinstance(offer, Offer):
            raise RuntimeError(f"not offered: {offer}")
        outcome = await business.perform(who, change, offer, f"bench-{next(keys)}")
        if not isinstance(outcome, Done):
            raise RuntimeError(f"not done: {outcome}")

    return call


async def bench(name: str, business: Any, calls: int) -> list[dict[str, Any]]:
    await business.start()
    await business.put(data())
    keys = itertools.count(time.time_ns())
    rows: list[tuple[str, Call, int]] = [
        ("fee", lambda n: business.fee(msisdn(n)), calls),
        ("subscriber", lambda n: business.subscriber(msisdn(n)), calls),
        ("offer + perform", changing(business, keys), max(1, calls // 10)),
        ("service password", lambda n: business.check_password(msisdn(n), PASSWORD), max(1, calls // 20)),
    ]
    figures: list[dict[str, Any]] = []
    for what, call, count in rows:
        for side_by_side in (1, SIDE_BY_SIDE):
            cpu, wall = await measure(call, count, side_by_side)
            how = "one by one" if side_by_side == 1 else "side by side"
            print(f"{name:<12} {what:<18} {how:<13} {cpu:>10.1f} {wall:>10.1f} {1e6 / wall:>10.0f}")
            figures.append({"business": name, "call": what, "how": how, "cpu_us": cpu, "wall_us": wall})
    await business.stop()
    return figures


async def main(reactor: Any, calls: int, url: str | None, file: Path | None) -> None:
    print(f"{'business':<12} {'call':<18} {'':<13} {'CPU µs':>10} {'wall µs':>10} {'a second':>10}")
    memory = open_business("memory", None, clock=now, reactor=reactor)
    figures = await bench("memory", memory, calls * 10)
    with tempfile.TemporaryDirectory() as folder:
        lite = f"sqlite:///{Path(folder) / 'business.db'}"
        sql = open_business("sql", lite, clock=now, reactor=reactor)
        figures += await bench("sql sqlite", sql, calls)
    if url:
        figures += await bench("sql", open_business("sql", url, clock=now, reactor=reactor), calls)
    if file is not None:
        file.write_text(json.dumps(figures))


def arguments() -> tuple[int, str | None, Path | None]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--url", help="another database, empty, to measure as well")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parsed = parser.parse_args()
    return parsed.calls, parsed.url, parsed.json


if __name__ == "__main__":
    react(lambda reactor, *words: Deferred.fromCoroutine(main(reactor, *words)), arguments())
    sys.exit(0)
