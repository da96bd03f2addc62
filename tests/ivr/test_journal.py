"""A disk that is full, or stands still, while a caller has 彩铃 opened: he is told the truth, it is
charged once or not at all, and what came of it is on the disk once that takes it again."""

from __future__ import annotations

from typing import Any

import pytest

from business.guards.faults import FailBefore
from counter.owing import OWED_SECONDS, RETRY
from ivr.testing.faulty import Fault, FaultyHall
from store import StoreConflict, StoreUnavailable

NUMBER, FEE = "13900000003", 5_00
FULL = StoreUnavailable("database or disk is full")


def opens(*faults: Fault, plan: Any = None) -> FaultyHall:
    """3 2 1, the tariff heard out, 1; and everything that is said then."""
    hall = FaultyHall(*faults)
    hall.calls(NUMBER)
    for digit in "321":
        hall.presses(digit)
    hall.listens()
    if plan is not None:
        hall.house.business.plan("perform", plan)
    hall.presses("1")
    hall.waits(3.0, lambda: not hall.call._talk._turning)
    return hall


def state(hall: FaultyHall) -> str | None:
    (found,) = hall.disk.states.values() or (None,)
    return found


def test_on_a_good_disk_it_is_opened_written_and_texted_once() -> None:
    hall = opens()
    assert "crbt.open.answer" in hall.heard
    assert (state(hall), len(hall.post.sent), hall.owing.owed) == ("finished", 1, 0)


@pytest.mark.parametrize("hangs", [False, True], ids=["full", "stands still"])
def test_what_cannot_be_written_down_is_not_begun(hangs: bool) -> None:
    hall = opens(Fault("store", "operation_started", always=True, error=FULL, hangs=hangs))
    assert "busy failed" in hall.heard
    assert "crbt.open.answer" not in hall.heard
    assert hall.house.charges(NUMBER) == 0
    hall.mends()
    hall.waits(RETRY + 1)
    assert state(hall) == ("not done" if hangs else None)  # taken back: nobody asks for it by its key
    assert (hall.house.charges(NUMBER), hall.owing.owed, hall.faults) == (0, 0, [])


@pytest.mark.parametrize("hangs", [False, True], ids=["full", "stands still"])
def test_what_was_done_is_told_though_it_cannot_be_written_and_is_written_later(hangs: bool) -> None:
    hall = opens(Fault("store", "conclude", always=True, error=FULL, hangs=hangs))
    assert "crbt.open.answer" in hall.heard
    assert (state(hall), hall.post.sent) == ("started", [])
    hall.waits(10 * RETRY)
    assert (state(hall), hall.post.sent) == ("started", [])
    hall.mends()
    hall.waits(RETRY + 1)
    assert (state(hall), len(hall.post.sent), hall.owing.owed) == ("finished", 1, 0)
    assert (hall.house.charges(NUMBER), hall.faults) == (FEE, [])


@pytest.mark.parametrize("hangs", [False, True], ids=["full", "stands still"])
def test_not_done_is_no_truth_while_the_disk_has_it_as_begun(hangs: bool) -> None:
    """It is asked for again by its key: so he hears that it is under way."""
    fault = Fault("store", "conclude", always=True, error=FULL, hangs=hangs)
    hall = opens(fault, plan=FailBefore())
    assert "busy change" in hall.heard
    assert "busy failed" not in hall.heard
    hall.mends()
    hall.waits(RETRY + 1)
    assert (state(hall), hall.house.charges(NUMBER), hall.owing.owed) == ("unknown", 0, 0)


def test_an_outcome_that_the_store_will_never_take_is_left_to_its_key() -> None:
    hall = opens(Fault("store", "conclude", always=True, error=StoreConflict("no such row")))
    assert "crbt.open.answer" in hall.heard
    hall.waits(RETRY + 1)
    assert (state(hall), hall.owing.owed) == ("started", 0)


def test_after_too_long_it_is_left_to_its_key() -> None:
    hall = opens(Fault("store", "conclude", always=True, error=FULL))
    hall.hangs_up()
    hall.clock.pump([RETRY] * int(OWED_SECONDS / RETRY + 2))
    assert (state(hall), hall.owing.owed) == ("started", 0)


def test_a_copy_that_cannot_be_composed_is_not_promised() -> None:
    hall = FaultyHall(Fault("post", "compose", always=True, error=StoreConflict("odd")))
    hall.calls(NUMBER)
    hall.presses("1")
    hall.presses("1")
    assert "fee_realtime.query.answer credit" in hall.heard
    assert "copied" not in hall.heard
