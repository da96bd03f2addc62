"""Kill -9 at any instant: afterwards every key has been done exactly once, and no fen is lost or made."""

from __future__ import annotations

import random
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from boss.sql import SqlBusiness
from business.port import Complain, Done, Status, Suspend
from business.port.stock import Movement
from tests.boss import crash_child
from tests.boss.crash_child import FACE, FEE, OPENING, SUBSCRIBERS, WORTH, data, perform_all, plan

ROOT = Path(__file__).resolve().parents[2]


class _Victim(ProcessProtocol):
    """Counts the child's outcomes; fires ``reached`` at the one that it is to die at, then ``gone``."""

    def __init__(self, die_at: int) -> None:
        self.reached: Deferred[None] = Deferred()
        self.gone: Deferred[None] = Deferred()
        self.done: set[str] = set()
        self.errors = ""
        self._die_at = die_at
        self._rest = ""

    def outReceived(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data.decode()).split("\n")
        self.done.update(line.removeprefix("done ") for line in lines if line.startswith("done "))
        if len(self.done) >= self._die_at and not self.reached.called:
            self.reached.callback(None)

    def errReceived(self, data: bytes) -> None:
        self.errors += data.decode()

    def processEnded(self, reason: Failure) -> None:
        if not self.reached.called:
            self.reached.errback(AssertionError(f"the child ended before it was killed: {self.errors}"))
        self.gone.callback(None)


class TestKillNine(TestCase):
    timeout = 300

    async def test_every_key_is_done_exactly_once(self) -> None:
        await self._killed_and_settled(rounds=4)

    @pytest.mark.soak
    async def test_every_key_is_done_exactly_once_after_fifty_kills(self) -> None:
        await self._killed_and_settled(rounds=50)

    async def _killed_and_settled(self, rounds: int) -> None:
        url = f"sqlite:///{Path(self.mktemp()).resolve()}/business.db"
        await self._fill(url)
        chance, told = random.Random(10086), set()
        last = len(list(plan())) - 20
        for number in range(rounds):
            # ever further into the plan, so that the kills fall on new work as well as on repeated keys
            told |= await self._run_and_kill(
                url, 1 + last * (number + 1) // rounds - chance.randrange(15), chance
            )
        await self._settle(url, told)

    async def _fill(self, url: str) -> None:
        business = SqlBusiness(url, lambda: datetime.now(UTC), reactor)
        await business.start()
        await business.put(data())
        await business.stop()

    async def _run_and_kill(self, url: str, die_at: int, chance: random.Random) -> set[str]:
        victim = _Victim(die_at)
        command = [sys.executable, "-m", crash_child.__name__, url]
        process = reactor.spawnProcess(victim, sys.executable, command, env=None, path=str(ROOT))
        await victim.reached
        await deferLater(reactor, chance.random() * 0.01, lambda: None)  # anywhere inside a transaction
        process.signalProcess(signal.SIGKILL)
        await victim.gone
        return victim.done

    async def _settle(self, url: str, told: set[str]) -> None:
        business = SqlBusiness(url, lambda: datetime.now(UTC), reactor)
        await business.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(business.stop()))
        outcomes = await perform_all(business)
        self.assertEqual(set(outcomes), {key for key, _, _ in plan()})
        self.assertEqual({type(outcome) for outcome in outcomes.values()}, {Done})
        repeated = {
            key for key, outcome in outcomes.items() if isinstance(outcome, Done) and outcome.repeated
        }
        self.assertLessEqual(told, repeated, "what the killed process was told must be known afterwards")
        self.assertGreater(len(told), 100)
        rows = [row for msisdn in SUBSCRIBERS for row in await business.movements(msisdn)]
        self._count(rows)
        for msisdn in SUBSCRIBERS:
            fee = await business.fee(msisdn)
            self.assertEqual(fee.balance, sum(row.amount for row in rows if row.msisdn == msisdn))
            self.assertEqual((await business.points(msisdn)).available, 0)
            self.assertEqual((await business.subscriber(msisdn)).status, Status.SUSPENDED)
        complaints = [one.number for msisdn in SUBSCRIBERS for one in await business.complaints(msisdn)]
        self.assertEqual((len(complaints), len(set(complaints))), (len(SUBSCRIBERS), len(SUBSCRIBERS)))

    def _count(self, rows: list[Movement]) -> None:
        moved = Counter(row.key for row in rows if row.key)
        paid = Counter(key for key, _, change in plan() if not isinstance(change, Complain | Suspend))
        self.assertEqual(moved, paid)
        expected = len(SUBSCRIBERS) * (OPENING + 10 * (FACE - FEE + WORTH))
        self.assertEqual(sum(row.amount for row in rows), expected)
