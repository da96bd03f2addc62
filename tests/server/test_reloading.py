"""One reading of the menu at a time, and the last wish wins."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
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


@given(st.lists(st.sampled_from(["written", "wished", "taken", "refused", "broke"]), max_size=40))
def test_in_whatever_order_the_menu_of_the_last_wish_is_the_one_in_use(story: list[str]) -> None:
    """The file is written again and again; each reading is of the file as it was when the reading began."""
    file, wished_at = 0, None
    begun: list[int] = []
    came_of: list[bool] = []
    readings: list[Deferred[bool]] = []
    answers: list[Deferred[bool]] = []

    async def read() -> bool:
        assert not readings, "one reading at a time"
        begun.append(file)
        readings.append(Deferred())
        return await readings[0]

    reloading = Reloading(read)
    reloading.open()
    for event in [*story, *["taken"] * 2]:
        if event == "written":
            file += 1
        elif event == "wished":
            wished_at = file
            answers.append(Deferred.fromCoroutine(reloading.wish()))
        elif readings:
            reading = readings.pop()
            came_of.append(event == "taken")
            reading.errback(RuntimeError("no menu")) if event == "broke" else reading.callback(
                event == "taken"
            )
    assert not readings
    if wished_at is None:
        assert not begun
    else:
        assert begun[-1] >= wished_at
        assert told_to(answers)[-1] is came_of[-1]


def told_to(answers: list[Deferred[bool]]) -> list[bool]:
    """What each who wished was told; all of them were."""
    told: list[bool] = []
    for answer in answers:
        answer.addCallback(told.append)
    assert len(told) == len(answers)
    return told
