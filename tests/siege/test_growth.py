"""Nothing grows with the texts that were handled: memory, tables after a purge, what an answer costs.

``make test``: some thousands; ``make soak``: 100,000, for longer than anything is remembered for.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from server.testing.crowd import CrowdSmsc, Texter, back_office, some_crowd
from server.testing.running import HallProcess
from sms.redelivery import REMEMBERED
from store.recovery import purge

PATIENCE = 120.0
TABLES = ("inbox", "outbox", "sessions", "operations")


class Plan(NamedTuple):
    """``rounds`` in which each of ``people`` texts once; seconds from one to the next; how much more memory
    (MB) and how many times the CPU there may be at the end, when what is remembered for a while is full."""

    people: int
    rounds: int
    every: float
    settled: int
    memory: float
    dearer: float


EVERY = 50.0
CHATS = ("你好啊", "哈哈哈", "睡了没", "好冷啊", "在不在")
TEXTS = ("0101", "10086", "0204", "")
"""The last is one of the chats: the same nonsense again and again is not answered for ever."""
SHORT = Plan(500, 8, 0.0, 2, 30.0, 1.3)
LONG = Plan(5_000, 20, EVERY, int(REMEMBERED / EVERY) + 1, 15.0, 1.3)


def one_round(hall: HallProcess, smsc: CrowdSmsc, crowd: list[Texter], text: str) -> float:
    """Everybody texts, and is answered; the CPU-seconds that it took: on a machine that others use the clock
    tells nothing."""
    before = {each.number: len(smsc.replies[each.number]) for each in crowd}
    began = cpu_seconds(hall)
    smsc.bring({each.number: text for each in crowd})
    smsc.wait(lambda: all(len(smsc.replies[number]) > many for number, many in before.items()), PATIENCE)
    hall.wait_metric("hall_sms_waiting", 0, PATIENCE)
    return cpu_seconds(hall) - began


def cpu_seconds(hall: HallProcess) -> float:
    """Of its own, of all threads."""
    fields = Path(f"/proc/{hall.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(hall: HallProcess) -> float:
    """MB of its own."""
    lines = Path(f"/proc/{hall.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024


def left_after_a_purge(file: Path) -> dict[str, int]:
    """Rows by table, when everything is older than what is kept."""
    later = time.time() + 30 * 86_400
    with closing(sqlite3.connect(file, isolation_level=None)) as store:
        while purge(store.cursor(), later, 1000, "?") >= 1000:
            pass
        return {table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


@pytest.mark.parametrize("plan", [SHORT, pytest.param(LONG, marks=pytest.mark.soak)], ids=["short", "long"])
def test_nothing_grows_with_the_texts_that_were_handled(tmp_path: Path, plan: Plan) -> None:
    crowd = some_crowd(plan.people, first=400_000)
    data = tmp_path / "data.yaml"
    data.write_text(back_office(crowd), encoding="utf-8")
    costs, sizes = [], []
    with CrowdSmsc() as smsc:
        hall = HallProcess(tmp_path / "hall", settings=f'{smsc.settings}[business]\ndata = "{data}"\n')
        try:
            smsc.wait(lambda: smsc.bound, PATIENCE)
            for n in range(plan.rounds):
                began = time.monotonic()
                costs.append(one_round(hall, smsc, crowd, TEXTS[n % len(TEXTS)] or CHATS[n // len(TEXTS)]))
                sizes.append(memory(hall))
                time.sleep(
                    max(0.0, began + plan.every - time.monotonic())
                )  # a rate, not a wait for something
            assert hall.failures() == []
        finally:
            hall.stop()
    print(f"memory {sizes} MB, {costs} CPU-s")
    assert sizes[-1] - sizes[plan.settled] <= plan.memory, sizes
    first, last = sum(costs[: len(TEXTS)]), sum(costs[-len(TEXTS) :])
    assert last <= plan.dearer * first, costs
    assert left_after_a_purge(tmp_path / "hall" / "hall.db") == dict.fromkeys(TABLES, 0)
