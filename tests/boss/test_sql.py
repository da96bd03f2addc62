"""The sql back office when things go wrong: deadlines, a locked or broken database, a lost commit."""

from __future__ import annotations

import re
import threading
from functools import partial
from itertools import count
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from boss.sql import factory, performing, upgrade
from boss.sql.engine import Database
from boss.sql.models import Base
from boss.testing.cases import CRBT, SqlCase, lost
from business.contract.case import CARDS, FIFTY, GOTONE, MONTH, NOW, PASSWORD
from business.guards.workers import Late, Stopped, Workers
from business.port import (
    Busy,
    Done,
    NotDone,
    Offer,
    PasswordCheck,
    Performed,
    Refused,
    TopUp,
    Unavailable,
    Unknown,
)
from business.port.secrecy import DEAR, QUICK, cost_of, hash_password
from store.testing.postgres import Postgres
from tests.peers import needs_peer

NOTHING = Offer(0, False, False, NOW.date(), "")


class TestLockedDatabase(SqlCase):
    deadline = 1.5  # long enough for every call that need not wait, on a busy machine

    async def test_a_change_that_waits_for_a_lock_is_certainly_not_done_and_may_be_tried_again(self) -> None:
        offer = await self.offered()
        with self.sqlite() as other:
            other.execute("BEGIN IMMEDIATE")
            outcome = await self.business.perform(GOTONE, CRBT, offer, "k")
            assert isinstance(outcome, NotDone)
            self.assertTrue(outcome.busy, "that others write is no failure")
            await self.assertFailure(
                Deferred.fromCoroutine(self.business.check_password(GOTONE, "111111")), Busy
            )
            self.assertEqual(await self.charges(), [], "readers do not wait for the writer")
            other.execute("ROLLBACK")
        self.assertIsInstance(await self.business.perform(GOTONE, CRBT, offer, "k"), Done)
        self.assertEqual(await self.charges(), [-500])

    async def test_a_change_that_hangs_is_unknown_and_is_settled_by_its_key(self) -> None:
        offer = await self.offered()
        gate = threading.Event()
        engine = self.business._database.engine
        event.listen(engine, "commit", lambda _connection: gate.wait(30), once=True)
        outcome = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertIsInstance(outcome, Unknown)
        gate.set()
        while isinstance(outcome, Unknown | NotDone):
            outcome = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertEqual(outcome, Done(outcome.details, repeated=True))
        self.assertEqual(await self.charges(), [-500])

    async def test_a_change_that_no_thread_began_is_not_done(self) -> None:
        offer = await self.offered()
        with self.sqlite() as other:
            other.execute("BEGIN IMMEDIATE")
            calls = [self.business.perform(GOTONE, CRBT, offer, f"k{n}") for n in range(6)]
            outcomes = [await one for one in [Deferred.fromCoroutine(call) for call in calls]]
            other.execute("ROLLBACK")
        self.assertIn(NotDone, [type(one) for one in outcomes])
        self.assertLessEqual({type(one) for one in outcomes}, {NotDone, Unknown})
        begun = {f"k{n}" for n, one in enumerate(outcomes) if isinstance(one, Unknown)}
        await self.business.stop()  # whatever was begun comes to its end
        with self.sqlite() as other:
            keys = {key for (key,) in other.execute("SELECT key FROM bo_operation")}
        self.assertLessEqual(keys, begun)

    async def test_a_query_behind_others_is_busy_and_behind_stuck_ones_unavailable(self) -> None:
        gate, hanging = threading.Event(), threading.Event()
        self.addCleanup(hanging.set)

        def hang(event: threading.Event) -> Deferred[Any]:
            return Deferred.fromCoroutine(self.business._workers.run(lambda: event.wait(30), None))

        begun = [hang(gate), hang(gate)]
        stuck = Deferred.fromCoroutine(self.business.details(GOTONE, MONTH, 5))
        failed = await self.assertFailure(stuck, Unavailable)
        self.assertNotIsInstance(failed, Busy)
        begun += [hang(hanging), hang(hanging)]
        behind = Deferred.fromCoroutine(self.business.details(GOTONE, MONTH, 5))
        change = Deferred.fromCoroutine(self.business.perform(GOTONE, CRBT, NOTHING, "k"))
        gate.set()
        await self.assertFailure(behind, Busy)
        self.assertEqual(await change, NotDone("no thread was free in time", busy=True))
        hanging.set()
        await gatherResults(begun)

    async def test_a_query_without_end_gives_its_thread_back(self) -> None:
        """Both threads are lost in a query; it is cut off at the deadline, and the next calls are served."""
        for read in (self.business._read, self.business._read_long):
            lost_calls = [Deferred.fromCoroutine(read(lost)) for _ in range(2)]
            for call in lost_calls:
                await self.assertFailure(call, Unavailable)
            self.assertTrue(await self.business.healthy())
            self.assertEqual((await self.business.details(GOTONE, MONTH, 5)).count, 3)


class TestPasswords(SqlCase):
    def kept(self) -> bytes:
        with self.sqlite() as other:
            (found,) = other.execute(
                "SELECT password FROM bo_subscriber WHERE msisdn = ?", (GOTONE,)
            ).fetchone()
        return bytes(found)

    async def check(self, password: str) -> PasswordCheck:
        return (await self.business.check_password(GOTONE, password)).check

    async def test_what_was_loaded_is_hashed_anew_when_it_is_first_proved(self) -> None:
        loaded = self.kept()
        self.assertEqual(cost_of(loaded), QUICK)
        self.assertEqual(await self.check("000000"), PasswordCheck.WRONG)
        self.assertEqual(self.kept(), loaded)
        self.assertEqual(await self.check(PASSWORD), PasswordCheck.RIGHT)
        proved = self.kept()
        self.assertEqual(cost_of(proved), DEAR)
        self.assertEqual(await self.check(PASSWORD), PasswordCheck.RIGHT)
        self.assertEqual(self.kept(), proved)
        self.assertEqual(await self.check("000000"), PasswordCheck.WRONG)

    async def test_guesses_side_by_side_are_counted_one_by_one(self) -> None:
        calls = [self.check(f"00000{n}") for n in range(8)]
        found = [await one for one in [Deferred.fromCoroutine(call) for call in calls]]
        self.assertEqual(found.count(PasswordCheck.WRONG), 2)
        self.assertEqual(found.count(PasswordCheck.LOCKED), 6)
        self.assertEqual(await self.check(PASSWORD), PasswordCheck.LOCKED)
        self.assertEqual(cost_of(self.kept()), QUICK)

    async def test_a_password_that_changes_meanwhile_is_held_against_the_new_one(self) -> None:
        new = hash_password("147963", b"t" * 16)

        def change(*_: object) -> None:
            with self.sqlite() as other:
                other.execute("UPDATE bo_subscriber SET password = ? WHERE msisdn = ?", (new, GOTONE))

        tried = performing.password_fits

        def between(password: str, kept: bytes | None) -> bool:
            if kept != new:
                change()
            return tried(password, kept)

        self.patch(performing, "password_fits", between)
        self.assertEqual(await self.check(PASSWORD), PasswordCheck.WRONG)
        self.assertEqual(self.kept(), new)

    async def test_nobody_waits_for_a_hash_to_write(self) -> None:
        """While one is made, changes go on: on SQLite all of them stand in one line."""
        gate = threading.Event()
        self.patch(performing, "password_fits", lambda password, kept: gate.wait(10))
        checking = Deferred.fromCoroutine(self.check(PASSWORD))
        self.assertIsInstance(await self.business.perform(GOTONE, CRBT, await self.offered(), "k"), Done)
        gate.set()
        self.assertEqual(await checking, PasswordCheck.RIGHT)


class TestBrokenDatabase(SqlCase):
    async def test_a_query_is_unavailable(self) -> None:
        self.break_table("bo_usage")
        await self.assertFailure(Deferred.fromCoroutine(self.business.fee(GOTONE)), Unavailable)

    async def test_a_change_refused_by_the_database_is_not_done_at_all(self) -> None:
        offer = await self.offered()
        self.break_table("bo_audit")  # the last row of the transaction
        outcome = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertIsInstance(outcome, NotDone)
        self.assertEqual(await self.charges(), [])
        self.assertNotIn("crbt", (await self.business.subscriber(GOTONE)).opened)

    async def test_no_card_and_no_statement_in_what_is_told_of_an_error(self) -> None:
        offer = await self.business.offer(GOTONE, TopUp(FIFTY, GOTONE))
        assert isinstance(offer, Offer)
        self.break_table("bo_ledger")
        outcome = await self.business.perform(GOTONE, TopUp(FIFTY, GOTONE), offer, "k")
        assert isinstance(outcome, NotDone)
        self.assertNotIn("SELECT", outcome.why)
        self.assertNotIn(FIFTY, outcome.why)

    async def test_a_lost_commit_is_unknown_and_the_key_settles_it(self) -> None:
        offer = await self.offered()

        lost: list[str] = []

        def lose(_connection: Any) -> None:
            if not lost:
                lost.append("once")
                raise OperationalError("COMMIT", {}, Exception("the line fell"))

        event.listen(self.business._database.engine, "commit", lose)
        outcome = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertIsInstance(outcome, Unknown)
        again = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertIsInstance(again, Done)
        self.assertEqual(await self.charges(), [-500])

    async def test_a_backlog_is_no_illness(self) -> None:
        """All threads work and hundreds wait, while fifty ask how we do."""
        gate = threading.Event()
        calls = [self.business._read(lambda _connection: gate.wait(20)) for _ in range(300)]
        waiting = [Deferred.fromCoroutine(call).addErrback(lambda _: None) for call in calls]
        asking = [Deferred.fromCoroutine(self.business.healthy()) for _ in range(50)]
        self.assertEqual([await each for each in asking], [True] * 50)
        gate.set()
        for each in waiting:
            await each

    async def test_health_tells_the_truth(self) -> None:
        self.assertTrue(await self.business.healthy())
        self.break_table("bo_product")
        self.assertFalse(await self.business.healthy())


class TestFullDisk(SqlCase):
    async def test_a_change_for_which_there_is_no_room_is_not_done_and_may_be_tried_again(self) -> None:
        """SQLite's own limit of pages stands for the disk."""
        offer = await self.offered()
        engine = self.business._database.engine
        pages = 1

        def limit(driver: Any, _record: Any, _proxy: Any) -> None:
            driver.execute(f"PRAGMA max_page_count={pages}")

        event.listen(engine, "checkout", limit)
        outcome: Performed = Done()
        keys = (f"k{number}" for number in count())
        while not isinstance(outcome, NotDone):  # each leaves rows behind, refused or not
            key = next(keys)
            outcome = await self.business.perform(GOTONE, CRBT, offer, key)
        self.assertIn("full", outcome.why)
        self.assertTrue(await self.business.healthy(), "what is there can still be read")
        pages = 1_000_000
        self.assertIsInstance(await self.business.perform(GOTONE, CRBT, offer, key), Done | Refused)
        self.assertEqual(await self.charges(), [-500])


class TestSecretsAtRest(SqlCase):
    async def test_neither_cards_nor_passwords_lie_in_the_file(self) -> None:
        offer = await self.business.offer(GOTONE, TopUp(FIFTY, GOTONE))
        assert isinstance(offer, Offer)
        await self.business.perform(GOTONE, TopUp(FIFTY, GOTONE), offer, "k")
        await self.business.stop()
        held = b"".join(path.read_bytes() for path in self.file.parent.iterdir())
        self.assertIn(GOTONE.encode(), held)
        for secret in (*CARDS, PASSWORD):
            self.assertNotIn(secret.encode(), held)


class TestSchema(TestCase):
    def _differences(self, url: str) -> list[Any]:
        database = Database(url, 1)
        with database.reading() as connection:
            found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        database.close()
        return [one for one in found if "bo_version" not in str(one)]

    def test_the_migrations_make_what_the_models_say(self) -> None:
        url = f"sqlite:///{self.mktemp()}/b.db"
        upgrade(url)
        upgrade(url)
        self.assertEqual(self._differences(url), [])

    @needs_peer("postgresql")
    def test_on_postgresql_too(self) -> None:
        server = Postgres()
        self.addCleanup(server.stop)
        upgrade(server.url)
        self.assertEqual(self._differences(server.url), [])

    async def test_several_may_migrate_at_once(self) -> None:
        url = f"sqlite:///{self.mktemp()}/b.db"
        upgrades = [deferToThread(upgrade, url) for _ in range(4)]
        for one in upgrades:
            await one
        self.assertEqual(self._differences(url), [])

    def test_sqlite_in_memory_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            factory("sqlite://", clock=lambda: NOW, reactor=reactor)
        with self.assertRaises(ValueError):
            factory(None, clock=lambda: NOW, reactor=reactor)


class TestWorkers(TestCase):
    def setUp(self) -> None:
        self.workers = Workers(reactor, 1)
        self.workers.start()
        self.gate, self.began = threading.Event(), threading.Event()
        self.ran: list[str] = []
        self.addCleanup(lambda: Deferred.fromCoroutine(self.workers.stop(5)))
        self.addCleanup(self.gate.set)

    def _hang(self) -> None:
        self.began.set()
        self.gate.wait(30)

    def call(self, what: Any, deadline: float | None) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.workers.run(what, deadline))

    async def test_what_was_never_begun_is_taken_back(self) -> None:
        hanging = self.call(self._hang, None)
        await deferToThread(self.began.wait, 30)
        late = await self.assertFailure(self.call(lambda: self.ran.append("late"), 0.05), Late)
        self.assertFalse(late.begun)
        self.gate.set()
        await hanging
        await self.call(lambda: self.ran.append("next"), 5)
        self.assertEqual(self.ran, ["next"])

    async def test_what_was_begun_says_so(self) -> None:
        late = await self.assertFailure(self.call(self._hang, 0.05), Late)
        self.assertTrue(late.begun)

    async def test_nobody_is_turned_away_because_others_wait(self) -> None:
        calls = [self.call(self._hang, None)]
        calls += [self.call(partial(self.ran.append, str(n)), None) for n in range(2000)]
        self.gate.set()
        await gatherResults(calls)
        self.assertEqual(self.ran, [str(n) for n in range(2000)])

    async def test_late_behind_others_that_are_answered_is_busy(self) -> None:
        hanging = self.call(self._hang, None)
        await deferToThread(self.began.wait, 30)
        stuck = await self.assertFailure(self.call(lambda: None, 0.05), Late)
        self.assertFalse(stuck.busy, "nobody was answered meanwhile")
        again = threading.Event()
        self.addCleanup(again.set)
        calls = [self.call(lambda: None, None), self.call(lambda: again.wait(30), None)]
        late = self.assertFailure(self.call(lambda: self.ran.append("late"), 0.2), Late)
        self.gate.set()  # the one before it is answered, the next one hangs
        await hanging
        busy = await late
        self.assertEqual((busy.busy, busy.begun, self.ran), (True, False, []))
        again.set()
        await gatherResults(calls)

    async def test_stopped_takes_no_more(self) -> None:
        await self.workers.stop(5)
        await self.assertFailure(self.call(lambda: self.ran.append("more"), 5), Stopped)
        self.assertEqual(self.ran, [])

    async def test_stopping_does_not_wait_for_ever(self) -> None:
        hanging = self.call(self._hang, None)
        await deferToThread(self.began.wait, 30)
        await self.workers.stop(0.05)
        self.assertFalse(hanging.called)
        self.gate.set()
        await hanging

    async def test_an_error_of_the_call_is_the_callers(self) -> None:
        await self.assertFailure(self.call(lambda: 1 // 0, 5), ZeroDivisionError)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"thread": 4}, "business.options.thread: sql knows no such option; it knows threads, deadline"),
        (
            {"threads": "many"},
            "business.options.threads: 'many' will not do; write a whole number",
        ),
        ({"threads": 0}, "business.options.threads: 0 will not do"),
        ({"threads": True}, "business.options.threads: True will not do"),
        ({"deadline": -1.0}, "business.options.deadline: -1.0 will not do; write a number"),
    ],
)
def test_options_that_will_not_do_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        factory("sqlite:///never.db", clock=lambda: NOW, reactor=reactor, **options)
