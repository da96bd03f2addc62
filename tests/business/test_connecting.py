"""A hall starts while its back office is down, and finds it when it comes."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from boss.memory import MemoryBusiness
from business.guards.connecting import LONGEST, ConnectingBusiness
from business.port import NotDone, Offer, OpenProduct, Unavailable
from counter.testing.house import NOW, POSTPAID, at_once, demo_data

CRBT = OpenProduct("crbt")


class Door:
    """``knock`` raises what stands in ``answers`` in turn; then it opens."""

    def __init__(self, *answers: Exception | Deferred[None]) -> None:
        self.answers = list(answers)
        self.knocks = 0

    async def knock(self) -> None:
        self.knocks += 1
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            await answer


def before(door: Door, clock: Clock, give_up: float = 60.0) -> ConnectingBusiness:
    return ConnectingBusiness(MemoryBusiness(demo_data(), lambda: NOW), door.knock, clock, give_up)


def test_who_is_there_is_asked() -> None:
    business = before(Door(), Clock())
    at_once(business.start())
    assert at_once(business.subscriber(POSTPAID)).msisdn == POSTPAID
    assert at_once(business.healthy())


def test_until_it_is_there_nothing_is_known_and_nothing_is_done() -> None:
    clock, door = Clock(), Door(Unavailable("refused"), Unavailable("refused"))
    business = before(door, clock)
    at_once(business.start())
    assert not at_once(business.healthy())
    with pytest.raises(Unavailable):
        at_once(business.subscriber(POSTPAID))
    offer = Offer(0, False, False, NOW.date(), "")
    assert isinstance(at_once(business.perform(POSTPAID, CRBT, offer, "k")), NotDone)
    clock.advance(0.5)
    assert (door.knocks, business.up) == (2, False)
    clock.advance(1.0)
    assert (door.knocks, business.up) == (3, True)
    assert at_once(business.healthy())


def test_it_is_looked_for_less_and_less_often_but_for_ever() -> None:
    clock, door = Clock(), Door(*(Unavailable("refused") for _ in range(100)))
    business = before(door, clock)
    at_once(business.start())
    clock.pump([0.5] * 240)
    assert 8 < door.knocks < 20
    clock.pump([1.0] * int(LONGEST * 101))
    assert business.up


def test_one_that_says_nothing_does_not_hold_the_start_up_for_ever() -> None:
    clock, silent = Clock(), Deferred[None]()
    business = before(Door(silent), clock, give_up=10.0)
    starting = Deferred.fromCoroutine(business.start())
    clock.advance(9.9)
    assert not starting.called
    clock.advance(0.1)
    assert starting.called
    assert not business.up
    silent.callback(None)
    assert business.up


def test_a_mistake_in_the_settings_keeps_the_hall_from_starting() -> None:
    with pytest.raises(ValueError, match="no such table"):
        at_once(before(Door(ValueError("no such table")), Clock()).start())


def test_a_stopped_one_is_looked_for_no_more() -> None:
    clock, door = Clock(), Door(Unavailable("refused"))
    business = before(door, clock)
    at_once(business.start())
    at_once(business.stop())
    assert clock.getDelayedCalls() == []
