"""The process that the test of keys kills: a billing system without keys, behind keys of ours.

    python -m tests.business.keyed_child FOLDER

Prints ``done KEY`` for each outcome that it was given.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from datetime import date
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater, react

from business.guards.keyed import KeyedBusiness
from business.port import Change, Done, NotDone, Offer, Origin, Performed, Refused, Theme, TopUp
from business.port.bare import BareBusiness

KEYS = [f"key-{n}" for n in range(200)]
WHO = "13800000001"
AT_ONCE = 4


class Ledger(BareBusiness):
    """Adds a row whenever it is told to; a moment later it says so. The key that it was given stands in the
    row, and is not looked at."""

    themes = frozenset({Theme.TOP_UP})

    def __init__(self, folder: Path, reactor: Any) -> None:
        self._reactor = reactor
        self._rows = sqlite3.connect(folder / "ledger.db", isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS ledger (reference TEXT, amount INTEGER)")

    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        return Offer(0, False, False, date(2026, 11, 22), "")

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        await deferLater(self._reactor, random.uniform(0, 0.004), lambda: None)
        self._rows.execute("INSERT INTO ledger VALUES (?, 5000)", (key,))
        await deferLater(self._reactor, random.uniform(0, 0.004), lambda: None)
        return Done({"face": 5000})

    def booked(self) -> list[str]:
        return [reference for (reference,) in self._rows.execute("SELECT reference FROM ledger")]


class RecallingLedger(Ledger):
    """One that can be asked what it booked under a reference."""

    async def recall(self, msisdn: str, change: Change, key: str) -> Performed:
        return Done({"face": 5000}) if key in self.booked() else NotDone("never booked")


async def perform_all(business: KeyedBusiness) -> dict[str, Performed]:
    """Every key once, some at a time; gives the outcomes."""
    outcomes: dict[str, Performed] = {}
    change = TopUp("500000000000000001", WHO)
    offer = await business.offer(WHO, change)
    assert isinstance(offer, Offer)
    steps = iter(KEYS)

    async def worker() -> None:
        for key in steps:
            outcomes[key] = await business.perform(WHO, change, offer, key)
            if isinstance(outcomes[key], Done):
                print("done", key, flush=True)

    await gatherResults([Deferred.fromCoroutine(worker()) for _ in range(AT_ONCE)])
    return outcomes


async def main(reactor: Any, folder: Path) -> None:
    business = KeyedBusiness(Ledger(folder, reactor), folder / "keys.db", reactor)
    await business.start()
    await perform_all(business)
    await business.stop()


if __name__ == "__main__":
    react(lambda reactor, folder: Deferred.fromCoroutine(main(reactor, Path(folder))), sys.argv[1:])
