"""Short reads of SQLite are gathered, and no one of them spoils another."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import event
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from boss.sql import SqlBusiness, information, queries
from boss.sql.gathering import MOST, Readers
from boss.sql.prepared import Prepared
from boss.sql.situations import situation
from boss.testing.cases import lost
from business.contract import contract_data
from business.contract.case import FIFTY, GOTONE, MONTH, MZONE, NOW
from business.guards.workers import Late, Stopped
from business.port import CancelSp, OpenProduct, TopUp, Unavailable, Urge

NOBODY = "13999999999"


class GatheringCase(TestCase):
    timeout = 60

    async def setUp(self) -> None:  # type: ignore[override]
        self.file = Path(self.mktemp()).resolve() / "b.db"
        self.statements: list[str] = []
        self.business = SqlBusiness(f"sqlite:///{self.file}", lambda: NOW, reactor, threads=3)
        await self.business.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.business.stop()))
        await self.business.put(contract_data())
        event.listen(self.business._database.engine, "checkout", self._watch)
        self.gate = threading.Event()
        self.addCleanup(self.gate.set)
        self.readers = self.of_deadline(30)

    def of_deadline(self, seconds: float) -> Readers:
        readers = Readers(reactor, self.business._database, 3, seconds)
        self.addCleanup(lambda: Deferred.fromCoroutine(readers.stop()))
        self.addCleanup(self.gate.set)
        return readers

    def _watch(self, driver: Any, _record: Any, _proxy: Any) -> None:
        driver.set_trace_callback(self.statements.append)

    def read(self, query: Any, *arguments: Any) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.readers.run(query, *arguments))

    def hang(self, _connection: Any) -> str:
        self.gate.wait(30)
        return "at last"


class TestBatches(GatheringCase):
    async def test_all_that_wait_go_in_one_hop(self) -> None:
        order: list[int] = []

        def where(connection: Any, number: int) -> tuple[int, int]:
            queries.answers(connection)
            order.append(number)
            return threading.get_ident(), id(connection)

        answers = await gatherResults([self.read(where, n) for n in range(MOST)])
        self.assertEqual(order, list(range(MOST)))
        self.assertEqual(len(set(answers)), 1, "one thread, one connection")
        self.assertEqual(self.statements.count("BEGIN"), 1)
        await gatherResults([self.read(where, n) for n in range(2 * MOST)])
        self.assertEqual(self.statements.count("BEGIN"), 3)

    async def test_each_sees_what_was_committed_before_it_was_asked(self) -> None:
        other = sqlite3.connect(self.file, isolation_level=None)
        self.addCleanup(other.close)
        for balance in (1, 2, 3):
            other.execute("UPDATE bo_subscriber SET balance = ? WHERE msisdn = ?", (balance, GOTONE))
            self.assertEqual((await self.business.fee(GOTONE)).balance, balance)

    async def test_a_bad_one_fails_alone(self) -> None:
        def bad(connection: Any) -> None:
            connection._driver.execute("SELECT nothing FROM nowhere")

        def wrong(_connection: Any) -> None:
            raise ZeroDivisionError

        def fee(connection: Any) -> int:
            return queries.fee(connection, GOTONE, NOW).balance

        before, failed, between, broken, after = (self.read(one) for one in (fee, bad, fee, wrong, fee))
        await self.assertFailure(failed, sqlite3.OperationalError)
        await self.assertFailure(broken, ZeroDivisionError)
        self.assertEqual({await before, await between, await after}, {10000})

    async def test_a_failed_connection_is_nobody_elses(self) -> None:
        def close(connection: Any) -> None:
            connection._driver.close()

        closing, failed, after = (self.read(one) for one in (close, queries.answers, queries.answers))
        await closing
        await self.assertFailure(failed, sqlite3.Error)
        self.assertIsNone(await after)

    async def test_a_table_that_is_missing_is_the_askers_error_alone(self) -> None:
        other = sqlite3.connect(self.file, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("ALTER TABLE bo_sp RENAME TO broken")
        asked = [
            Deferred.fromCoroutine(call)
            for call in (
                self.business.sp_subscriptions(GOTONE),
                self.business.fee(GOTONE),
                self.business.subscriber(GOTONE),
            )
        ]
        await self.assertFailure(asked[0], Unavailable)
        self.assertEqual((await asked[1]).balance, 10000)
        self.assertEqual((await asked[2]).msisdn, GOTONE)


class TestHanging(GatheringCase):
    async def answered(self) -> None:
        """Sooner or later, on a machine that has much else to do."""
        while True:
            try:
                self.assertIsNone(await self.read(queries.answers))
                return
            except Late:
                continue

    async def test_nobody_stands_behind_one_that_hangs(self) -> None:
        before, hanging, behind = (self.read(one) for one in (queries.answers, self.hang, queries.answers))
        self.assertIsNone(await before)
        self.assertIsNone(await behind)
        another, last = self.read(self.hang), self.read(queries.answers)
        self.assertIsNone(await last)
        self.assertFalse(hanging.called or another.called)
        self.gate.set()
        self.assertEqual((await hanging, await another), ("at last", "at last"))

    async def test_what_no_reader_began_in_time_is_taken_back(self) -> None:
        ran: list[str] = []
        self.readers = self.of_deadline(1.0)
        stuck = [self.read(self.hang) for _ in range(3)]
        waiting = self.read(lambda _: ran.append("late"))
        for read in stuck:
            self.assertTrue((await self.assertFailure(read, Late)).begun)
        late = await self.assertFailure(waiting, Late)
        self.assertEqual((late.begun, late.busy), (False, False))
        self.gate.set()
        await self.answered()
        self.assertEqual(ran, [])

    async def test_behind_others_that_are_answered_it_is_busy(self) -> None:
        self.readers = self.of_deadline(0.5)
        turns = threading.Semaphore(0)
        self.addCleanup(turns.release, 100)
        first = [self.read(lambda _: turns.acquire(timeout=30)) for _ in range(3)]
        behind = [self.read(self.hang) for _ in range(3)]
        waiting = self.read(queries.answers)
        turns.release(3)
        await gatherResults(first)
        late = await self.assertFailure(waiting, Late)
        self.assertEqual((late.begun, late.busy), (False, True))
        for read in behind:
            await self.assertFailure(read, Late)

    async def test_one_without_end_is_cut_off(self) -> None:
        self.readers = self.of_deadline(1.0)
        endless = [self.read(lost) for _ in range(3)]
        for read in endless:
            self.assertTrue((await self.assertFailure(read, Late)).begun)
        await self.answered()

    async def test_one_without_end_is_cut_off_though_nobody_waits_for_it_any_more(self) -> None:
        self.readers = self.of_deadline(1.0)
        began = threading.Event()

        def begin(connection: Any) -> Any:
            began.set()
            return lost(connection)

        given_up = [self.read(begin) for _ in range(3)]
        await deferToThread(began.wait, 30)
        for read in given_up:
            read.cancel()
            await self.assertFailure(read, CancelledError)
        await self.readers.stop()
        for thread in self.readers._threads:
            await deferToThread(thread.join, 20)
            self.assertFalse(thread.is_alive())

    async def test_who_gives_up_before_it_was_begun_is_not_read_for(self) -> None:
        ran: list[str] = []
        given_up = self.read(lambda _: ran.append("for nobody"))
        given_up.cancel()
        await self.assertFailure(given_up, CancelledError)
        self.assertIsNone(await self.read(queries.answers))
        self.assertEqual(ran, [])

    async def test_stopped_takes_no_more_and_waits_for_those_it_has(self) -> None:
        waiting = self.read(queries.answers)
        await self.readers.stop()
        self.assertTrue(waiting.called)
        await self.assertFailure(self.read(queries.answers), Stopped)


class TestShortAndLong(GatheringCase):
    async def test_a_short_one_is_answered_while_all_that_may_take_long_hangs(self) -> None:
        """Details, lists of many, changes and loads have threads of their own."""
        run = self.business._workers.run
        long = [Deferred.fromCoroutine(run(lambda: self.gate.wait(30), None)) for _ in range(20)]
        details = Deferred.fromCoroutine(self.business.details(GOTONE, MONTH, 5))
        self.assertEqual((await self.business.fee(GOTONE)).balance, 10000)
        self.assertTrue(await self.business.healthy())
        self.assertFalse(details.called)
        self.gate.set()
        await gatherResults([*long, details])


class TestPrepared(GatheringCase):
    async def test_the_rows_are_those_of_core(self) -> None:
        """Every query, of somebody with everything and of nobody, once by each way."""
        asked = [
            *((one, number, NOW) for one in OF_NOW for number in (GOTONE, MZONE, NOBODY)),
            *((one, number) for one in OF_ONE for number in (GOTONE, MZONE, NOBODY)),
            *((queries.product, number, "crbt") for number in (GOTONE, NOBODY)),
            (queries.product, GOTONE, "no such"),
            (queries.choices, GOTONE, "pack"),
            (queries.bill, GOTONE, MONTH.replace(month=10), NOW),
            (information.attribution, GOTONE),
            (information.attribution, "0"),
            (information.places, "长沙"),
            *((situation, GOTONE, change, NOW) for change in CHANGES),
        ]
        driver = sqlite3.connect(self.file, isolation_level=None)
        self.addCleanup(driver.close)
        with self.business._database.reading() as core:
            for query, *arguments in asked:
                expected = _answer(query, core, *arguments)
                self.assertEqual(_answer(query, Prepared(driver), *arguments), expected, query)


OF_NOW = (
    *(queries.subscriber, queries.fee, queries.records, queries.complaints),
    *(queries.payments, queries.allowances, queries.points),
)
OF_ONE = (queries.puk, queries.rewards, queries.sp_subscriptions)
CHANGES = (OpenProduct("crbt"), OpenProduct("pack_10"), CancelSp(("sp1",)), TopUp(FIFTY, MZONE), Urge())


def _answer(query: Any, connection: Any, *arguments: Any) -> Any:
    try:
        return query(connection, *arguments)
    except Exception as error:
        return repr(error)
