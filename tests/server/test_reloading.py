"""One reading of the menu at a time, and the last wish wins."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from server.reloading import Reloading


class ReloadingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.readings: list[Deferred[bool]] = []
        self.cancelled: list[Deferred[bool]] = []
        self.reloading = Reloading(self.read)

    async def read(self) -> bool:
        reading: Deferred[bool] = Deferred(self.cancelled.append)
        self.readings.append(reading)
        return await reading

    def wish(self) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.reloading.wish())

    def test_sixty_wishes_while_it_is_read_are_one_more_reading(self) -> None:
        self.reloading.open()
        first, others = self.wish(), [self.wish() for _ in range(60)]
        assert len(self.readings) == 1
        self.readings[0].callback(False)
        assert self.successResultOf(first) is False
        self.assertNoResult(others[0])
        assert len(self.readings) == 2
        self.readings[1].callback(True)
        assert [self.successResultOf(each) for each in others] == [True] * 60
        assert len(self.readings) == 2

    def test_one_wish_is_one_reading(self) -> None:
        self.reloading.open()
        for number in range(1, 4):
            wished = self.wish()
            assert len(self.readings) == number
            self.readings[-1].callback(True)
            assert self.successResultOf(wished) is True

    def test_a_wish_before_all_stands_waits_for_it(self) -> None:
        wished = [self.wish(), self.wish()]
        assert not self.readings
        self.reloading.open()
        assert len(self.readings) == 1
        self.readings[0].callback(True)
        assert [self.successResultOf(each) for each in wished] == [True, True]

    def test_a_reading_that_breaks_is_not_the_last(self) -> None:
        self.reloading.open()
        first, second = self.wish(), self.wish()
        self.readings[0].errback(RuntimeError("no such thing"))
        assert self.successResultOf(first) is False
        self.readings[1].callback(True)
        assert self.successResultOf(second) is True

    def test_nothing_is_read_once_it_ends(self) -> None:
        self.reloading.open()
        first, second = self.wish(), self.wish()
        self.reloading.end()
        assert self.successResultOf(first) is False
        assert self.successResultOf(second) is False
        assert self.successResultOf(self.wish()) is False
        assert len(self.readings) == 1
        assert self.cancelled == self.readings
