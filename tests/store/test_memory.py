"""The store that ends with the process answers as the one on the disk does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from store import Conclusion, Finished, OperationRow, Outbound, SessionRow, Store, StoreConflict, WishRow
from store.memory import MemoryStore

CALLER = "13900000001"


class OnTheDisk(TestCase):
    """``store``: anything with what a turn begins and leaves."""

    timeout = 20

    async def setUp(self) -> None:  # type: ignore[override]
        disk = Store(f"sqlite:///{Path(tempfile.mkdtemp())}/hall.db", reactor, gather=0)
        await disk.start()
        self.addCleanup(disk.stop)
        self.store: Any = disk

    async def started(self, *keys: str) -> None:
        for number, key in enumerate(keys):
            await self.store.operation_started(key, CALLER, "sms", "{}", float(number))

    async def ended(self, key: str, state: str, at: float = 9.0) -> None:
        await self.store.conclude(Conclusion(operations=(Finished(state, at, "null", key),)))

    async def state(self, key: str) -> str | None:
        row: OperationRow | None = await self.store.operation(key)
        return row.state if row is not None else None

    async def test_operations_are_open_until_their_end_is_known(self) -> None:
        await self.started("a", "b", "c")
        await self.ended("b", "unknown")
        await self.ended("c", "people")
        self.assertEqual([row.key for row in await self.store.unsettled()], ["a", "b"])
        self.assertEqual([row.key for row in await self.store.for_people()], ["c"])
        self.assertEqual(await self.store.decisions(), [])

    async def test_only_a_later_truth_overwrites_one(self) -> None:
        await self.started("a")
        await self.ended("a", "finished")
        await self.ended("a", "unknown", 10.0)
        row = await self.store.operation("a")
        self.assertEqual((row.state, row.finished, row.tries), ("finished", 9.0, 1))

    async def test_what_was_not_done_begins_anew_and_what_was_does_not(self) -> None:
        await self.started("a", "b")
        await self.ended("a", "not done")
        await self.ended("b", "finished")
        await self.started("a", "b")
        self.assertEqual((await self.state("a"), await self.state("b")), ("started", "finished"))

    async def test_nothing_is_written_with_an_end_of_what_never_began(self) -> None:
        await self.started("a")
        both = (Finished("finished", 1.0, "null", "a"), Finished("finished", 1.0, "null", "never"))
        await self.assertFailure(self.store.conclude(Conclusion(operations=both)), StoreConflict)
        self.assertEqual(await self.state("a"), "started")
        self.assertIsNone(await self.state("never"))

    async def test_ids_of_messages_rise(self) -> None:
        first, second = self.store.next_outbox_id(), self.store.next_outbox_id()
        self.assertLess(first, second)


class InMemory(OnTheDisk):
    async def setUp(self) -> None:  # type: ignore[override]
        self.store = MemoryStore()

    async def test_what_a_turn_leaves_is_there(self) -> None:
        row = Outbound(1, 1, CALLER, "10086", 8, 0, b"\x00a", "answer", None, 1.0, None, None)
        session = SessionRow("sms", CALLER, "v1", "{}", 1.0, 1)
        wish = WishRow(CALLER, 0, 1.0)
        count = (CALLER, "2026-11-22", 1)
        await self.store.conclude(
            Conclusion(session=session, outbox=(row,), promos=count, wishes=(wish, wish._replace(wanted=1)))
        )
        self.assertEqual(self.store.sessions, {("sms", CALLER): session})
        self.assertEqual(self.store.outbox, [row])
        self.assertEqual(self.store.promos, {(CALLER, "2026-11-22"): 1})
        self.assertEqual(self.store.wishes[CALLER].wanted, 1)
