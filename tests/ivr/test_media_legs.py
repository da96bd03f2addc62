"""Calls in the media process, with real sockets and a clock of our own: who is still there, and how little is
sent to who never showed it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from ivr import g711
from ivr.media import dtmf, protocol, rtp
from ivr.media.inband import tones
from ivr.media.legs import HINTS, ON_HOLD, UNPROVEN, VanishedAfter
from ivr.media.pacer import TICK
from ivr.media.process import MediaServer, Options
from ivr.media.sockets import FORMER_WAIT, STREAM, WAIT
from server.testing.ports import HOST, free_port

ELSEWHERE = "127.0.0.2"
REPORT = bytes([0x80, 201, 0, 1, 0, 0, 0, 1])  # RTCP: of nothing heard (RFC 3550 §6.4.2)
CLIP = bytes(range(1, 201)) * 800
FEW = 5


class Studio:
    """One media process without its loop, and phones."""

    def __init__(self, vanished_after: VanishedAfter) -> None:
        self.now = 10**12
        self.told: list[Any] = []
        self.ready: dict[socket.socket, Callable[[], None]] = {}
        self.sockets: list[socket.socket] = []
        options = Options(address=HOST, vanished_after=vanished_after)
        self.media = MediaServer(
            options,
            self.told.append,
            self.ready.__setitem__,
            lambda pack: None,
            clock=lambda: self.now,
            random=Random(1),
        )
        self.media.packs[0] = CLIP
        self._last = 0

    def do(self, command: protocol.Command) -> None:
        self.media.obey(protocol.encode(command).rstrip())
        assert not any(isinstance(told, protocol.Fault) for told in self.told), self.told

    def call(self, phone: socket.socket, **agreed: Any) -> int:
        """An answered call that plays; its number."""
        self._last += 1
        self.do(protocol.Open(self._last))
        self.named(self._last, phone, **agreed)
        self.do(protocol.Play(self._last, 1, [[0, 0, len(CLIP)]]))
        return self._last

    def named(self, call: int, phone: socket.socket, **agreed: Any) -> None:
        """What the SDP says, now."""
        host, port = phone.getsockname()
        given = {"events": 101, "direction": "sendrecv", "sources": [host], "control": 0, "unheard": None}
        given |= agreed
        self.do(protocol.Remote(call=call, host=host, port=port, codec=8, **given))

    def phone(self, host: str = HOST, port: int = 0) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sockets.append(made)
        made.bind((host, port))
        made.setblocking(False)
        return made

    def port(self, call: int) -> int:
        return self.media.legs[call].port

    def says(self, phone: socket.socket, call: int, *packets: bytes, control: bool = False) -> None:
        """The phone sends, and the media process reads it."""
        leg = self.media.legs[call]
        for packet in packets or (rtp.build(8, 1, 160, 7, b"\xd5" * 160, marker=True),):
            phone.sendto(packet, (HOST, leg.port + control))
            self.ready[leg.rtcp if control else leg.rtp]()

    def report(self, phone: socket.socket, call: int) -> None:
        self.says(phone, call, REPORT, control=True)

    def run(self, seconds: float) -> None:
        for step in range(round(1000 * seconds)):
            self.now += TICK
            self.media.pacer.advance()
            if step % 1000 == 999:
                self.media.check()

    def keys(self) -> str:
        return "".join(told.digit for told in self.told if isinstance(told, protocol.KeyPressed))

    def vanished(self, call: int) -> bool:
        return any(isinstance(told, protocol.Vanished) and told.call == call for told in self.told)


def heard(phone: socket.socket) -> list[rtp.Packet]:
    """What came since it was asked last."""
    came = []
    while True:
        try:
            came.append(rtp.parse(phone.recv(2048)))
        except BlockingIOError:
            return came


def key(digit: str, ssrc: int = 7, at: int = 16_000) -> list[bytes]:
    """One key as a phone sends it (RFC 4733)."""
    payloads = dtmf.key_payloads(digit, 3)
    return [rtp.build(101, n, at, ssrc, payload, marker=n == 0) for n, payload in enumerate(payloads)]


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(VanishedAfter(vanished=30, absent=30))
    yield made
    for leg in made.media.legs.values():
        leg.close()
    for each in made.sockets:
        each.close()


# ---- next to nothing for who never said a word -------------------------------------------------------------
def test_only_a_few_packets_go_to_who_never_sent_any(studio: Studio) -> None:
    victim = studio.phone(ELSEWHERE)
    call = studio.call(victim, unheard=FEW)
    studio.run(UNPROVEN + 3)
    assert len(heard(victim)) == FEW
    assert studio.vanished(call)


def test_what_is_said_stands_still_and_goes_on_with_the_first_sign_of_life(studio: Studio) -> None:
    """Nothing of the greeting is lost to a gateway that takes its time."""
    for way in (studio.says, studio.report):
        phone = studio.phone(ELSEWHERE)
        call = studio.call(phone, unheard=FEW)
        studio.run(2)
        way(phone, call)
        studio.run(2)
        payloads = b"".join(packet.payload for packet in heard(phone))
        assert len(payloads) > 160 * 95
        assert payloads == CLIP[: len(payloads)]
        studio.run(UNPROVEN)
        assert not studio.vanished(call)


def test_what_the_signalling_shows_lifts_it_too(studio: Studio) -> None:
    phone = studio.phone()
    call = studio.call(phone, unheard=FEW)
    studio.named(call, phone)
    studio.run(2)
    assert len(heard(phone)) > 95


def test_reports_of_another_host_are_no_sign_of_life(studio: Studio) -> None:
    """Not at the beginning, and not when the caller has gone."""
    victim, signalling, phone = studio.phone(ELSEWHERE), studio.phone(), studio.phone(ELSEWHERE)
    call = studio.call(victim, unheard=FEW, sources=[HOST, ELSEWHERE])
    other = studio.call(phone, sources=[HOST, ELSEWHERE])
    studio.says(phone, other)
    for _ in range(33):
        studio.report(signalling, call)
        studio.report(signalling, other)
        studio.run(1)
    assert len(heard(victim)) == FEW
    assert studio.vanished(call)
    assert studio.vanished(other)


def test_a_new_address_begins_anew_and_naming_it_again_adds_nothing(studio: Studio) -> None:
    phone, victim = studio.phone(), studio.phone(ELSEWHERE)
    call = studio.call(phone)
    studio.says(phone, call)
    studio.run(1)
    for _ in range(10):
        studio.named(call, victim, unheard=FEW)
        studio.run(0.5)
    assert len(heard(victim)) == FEW
    studio.run(UNPROVEN + 3)
    assert studio.vanished(call)


def test_who_is_heard_once_is_sent_all_after_a_re_invite(studio: Studio) -> None:
    phone = studio.phone(ELSEWHERE)
    call = studio.call(phone, unheard=FEW)
    studio.says(phone, call)
    studio.named(call, phone, unheard=FEW)
    studio.run(1)
    assert len(heard(phone)) > 45


def test_held_nothing_is_sent_whoever_speaks(studio: Studio) -> None:
    phone = studio.phone(ELSEWHERE)
    call = studio.call(phone, unheard=FEW, direction="recvonly")
    studio.says(phone, call)
    studio.run(1)
    assert heard(phone) == []
    studio.named(call, phone, unheard=FEW)
    studio.run(1)
    assert len(heard(phone)) > 45


# ---- still there? ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("control", [0, 1], ids=["next port", "a=rtcp"])
def test_who_only_listens_is_there_by_his_reports(studio: Studio, control: int) -> None:
    port = free_port()
    phone = studio.phone(HOST, port)
    reports = studio.phone() if control else studio.phone(HOST, port + 1)
    call = studio.call(phone, control=reports.getsockname()[1] if control else 0)
    for _ in range(200):
        studio.report(reports, call)
        studio.run(1)
    assert not studio.vanished(call)
    studio.run(33)
    assert studio.vanished(call)


def test_reports_from_any_port_of_the_host_help_for_a_while(studio: Studio) -> None:
    """A NAT may have moved them; for ever would be too long."""
    phone, somebody = studio.phone(), studio.phone()
    call = studio.call(phone)
    for second in range(30 * HINTS + 3):
        studio.report(somebody, call)
        studio.run(1)
        assert second > 30 * HINTS - 3 or not studio.vanished(call)
    assert studio.vanished(call)


def test_on_hold_one_may_be_silent_for_long(studio: Studio) -> None:
    phone = studio.phone()
    call = studio.call(phone)
    studio.says(phone, call)
    studio.named(call, phone, direction="recvonly")
    studio.run(30 * ON_HOLD / 10)
    assert not studio.vanished(call)


# ---- keys belong to who holds the call ---------------------------------------------------------------------
def test_a_thiefs_keys_before_the_callers_first_packet_are_nothing(studio: Studio) -> None:
    phone, thief = studio.phone(), studio.phone()
    call = studio.call(phone)
    studio.says(thief, call, *key("7"))
    studio.says(phone, call, *key("1"))
    studio.says(thief, call, *key("8"))
    assert studio.keys() == "1"
    studio.run(1)
    assert heard(thief) == []
    assert len(heard(phone)) > 45
    assert not studio.vanished(call)


def test_keys_are_the_callers_again_when_he_speaks(studio: Studio) -> None:
    """Also if the thief took his SSRC, and timestamps from the future (RFC 4733: older keys are dropped)."""
    phone, thief = studio.phone(), studio.phone()
    call = studio.call(phone)
    studio.now += WAIT
    studio.says(thief, call, *[rtp.build(8, n, n, 7, b"\xd5" * 160) for n in range(STREAM)])
    studio.says(thief, call, *key("7", at=0x7000_0000))
    studio.says(phone, call, *key("1"))
    studio.says(phone, call, *key("2", at=32_000))
    assert studio.keys() == "712"
    studio.run(1)
    heard(thief)
    studio.run(1)
    assert heard(thief) == []


def test_keys_count_after_a_move_from_the_new_place_alone(studio: Studio) -> None:
    old, new = studio.phone(), studio.phone()
    call = studio.call(old)
    studio.says(old, call, *key("1"))
    studio.named(call, new)
    studio.says(old, call, *key("7", at=20_000))
    studio.now += FORMER_WAIT // 2
    studio.says(old, call, *key("8", at=30_000))
    studio.says(new, call, *key("2", at=40_000))
    assert studio.keys() == "12"


def test_keys_of_another_source_of_the_same_phone_count(studio: Studio) -> None:
    """A new SSRC begins where it likes (RFC 3550 §8): so after a transfer, or a restart of the phone."""
    phone = studio.phone()
    call = studio.call(phone)
    studio.says(phone, call, *key("1", ssrc=7, at=90_000))
    studio.says(phone, call, *key("2", ssrc=9, at=500))
    assert studio.keys() == "12"


def test_tones_of_another_source_of_the_same_phone_count(studio: Studio) -> None:
    phone = studio.phone()
    call = studio.call(phone, events=None)
    for digit, ssrc, sequence in (("1", 7, 50), ("2", 9, 20)):
        audio = g711.to_alaw(tones(digit, 80)) + bytes([g711.ALAW_SILENCE]) * 320
        frames = [audio[at : at + 160] for at in range(0, len(audio), 160)]
        studio.says(phone, call, *[rtp.build(8, sequence + n, 0, ssrc, f) for n, f in enumerate(frames)])
    assert studio.keys() == "12"


# ---- the next call -----------------------------------------------------------------------------------------
def test_what_the_last_caller_still_sends_does_not_reach_the_next_call(studio: Studio) -> None:
    gone, phone = studio.phone(), studio.phone()
    call = studio.call(gone)
    studio.says(gone, call)
    port = studio.port(call)
    studio.do(protocol.Close(call))
    after = [studio.call(phone) for _ in range(20)]
    assert port not in map(studio.port, after)
