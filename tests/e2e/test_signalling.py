"""What SIPp says to the running hall, and what the hall must say to it, call by call."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.testing.ear import Ear, audible
from server.testing.running import HallProcess, ended, named
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
CALLS = "hall_calls_in_progress"


@pytest.fixture
def ear() -> Iterator[Ear]:
    with closing(Ear()) as listening:
        yield listening


def test_the_caller_hangs_up(hall: HallProcess, tmp_path: Path) -> None:
    with Sipp(hall, Scenario().invite().answered().hold().bye(), tmp_path) as call:
        hall.wait_line(call.call_id, named("greet brand"))
        assert hall.metric(CALLS) == 1
        call.go_on()
        call.finish()
        hall.wait_line(call.call_id, ended)
    assert hall.transcript(call.call_id)[-1] == {"end": "bye"}
    assert hall.metric(CALLS) == 0


def test_over_tcp(hall: HallProcess, tmp_path: Path) -> None:
    with Sipp(hall, Scenario().invite().answered().info("1").bye(), tmp_path, transport="t1") as call:
        call.finish()
        hall.wait_line(call.call_id, ended)
        assert hall.keys(call.call_id) == "1"


def test_given_up_before_the_answer(hall: HallProcess, tmp_path: Path) -> None:
    """The media process stands still, so that the hall cannot answer yet; CANCEL is answered at once."""
    media = hall.media_pid()
    scenario = Scenario().invite().receive(100).send("CANCEL").receive(200).refused(487)
    os.kill(media, signal.SIGSTOP)
    try:
        with Sipp(hall, scenario, tmp_path) as call:
            call.finish()
            hall.wait_line(call.call_id, ended)
            assert hall.transcript(call.call_id) == [{"end": "cancelled"}]
    finally:
        os.kill(media, signal.SIGCONT)
    hall.wait_metric(CALLS, 0)


def heard(hall: HallProcess, folder: Path, packets: int) -> bytes:
    """The first packets of a call, as their octets."""
    with closing(Ear()) as ear:
        caller = Scenario(port=ear.port).invite().answered().hold().bye()
        with Sipp(hall, caller, folder) as call:
            assert ear.listen(10.0, packets=packets) == packets
            call.go_on()
            call.finish()
        return ear.audio()


def spoken(audio: bytes) -> bytes:
    """From the first word on: a frame or two of silence may go before it."""
    return audio.lstrip(b"\xd5")


@pytest.mark.parametrize("nowhere", [False, True], ids=["sendonly", "c=0.0.0.0"])
def test_hold_and_resume(hall: HallProcess, tmp_path: Path, ear: Ear, nowhere: bool) -> None:
    """On hold nothing is sent; afterwards speech goes on where it stopped, and nothing of it is lost."""
    caller = Scenario(port=ear.port).invite().answered().hold()
    caller.invite("sendrecv" if nowhere else "sendonly", nowhere=nowhere).answered("a=recvonly").hold()
    caller.invite("sendrecv").answered("a=sendrecv").hold().bye()
    with Sipp(hall, caller, tmp_path) as call:
        assert ear.listen(2.0, packets=25) == 25
        call.go_on()
        while "a=recvonly" not in call.messages():
            ear.listen(0.05)
        ear.listen(0.1)  # what was under way
        assert ear.listen(0.3) == 0
        call.go_on()
        before = len(ear.packets)
        assert ear.listen(4.0, packets=40) == 40
        call.go_on()
        call.finish()
    numbers = [struct.unpack_from("!H", data, 2)[0] for _, data in ear.packets]
    assert numbers[before] == (numbers[before - 1] + 1) % 65_536
    assert len({data[8:12] for _, data in ear.packets}) == 1  # one source
    whole = spoken(ear.audio())
    assert audible(bytes(12) + whole)
    again = spoken(heard(hall, tmp_path, len(ear.packets)))
    assert whole[: len(again)] == again[: len(whole)]
    assert min(len(whole), len(again)) > 50 * 160, "a second of it is speech"


def test_keys_count_after_resuming(hall: HallProcess, tmp_path: Path) -> None:
    caller = Scenario().invite().answered().invite("sendonly").answered("a=recvonly")
    caller.invite("sendrecv").answered("a=sendrecv").info("1").hold().bye()
    with Sipp(hall, caller, tmp_path) as call:
        hall.wait_line(call.call_id, lambda line: line.get("key") == "1")
        call.go_on()
        call.finish()


def test_is_the_hall_alive(hall: HallProcess, tmp_path: Path) -> None:
    with Sipp(hall, Scenario().send("OPTIONS").receive(200, "Allow:.*INVITE"), tmp_path) as call:
        call.finish()


def test_the_offer_is_the_halls(hall: HallProcess, tmp_path: Path, ear: Ear) -> None:
    """INVITE without SDP: the answer stands in the ACK, and audio begins with it (RFC 3261 §13.3.1)."""
    caller = Scenario(port=ear.port).invite(sdp=False).receive_offer().hold().bye()
    with Sipp(hall, caller, tmp_path) as call:
        hall.wait_line(call.call_id, named("greet brand"))
        assert ear.listen(2.0, packets=5) == 5
        call.go_on()
        call.finish()


def test_no_codec_in_common(hall: HallProcess, tmp_path: Path) -> None:
    with Sipp(hall, Scenario(media="18").invite().refused(488), tmp_path) as call:
        call.finish()


@pytest.mark.parametrize(("media", "payload_type"), [("8 101", 8), ("0 101", 0), ("18 0 8 101", 0)])
def test_the_codec_is_the_callers_first_that_we_have(
    hall: HallProcess, tmp_path: Path, ear: Ear, media: str, payload_type: int
) -> None:
    with Sipp(hall, Scenario(port=ear.port, media=media).invite().answered().hold().bye(), tmp_path) as call:
        assert ear.listen(2.0, packets=10) == 10
        assert {data[1] & 127 for _, data in ear.packets} == {payload_type}
        call.go_on()
        call.finish()


def test_an_unknown_extension_is_refused_by_name(hall: HallProcess, tmp_path: Path) -> None:
    caller = Scenario(headers=("Require: teleport",)).invite().refused(420, "Unsupported: teleport")
    with Sipp(hall, caller, tmp_path) as call:
        call.finish()
