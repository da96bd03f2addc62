"""What waits lies on the disk: in memory is a window of it, and each number's texts keep their order."""

from __future__ import annotations

import random

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sms.backlog import AGAIN, Backlog
from store import Inbound, StoreUnavailable


def mo(id: int, source: str) -> Inbound:
    return Inbound(id, "", 0.0, source, "10086", b"", id, None, None, 0, 0, b"0101", None)


class Disk:
    """The inbox. Writes and reads come to their end in their order, when ``turn`` says so."""

    def __init__(self) -> None:
        self.rows: dict[int, Inbound] = {}
        self.reads: list[tuple[int, int, Deferred[list[Inbound]]]] = []
        self.broken = False

    def waiting_in(self, after: int, limit: int) -> Deferred[list[Inbound]]:
        if self.broken:
            return fail(StoreUnavailable("no disk"))
        read: Deferred[list[Inbound]] = Deferred()
        found = [row for id, row in sorted(self.rows.items()) if id > after][:limit]
        self.reads.append((after, limit, read))
        read.found = found  # type: ignore[attr-defined]
        return read

    def turn(self) -> None:
        for _, _, read in self.reads[:]:
            self.reads.pop(0)
            read.callback(read.found)  # type: ignore[attr-defined]


class Waiting(SynchronousTestCase):
    def setUp(self) -> None:
        self.disk, self.clock = Disk(), Clock()
        self.read: list[Inbound] = []
        self.backlog = self.made()
        self.ids = 0

    def made(self) -> Backlog:
        return Backlog(self.disk, self.clock, self.read.append, window=10, portion=4)

    def comes(self, source: str) -> None:
        self.ids += 1
        row = self.disk.rows[self.ids] = mo(self.ids, source)
        if self.backlog.came(row):
            self.read.append(row)

    def handle(self, count: int = 1) -> None:
        """The first ones that were read are done."""
        for row in self.read[self.handled : self.handled + count]:
            del self.disk.rows[row.id]
            self.handled += 1
            self.backlog.done((row.id,))

    handled = 0

    def test_little_is_read_at_once(self) -> None:
        for _ in range(10):
            self.comes("a")
        self.assertEqual((len(self.read), len(self.backlog), self.backlog.of("a")), (10, 10, 10))
        self.handle(10)
        self.assertEqual((len(self.backlog), self.disk.reads), (0, []))

    def test_more_lies_on_the_disk_and_is_fetched_in_portions(self) -> None:
        for _ in range(100):
            self.comes("a")
        self.assertEqual((len(self.read), len(self.backlog)), (10, 100))
        while self.handled < 100:
            self.handle()
            self.disk.turn()
            self.assertLessEqual(len(self.read) - self.handled, 10)
        self.assertEqual([row.id for row in self.read], list(range(1, 101)))
        self.comes("a")
        self.assertEqual(len(self.read), 101, "and then at once again")

    def test_whatever_comes_and_is_handled_when_each_is_read_once_in_order(self) -> None:
        for seed in range(60):
            self.setUp()
            self.handled = 0
            chance = random.Random(seed)
            for _ in range(400):
                for _ in range(chance.choice((0, 0, 1, 1, 5))):
                    self.comes(chance.choice("abc"))
                self.handle(chance.choice((0, 1, 2, 3)))
                if chance.random() < 0.5:
                    self.disk.turn()
            while len(self.backlog):
                self.handle()
                self.disk.turn()
            self.assertEqual([row.id for row in self.read], list(range(1, self.ids + 1)), f"seed {seed}")
            self.assertEqual([self.backlog.of(each) for each in "abc"], [0, 0, 0])

    def test_a_restart_takes_up_what_lies_there_in_portions(self) -> None:
        for _ in range(30):
            self.ids += 1
            self.disk.rows[self.ids] = mo(self.ids, "a")
        self.backlog.recover({"a": 30}, 30)
        self.assertEqual([(after, limit) for after, limit, _ in self.disk.reads], [(0, 4)])
        self.comes("b")
        while self.handled < 31:
            self.disk.turn()
            self.handle()
        self.assertEqual([row.id for row in self.read], list(range(1, 32)))

    def test_what_could_not_be_kept_counts_no_more(self) -> None:
        for _ in range(12):
            self.comes("a")
        for id in (3, 12):
            self.backlog.gone(self.disk.rows.pop(id))
        self.assertEqual(self.backlog.of("a"), 10)

    def test_a_disk_that_cannot_be_read_is_asked_again(self) -> None:
        for _ in range(12):
            self.comes("a")
        self.disk.broken = True
        self.handle(10)
        self.disk.broken = False
        self.clock.advance(AGAIN)
        self.disk.turn()
        self.handle(2)
        self.assertEqual(len(self.backlog), 0)

    def test_one_that_cannot_be_read_keeps_back_none_behind_it(self) -> None:
        def reads(row: Inbound) -> None:
            if row.id in {2, 5}:
                raise ValueError("no text")
            self.read.append(row)

        self.backlog = Backlog(self.disk, self.clock, reads, window=10, portion=4)
        for id in range(1, 9):
            self.disk.rows[id] = mo(id, "a")
        self.backlog.recover({"a": 8}, 8)
        for _ in range(3):
            self.disk.turn()
        self.assertEqual([row.id for row in self.read], [1, 3, 4, 6, 7, 8])
        self.assertEqual(self.backlog.of("a"), 6)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 2)

    def test_a_hall_that_ends_fetches_no_more(self) -> None:
        for _ in range(12):
            self.comes("a")
        self.backlog.close()
        self.handle(10)
        self.assertEqual(self.disk.reads, [])

    def test_parts_that_wait_for_others_take_no_place(self) -> None:
        held: list[Inbound] = []
        self.backlog = Backlog(
            self.disk,
            self.clock,
            held.append,
            lambda: sum(row.source == "parts" for row in held),
            window=10,
            portion=4,
        )
        for _ in range(50):
            self.ids += 1
            row = self.disk.rows[self.ids] = mo(self.ids, "parts")
            if self.backlog.came(row):
                held.append(row)
        self.assertEqual(len(held), 50)
        self.assertFalse(self.backlog.behind)
