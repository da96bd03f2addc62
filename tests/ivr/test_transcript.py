"""Who watches a call reads each line once, as it comes, and the end."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from ivr.transcript import SOON, WATCHERS, Line, Transcripts


class TranscriptTests(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.transcripts = Transcripts(self.clock, keep=2, lines=3)

    def read(self, call_id: str, after: int) -> Deferred[tuple[list[Line], bool]]:
        return Deferred.fromCoroutine(self.transcripts.after(call_id, after, wait=20.0))

    def test_a_reader_waits_for_the_next_line(self) -> None:
        self.transcripts.add("a", say="您好")
        assert self.successResultOf(self.read("a", 0)) == ([{"say": "您好"}], False)
        reading = self.read("a", 1)
        self.assertNoResult(reading)
        self.transcripts.add("a", key="1")
        assert self.successResultOf(reading) == ([{"key": "1"}], False)
        self.transcripts.end("a", "served")
        assert self.successResultOf(self.read("a", 2)) == ([{"end": "served"}], True)
        assert self.successResultOf(self.read("a", 3)) == ([], True)

    def test_a_reader_may_come_before_the_call(self) -> None:
        reading = self.read("early", 0)
        self.assertNoResult(reading)
        self.transcripts.add("early", say="您好")
        assert self.successResultOf(reading) == ([{"say": "您好"}], False)

    def test_nothing_new_ends_the_wait(self) -> None:
        self.transcripts.add("a", say="您好")
        reading = self.read("a", 1)
        self.clock.advance(21.0)
        assert self.successResultOf(reading) == ([], False)
        assert self.clock.getDelayedCalls() == []

    def test_who_watches_what_never_comes_costs_nothing_meanwhile(self) -> None:
        self.read("never", 0)
        (waits,) = self.clock.getDelayedCalls()
        assert waits.getTime() == 20.0

    def test_more_watchers_than_there_is_room_for_are_answered_soon(self) -> None:
        waiting = [self.read(f"call {number}", 0) for number in range(WATCHERS)]
        one_more = self.read("call 1", 0)
        self.clock.advance(SOON)
        assert self.successResultOf(one_more) == ([], False)
        self.transcripts.add("call 1", say="您好")
        assert self.successResultOf(waiting[1]) == ([{"say": "您好"}], False)
        self.assertNoResult(waiting[2])
        self.assertNoResult(self.read("call 3", 0))
        self.clock.advance(20.0)
        assert self.transcripts.watchers == 0
        assert self.clock.getDelayedCalls() == []

    def test_old_calls_and_endless_ones_take_bounded_memory(self) -> None:
        for call in ("a", "b", "c"):
            for n in range(10):
                self.transcripts.add(call, key=str(n))
        assert list(self.transcripts._talks) == ["b", "c"]
        assert len(self.transcripts._talks["c"].lines) == 3
