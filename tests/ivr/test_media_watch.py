"""A media process that hangs, dawdles, raves or ends: what the hall does about it, and within what time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.logger import formatEvent, globalLogPublisher
from twisted.trial.unittest import TestCase

from ivr.media import client, protocol
from ivr.media.client import MediaCall, MediaProcess, MediaRefused, MediaSettings, MediaUnavailable
from ivr.media.heartbeat import BEAT, DEAD, MUTE, Heartbeat
from ivr.media.link import MOST_BEHIND, MOST_HEARD, MOST_NONSENSE, ChildLink
from ivr.media.questions import Questions
from server.testing.ports import free_port


class Watched:
    """A heartbeat, and what was said of it."""

    def __init__(self, *, answers: bool = True) -> None:
        self.clock, self.answers, self.asked = Clock(), answers, 0
        self.told: list[str] = []
        self.needed = True
        self.heart = Heartbeat(
            self.clock,
            self._ask,
            needed=lambda: self.needed,
            on_mute=lambda: self.told.append("mute"),
            on_back=lambda: self.told.append("back"),
            on_dead=lambda: self.told.append("dead"),
        )
        self.heart.start()

    def _ask(self) -> None:
        self.asked += 1
        if self.answers:
            self.heart.heard()

    def run(self, seconds: float) -> None:
        self.clock.pump([BEAT] * round(seconds / BEAT))


class HeartbeatTest(TestCase):
    def test_who_answers_is_left_alone(self) -> None:
        watched = Watched()
        watched.run(60)
        assert watched.told == []
        assert watched.asked == 1 + 60 / BEAT

    def test_silence_is_told_within_2_seconds_and_death_at_5_each_once(self) -> None:
        watched = Watched()
        watched.run(1)
        watched.answers = False
        watched.run(2)
        assert (watched.told, watched.heart.mute) == (["mute"], True)
        watched.run(3.25)
        assert watched.told == ["mute", "dead"]
        watched.run(60)
        assert watched.told == ["mute", "dead"]

    def test_one_that_nobody_needs_is_asked_once_a_second(self) -> None:
        watched = Watched()
        watched.needed = False
        watched.run(1)
        asked = watched.asked
        watched.run(60)
        assert watched.asked == asked + 60
        watched.needed = True
        watched.run(11)
        assert watched.asked >= asked + 60 + 10 / BEAT

    def test_who_needs_it_then_hears_of_its_silence_as_soon_as_ever(self) -> None:
        watched = Watched()
        watched.needed = False
        watched.run(60.25)
        watched.answers = False
        watched.needed = True
        watched.heart.hurry()
        watched.run(2)
        assert watched.told == ["mute"]

    def test_its_silence_is_noticed_within_3_seconds_all_the_same(self) -> None:
        watched = Watched()
        watched.needed = False
        watched.run(10)
        watched.answers = False
        watched.run(3)
        assert watched.told == ["mute"]
        watched.run(3.25)
        assert watched.told == ["mute", "dead"]
        watched.answers = True
        watched.run(1)
        assert watched.told == ["mute", "dead", "back"]

    def test_a_hall_that_was_held_up_itself_blames_nobody_whom_it_did_not_need(self) -> None:
        watched = Watched(answers=False)
        watched.needed = False
        for _ in range(20):
            watched.clock.advance(40.0)
            watched.heart.heard()
        assert watched.told == []

    def test_a_short_silence_is_nothing_and_who_speaks_again_is_back(self) -> None:
        watched = Watched()
        for _ in range(5):
            watched.answers = False
            watched.run(1.5)
            watched.answers = True
            watched.run(0.5)
        assert watched.told == []
        watched.answers = False
        watched.run(3)
        watched.answers = True
        watched.run(0.5)
        assert (watched.told, watched.heart.mute) == (["mute", "back"], False)

    def test_a_hall_that_was_held_up_itself_blames_nobody(self) -> None:
        watched = Watched(answers=False)
        for _ in range(20):
            watched.clock.advance(40.0)  # stopped; then the timer, then the socket
            watched.heart.heard()
        assert watched.told == []

    def test_stopped_it_asks_no_more(self) -> None:
        watched = Watched(answers=False)
        watched.heart.stop()
        watched.run(10)
        assert (watched.told, watched.asked) == ([], 1)
        assert not watched.clock.getDelayedCalls()


class QuestionsTest(TestCase):
    def test_old_ones_of_a_kind_are_given_up_and_late_answers_are_nobodys(self) -> None:
        now = 0.0
        questions = Questions(lambda: now)
        first, new = questions.ask(("open", 1))
        pack, _ = questions.ask(("pack", 1))
        now = 5.0
        second, _ = questions.ask(("open", 2))
        same, again = questions.ask(("open", 2))
        assert (new, again) == (True, False)
        questions.give_up(MediaUnavailable("slow"), ("open",), before=4.0)
        self.failureResultOf(first, MediaUnavailable)
        self.assertNoResult(pack)
        questions.answer(("open", 1), "late")
        questions.answer(("open", 2), "in time")
        assert self.successResultOf(second) == "in time"
        assert self.successResultOf(same) == "in time"
        questions.give_up(MediaUnavailable("died"))
        self.failureResultOf(pack, MediaUnavailable)


class FakeHall:
    """What a link tells its hall."""

    def __init__(self) -> None:
        self.log: Any = self
        self.errors: list[str] = []
        self.complaints: list[str] = []
        self.reports = 0

    def error(self, text: str, **given: object) -> None:
        self.errors.append(text.format(**given))

    def complain(self, kind: str, text: str) -> None:
        self.complaints.append(kind)

    def received(self, report: protocol.Message) -> None:
        self.reports += 1


class LinkTest(TestCase):
    def link(self) -> ChildLink:
        self.hall, self.killed = FakeHall(), []
        hall: Any = self.hall
        made = ChildLink(hall)
        child: Any = type("Child", (), {"kill": lambda _: self.killed.append(True)})()
        made.child = child
        made.makeConnection(StringTransport())
        return made

    def one_that_is_killed(self, link: ChildLink, step: Callable[[], object], most: int) -> None:
        """Soon enough, once, with one line in the log; afterwards nothing is read or written any more."""
        steps = 0
        while not self.killed:
            steps += 1
            assert steps <= most
            step()
        for _ in range(100):
            step()
        assert len(self.killed) == 1
        assert len(self.hall.errors) == 1
        assert link.send(protocol.Measure()) is False

    def test_one_that_does_nothing_of_what_it_is_told(self) -> None:
        link = self.link()
        play = protocol.Play(1, 1, [[0, 0, 160]] * 100)
        self.one_that_is_killed(link, lambda: link.send(play), MOST_BEHIND // 500)
        assert "behind" in self.hall.errors[0]

    def test_one_that_keeps_up_is_told_for_ever(self) -> None:
        link = self.link()
        play = protocol.Play(1, 1, [[0, 0, 160]] * 1000)
        transport: Any = link.transport
        for _ in range(3 * MOST_BEHIND // 9000):
            assert link.send(play)
            link.ping()
            (asked,) = [line for line in transport.value().splitlines() if b"ping" in line]
            transport.clear()
            link.dataReceived(asked.replace(b"ping", b"pong") + b"\n")
        assert not self.killed

    def test_one_that_talks_without_end(self) -> None:
        link = self.link()
        keys = b'["key",1,"1",1.5]\n' * 1000
        self.one_that_is_killed(link, lambda: link.dataReceived(keys), MOST_HEARD // len(keys) + 1)
        assert "without end" in self.hall.errors[0]

    def test_one_that_talks_much_is_listened_to(self) -> None:
        link = self.link()
        for _ in range(100):
            link.dataReceived(b'["key",1,"1",1.5]\n' * 5000)
            link.ping()
        assert not self.killed
        assert self.hall.reports == 500_000

    def test_one_that_talks_nonsense(self) -> None:
        link = self.link()
        self.one_that_is_killed(link, lambda: link.dataReceived(b"\xff\n"), MOST_NONSENSE + 1)
        assert set(self.hall.complaints) == {"nonsense"}


class HangingTest(TestCase):
    """The real process, stopped by SIGSTOP."""

    timeout = 60

    async def media(self, **settings: Any) -> MediaProcess:
        media = MediaProcess(reactor, MediaSettings(realtime=False, nice=0, **settings))
        self.addCleanup(lambda: Deferred.fromCoroutine(media.stop()))
        await media.start()
        return media

    def signal(self, media: MediaProcess, number: int) -> None:
        assert media.pid is not None
        os.kill(media.pid, number)

    async def until(self, what: Callable[[], bool], seconds: float = 20.0) -> float:
        """Wait for it; how long it took."""
        began = time.monotonic()
        while not what():
            assert time.monotonic() - began < seconds
            await deferLater(reactor, 0.02, lambda: None)
        return time.monotonic() - began

    async def test_who_waits_is_told_in_time_and_a_new_one_comes(self) -> None:
        media = await self.media()
        lost: list[MediaCall] = []
        call = await media.open()
        call.on_lost = lambda: lost.append(call)
        first = media.pid
        self.signal(media, signal.SIGSTOP)
        waiting = Deferred.fromCoroutine(media.open())
        with self.assertRaises(MediaUnavailable):
            await waiting.addTimeout(MUTE * BEAT + 3, reactor)
        assert not media.running
        assert lost == []
        with self.assertRaises(MediaUnavailable):
            await media.open()
        await self.until(lambda: media.running and media.pid != first)
        assert lost == [call]
        assert media.restarts == 1
        (await media.open()).close()
        self.flushLoggedErrors()

    async def test_one_that_comes_back_in_time_is_kept(self) -> None:
        media = await self.media()
        call = await media.open()
        first = media.pid
        self.signal(media, signal.SIGSTOP)
        await self.until(lambda: not media.running, DEAD * BEAT)
        self.signal(media, signal.SIGCONT)
        await self.until(lambda: media.running)
        assert (media.pid, media.restarts, call.open) == (first, 0, True)
        assert media.calls == 1
        (await media.open()).close()

    async def test_a_call_that_nobody_waits_for_any_more_is_closed(self) -> None:
        """Opened by a process that woke up after the caller had been told 503."""
        media = await self.media()
        self.signal(media, signal.SIGSTOP)
        waiting = Deferred.fromCoroutine(media.open())
        with self.assertRaises(MediaUnavailable):
            await waiting
        self.signal(media, signal.SIGCONT)
        await self.until(lambda: media.running)
        while (await media.figures())["calls"]:
            pass
        assert media.calls == 0

    async def test_one_that_never_greets_is_killed_and_the_next_is_tried(self) -> None:
        """At the start of the hall, and after a crash: no caller waits for it."""
        slow = self.program("exec sleep 60")
        media = await self.media()
        impatient = self.patch(client, "START_SECONDS", 0.5)
        other = MediaProcess(reactor, MediaSettings(python=slow))
        with self.assertRaises(MediaUnavailable):
            await other.start()
        assert other.pid is None
        good, media.settings = media.settings, MediaSettings(python=slow)
        self.signal(media, signal.SIGKILL)
        await self.until(lambda: media.restarts >= 2)
        with self.assertRaises(MediaUnavailable):
            await media.open()
        impatient.restore()
        media.settings = good
        await self.until(lambda: media.running)
        (await media.open()).close()

    async def test_one_that_ends_at_once_is_not_started_in_a_rush(self) -> None:
        media = await self.media()
        good, media.settings = media.settings, MediaSettings(python=self.program("exit 3"))
        self.signal(media, signal.SIGKILL)
        await deferLater(reactor, 2.0, lambda: None)
        assert 1 <= media.restarts <= 5
        assert not media.running
        media.settings = good
        await self.until(lambda: media.running)

    def program(self, what: str) -> str:
        path = Path(self.mktemp())
        path.write_text(f"#!/bin/sh\n{what}\n")
        path.chmod(0o700)
        return str(path.resolve())

    async def test_it_can_be_stopped_while_it_hangs(self) -> None:
        media = await self.media()
        self.signal(media, signal.SIGSTOP)
        began = time.monotonic()
        await media.stop()
        assert time.monotonic() - began < 10
        assert media.pid is None

    async def test_calls_without_a_port_are_one_line_a_minute(self) -> None:
        port = free_port()
        media = await self.media(first_port=port, last_port=port + 1)
        lines: list[str] = []
        globalLogPublisher.addObserver(observer := lambda event: lines.append(formatEvent(event)))
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        (await media.open()).close()
        held = await media.open()  # nobody is turned away because a port rests
        for _ in range(100):
            with self.assertRaises(MediaRefused):
                await media.open()
        held.close()
        (await media.open()).close()
        told = [line for line in lines if "no free RTP port pair" in line]
        assert len(told) == 1, told
