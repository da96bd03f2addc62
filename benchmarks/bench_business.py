"""What a question to the back office costs at a million subscribers: memory, sql on SQLite and on PostgreSQL.

    python -m benchmarks.bench_business [--quick] [--subscribers N] [--calls N] [--url postgresql://…]

Subscribers are made with a seed and come in by ``hall10086 load``, which is measured as well. Every call asks
about somebody else, all over the table. CPU is the process's, its threads included, and PostgreSQL's, too.
``memory`` holds 20,000 at the most (Python objects of a million would need 3 GB). SQLite commits with
synchronous=FULL, so what a change takes is mostly the disk's; a PostgreSQL of our own (``--postgresql``) runs
without fsync, to be had on any machine. "side by side" keeps 16 calls under way, as a busy hall does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from benchmarks.machine import TICKS, cpu_seconds
from benchmarks.subscribers import CARDS, PASSWORD, card, msisdn, write
from boss.data import read_data
from business import open_business, port
from business.port import Change, Done, Offer
from business.port.days import SHANGHAI, month_after, this_month, today

SEED = 10086
SIDE_BY_SIDE = 16
MEMORY_HOLDS = 20_000
PAGE = 100
Call = Callable[[str], Coroutine[Any, Any, object]]


def now() -> datetime:
    return datetime.now(SHANGHAI)


# ---- what is asked -----------------------------------------------------------------------------------------
def queries(business: Any) -> dict[str, Call]:
    month = this_month(now())
    last = month_after(month, -2)
    return {
        "subscriber": business.subscriber,
        "fee": business.fee,
        "bill": lambda who: business.bill(who, last),
        "payments": business.payments,
        "details": lambda who: business.details(who, month, 20),
        "allowances": business.allowances,
        "points": business.points,
        "rewards": business.rewards,
        "product": lambda who: business.product(who, "p7"),
        "choices": lambda who: business.choices(who, "plan"),
        "sp_subscriptions": business.sp_subscriptions,
        "records": business.records,
        "complaints": business.complaints,
        "puk": business.puk,
        "attribution": business.attribution,
        "places": lambda _who: business.places("长沙"),
        "low_balances, a page of 100": lambda who: business.low_balances(who, PAGE),
        "holders, a page of 100": lambda who: business.holders("p7", who, PAGE),
        "offer": lambda who: business.offer(who, port.OpenProduct("crbt")),
        "check_password": lambda who: business.check_password(who, PASSWORD),
    }


def changes(business: Any, cards: Iterator[int]) -> dict[str, Call]:
    """Each is offered and performed; the second of a pair undoes the first for the same people."""

    def changing(change: Callable[[str], Change]) -> Call:
        async def call(who: str) -> None:
            wanted = change(who)
            offer = await business.offer(who, wanted)
            if not isinstance(offer, Offer):
                raise RuntimeError(f"not offered: {offer}")
            outcome = await business.perform(who, wanted, offer, f"bench-{next(_KEYS)}")
            if not isinstance(outcome, Done):
                raise RuntimeError(f"not done: {outcome}")

        return call

    return {
        "open a product": changing(lambda _: port.OpenProduct("crbt")),
        "cancel a product": changing(lambda _: port.CancelProduct("crbt")),
        "top up": changing(lambda who: port.TopUp(card(next(cards)), who)),
        "suspend": changing(port.Suspend),
        "resume": changing(port.Resume),
        "complain": changing(lambda _: port.Complain("信号不好")),
    }


_KEYS = itertools.count(time.time_ns())


# ---- measuring ---------------------------------------------------------------------------------------------
class Server:
    """A database server's CPU; ``pid`` is its first process (None: it is not ours to look at)."""

    pid: int | None = None

    @classmethod
    def seconds(cls) -> float:
        """What it and its children have spent so far."""
        if cls.pid is None:
            return 0.0
        children = Path(f"/proc/{cls.pid}/task/{cls.pid}/children").read_text(encoding="ascii").split()
        stat = Path(f"/proc/{cls.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ended = (int(stat[13]) + int(stat[14])) / TICKS  # connections that are closed
        return ended + sum(cpu_seconds(pid) for pid in (cls.pid, *map(int, children)))


async def measure(call: Call, people: list[str], side_by_side: int) -> dict[str, float]:
    """CPU and wall µs a call, half of them and 99 of 100 within so many ms, calls a second."""
    left, took = iter(people), list[float]()

    async def worker() -> None:
        for who in left:
            begun = time.perf_counter()
            await call(who)
            took.append(time.perf_counter() - begun)

    server, cpu, wall = Server.seconds(), time.process_time(), time.perf_counter()
    await gatherResults([Deferred.fromCoroutine(worker()) for _ in range(side_by_side)])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    took.sort()
    return {
        "cpu_us": cpu / len(people) * 1e6,
        "server_us": (Server.seconds() - server) / len(people) * 1e6,
        "p50_ms": took[len(took) // 2] * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
        "a_second": len(people) / wall,
    }


async def bench(name: str, business: Any, subscribers: int, calls: int) -> list[dict[str, Any]]:
    await business.start()
    chance, figures = random.Random(SEED), []
    some = max(20, calls // 10)
    changed = [msisdn(n) for n in random.Random(SEED + 1).sample(range(1, subscribers, 4), 2 * some)]
    work = [(what, call, False) for what, call in queries(business).items()]
    work += [(what, call, True) for what, call in changes(business, iter(range(CARDS))).items()]
    for what, call, writes in work:
        for side, how in enumerate(("one by one", "side by side")):
            people = [msisdn(chance.randrange(subscribers)) for _ in range(calls)]
            if writes:
                people = changed[side * some :][:some]
            elif what in ("check_password",) or "page" in what:
                people = people[:some]
            found = await measure(call, people, SIDE_BY_SIDE if side else 1)
            figures.append({"business": name, "call": what, "how": how, **found})
            shown = "".join(f"{found[key]:>10.{digits}f}" for key, digits in COLUMNS.items())
            print(f"{name:<11} {what:<28} {how:<13}{shown}", flush=True)
    await business.stop()
    return figures


COLUMNS = {"cpu_us": 0, "server_us": 0, "p50_ms": 2, "p99_ms": 2, "a_second": 0}


# ---- loading -----------------------------------------------------------------------------------------------
def load(name: str, folder: Path, url: str) -> dict[str, Any]:
    """By the command, in a process of its own: seconds, CPU seconds, the server's, peak memory in MB."""
    before, server = resource.getrusage(resource.RUSAGE_CHILDREN), Server.seconds()
    command = [sys.executable, "-c", "from server.cli import main; main()", "load", str(folder)]
    done = subprocess.run(
        [*command, "--business-database", url, "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds, memory = json.loads(done.stdout)["seconds"], after.ru_maxrss / 1024
    spent = Server.seconds() - server
    took = f"{seconds:.0f} s, {cpu:.0f} s of CPU, {spent:.0f} s of the server's, {memory:.0f} MB"
    print(f"{name}: loaded in {took}", flush=True)
    return {"business": name, "seconds": seconds, "cpu": cpu, "server": spent, "memory_mb": memory}


def small_data(folder: Path) -> Any:
    """What ``memory`` gets: the same kind of people, by YAML's reader."""
    lines = ["products:"]
    lines += [f"  {name}:\n    title: 甲\n    fee: 5\n" for name in ("crbt", "balance_remind")]
    lines += [
        f"  p{n}:\n    title: 产品\n    fee: {n}\n" + ("    group: plan\n" if n < 5 else "")
        for n in range(30)
    ]
    lines.append("subscribers:")
    for line in (folder / "subscribers.csv").read_text(encoding="utf-8").splitlines()[1 : MEMORY_HOLDS + 1]:
        number, brand, city, pays, balance, points, *_, opened = line.split(",")
        lines.append(
            f"  {number}:\n    brand: {brand}\n    city: {city}\n    pays: {pays}\n    balance: {balance}\n"
            f"    points: {points}\n    opened: {opened}\n"
            "    spent:\n      0: 18 9 2 1.2 5 0 0\n      2: 18 9 2 1 5 0 0"
        )
    lines += ["cards:", "  50: " + " ".join(card(n) for n in range(CARDS))]
    return read_data("\n".join(lines), "bench", now())


@contextmanager
def postgresql(wanted: bool) -> Iterator[str | None]:
    """A server of our own where one is installed."""
    from store.testing.postgres import Postgres, find

    missing = find("initdb") is None
    if wanted and missing:
        print("postgresql is not installed (make peers): not measured", flush=True)
    if not wanted or missing:
        yield None
        return

    server = Postgres()
    Server.pid = server.pid
    try:
        yield server.url
    finally:
        Server.pid = None
        server.stop()


async def main(reactor: Any, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=options.folder) as name, postgresql(options.postgresql) as own:
        folder = Path(name) / "data"
        folder.mkdir()
        write(folder, options.subscribers, SEED, today(now()))
        urls = {"sqlite": f"sqlite:///{name}/business.db", "postgresql": own or options.url}
        loads = [load(kind, folder, url) for kind, url in urls.items() if url]
        heads = "".join(f"{head:>10}" for head in ("CPU µs", "server µs", "p50 ms", "p99 ms", "a second"))
        print(f"{'':<54}{heads}")
        memory: Any = open_business("memory", None, clock=now, reactor=reactor)
        await memory.put(small_data(folder))
        held = min(MEMORY_HOLDS, options.subscribers)
        figures = await bench("memory", memory, held, options.calls)
        for kind, url in urls.items():
            if url:
                key = (
                    "var/business.key" if kind == "postgresql" else f"{name}/business.key"
                )  # as it was loaded
                sql = open_business("sql", url, clock=now, reactor=reactor, key_file=key)
                figures += await bench(kind, sql, options.subscribers, options.calls)
    if options.json is not None:
        options.json.write_text(json.dumps({"loads": loads, "calls": figures}))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="20,000 subscribers, 500 calls")
    parser.add_argument("--calls", type=int, default=5000, help="of each query; a tenth of each change")
    parser.add_argument("--postgresql", action="store_true", help="measure a PostgreSQL of our own, too")
    parser.add_argument("--url", help="another database, empty, to measure as well")
    parser.add_argument("--folder", type=Path, help="for the files: about 4 GB at a million subscribers")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parsed = parser.parse_args()
    if parsed.quick:
        parsed.subscribers, parsed.calls = 20_000, 500
    return parsed


if __name__ == "__main__":
    react(lambda reactor, options: Deferred.fromCoroutine(main(reactor, options)), [arguments()])
    sys.exit(0)
