"""The telephone hall: who is let in, and how calls in progress are let go."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from counter.conversation import Timeouts
from ivr.hall import BUSY, DRAINING, CallLimits, TelephoneHall, TelephoneHallParts
from ivr.testing.fakes import FakeIncoming, FakeMedia, Silent
from ivr.transcript import Transcripts
from menus.model.province import city_of


class Running(FakeMedia):
    """A media process that is up, and takes its time to open a call."""

    running = True

    async def open(self) -> FakeMedia:
        opened: Deferred[FakeMedia] = Deferred()
        return await opened


class HallTests(TestCase):
    def hall(self, calls: int = 2) -> TelephoneHall:
        self.clock, self.fake, self.media = Clock(), Silent(), Running()
        anything: Any = self.fake
        media: Any = self.media
        parts = TelephoneHallParts(
            reactor=self.clock,
            media=media,
            speaker=anything,
            halls=anything,
            desk=anything,
            store=anything,
            journal=anything,
            copying=anything,
            transcripts=Transcripts(self.clock),
            meter=anything,
            now=self.clock.seconds,
            new_id=lambda: f"call-{len(self.fake.kept)}",
        )
        anything.conclude = None
        limits = CallLimits(agent="sip:agent@192.0.2.7", calls=calls, timeouts=Timeouts())
        return TelephoneHall(parts, limits)

    def call(self, hall: TelephoneHall) -> FakeIncoming:
        """A call whose media is still being opened."""
        incoming = FakeIncoming()
        given: Any = incoming
        hall.on_invite(given)
        return incoming

    def test_calls_come_in_while_there_is_room(self) -> None:
        hall = self.hall(calls=2)
        assert hall.admit() is None
        self.call(hall)
        self.call(hall)
        assert (hall.calls, hall.admit()) == (2, BUSY)
        assert self.fake.refused == ["full"]

    def test_how_transfers_end_is_counted(self) -> None:
        hall = self.hall()
        for status in (200, 405, 603):
            hall.transferred(status)
        assert hall.transfers == {"taken": 1, "refused": 2}

    def test_no_call_without_media(self) -> None:
        hall = self.hall()
        self.media.running = False
        assert hall.admit() == BUSY
        assert self.fake.refused == ["no media"]

    def test_draining_waits_for_the_last_caller(self) -> None:
        hall = self.hall()
        incoming = self.call(hall)
        drained = Deferred.fromCoroutine(hall.drain(60.0))
        assert hall.admit() == DRAINING
        self.assertNoResult(drained)
        incoming.bye()
        self.successResultOf(drained)
        assert (hall.calls, self.fake.ended) == (0, ["local"])

    def test_the_deadline_ends_those_who_are_left(self) -> None:
        hall = self.hall()
        self.call(hall)
        drained = Deferred.fromCoroutine(hall.drain(2.0))
        self.clock.advance(2.0)
        self.successResultOf(drained)
        assert self.fake.ended == ["server stopped"]

    def test_hanging_up_ends_a_drain_at_once(self) -> None:
        hall = self.hall()
        calls = [self.call(hall), self.call(hall)]
        drained = Deferred.fromCoroutine(hall.drain(60.0))
        hall.hang_up()
        self.successResultOf(drained)
        assert [call.did for call in calls] == [["bye"], ["bye"]]
        assert self.fake.ended == ["server stopped"] * 2

    def test_every_call_leaves_a_record(self) -> None:
        hall = self.hall()
        incoming = self.call(hall)
        self.clock.advance(3.0)
        incoming.bye()
        (row,) = self.fake.kept
        assert (row.caller, row.called, row.answered, row.outcome) == ("13900000001", "10086", None, "local")
        assert row.ended - row.began == 3.0
        assert json.loads(row.journey) == []

    def test_the_dialled_prefix_names_a_city(self) -> None:
        assert [city_of(prefix) for prefix in ("0731", "0745", "010", None)] == ["长沙", "怀化", None, None]
