"""Looking into a store from another process, and leaving a decision there, while a hall runs on it."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from store import (
    Conclusion,
    Decision,
    Finished,
    Store,
    StoreConflict,
    StoreUnavailable,
)
from store.outside import Found, decide, look, opened
from store.testing.postgres import Postgres
from tests.peers import needs_peer

CALLER = "13900000001"


class OnSqlite(TestCase):
    timeout = 60

    def url(self) -> str:
        return f"sqlite:///{tempfile.mkdtemp()}/hall.db"

    async def setUp(self) -> None:
        self.store_url = self.url()
        self.store = Store(self.store_url, reactor, gather=0)
        await self.store.start()
        self.addCleanup(self.store.stop)
        for number, state in enumerate(("unknown", "people", "finished", "not done")):
            await self.store.operation_started(state, CALLER, "sms", "{}", float(number))
            await self.store.conclude(Conclusion(operations=(Finished(state, number + 0.5, "null", state),)))
        await self.store.operation_started("started", CALLER, "sms", "{}", 9.0)

    async def look(self, key: str | None = None) -> list[Found]:
        def looked() -> list[Found]:
            with opened(self.store_url) as connection:
                return look(connection, key=key)

        return await deferToThread(looked)

    async def decide(self, key: str, done: bool = True) -> None:
        def decided() -> None:
            with opened(self.store_url) as connection:
                decide(connection, Decision(key, done, "wang", "后台有记录", 10.0))

        await deferToThread(decided)

    async def test_what_is_open_is_shown_oldest_first_and_what_was_decided(self) -> None:
        self.assertEqual([each.row.key for each in await self.look()], ["unknown", "people", "started"])
        await self.decide("people")
        decision = Decision("people", True, "wang", "后台有记录", 10.0)
        self.assertEqual([each.decision for each in await self.look()], [None, decision, None])
        self.assertEqual(await self.store.decisions(), [decision])

    async def test_of_two_who_decide_at_once_the_second_hears_of_the_first(self) -> None:
        looked, second = threading.Event(), Decision("people", False, "li", "后台没有", 11.0)

        def slowly() -> None:
            with opened(self.store_url) as connection:
                decide(connection, Decision("people", True, "wang", "后台有记录", 10.0))
                looked.set()
                time.sleep(0.5)

        def after() -> None:
            looked.wait(10)
            with opened(self.store_url) as connection:
                decide(connection, second)

        first, other = deferToThread(slowly), deferToThread(after)
        await self.assertFailure(other, StoreConflict)
        await first
        self.assertEqual([each.who for each in await self.store.decisions()], ["wang"])

    async def test_a_decision_is_taken_up_with_what_it_leads_to(self) -> None:
        await self.decide("people")
        await self.store.conclude(
            Conclusion(operations=(Finished("finished", 11.0, "null", "people"),), decision=(11.0, "people"))
        )
        (found,) = await self.look("people")
        self.assertEqual((found.taken, found.row.state), (True, "finished"))
        self.assertEqual(await self.store.decisions(), [])

    async def test_only_what_is_unknown_may_be_decided_and_once(self) -> None:
        for key in ("finished", "not done", "started", "nobody"):
            await self.assertFailure(deferToThread(self._decide_now, key), StoreConflict)
        await self.decide("unknown")
        await self.assertFailure(deferToThread(self._decide_now, "unknown"), StoreConflict)

    def _decide_now(self, key: str) -> None:
        with opened(self.store_url) as connection:
            decide(connection, Decision(key, False, "li", "x", 12.0))

    async def test_the_hall_goes_on_writing_beside_it(self) -> None:
        stop = threading.Event()

        def looking() -> int:
            looks = 0
            while not stop.is_set():
                with opened(self.store_url) as connection:
                    looks += len(look(connection)) > 0
            return looks

        other = deferToThread(looking)
        for number in range(100):
            await self.store.operation_started(f"more {number}", CALLER, "sms", "{}", 20.0)
        stop.set()
        self.assertGreater(await other, 0)
        self.assertEqual(len(await self.look()), 103)


@needs_peer("postgresql")
class OnPostgresql(OnSqlite):
    def url(self) -> str:
        server = Postgres()
        self.addCleanup(server.stop)
        return server.url


class Nowhere(TestCase):
    def test_a_store_that_is_not_there_or_of_another_version_is_said_so(self) -> None:
        folder = Path(tempfile.mkdtemp())
        for url in (f"sqlite:///{folder}/none.db", "postgresql://nobody@127.0.0.1:1/none"):
            with self.assertRaises(StoreUnavailable), opened(url) as connection:
                look(connection)
        sqlite3.connect(folder / "old.db").close()
        with self.assertRaises(StoreUnavailable), opened(f"sqlite:///{folder}/old.db") as connection:
            look(connection)
