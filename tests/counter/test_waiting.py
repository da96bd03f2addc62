"""Work that is there at once, comes in time, comes late, or fails."""

from __future__ import annotations

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from counter.testing.house import at_once, now_of
from counter.waiting import within


async def after(*steps: Deferred[int]) -> int:
    return sum([await each for each in steps])


def test_work_that_never_waits_needs_no_timer() -> None:
    clock = Clock()
    fired: Deferred[int] = Deferred()
    fired.callback(2)
    assert at_once(within(clock, 1, after(fired))) == 2
    assert clock.getDelayedCalls() == []


def test_several_waits_in_a_row_come_to_their_end() -> None:
    clock = Clock()
    first: Deferred[int] = Deferred()
    second: Deferred[int] = Deferred()
    result = Deferred.fromCoroutine(within(clock, 1, after(first, second)))
    first.callback(1)
    assert not result.called
    second.callback(2)
    assert now_of(result) == 3
    assert clock.getDelayedCalls() == []


def test_the_work_itself_sees_what_fails_while_it_waits() -> None:
    async def careful() -> str:
        try:
            await gone
        except OSError as error:
            return f"mended: {error}"
        return "fine"

    gone: Deferred[None] = Deferred()
    result = Deferred.fromCoroutine(within(Clock(), 1, careful()))
    gone.errback(OSError("gone"))
    assert now_of(result) == "mended: gone"


@pytest.mark.parametrize("at_first", [True, False])
def test_a_failure_is_raised(at_first: bool) -> None:
    broken: Deferred[int] = Deferred()
    if at_first:
        broken.errback(OSError("gone"))
    result = Deferred.fromCoroutine(within(Clock(), 1, after(broken)))
    if not at_first:
        broken.errback(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        now_of(result)


def test_work_that_is_given_up_is_cancelled() -> None:
    clock = Clock()
    cancelled: list[str] = []
    hanging: Deferred[int] = Deferred(lambda _: cancelled.append("cancelled"))
    result = Deferred.fromCoroutine(within(clock, 1, after(hanging)))
    clock.advance(1)
    assert now_of(result) is None
    assert cancelled == ["cancelled"]


def test_work_whose_late_result_is_wanted_goes_on() -> None:
    clock = Clock()
    late: list[int | None] = []
    hanging: Deferred[int] = Deferred()
    result = Deferred.fromCoroutine(within(clock, 1, after(hanging), late=late.append))
    clock.advance(1)
    assert now_of(result) is None
    hanging.callback(7)
    assert late == [7]


def test_a_result_in_time_is_not_late() -> None:
    clock = Clock()
    late: list[int | None] = []
    slow: Deferred[int] = Deferred()
    result = Deferred.fromCoroutine(within(clock, 5, after(slow), late=late.append))
    clock.advance(3)
    slow.callback(1)
    assert (now_of(result), late) == (1, [])
    assert clock.getDelayedCalls() == []


def test_cancelling_the_waiting_itself_stops_the_timers() -> None:
    clock = Clock()
    hanging: Deferred[int] = Deferred()
    result = Deferred.fromCoroutine(within(clock, 5, after(hanging)))
    result.cancel()
    with pytest.raises(CancelledError):
        now_of(result)
    assert clock.getDelayedCalls() == []
