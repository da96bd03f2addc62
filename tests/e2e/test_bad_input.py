"""Rubbish on every port while somebody is calling: proper answers or silence, no traceback, no call hurt."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.testing.ear import Ear
from server.testing.ports import HOST
from server.testing.running import HallProcess, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
NUMBER, BALANCE = "13900000002", "36.80元"
INVITE = (
    b"INVITE sip:10086@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKbad\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:1@127.0.0.1>;tag=b\r\nTo: <sip:10086@127.0.0.1>\r\nCall-ID: bad\r\n"
    b"CSeq: 1 INVITE\r\nContact: <sip:1@127.0.0.1:9>\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: 3\r\n\r\nv=0"
)
RTP = struct.pack("!BBHII", 0x80, 8, 1, 160, 7) + bytes(160)
HTTP = b"GET /health/ready HTTP/1.1\r\nHost: here\r\n\r\n"
SMPP = struct.pack("!IIII", 16, 0x15, 0, 1)
CONSOLE = b'{"from": "13900000009", "text": "0101"}\n'
COUNT = 80


def spoilt(whole: bytes, seed: int) -> Iterator[bytes]:
    """Noise, and a proper message cut, changed, doubled and blown up in every way; the same ones each run."""
    dice = random.Random(seed)
    yield from (b"", b"\0", b"\r\n\r\n", b"\xff" * 1400, b" " * 5000, b":" * 300, whole * 9)
    for _ in range(COUNT):
        spoiling = bytearray(whole)
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(spoiling))
            spoiling[at : at + dice.choice((0, 1, 4))] = dice.randbytes(dice.choice((0, 1, 2, 30)))
            if not spoiling:
                break
        yield bytes(spoiling)
        yield whole[: dice.randrange(len(whole))]
        yield dice.randbytes(dice.randrange(1, 1400))


def by_udp(port: int, messages: Iterator[bytes], own: socket.socket | None = None) -> None:
    """Each as one datagram; from ``own``, if it is given."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        for message in messages:
            (own or other).sendto(message[:60_000], (HOST, port))


def by_tcp(port: int, messages: Iterator[bytes]) -> None:
    """Each on a connection of its own, which is then dropped."""
    for message in messages:
        with closing(socket.create_connection((HOST, port), timeout=5)) as connection:
            try:
                connection.sendall(message)
            except ConnectionError:  # cut off by the other side: as it may be
                continue


@pytest.fixture
def hears_on(hall: HallProcess, tmp_path: Path) -> Iterator[tuple[Ear, int]]:
    """Somebody is calling. Afterwards he presses 1 1 and hears his balance, and the log is clean."""
    with closing(Ear()) as ear:
        caller = Scenario(NUMBER, port=ear.port).invite().answered().hold().info("11").hold().bye()
        with Sipp(hall, caller, tmp_path) as call:
            assert ear.listen(5, packets=3) == 3, call.story()
            ear.socket.sendto(RTP, (HOST, ear.peer_port()))  # as phones do: who spoke first is the caller
            yield ear, ear.peer_port()
            call.go_on()
            hall.wait_line(call.call_id, said(BALANCE))
            ear.packets.clear()
            assert ear.listen(2, packets=10) == 10
            call.go_on()
            call.finish()
    assert hall.failures() == []
    assert hall.get("/health/ready")[0] == 200


def test_on_the_sip_port_by_udp(hall: HallProcess, hears_on: tuple[Ear, int]) -> None:
    before = warnings(hall)
    by_udp(hall.sip, spoilt(INVITE, 1))
    assert hall.get("/health/live")[0] == 200
    assert warnings(hall) - before <= 3  # one line a minute for each source


def test_on_the_sip_port_by_tcp(hall: HallProcess, hears_on: tuple[Ear, int]) -> None:
    by_tcp(hall.sip, spoilt(INVITE, 2))


def test_on_the_rtp_and_rtcp_ports(hall: HallProcess, hears_on: tuple[Ear, int]) -> None:
    """From strangers and from the caller himself."""
    ear, port = hears_on
    for own in (None, ear.socket):
        by_udp(port, spoilt(RTP, 3), own)
        by_udp(port, bad_keys(), own)
        by_udp(port + 1, spoilt(RTP, 4), own)


def bad_keys() -> Iterator[bytes]:
    """Telephone-events that are no keys (RFC 4733 §3.2 knows 16 of them), cut short, or endless."""
    for number, code in enumerate((16, 17, 64, 255)):
        head = struct.pack("!BBHII", 0x80, 0x80 | 101, number, 160 * number, 9)
        yield head + struct.pack("!BBH", code, 0x8A, 800)
        yield head + bytes([code])
        yield head


@pytest.mark.parametrize(
    ("port", "whole"),
    [
        (lambda hall: hall.http, HTTP),
        (lambda hall: hall.smsc, SMPP),
        (lambda hall: hall.handsets, CONSOLE),
    ],
    ids=["console", "smsc", "handsets"],
)
def test_on_every_other_port(
    hall: HallProcess, hears_on: tuple[Ear, int], port: Callable[[HallProcess], int], whole: bytes
) -> None:
    by_tcp(port(hall), spoilt(whole, 5))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/calls//transcript", 404),
        ("/calls/x/transcript?after=-1", 400),
        ("/calls/x/transcript?after=%D9%A3", 400),
        ("/calls/x/transcript?after=9999999", 400),
        ("/health/ready/../../etc/passwd", 404),
        ("/%ff%fe", 404),
        ("/" + "x" * 5000, 404),
    ],
)
def test_pages_that_are_not_there(hall: HallProcess, path: str, status: int) -> None:
    assert hall.get(path)[0] == status


def warnings(hall: HallProcess) -> int:
    """Log lines above information so far."""
    return sum(line["level"] not in ("info", "debug") for line in hall.log_lines())
