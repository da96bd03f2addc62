"""A call's audio belongs to who agreed on it, and who agreed on nothing is sent next to nothing: the running
hall, on real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from ivr.media import dtmf, rtp
from server.testing.ear import Ear, audible
from server.testing.ports import HOST
from server.testing.running import HallProcess, ended, said
from tests.e2e.wire import Line

NUMBER, BALANCE = "13900000002", "36.80元"
ELSEWHERE = "127.0.0.2"
REPORT = bytes([0x80, 201, 0, 1, 0, 0, 0, 1])
FEW = 5  # packets; a second of audio is 50


class Voice:
    """A socket that sends and hears RTP."""

    def __init__(self, host: str = HOST) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.port = int(self.socket.getsockname()[1])
        self._ssrc, self._sequence = self.port, 0

    def speak(self, call: Line, seconds: float = 0.0) -> int:
        """Silence in packets of 20 ms, one at the least; how many packets came meanwhile."""
        for _ in range(max(1, round(50 * seconds))):
            self._send(call, 8, 160 * self._sequence, b"\xd5" * 160)
            if seconds:
                time.sleep(0.02)
        return len(self.heard())

    def press(self, call: Line, digit: str) -> None:
        at = 160 * self._sequence
        for number, payload in enumerate(dtmf.key_payloads(digit, 3)):
            self._send(call, 101, at, payload, marker=number == 0)
            time.sleep(0.02)

    def _send(self, call: Line, kind: int, at: int, payload: bytes, *, marker: bool = False) -> None:
        self._sequence += 1
        packet = rtp.build(kind, self._sequence, at, self._ssrc, payload, marker=marker)
        self.socket.sendto(packet, (HOST, call.rtp))

    def heard(self) -> list[bytes]:
        """What came since it was asked last."""
        self.socket.setblocking(False)
        came = []
        while True:
            try:
                came.append(self.socket.recv(2048))
            except BlockingIOError:
                return came

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def voices() -> Iterator[tuple[Voice, Voice]]:
    """A caller's, and a thief's on the same host."""
    with closing(Voice()) as caller, closing(Voice()) as thief:
        yield caller, thief


def hears_his_balance(hall: HallProcess, call: Line, caller: Voice, thief: Voice) -> None:
    """The caller's keys count, the thief's do not; the caller hears the hall, the thief does not."""
    thief.heard()
    caller.heard()
    for digit in "11":
        thief.press(call, "3")
        caller.press(call, digit)
    hall.wait_line(call.call_id, said(BALANCE))
    assert hall.keys(call.call_id) == "11"
    caller.speak(call, 0.5)
    assert any(audible(packet) for packet in caller.heard()) or caller.speak(call, 1.0)
    assert thief.heard() == []


def test_a_packet_that_comes_before_the_callers_own_takes_nothing(
    hall: HallProcess, voices: tuple[Voice, Voice]
) -> None:
    caller, thief = voices
    with Line(hall, NUMBER, caller.port) as call:
        call.answer()
        thief.speak(call)
        thief.press(call, "3")
        caller.speak(call)
        hears_his_balance(hall, call, caller, thief)
        call.bye()


def test_who_stood_in_for_a_silent_caller_is_sent_away_when_he_speaks(
    hall: HallProcess, voices: tuple[Voice, Voice]
) -> None:
    """That is also what becomes of a phone behind a NAT: it is heard from its own port."""
    caller, thief = voices
    with Line(hall, NUMBER, caller.port) as call:
        call.answer()
        assert thief.speak(call, 1.0) > 10
        caller.speak(call, 0.1)
        thief.heard()
        assert thief.speak(call, 0.5) == 0
        hears_his_balance(hall, call, caller, thief)
        call.bye()


def test_a_re_invite_heals_and_what_is_under_way_from_before_does_not_count(
    hall: HallProcess, voices: tuple[Voice, Voice]
) -> None:
    caller, thief = voices
    with Line(hall, NUMBER, caller.port) as call, closing(Voice()) as moved:
        call.answer()
        assert thief.speak(call, 1.0) > 10
        assert call.again(caller.port) == 200  # the same SDP
        caller.speak(call, 0.1)
        thief.heard()
        assert thief.speak(call, 0.5) == 0
        assert call.again(moved.port) == 200
        caller.speak(call, 0.5)  # the old place
        assert moved.speak(call, 0.1) > 10
        hears_his_balance(hall, call, moved, caller)
        call.bye()


def test_ports_cannot_be_guessed(hall: HallProcess) -> None:
    ports = []
    for _ in range(6):
        with closing(Voice()) as caller, Line(hall, NUMBER, caller.port) as call:
            call.answer()
            ports.append(call.rtp)
            call.bye()
    assert len(set(ports)) == 6  # nor one that was just left
    assert ports != sorted(ports)
    assert ports != list(range(ports[0], ports[0] + 12, 2))


# ---- next to nothing for who did not ask for it ------------------------------------------------------------
def test_an_invite_in_a_false_name_costs_its_victim_next_to_nothing(hall: HallProcess) -> None:
    """Nobody acknowledges it, for the 200 went to somebody else."""
    with closing(Voice()) as victim:
        for number in range(5):
            with Line(hall, f"1390000000{number}", victim.port) as call:
                call.final()
        time.sleep(1.5)
        assert 0 < len(victim.heard()) <= 5 * FEW


def test_audio_for_another_host_waits_for_a_word_from_there(hall: HallProcess) -> None:
    """RTCP from where the INVITE came from is no such word, for however long it comes."""
    with closing(Voice(ELSEWHERE)) as victim, Line(hall, NUMBER, victim.port, ELSEWHERE) as call:
        call.answer()
        until = time.monotonic() + 14
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
            reports.bind((HOST, 0))
            while not any(map(ended, hall.transcript(call.call_id))) and time.monotonic() < until:
                reports.sendto(REPORT, (HOST, call.rtp + 1))
                time.sleep(0.2)
        assert len(victim.heard()) <= FEW
        assert hall.transcript(call.call_id)[-1] == {"end": "vanished"}


def test_a_gateway_with_a_media_host_of_its_own_is_heard_from_the_first_word(hall: HallProcess) -> None:
    with closing(Voice(ELSEWHERE)) as media, Line(hall, NUMBER, media.port, ELSEWHERE) as call:
        call.answer()
        time.sleep(1.0)
        assert len(media.heard()) <= FEW
        assert media.speak(call, 1.0) > 40
        call.bye()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        *(("0.0.0.1", 40_000), ("127.255.255.255", 40_000), ("169.254.169.254", 40_000)),
        *(("224.0.0.1", 40_000), ("240.0.0.1", 40_000), ("255.255.255.255", 40_000)),
        *((HOST, 1), (HOST, 22), (HOST, 53), (HOST, 1023)),
    ],
)
def test_what_no_phone_has_is_refused(hall: HallProcess, host: str, port: int) -> None:
    with Line(hall, NUMBER, port, host) as call:
        assert call.final()[0] == 488
        assert "Warning:" in call.text


def test_the_halls_own_ports_are_refused(hall: HallProcess) -> None:
    with closing(Voice()) as caller, Line(hall, NUMBER, caller.port) as other:
        other.answer()
        for port in (hall.sip, hall.http, hall.smsc, hall.handsets, other.rtp):
            with Line(hall, NUMBER, port) as call:
                assert call.final()[0] == 488
            assert other.again(port) == 488
        assert caller.speak(other, 0.5) > 10
        other.bye()


def test_who_is_not_trusted_names_himself_alone(strict_hall: HallProcess) -> None:
    with closing(Ear()) as ear, closing(Voice(ELSEWHERE)) as victim:
        with Line(strict_hall, NUMBER, victim.port, ELSEWHERE) as call:
            assert call.final()[0] == 488
        with Line(strict_hall, NUMBER, ear.port) as call:
            call.answer()
            assert ear.listen(2.0, packets=10) == 10
            assert call.again(victim.port, ELSEWHERE) == 488
            assert ear.listen(2.0, packets=10) == 10
            call.bye()
        assert victim.heard() == []
