"""Keys for a billing system that has none: the whole contract, time-outs, restarts, kill -9."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from business.contract.benches import LoadableBench
from business.contract.case import FIFTY, GOTONE, NOW, contract_data
from business.contract.promises import promises
from business.contract.run import PromiseResult, PromiseStatus, run
from business.guards.faults import FailAfter, FailBefore, FaultyBusiness, Hang
from business.guards.keyed import KeyedBusiness
from business.port import (
    Change,
    Done,
    NotDone,
    NotOffered,
    Offer,
    OpenProduct,
    Origin,
    Performed,
    Refused,
    Theme,
    TopUp,
    Unknown,
    theme_of,
)
from business.port.days import Clock
from business.port.stock import BackOfficeData
from tests.business.keyed_child import KEYS, Ledger, RecallingLedger, perform_all

ROOT = Path(__file__).resolve().parents[2]
CHANGE = TopUp(FIFTY, GOTONE)


class Keyless(MemoryBusiness):
    """A billing system that does what it is told as often as it is told, whatever was offered. What the ID
    number proves it does not offer."""

    themes = frozenset(Theme) - {Theme.IDENTITY}

    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        if theme_of(change) is Theme.IDENTITY:
            raise NotOffered("identity")
        return await super().offer(msisdn, change)

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        fresh = await self.offer(msisdn, change)
        outcome = await super().perform(
            msisdn, change, fresh if isinstance(fresh, Offer) else offer, key, channel
        )
        self._operations.clear()
        return outcome


class _Loadable(KeyedBusiness):
    """With what the bench of loadable ones needs."""

    inner: Any

    async def empty(self) -> bool:
        return bool(await self.inner.empty())

    async def put(self, data: BackOfficeData) -> Any:
        return await self.inner.put(data)

    async def movements(self, msisdn: str) -> Any:
        return await self.inner.movements(msisdn)


def _verdicts(make: Any) -> list[PromiseResult]:
    return list(run(promises(), LoadableBench(make), 30.0))


def test_with_keys_of_ours_it_keeps_every_promise_that_it_offers(tmp_path: Path) -> None:
    def make(clock: Clock) -> KeyedBusiness:
        files = len(list(tmp_path.iterdir()))
        return _Loadable(Keyless(BackOfficeData(), clock), tmp_path / f"{files}-keys.db", reactor)

    verdicts = _verdicts(make)
    assert [one for one in verdicts if one.kept not in (PromiseStatus.HELD, PromiseStatus.NOT_OFFERED)] == []
    assert len([one for one in verdicts if one.kept is PromiseStatus.HELD]) > 100


def test_without_them_it_does_not() -> None:
    verdicts = _verdicts(lambda clock: Keyless(BackOfficeData(), clock))
    assert "KeysContract.test_a_card_with_the_same_key_many_at_once" in {
        one.promise for one in verdicts if one.kept is PromiseStatus.BROKEN
    }


class TestKeyed(TestCase):
    async def setUp(self) -> None:  # type: ignore[override]
        self.file = Path(self.mktemp()) / "keys.db"
        self.billing = MemoryBusiness(contract_data(), lambda: NOW)
        self.faulty = FaultyBusiness(self.billing, reactor)  # type: ignore[arg-type]
        await self.begin()

    async def begin(self) -> None:
        self.business = KeyedBusiness(self.faulty, self.file, reactor)
        await self.business.start()
        self.addCleanup(lambda business: Deferred.fromCoroutine(business.stop()), self.business)

    async def restart(self) -> None:
        await self.business.stop()
        await self.begin()

    async def perform(self, key: str = "k", change: Change = CHANGE) -> Performed:
        offer = await self.business.offer(GOTONE, change)
        assert isinstance(offer, Offer)
        return await self.business.perform(GOTONE, change, offer, key)

    async def credited(self) -> int:
        return sum(row.amount for row in await self.billing.movements(GOTONE) if row.kind == "top_up")

    async def test_the_first_result_survives_a_restart(self) -> None:
        first = await self.perform()
        await self.restart()
        self.billing._operations.clear()
        again = await self.perform()
        assert isinstance(first, Done)
        self.assertEqual(again, Done(first.details, repeated=True))

    async def test_what_was_certainly_not_done_is_tried_again(self) -> None:
        self.faulty.plan("perform", FailBefore())
        self.assertIsInstance(await self.perform(), NotDone)
        self.assertIsInstance(await self.perform(), Done)
        self.assertEqual(await self.credited(), 5000)

    async def test_what_may_have_been_done_is_not_done_again(self) -> None:
        self.faulty.plan("perform", FailAfter())
        self.assertIsInstance(await self.perform(), Unknown)
        self.billing._operations.clear()
        self.assertIsInstance(await self.perform(), Unknown)
        await self.restart()
        self.assertIsInstance(await self.perform(), Unknown)
        self.assertEqual(self.faulty.calls.count("perform"), 1)

    async def test_an_offer_that_fails_leaves_the_key_free(self) -> None:
        offer = await self.business.offer(GOTONE, CHANGE)
        assert isinstance(offer, Offer)
        self.faulty.plan("offer", FailBefore())
        self.assertIsInstance(await self.business.perform(GOTONE, CHANGE, offer, "k"), NotDone)
        self.assertIsInstance(await self.business.perform(GOTONE, CHANGE, offer, "k"), Done)

    async def test_a_key_that_is_at_work_belongs_to_its_change(self) -> None:
        offer = await self.business.offer(GOTONE, CHANGE)
        other = await self.business.offer(GOTONE, OpenProduct("crbt"))
        assert isinstance(offer, Offer)
        assert isinstance(other, Offer)
        first = Deferred.fromCoroutine(self.business.perform(GOTONE, CHANGE, offer, "k"))
        second = await self.business.perform(GOTONE, OpenProduct("crbt"), other, "k")
        self.assertIsInstance(second, NotDone)
        self.assertIsInstance(await first, Done)

    async def test_an_outcome_is_kept_however_many_changes_wait(self) -> None:
        self.faulty.plan("perform", Hang())
        first = Deferred.fromCoroutine(self.perform())
        while "perform" not in self.faulty.calls:
            await _turn()
        workers, gate = self.business._workers, threading.Event()
        waiting = [Deferred.fromCoroutine(workers.run(gate.wait, None)) for _ in range(300)]
        self.faulty.release()
        await _turn()
        gate.set()
        await gatherResults([first, *waiting])
        await self.restart()
        again = await self.perform()
        assert isinstance(again, Done), again
        self.assertTrue(again.repeated)

    async def test_whoever_gives_up_does_not_stop_it(self) -> None:
        offer = await self.business.offer(GOTONE, CHANGE)
        assert isinstance(offer, Offer)
        self.faulty.plan("perform", Hang())
        changing = Deferred.fromCoroutine(self.business.perform(GOTONE, CHANGE, offer, "k"))
        again = Deferred.fromCoroutine(self.business.perform(GOTONE, CHANGE, offer, "k"))
        changing.addErrback(lambda _: None).cancel()
        while not self.faulty._hanging:
            await self.billing.healthy()
            await _turn()
        self.faulty.release()
        outcome = await again
        self.assertIsInstance(outcome, Done)
        self.assertEqual(await self.credited(), 5000)

    async def test_a_key_file_that_is_gone_changes_nothing(self) -> None:
        offer = await self.business.offer(GOTONE, CHANGE)
        assert isinstance(offer, Offer)
        with sqlite3.connect(self.file) as rows:
            rows.execute("DROP TABLE keyed")
        self.assertIsInstance(await self.business.perform(GOTONE, CHANGE, offer, "k"), NotDone)
        self.assertEqual(await self.credited(), 0)

    async def test_no_secret_is_kept(self) -> None:
        await self.perform()
        await self.perform("k2", OpenProduct("crbt"))
        await self.business.stop()
        for file in self.file.parent.iterdir():
            self.assertNotIn(FIFTY.encode(), file.read_bytes())


def _turn() -> Deferred[None]:
    """One turn of the reactor."""
    turned: Deferred[None] = Deferred()
    reactor.callLater(0, turned.callback, None)  # type: ignore[attr-defined]
    return turned


class TestKillNine(TestCase):
    timeout = 120

    def killed(self) -> tuple[Path, set[str]]:
        """A folder in which children were killed amid their work, and the keys that they said were done."""
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        told: set[str] = set()
        for enough in (15, 40, 5):
            words = [sys.executable, "-m", "tests.business.keyed_child", str(folder)]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
                assert child.stdout is not None
                for line in child.stdout:
                    told.add(line.split()[1])
                    if len(told) % 60 == enough:
                        child.send_signal(signal.SIGKILL)
        return folder, told

    async def finish(self, billing: Ledger, folder: Path) -> dict[str, Performed]:
        business = KeyedBusiness(billing, folder / "keys.db", reactor)
        await business.start()
        outcomes = await perform_all(business)
        await business.stop()
        return outcomes

    async def test_nothing_is_booked_twice_and_what_is_not_known_is_said_so(self) -> None:
        folder, told = self.killed()
        billing = Ledger(folder, reactor)
        outcomes = await self.finish(billing, folder)
        booked = Counter(billing.booked())
        self.assertEqual(max(booked.values()), 1)
        for key, outcome in outcomes.items():
            if isinstance(outcome, Done):
                self.assertEqual(booked[key], 1, key)
            else:
                self.assertIsInstance(outcome, Unknown)
                self.assertNotIn(key, told)
        self.assertTrue(any(isinstance(outcome, Unknown) for outcome in outcomes.values()))

    async def test_a_billing_system_that_can_be_asked_leaves_nothing_unknown(self) -> None:
        folder, _told = self.killed()
        billing = RecallingLedger(folder, reactor)
        outcomes = await self.finish(billing, folder)
        self.assertEqual({type(outcome) for outcome in outcomes.values()}, {Done})
        self.assertEqual(Counter(billing.booked()), Counter(KEYS))
