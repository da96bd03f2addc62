"""As many ask at once as a back office takes: a slow one, a narrow one, one that says it is busy."""

from __future__ import annotations

import heapq
from itertools import count

import pytest

from business.guards.pace import LEAST, Pace

SLOW_ONES = [(0.0005, 1), (0.01, 4), (0.1, 1), (0.1, 2), (0.45, 1)]
SLOW_ONES += [(0.5, 16), (1.0, 16), (1.2, 64), (1.5, 64), (3.0, 32)]


class Office:
    """Answers each in ``takes`` seconds, ``at_once`` of them side by side; whoever comes more waits.
    ``patience``: seconds after which an answer is no use."""

    def __init__(self, takes: float, at_once: int, patience: float = 4.0) -> None:
        self.now, self.takes, self.at_once, self.patience = 0.0, takes, at_once, patience
        self.pace = Pace(64, lambda: self.now)
        self.right = self.late = 0

    def serve(self, texts: int) -> None:
        """So many questions, each as soon as the pace lets it in."""
        free = [0.0] * self.at_once  # when each of its clerks is free
        under_way: list[tuple[float, int, float]] = []
        order, left = count(), texts
        while left or under_way:
            while left and len(under_way) < self.pace.limit:
                begins = max(self.now, heapq.heappop(free))
                heapq.heappush(free, begins + self.takes)
                heapq.heappush(under_way, (begins + self.takes, next(order), self.now))
                left -= 1
            self.now, _, asked = heapq.heappop(under_way)
            took = self.now - asked
            if took > self.patience:
                self.late += 1
                self.pace.failed(took)
            else:
                self.right += 1
                self.pace.answered(took)


@pytest.mark.parametrize(
    ("takes", "at_once"),
    [
        (0.0005, 1),
        (0.01, 4),
        (0.1, 1),
        (0.1, 2),
        (0.5, 16),
        (1.0, 16),
        (1.2, 64),
        (1.5, 64),
        (3.0, 32),
        (0.45, 1),
    ],
)
def test_nobody_waits_so_long_that_it_is_no_use(takes: float, at_once: int) -> None:
    office = Office(takes, at_once)
    office.serve(1000)
    assert office.late == 0, office.pace.limit


@pytest.mark.parametrize(("takes", "at_once"), [(0.001, 4), (0.05, 32), (1.2, 48)])
def test_what_it_takes_it_is_given(takes: float, at_once: int) -> None:
    office = Office(takes, at_once)
    office.serve(3000)
    alone = 3000 * takes / at_once
    assert office.now < 1.6 * alone + 20 * takes


def test_one_that_grows_slower_is_asked_by_fewer_and_again_by_more() -> None:
    office = Office(0.01, 64)
    office.serve(2000)
    assert office.pace.limit == 64
    office.at_once, office.takes = 2, 0.2
    office.serve(500)
    assert office.pace.limit < 24
    office.at_once, office.takes = 64, 0.01
    office.serve(2000)
    assert office.pace.limit == 64


def test_one_that_says_that_it_is_busy_is_asked_by_fewer_at_once_but_not_by_none() -> None:
    now = 0.0
    pace = Pace(64, lambda: now)
    for _ in range(100):
        pace.answered(0.01)
    assert pace.limit == 64
    pace.failed(0.001, busy=True)
    pace.failed(0.001, busy=True)
    assert pace.limit == int(64 * 0.6), "one fall for all that were under way together"
    for _ in range(20):
        now += 1.0
        pace.failed(0.001, busy=True)
    assert pace.limit == LEAST


def test_a_breaker_that_refuses_at_once_says_nothing_of_the_pace() -> None:
    pace = Pace(64, lambda: 0.0)
    for _ in range(100):
        pace.answered(0.01)
    for _ in range(100):
        pace.failed(0.0)
    assert pace.limit == 64


def test_a_small_setting_is_kept() -> None:
    pace = Pace(2, lambda: 0.0)
    for _ in range(50):
        pace.answered(0.001)
    assert pace.limit == 2
