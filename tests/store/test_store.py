"""The store over a real SQLite file: what is committed is there after a restart, all or nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import create_engine, make_url
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.logger import LogLevel, formatEvent, globalLogPublisher

from counter.sessions import address_of
from store import (
    CallRow,
    Conclusion,
    Finished,
    GuessRow,
    QueryRow,
    Store,
    StoreConflict,
    StoreInUse,
    StoreRefused,
    StoreUnavailable,
    WishRow,
    writer,
)
from store.engine import versions
from store.statements import chunks
from store.testing.cases import CALLER, OnPostgresql, StoreCase, call, mo, mt, session
from tests.peers import needs_peer

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def _times_of_queries(cursor: Any) -> list[float]:
    cursor.execute("SELECT at FROM queries ORDER BY id")
    return [at for (at,) in cursor.fetchall()]


class WhatIsKept(StoreCase):
    async def test_an_mo_waits_until_it_is_concluded(self) -> None:
        store = await self.opened()
        await gatherResults([store.receive(mo(store.next_inbox_id())) for _ in range(5)])
        await store.conclude(Conclusion((1, 3), session("{1}"), (mt(1), mt(2, 1)), (CALLER, "2026-11-22", 1)))
        store = await self.reopened()
        found = await store.recover(0.0)
        self.assertEqual((found.waiting_in, found.newest_in), ({CALLER: 3}, 5))
        waiting = await store.waiting_in(0, 10)
        self.assertEqual([row.id for row in waiting], [2, 4, 5])
        self.assertEqual(waiting[0], mo(2))
        self.assertEqual([row.id for row in await store.waiting_in(2, 1)], [4], "in portions")
        self.assertEqual([row.id for row in found.recent], [1, 2, 3, 4, 5])
        self.assertIsNone(found.recent[0].body, "the text of a handled MO is not kept")
        self.assertEqual(found.waiting_out, (mt(1), mt(2, 1)))
        self.assertEqual(found.sessions, (session("{1}"),))
        self.assertEqual(found.promos, {(CALLER, "2026-11-22"): 1})

    async def test_sessions_of_two_channels_of_one_number_stand_beside_each_other(self) -> None:
        store = await self.opened()
        texted, on_the_web = session("{1}", touched=1000.0), session("{2}", touched=2000.0)
        on_the_web = on_the_web._replace(channel="web", hall="v2")
        await store.keep_hall("v1", "menu 1", 1.0)
        await store.keep_hall("v2", "menu 2", 1.0)
        await gatherResults([store.conclude(Conclusion((), each)) for each in (texted, on_the_web)])
        store = await self.reopened()
        self.assertEqual(set((await store.recover(0.0)).sessions), {texted, on_the_web})
        again = on_the_web._replace(state="{3}")
        await store.conclude(Conclusion((), again))
        self.assertEqual(set((await store.recover(0.0)).sessions), {texted, again})
        await store.purge(1500.0)
        self.assertEqual((await store.recover(0.0)).sessions, (again,), "idle on one, not on the other")
        self.assertEqual(await store.halls_in_use(), {"v2": "menu 2"})

    async def test_a_database_of_before_there_were_channels_keeps_its_open_sessions(self) -> None:
        store = await self.opened()
        await store.conclude(Conclusion((), session("{1}", asked=7), (mt(7),)))
        await store.conclude(Conclusion((), session("{2}")._replace(channel="web")))
        await store.accepted(7, "x", 1001.0)
        await store.stop()
        command.downgrade(versions(self.url), "0005")
        store = await self.opened()
        found = await store.recover(0.0)
        self.assertEqual((found.sessions, found.asked), ((session("{1}", asked=7),), {7: 1001.0}))

    async def test_ids_go_on_where_they_stopped_also_after_a_purge(self) -> None:
        store = await self.opened()
        await store.receive(mo(store.next_inbox_id()))
        await store.conclude(Conclusion((1,), None, (mt(store.next_outbox_id()),)))
        await store.accepted(1, "x", 1001.0)
        self.assertEqual(await store.purge(5000.0), 2)
        store = await self.reopened()
        self.assertEqual((store.next_inbox_id(), store.next_outbox_id()), (2, 2))

    async def test_what_was_accepted_dropped_or_refused_is_not_sent_again(self) -> None:
        store = await self.opened()
        await store.conclude(Conclusion(outbox=(mt(1, udh=7), mt(2, receipt=1, udh=8), mt(3), mt(4))))
        await gatherResults(
            [
                store.accepted(1, "A", 1001.0),
                store.accepted(2, "B", 1002.0),
                store.given_up(3, 1003.0, "late", dropped=True),
            ]
        )
        found = await (await self.reopened()).recover(0.0)
        self.assertEqual([row.id for row in found.waiting_out], [4])
        self.assertEqual(found.receipts, {"B": 2})
        self.assertEqual(found.references, {CALLER: 8})
        await self.store.delivered(2, "DELIVRD")
        self.assertEqual((await self.store.recover(0.0)).receipts, {})

    async def test_a_question_is_taken_when_its_last_part_is(self) -> None:
        store = await self.opened()
        await store.conclude(Conclusion((), session(asked=1), (mt(1, 1), mt(2, 1))))
        await store.accepted(1, "A", 1001.0)
        self.assertEqual((await store.recover(0.0)).asked, {1: None})
        await store.accepted(2, "B", 1002.0)
        self.assertEqual((await store.recover(0.0)).asked, {1: 1002.0})

    async def test_a_question_that_the_smsc_refused_was_never_taken(self) -> None:
        store = await self.opened()
        await store.conclude(Conclusion((), session(asked=1), (mt(1, 1), mt(2, 1))))
        await store.accepted(1, "A", 1001.0)
        await store.given_up(2, 1002.0, "refused")
        self.assertEqual((await store.recover(0.0)).asked, {1: None})

    async def test_what_waits_for_a_message_that_was_given_up_is_known_after_a_restart(self) -> None:
        store = await self.opened()
        await store.conclude(Conclusion(outbox=tuple([mt(n) for n in (1, 2, 3)])))
        await store.conclude(Conclusion(outbox=tuple([mt(n + 3)._replace(waits_for=n) for n in (1, 2, 3)])))
        await store.accepted(1, "A", 1001.0)
        await store.given_up(2, 1002.0, "refused")
        found = await (await self.reopened()).recover(0.0)
        self.assertEqual([row.id for row in found.waiting_out], [3, 4, 5, 6])
        self.assertEqual(found.failed_out, frozenset({2}))

    async def test_operations_calls_halls_promos(self) -> None:
        store = await self.opened()
        await store.operation_started("k1", CALLER, "voice", "{}", 1.0)
        await store.operation_started("k2", CALLER, "sms", "{}", 2.0, session=session("{2}"))
        await store.conclude(Conclusion(operations=(Finished("unknown", 3.0, '"unknown"', "k2"),)))
        await store.operation_started("k3", CALLER, "sms", "{}", 2.0)
        await store.conclude(
            Conclusion(operations=(Finished("finished", 3.0, '"done"', "k3"),), outbox=(mt(1),))
        )
        self.assertEqual([row.key for row in await store.unsettled()], ["k1", "k2"])
        await store.conclude(Conclusion(operations=(Finished("people", 9.0, "null", "k1"),)))
        self.assertEqual([(row.key, row.tries) for row in await store.for_people()], [("k1", 1)])
        await store.keep_hall("v1", "services:", 1.0)
        self.assertEqual(await store.hall_text("v1"), "services:")
        self.assertIsNone(await store.hall_text("v2"))
        call = CallRow("c1", CALLER, "10086", 1.0, 1.1, None, "", "[]")
        await store.keep_call(call)
        await store.keep_call(call._replace(ended=5.0, outcome="served"))
        self.assertEqual(await store.calls(), [call._replace(ended=5.0, outcome="served")])
        await store.conclude(Conclusion(wishes=(WishRow(CALLER, 0, 1.0),)))
        await store.alive(77.5)
        found = await store.recover(0.0)
        self.assertEqual((found.promo_refused, found.alive), (frozenset({CALLER}), 77.5))

    async def test_purge_keeps_what_waits_and_halls_in_use(self) -> None:
        store = await self.opened()
        await store.receive(mo(1, 10.0))
        await store.receive(mo(2, 10.0))
        await store.conclude(Conclusion((1,), session(touched=2000.0), (mt(1),)))
        for version in ("v0", "v1"):
            await store.keep_hall(version, "", 5.0)
        await store.operation_started("k", CALLER, "sms", "{}", 1.0)
        self.assertEqual(await store.purge(1500.0), 2, "MO 1 and hall v0")
        found = await store.recover(0.0)
        self.assertEqual((found.waiting_in, len(found.waiting_out)), ({CALLER: 1}, 1))
        self.assertEqual(len(await store.unsettled()), 1)

    async def test_tries_at_secrets_are_kept_but_for_those_that_were_none_and_purged_when_they_are_old(
        self,
    ) -> None:
        store = await self.opened()
        rows = [GuessRow(id, "password", CALLER, "", "13900000002", float(id)) for id in (10, 20, 30)]
        await gatherResults([store.keep_guess(row) for row in rows])
        await store.forget_guess(20)
        again = await self.reopened()
        self.assertEqual(await again.guesses(0.0), [rows[0], rows[2]])
        self.assertEqual(await again.guesses(11.0), [rows[2]])
        await again.purge(15.0)
        self.assertEqual(await again.guesses(0.0), [rows[2]])

    async def test_a_try_that_is_given_back_before_it_is_written_is_none(self) -> None:
        store = await self.opened()
        row = GuessRow(1, "id", "", "192.0.2.1", "", 1.0)
        await gatherResults([store.keep_guess(row), store.forget_guess(1)])
        self.assertEqual(await store.guesses(0.0), [])

    async def test_of_two_wishes_in_one_batch_the_later_one_stands(self) -> None:
        store = await self.opened()
        wishes = [(CALLER, 1), (CALLER, 0), ("13900000002", 0), ("13900000002", 1)]
        rows = [WishRow(who, wanted, float(at)) for at, (who, wanted) in enumerate(wishes)]
        await gatherResults([store.conclude(Conclusion(wishes=(row,))) for row in rows])
        again = await self.reopened()
        self.assertEqual((await again.recover(0.0)).promo_refused, frozenset({CALLER}))

    async def test_who_had_refused_promos_before_wishes_were_kept_either_way_still_has(self) -> None:
        store = await self.opened()
        wishes = (WishRow(CALLER, 0, 5.0), WishRow("13900000002", 1, 6.0))
        await store.conclude(Conclusion(wishes=wishes))
        await store.stop()
        command.downgrade(versions(self.url), "0006")
        store = await self.opened()
        self.assertEqual((await store.recover(0.0)).promo_refused, frozenset({CALLER}))

    async def test_sessions_of_before_are_found_by_a_digest_of_their_names(self) -> None:
        store = await self.opened()
        await store.stop()
        command.downgrade(versions(self.url), "0008")
        engine = create_engine(
            make_url(self.url).set(drivername=DRIVERS[make_url(self.url).get_backend_name()])
        )
        with engine.begin() as connection:
            for channel, address in (("web", "a-name"), ("sms", CALLER)):
                connection.exec_driver_sql(
                    "INSERT INTO sessions (channel,address,hall,state,touched)"
                    f" VALUES ('{channel}','{address}','v','{{}}',1.0)"
                )
        engine.dispose()
        store = await self.opened()
        self.assertIsNone(await store.session("web", "a-name"))
        self.assertIsNotNone(await store.session("web", address_of("a-name")))
        self.assertIsNotNone(await store.session("sms", CALLER))

    async def test_queries_are_purged_in_portions_when_they_are_old(self) -> None:
        store = await self.opened()
        rows = tuple(QueryRow(float(at), CALLER, "sms", "fee", "query", "answered") for at in range(10))
        await store.conclude(Conclusion(queries=rows))
        self.assertEqual([await store.purge(7.5, limit=3) for _ in range(4)], [3, 3, 2, 0])
        left = await store._open.read(_times_of_queries)
        self.assertEqual(left, [8.0, 9.0])

    async def test_old_promo_counts_and_calls_that_a_kill_cut_off_are_purged(self) -> None:
        store = await self.opened()
        await store.conclude(Conclusion((), promos=(CALLER, "1970-01-01", 2)))
        await store.conclude(Conclusion((), promos=(CALLER, "1970-01-03", 1)))
        await store.keep_call(CallRow("cut off", CALLER, "10086", 10.0, 11.0, None, "", "[]"))
        await store.purge(86_400.0)
        self.assertEqual((await store.recover(0.0)).promos, {(CALLER, "1970-01-03"): 1})
        self.assertEqual(await store.calls(), [])


class WhatGoesWrong(StoreCase):
    async def test_only_the_guilty_request_of_a_batch_fails(self) -> None:
        store = await self.opened()
        await store.receive(mo(1))
        good, bad, other = store.receive(mo(2)), store.receive(mo(1)), store.conclude(Conclusion((1,)))
        before = store.commits
        await self.assertFailure(bad, StoreConflict)
        await gatherResults([good, other])
        self.assertEqual(store.commits - before, 1)
        self.assertEqual([row.id for row in await store.waiting_in(0, 1000)], [2])

    async def test_what_the_database_has_no_place_for_fails_alone(self) -> None:
        store = await self.opened()
        bad = {
            "a lone surrogate": lambda: store.keep_call(call("bad", called="\udcff")),
            "over 63 bits": lambda: store.receive(mo(2)._replace(reference=2**72)),
            "over 63 bits, below": lambda: store.receive(mo(2)._replace(sequence=-(2**63) - 1)),
            "nothing where something must be": lambda: store.keep_call(call("bad", called=None)),
            "what no database knows": lambda: store.keep_call(call("bad", called=object())),
            "a surrogate in a key": lambda: store.operation_started("\ud800", CALLER, "sms", "{}", 1.0),
            "a surrogate in an answer": lambda: store.conclude(
                Conclusion(outbox=(mt(1), mt(2, subscriber="\udfff")))
            ),
        }
        for number, (what, write) in enumerate(bad.items(), 1):
            before = store.commits
            good = [store.receive(mo(10 * number + k)) for k in range(3)]
            refused = write()
            good += [store.keep_call(call(f"good {number}")), store.conclude(Conclusion((10 * number,)))]
            await self.assertFailure(refused, StoreRefused)
            await gatherResults(good)
            self.assertEqual(store.commits - before, 1, what)
        kept = [row.id for row in await store.waiting_in(0, 1000)]
        self.assertEqual(kept, [10 * n + k for n in range(1, len(bad) + 1) for k in (1, 2)])
        self.assertEqual(len(await store.calls()), len(bad), "only the good ones")
        self.assertEqual((await store.recover(0.0)).waiting_out, (), "nor is half of it kept")

    async def test_every_good_one_is_kept_wherever_the_bad_ones_stand(self) -> None:
        store = await self.opened()
        bad = {0, 1, 7, 500, 998, 999}
        before = store.commits
        called = {n: "\udcff" if n in bad else "10086" for n in range(1000)}
        written = [store.keep_call(call(str(n), called[n])) for n in called]
        for n, each in enumerate(written):
            if n in bad:
                await self.assertFailure(each, StoreRefused)
            else:
                await each
        self.assertEqual(store.commits - before, 1)
        self.assertEqual(len(await store.calls(limit=2000)), 1000 - len(bad))
        self.assertEqual(store.refused, {"calls": len(bad)})

    async def test_a_refused_entry_is_told_in_one_line_a_minute_and_never_quoted(self) -> None:
        lines: list[dict[str, Any]] = []
        globalLogPublisher.addObserver(lines.append)
        self.addCleanup(globalLogPublisher.removeObserver, lines.append)
        store = await self.opened()
        for _ in range(5):
            refused = store.receive(mo(1)._replace(source="my password is 123456 \udcff", reference=2**72))
            await self.assertFailure(refused, StoreRefused)
        told = [formatEvent(each) for each in lines if each["log_level"] is LogLevel.error]
        self.assertEqual(len(told), 1)
        self.assertIn("the store refused 1 of inbox", told[0])
        self.assertNotIn("123456", told[0])

    async def test_a_question_that_fails_spoils_nothing(self) -> None:
        store = await self.opened()

        def half_done(cursor: Any) -> None:
            cursor.execute("BEGIN")
            cursor.execute("DELETE FROM facts")
            raise ValueError("a row that cannot be read")

        first = store.receive(mo(1))
        asked = [store._open.read(half_done), store.operation("\udcff"), store.hall_text("\ud800")]
        good = store.receive(mo(2))
        for each in asked:
            await self.assertFailure(each, StoreRefused)
        await gatherResults([first, good, store.receive(mo(3))])
        self.assertEqual([row.id for row in await store.waiting_in(0, 1000)], [1, 2, 3])

    async def test_a_table_that_is_gone_is_no_entry_s_fault(self) -> None:
        store = await self.opened()
        await store._open.read(lambda cursor: cursor.execute("ALTER TABLE calls RENAME TO mislaid"))
        await self.assertFailure(store.keep_call(call("1")), StoreUnavailable)
        await store._open.read(lambda cursor: cursor.execute("ALTER TABLE mislaid RENAME TO calls"))
        await store.keep_call(call("1"))

    async def test_an_outcome_needs_its_inbox_row(self) -> None:
        store = await self.opened()
        await self.assertFailure(store.conclude(Conclusion((9,), session(), (mt(1),))), StoreConflict)
        await self.assertFailure(
            store.operation_started("k", CALLER, "sms", "{}", 1.0, inbox=(9,)), StoreConflict
        )
        found = await store.recover(0.0)
        self.assertEqual((found.sessions, found.waiting_out, await store.unsettled()), ((), (), []))

    async def test_a_key_is_started_once_and_finished_only_if_started(self) -> None:
        store = await self.opened()
        await store.operation_started("k", CALLER, "sms", "{}", 1.0)
        await store.conclude(Conclusion(operations=(Finished("finished", 2.0, '"done"', "k"),)))
        await store.operation_started("k", CALLER, "sms", "{}", 3.0)
        await store.conclude(Conclusion(operations=(Finished("unknown", 4.0, '"?"', "k"),)))
        row = await store.operation("k")
        assert row is not None
        self.assertEqual((row.state, row.outcome), ("finished", '"done"'), "the truth is not overwritten")
        await self.assertFailure(
            store.conclude(Conclusion(operations=(Finished("finished", 1.0, "{}", "nokey"),))), StoreConflict
        )

    async def test_a_full_disk_fails_the_request_and_the_store_goes_on_when_there_is_room(self) -> None:
        store = await self.opened()
        await store.receive(mo(1))
        raw = store._open._connection.raw
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages}")
        big = mo(2)._replace(body=b"x" * 60_000)
        await self.assertFailure(store.receive(big), StoreUnavailable)
        raw.execute(f"PRAGMA max_page_count={pages + 1000}")
        await store.receive(big)
        self.assertEqual(len(await store.waiting_in(0, 10)), 2)

    async def test_a_full_disk_is_told_though_something_small_fits_now_and_then(self) -> None:
        store = await self.opened()
        raw = store._open._connection.raw
        raw.execute(f"PRAGMA max_page_count={raw.execute('PRAGMA page_count').fetchone()[0]}")
        await self.assertFailure(store.receive(mo(1)._replace(body=b"x" * 60_000)), StoreUnavailable)
        self.assertFalse(await store.healthy())
        await store.alive(1.0)  # fits
        self.assertFalse(await store.healthy())
        self.patch(writer, "DOUBT", 0.0)  # later, when nothing has failed for a while
        self.assertTrue(await store.healthy())

    async def test_a_database_locked_by_another_fails_as_unavailable(self) -> None:
        store = await self.opened()
        store._open._connection.raw.execute("PRAGMA busy_timeout=10")
        other = sqlite3.connect(self.directory / "hall.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await self.assertFailure(store.receive(mo(1)), StoreUnavailable)
        other.execute("ROLLBACK")
        other.close()
        await store.receive(mo(1))

    async def test_health_is_told_by_whatever_was_written(self) -> None:
        store = await self.opened()
        writing = [store.receive(mo(number)) for number in range(3000)]
        healthy = [store.healthy() for _ in range(700)]
        self.assertEqual([await each for each in healthy], [True] * 700)
        for each in writing:
            await each
        before = store.commits
        self.assertTrue(await store.healthy())
        self.assertEqual(store.commits, before, "a commit a moment ago is proof enough")

    async def test_health_tells_of_a_disk_that_takes_nothing(self) -> None:
        self.patch(writer, "PROOF", 0.0)
        store = await self.opened()
        self.assertTrue(await store.healthy())
        raw = store._open._connection.raw
        raw.execute("PRAGMA busy_timeout=10")
        other = sqlite3.connect(self.directory / "hall.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asking = [store.healthy() for _ in range(3)]
        self.assertEqual([await each for each in asking], [False] * 3)
        other.execute("ROLLBACK")
        other.close()
        self.assertTrue(await store.healthy())

    async def test_a_second_hall_is_kept_out(self) -> None:
        await self.opened()
        second = Store(self.url, reactor)
        with self.assertRaises(StoreInUse):
            await second.start()
        await second.stop()

    async def test_requests_after_the_end_are_refused(self) -> None:
        store = await self.opened()
        writer = store._open
        last = store.receive(mo(1))
        await store.stop()
        await last
        await self.assertFailure(writer.submit(()), StoreUnavailable)
        await self.opened()

    async def test_what_came_within_one_gathering_is_one_commit(self) -> None:
        store = Store(self.url, reactor, gather=0.05)
        await store.start()
        self.store = store
        before = store.commits
        await gatherResults([store.receive(mo(id)) for id in range(1, 101)])
        self.assertEqual(store.commits - before, 1)


def test_chunks_hold_every_row_in_order() -> None:
    for n in (0, 1, 3, 399, 400, 401, 1000):
        rows = [(i,) for i in range(n)]
        assert [row for piece in chunks(rows) for row in piece] == rows


def test_the_tables_are_what_the_migrations_make(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from store import upgrade
    from store.schema import METADATA

    url = f"sqlite:///{tmp_path}/hall.db"
    upgrade(url)
    upgrade(url)
    with create_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "store_version"})
        assert compare_metadata(context, METADATA) == []
    assert os.path.exists(tmp_path / "hall.db")


@needs_peer("postgresql")
class WhatIsKeptOnPostgresql(OnPostgresql, WhatIsKept):
    """What is committed is there after a restart."""


@needs_peer("postgresql")
class WhatGoesWrongOnPostgresql(OnPostgresql, WhatGoesWrong):
    """One bad request fails alone; a second hall is kept out."""

    test_a_full_disk_fails_the_request_and_the_store_goes_on_when_there_is_room = (
        None  # the server's own disk
    )
    test_a_database_locked_by_another_fails_as_unavailable = None  # no lock on a whole file
    test_a_full_disk_is_told_though_something_small_fits_now_and_then = None
    test_health_tells_of_a_disk_that_takes_nothing = None  # the same

    async def test_numbers_and_characters_that_only_this_database_refuses_fail_alone(self) -> None:
        store = await self.opened()
        good = store.receive(mo(1))
        refused = [
            store.keep_call(call("nul", called="100\x0086")),
            store.receive(mo(2)._replace(reference=2**31)),
            store.receive(mo(3)._replace(coding=2**15)),
            store.keep_call(call("".join(map(chr, range(0x4E00, 0x9000))))),  # no index holds such a key
        ]
        other = store.keep_call(call("good"))
        for each in refused:
            await self.assertFailure(each, StoreRefused)
        await gatherResults([good, other])

    async def test_a_server_that_takes_no_writes_is_no_entry_s_fault(self) -> None:
        store = await self.opened()
        await store._open.read(lambda cursor: cursor.execute("SET default_transaction_read_only=on"))
        failed = [store.receive(mo(2)), store.receive(mo(3))]
        for each in failed:
            await self.assertFailure(each, StoreUnavailable)
        await store._open.read(lambda cursor: cursor.execute("SET default_transaction_read_only=off"))
        await store.receive(mo(1))
