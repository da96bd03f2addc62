"""Records of calls that the store does not take wait until it does."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from ivr.record_keeping import AT_ONCE, RETRY, RecordKeeping
from store import CallRow, StoreConflict, StoreUnavailable


def row(number: int) -> CallRow:
    return CallRow(f"call-{number}", None, "10086", 0.0, None, 1.0, "bye", "[]")


class Disk:
    """``error``: what it says to everything; ``still``: it says nothing."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.still = False
        self.kept: list[str] = []
        self.asked = 0

    def keep_call(self, call: CallRow) -> Deferred[None]:
        self.asked += 1
        if self.still:
            return Deferred()
        if self.error is not None:
            return fail(self.error)
        self.kept.append(call.id)
        return succeed(None)


class RecordTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.disk, self.clock = Disk(), Clock()
        self.records = RecordKeeping(self.disk, self.clock, most=100)

    def test_all_are_there_when_the_disk_takes_them_again(self) -> None:
        self.disk.error = StoreUnavailable("full")
        for number in range(10):
            self.records.keep(row(number))
        self.clock.pump([RETRY] * 5)
        self.assertEqual((self.records.waiting, self.disk.kept), (10, []))
        self.assertLess(self.disk.asked, 10)  # a full disk is not asked for each of them
        self.disk.error = None
        self.clock.advance(RETRY)
        self.assertEqual(sorted(self.disk.kept), [f"call-{number}" for number in range(10)])
        self.assertEqual((self.records.waiting, self.clock.getDelayedCalls()), (0, []))

    def test_what_the_store_will_never_take_keeps_nobody_waiting(self) -> None:
        self.disk.error = StoreConflict("no place")
        self.records.keep(row(1))
        self.disk.error = None
        self.records.keep(row(2))
        self.assertEqual((self.disk.kept, self.records.lost), (["call-2"], 1))

    def test_memory_is_bounded_and_the_latest_are_kept(self) -> None:
        self.disk.still = True
        for number in range(1_000):
            self.records.keep(row(number))
        self.assertEqual(self.records.waiting, AT_ONCE + 100)
        self.assertEqual(self.records.lost, 1_000 - AT_ONCE - 100)

    def test_at_the_end_they_get_a_last_chance(self) -> None:
        self.disk.error = StoreUnavailable("full")
        self.records.keep(row(1))
        self.disk.error = None
        self.records.stop()
        self.assertEqual((self.disk.kept, self.clock.getDelayedCalls()), (["call-1"], []))

    def test_the_store_is_closed_when_the_last_of_many_is_written(self) -> None:
        """A hall that is hurried hangs up on all its callers at once."""
        writes: list[Deferred[None]] = []

        def keep_call(call: CallRow) -> Deferred[None]:
            self.disk.kept.append(call.id)
            writes.append(Deferred())
            return writes[-1]

        self.disk.keep_call = keep_call  # type: ignore[method-assign]
        for number in range(AT_ONCE + 50):
            self.records.keep(row(number))
        ended = self.records.stop()
        self.assertEqual(len(writes), AT_ONCE)
        for write in writes:  # more come as these end
            self.assertNoResult(ended)
            write.callback(None)
        self.successResultOf(ended)
        self.assertEqual((len(self.disk.kept), self.records.lost), (AT_ONCE + 50, 0))

    def test_a_store_that_fails_to_the_end_keeps_nobody(self) -> None:
        self.disk.error = StoreUnavailable("full")
        for number in range(100):
            self.records.keep(row(number))
        self.successResultOf(self.records.stop())
        self.assertEqual((self.records.waiting, self.records.lost), (0, 100))
