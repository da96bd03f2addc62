"""The media process for real, on loopback: what a caller gets, and what becomes of its calls if it dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from ivr import g711
from ivr.media import dtmf, protocol, rtp
from ivr.media.client import (
    PCMA,
    PCMU,
    MediaCall,
    MediaProcess,
    MediaRefused,
    MediaSettings,
    MediaUnavailable,
)
from peers.phone import Phone

CLIP = bytes((7 * n) % 251 for n in range(80_000))


class Hall:
    """One call with everything that was told of it, to be waited for."""

    def __init__(self, call: MediaCall) -> None:
        self.call = call
        self.keys = ""
        self.told: list[object] = []
        self._waiting: list[tuple[object, Deferred[None]]] = []
        call.on_key = self._key
        call.on_played = lambda utterance: self._tell(("played", utterance))
        call.on_vanished = lambda: self._tell("vanished")
        call.on_lost = lambda: self._tell("lost")
        call.on_closed = self._tell

    def _key(self, digit: str, when: float) -> None:
        assert 0 <= time.monotonic() - when < 5
        self.keys += digit
        self._tell(("key", digit))

    def _tell(self, what: object) -> None:
        self.told.append(what)
        ready = [waiting for waiting in self._waiting if self._fits(waiting[0], what)]
        self._waiting = [waiting for waiting in self._waiting if waiting not in ready]
        for _, fired in ready:
            fired.callback(None)

    @staticmethod
    def _fits(awaited: object, what: object) -> bool:
        return isinstance(what, awaited) if isinstance(awaited, type) else awaited == what

    def until(self, what: object) -> Deferred[None]:
        fired: Deferred[None] = Deferred()
        if any(self._fits(what, told) for told in self.told):
            fired.callback(None)
        else:
            self._waiting.append((what, fired))
        return fired.addTimeout(60, reactor)


class MediaProcessTest(TestCase):
    timeout = 120

    async def media(self, **settings: Any) -> MediaProcess:
        media = MediaProcess(reactor, MediaSettings(**settings))
        self.addCleanup(lambda: Deferred.fromCoroutine(media.stop()))
        await media.start()
        path = Path(self.mktemp())
        path.write_bytes(CLIP)
        self.assertEqual(await media.pack(path), 0)
        return media

    def phone(self, ssrc: int = 1, address: str = "127.0.0.1") -> Phone:
        phone = Phone(reactor, ssrc=ssrc, address=address)
        self.addCleanup(phone.close)
        return phone

    async def call(self, media: MediaProcess, phone: Phone, **agreed: Any) -> Hall:
        hall = Hall(await media.open())
        self.assertEqual(hall.call.port % 2, 0)
        events = agreed.get("events", 101)
        hall.call.remote("127.0.0.1", phone.port, **{"events": events, **agreed})
        phone.connect("127.0.0.1", hall.call.port, codec=agreed.get("codec", PCMA), events=events)
        return hall

    async def test_the_caller_hears_exactly_the_clips(self) -> None:
        media = await self.media()
        for codec in (PCMA, PCMU):
            phone = self.phone()
            got: list[rtp.Packet] = []
            phone.on_packet = got.append
            hall = await self.call(media, phone, codec=codec)
            hall.call.play(1, [(0, 100, 333), (0, 5000, 1), (0, 40_000, 1000)])
            hall.call.play(2, [(0, 9, 77)])
            await hall.until(("played", 2))
            await phone.first_packet()
            await deferLater(reactor, 0.1, lambda: None)
            said = CLIP[100:433] + CLIP[5000:5001] + CLIP[40_000:41_000] + CLIP[9:86]
            expected = said if codec == PCMA else said.translate(g711.ALAW_TO_ULAW)
            talk = b"".join(packet.payload for packet in got[[p.marker for p in got].index(True) :])
            self.assertEqual(talk[: len(said)], expected)
            self.assertEqual({packet.payload_type for packet in got}, {codec})
            self.assertIn(("played", 1), hall.told)

    async def test_a_key_cuts_the_prompt_within_a_frame(self) -> None:
        media = await self.media()
        phone = self.phone()
        got: list[tuple[float, rtp.Packet]] = []
        phone.on_packet = lambda packet: got.append((time.monotonic(), packet))
        hall = await self.call(media, phone)
        heard = []

        def next_prompt(digit: str, when: float) -> None:
            heard.append((digit, when))
            hall.call.stop()
            hall.call.play(2, [(0, 60_000, 1600)])

        hall.call.on_key = next_prompt
        hall.call.play(1, [(0, 0, 50_000)])
        await phone.first_packet()
        await phone.press("5")
        await hall.until(("played", 2))
        self.assertEqual([digit for digit, _ in heard], ["5"])
        new = next(n for n, (_, packet) in enumerate(got) if packet.payload == CLIP[60_000:60_160])
        self.assertTrue(got[new][1].marker)
        old = [packet for at, packet in got[:new] if at > heard[0][1]]
        self.assertLessEqual(len(old), 2)  # what was under way as the key came, and one frame's grace
        self.assertNotIn(("played", 1), hall.told)

    async def test_keys_at_once_40_ms_apart_are_all_heard_once(self) -> None:
        media = await self.media()
        for agreed in ({"events": 101}, {"events": 96, "codec": PCMU}, {"events": None}):
            phone = self.phone()
            hall = await self.call(media, phone, **agreed)
            await phone.press("11*#0", hold=40, gap=40)
            if hall.keys != "11*#0":
                await hall.until(("key", "0"))
            self.assertEqual(hall.keys, "11*#0", str(agreed))

    async def test_keys_of_a_stranger_and_of_a_wrong_type_are_nothing(self) -> None:
        media = await self.media()
        phone, stranger = self.phone(), self.phone(2, "127.0.0.2")
        hall = await self.call(media, phone)
        stranger.connect("127.0.0.1", hall.call.port)
        await stranger.press("7")
        phone.connect("127.0.0.1", hall.call.port, events=97)
        await phone.press("8")
        phone.connect("127.0.0.1", hall.call.port, events=101)
        await stranger.press("7")
        await phone.press("1")
        await hall.until(("key", "1"))
        self.assertEqual(hall.keys, "1")

    async def test_audio_goes_where_the_caller_sends_from(self) -> None:
        """A phone behind a NAT: another port than its SDP says; another host only if it was signalled."""
        media = await self.media()
        phone, elsewhere = self.phone(), self.phone(2, "127.0.0.3")
        hall = Hall(await media.open())
        hall.call.remote("127.0.0.1", 9, events=101)
        phone.connect("127.0.0.1", hall.call.port)
        await phone.first_packet()
        phone.mute()
        await media.figures()  # answered after all that was sent before it
        hall.call.remote("127.0.0.1", 9, events=101, sources=["127.0.0.3"])
        elsewhere.connect("127.0.0.1", hall.call.port)
        await elsewhere.first_packet()

    async def test_the_filter_lets_keys_and_a_sign_of_life_through(self) -> None:
        media = await self.media()
        phone = self.phone()
        hall = await self.call(media, phone)
        await phone.first_packet()
        await phone.say(bytes(160 * 150))
        await phone.press("9")
        await hall.until(("key", "9"))
        sent = phone.sent
        hall.call.close()
        await hall.until(protocol.Closed)
        closed = hall.told[-1]
        assert isinstance(closed, protocol.Closed)
        self.assertGreater(sent, 150)
        self.assertLess(closed.received, sent // 4)
        self.assertGreaterEqual(closed.received, 3 + sent // 64 - 1)

    async def test_hold_and_resume(self) -> None:
        media = await self.media()
        phone = self.phone()
        got: list[rtp.Packet] = []
        phone.on_packet = got.append
        hall = await self.call(media, phone)
        hall.call.play(1, [(0, 0, 3200)])
        await phone.first_packet()
        hall.call.remote("127.0.0.1", phone.port, events=101, direction="inactive")
        await media.figures()  # answered after the command before it
        await deferLater(reactor, 0.05, lambda: None)
        held = len(got)
        await deferLater(reactor, 0.2, lambda: None)
        self.assertEqual(len(got), held)
        hall.call.remote("127.0.0.1", phone.port, events=101, direction="sendrecv")
        await hall.until(("played", 1))
        await deferLater(reactor, 0.05, lambda: None)
        begin = next(n for n, packet in enumerate(got) if packet.marker)
        self.assertEqual(b"".join(packet.payload for packet in got[begin:])[:3200], CLIP[:3200])

    async def test_a_caller_that_falls_silent_has_vanished(self) -> None:
        media = await self.media(vanished_after=0.5, absent_after=1.0)
        phone, absent = self.phone(), self.phone(2)
        hall = await self.call(media, phone, events=None)  # no filter: every packet counts
        never = await self.call(media, absent)
        absent.mute()
        holds, listens, named = self.phone(3), self.phone(4), self.phone(5)
        held = await self.call(media, holds, direction="recvonly")
        holds.mute()
        heard = await self.call(media, listens, events=None, direction="sendonly")
        forged = await self.call(media, named, direction="sendonly")
        named.mute()
        await phone.press("1")
        listens.mute()
        await never.until("vanished")
        await forged.until("vanished")
        self.assertNotIn("vanished", hall.told)
        phone.mute()
        await hall.until("vanished")
        self.assertEqual(hall.told.count("vanished"), 1)
        self.assertNotIn("vanished", held.told)
        self.assertNotIn("vanished", heard.told)

    async def test_rtcp_alone_is_a_sign_of_life(self) -> None:
        media = await self.media(vanished_after=1.0, absent_after=1.0)
        phone, other = self.phone(), self.phone(2)
        hall = await self.call(media, phone)
        phone.mute()
        gone = await self.call(media, other)
        other.mute()
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(control.close)
        while "vanished" not in gone.told:
            control.sendto(bytes([0x80, 201, 0, 1, 0, 0, 0, 1]), ("127.0.0.1", hall.call.port + 1))
            await deferLater(reactor, 0.2, lambda: None)
        self.assertNotIn("vanished", hall.told)

    async def test_limits_and_nonsense_are_refused_and_hurt_nobody(self) -> None:
        media = await self.media(calls=2)
        phone = self.phone()
        hall = await self.call(media, phone)
        await media.open()
        with self.assertRaises(MediaRefused):
            await media.open()
        with self.assertRaises(MediaRefused):
            await media.pack(Path("nowhere.alaw"))
        hall.call.play(1, [(0, 0, 80_001)])
        hall.call.play(2, [(9, 0, 1)])
        hall.call.play(3, [(0, -5, 1)])
        hall.call.remote("not an address", 1)
        assert media._link is not None
        assert media._link.transport is not None
        media._link.transport.write(b"\xff\xfe\n[]\n" + b"x" * 300_000 + b'\n["open"]\n')
        hall.call.play(4, [(0, 0, 160)])
        await hall.until(("played", 4))
        figures = await media.figures()
        self.assertEqual(figures["faults"], 8)
        self.assertEqual(figures["calls"], 2)
        self.assertNotIn(("played", 1), hall.told)

    async def test_garbage_on_the_rtp_port_is_nothing(self) -> None:
        media = await self.media()
        phone = self.phone()
        hall = await self.call(media, phone, events=None)
        source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(source.close)
        for n in range(200):
            source.sendto(os.urandom(n), ("127.0.0.1", hall.call.port))
            source.sendto(os.urandom(n), ("127.0.0.1", hall.call.port + 1))
        heard = hall.until(("key", "4"))
        while not heard.called:  # the first may find the socket still full of it
            await phone.press("4")
        await heard

    async def test_killed_its_calls_end_and_new_ones_work(self) -> None:
        media = await self.media()
        phone = self.phone()
        hall = await self.call(media, phone)
        assert media.pid is not None
        os.kill(media.pid, signal.SIGKILL)
        await hall.until("lost")
        with self.assertRaises(MediaUnavailable):
            await media.open()
        hall.call.play(1, [(0, 0, 160)])  # nobody is there: nothing happens
        self.assertEqual(media.calls, 0)
        while not media.running:
            await deferLater(reactor, 0.02, lambda: None)
        again = await self.call(media, phone)
        again.call.play(1, [(0, 0, 160)])
        await again.until(("played", 1))
        self.assertEqual(media.restarts, 1)
        self.assertEqual(hall.told.count("lost"), 1)

    async def test_many_calls_open_and_close_without_leaving_a_socket(self) -> None:
        media = await self.media()
        before = len(os.listdir(f"/proc/{media.pid}/fd"))
        for _ in range(3):
            halls = [Hall(await media.open()) for _ in range(50)]
            self.assertEqual(len({hall.call.port for hall in halls}), 50)
            for hall in halls:
                hall.call.remote("127.0.0.1", 9)
                hall.call.close()
            await DeferredList([hall.until(protocol.Closed) for hall in halls], fireOnOneErrback=True)
        self.assertEqual(len(os.listdir(f"/proc/{media.pid}/fd")), before)
        self.assertEqual(media.calls, 0)


HALL_THAT_DIES = """
import os
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from ivr.media.client import MediaProcess

async def main():
    media = MediaProcess(reactor)
    await media.start()
    os.write(1, f"{media.pid}\\n".encode())

reactor.callWhenRunning(lambda: Deferred.fromCoroutine(main()))
reactor.run()
"""


def test_the_process_does_not_outlive_a_killed_hall():
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", HALL_THAT_DIES], stdout=subprocess.PIPE, cwd=root) as hall:
        assert hall.stdout is not None
        media = int(hall.stdout.readline())
        os.kill(media, 0)
        for polite in (signal.SIGTERM, signal.SIGINT):  # the hall drains first
            os.kill(media, polite)
        hall.kill()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and Path(f"/proc/{media}/cmdline").exists():
        if not Path(f"/proc/{media}/cmdline").read_bytes():
            break  # ended, not yet waited for by who inherited it
        time.sleep(0.01)
    else:
        assert not Path(f"/proc/{media}/cmdline").exists()


class Child:
    """The process without its client: raw lines."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "ivr.media", "--control", str(theirs.fileno())]
        self.process = subprocess.Popen(
            [*command, "--parent", str(os.getpid())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        theirs.close()
        ours.settimeout(10)
        self.socket = ours

    def end(self) -> tuple[int, str]:
        with self.socket:
            _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, errors.decode()


def test_another_version_is_told_ours_and_left():
    child = Child()
    child.socket.sendall(protocol.encode(protocol.Hello(protocol.VERSION + 1, 1)))
    answer = protocol.decode(child.socket.makefile("rb").readline().rstrip())
    assert isinstance(answer, protocol.Hello)
    assert answer.version == protocol.VERSION
    status, errors = child.end()
    assert status == 1
    assert "version 2" in errors


def test_a_hall_that_reads_nothing_any_more_is_given_up():
    child = Child()
    line = protocol.encode(protocol.Measure())
    try:
        while True:
            child.socket.sendall(line * 1000)
    except (BrokenPipeError, ConnectionResetError):
        pass
    status, errors = child.end()
    assert status == 1
    assert "does not read" in errors


def test_the_end_of_the_socket_is_the_end():
    child = Child()
    child.socket.close()
    assert child.end() == (0, "")


def test_key_payloads_are_as_rfc_4733_draws_them():
    assert [payload.hex() for payload in dtmf.key_payloads("1", 3)] == [
        *("010a00a0", "010a0140"),
        *("018a01e0",) * 3,
    ]
