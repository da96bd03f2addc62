"""Health is asked once for all who ask, told within two seconds, and true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from business.guards.shared import Shared
from server.health import KEPT, PATIENCE, Health


class Part:
    """What is asked for its health; ``answers`` are given in turn, the last one for good."""

    def __init__(self, *answers: Callable[[], Any]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self) -> bool:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        given = answer()
        return bool(await given) if isinstance(given, Awaitable) else bool(given)


def well() -> bool:
    return True


def ill() -> bool:
    return False


def breaks() -> bool:
    raise RuntimeError("no such table")


class HealthTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def asking(self, health: Health) -> Deferred[Any]:
        return Deferred.fromCoroutine(health())

    def told(self, health: Health) -> dict[str, bool]:
        return dict(self.successResultOf(self.asking(health)))

    def test_seven_hundred_who_ask_at_once_ask_once(self) -> None:
        hanging: Deferred[bool] = Deferred()
        store, business = Part(lambda: hanging), Part(well)
        health = Health({"store": store, "business": business}, self.clock)
        asking = [self.asking(health) for _ in range(700)]
        hanging.callback(True)
        for each in asking:
            assert self.successResultOf(each) == {"store": True, "business": True}
        assert self.told(health) == {"store": True, "business": True}
        assert (store.asked, business.asked) == (1, 1)
        self.clock.advance(KEPT)
        self.told(health)
        assert (store.asked, business.asked) == (2, 2)

    def test_what_becomes_ill_is_told_within_a_second(self) -> None:
        health = Health({"store": Part(well, ill)}, self.clock)
        assert self.told(health) == {"store": True}
        self.clock.advance(KEPT)
        assert self.told(health) == {"store": False}

    def test_a_part_that_hangs_holds_up_none_of_the_others(self) -> None:
        hanging: Deferred[bool] = Deferred()
        stuck = Part(lambda: hanging, well)
        health = Health({"store": stuck, "business": Part(well)}, self.clock)
        asking = self.asking(health)
        self.clock.advance(PATIENCE)
        assert self.successResultOf(asking) == {"store": False, "business": True}
        self.clock.advance(KEPT)
        assert self.told(health) == {"store": False, "business": True}  # at once
        assert stuck.asked == 1  # hanging questions do not pile up
        hanging.callback(True)
        self.clock.advance(KEPT)
        assert self.told(health) == {"store": True, "business": True}

    def test_a_part_that_breaks_is_not_well(self) -> None:
        hanging: Deferred[bool] = Deferred()
        health = Health({"store": Part(breaks, lambda: hanging, well)}, self.clock)
        assert self.told(health) == {"store": False}
        self.clock.advance(KEPT)
        asking = self.asking(health)
        self.clock.advance(PATIENCE)
        assert self.successResultOf(asking) == {"store": False}
        hanging.errback(RuntimeError("late"))
        self.clock.advance(KEPT)
        assert self.told(health) == {"store": True}


class SharedTests(SynchronousTestCase):
    def test_after_a_rest_who_asked_meanwhile_gets_a_new_answer(self) -> None:
        clock, answers = Clock(), iter(range(10))

        async def ask() -> int:
            return next(answers)

        shared = Shared(ask, clock.seconds, rest=(0.1, clock.callLater))
        assert self.successResultOf(Deferred.fromCoroutine(shared())) == 0
        waiting = [Deferred.fromCoroutine(shared()) for _ in range(3)]
        self.assertNoResult(waiting[0])
        clock.advance(0.1)
        assert [self.successResultOf(each) for each in waiting] == [1, 1, 1]
        clock.advance(5)
        assert self.successResultOf(Deferred.fromCoroutine(shared())) == 2

    def test_a_failure_is_everybodys_and_is_not_kept(self) -> None:
        clock, part = Clock(), Part(breaks, well)
        shared = Shared(part, clock.seconds, keep=1.0)
        self.failureResultOf(Deferred.fromCoroutine(shared()), RuntimeError)
        assert self.successResultOf(Deferred.fromCoroutine(shared())) is True
