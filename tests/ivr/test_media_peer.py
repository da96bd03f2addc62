"""Whose packets count: who the SDP names, and who may stand in for it. Real sockets, a clock of our own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from ivr.media import rtp
from ivr.media.sockets import FORMER_WAIT, MOST_SOURCES, SILENT, STREAM, WAIT, Peer
from server.testing.ports import HOST, free_port

AUDIO = frozenset({0, 8, 101})
ELSEWHERE = "127.0.0.2"


class Room:
    """A hall's socket, and phones that send to it."""

    def __init__(self, make: Callable[[str], socket.socket]) -> None:
        self.now = 10**12
        self.make = make
        self.moved = 0
        self.peer = Peer(_bound(), self._on_moved, lambda: self.now)
        self.own = self.peer.socket.getsockname()

    def _on_moved(self) -> None:
        self.moved += 1

    def phone(self, host: str = HOST) -> socket.socket:
        return self.make(host)

    def named(self, phone: socket.socket, *, events: int | None = None, more: tuple[str, ...] = ()) -> None:
        address = phone.getsockname()[:2]
        self.peer.signalled(address, frozenset({address[0], *more}), events)

    def counted(self, phone: socket.socket, packets: int = 1, kind: int = 8, sequence: int = 1) -> int:
        """How many of ``packets`` of this phone count."""
        for number in range(packets):
            phone.sendto(rtp.build(kind, sequence + number, 160 * number, 7, b"\xd5" * 160), self.own)
        count = 0
        while True:
            try:
                count += self.peer.receive(AUDIO) is not None
            except BlockingIOError:
                return count
            except ConnectionRefusedError:
                continue

    def hears(self, phone: socket.socket) -> bool:
        """Is it the one whom the hall talks to?"""
        put = self.peer.socket.send if self.peer.connected else self.peer.put
        put(bytearray(b"hello"))
        try:
            return phone.recv(100) == b"hello"
        except BlockingIOError:
            return False

    def later(self, nanoseconds: int) -> None:
        self.now += nanoseconds
        self.peer.look()


def _bound() -> socket.socket:
    """By name, as the hall's are: a port that the system gave is lost when a socket is disconnected."""
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((HOST, free_port()))
    own.setblocking(False)
    return own


@pytest.fixture
def room() -> Iterator[Room]:
    made: list[socket.socket] = []

    def make(host: str) -> socket.socket:
        new = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.append(new)
        new.bind((host, 0))
        new.setblocking(False)
        return new

    room = Room(make)
    made.append(room.peer.socket)
    yield room
    for each in made:
        each.close()


def test_one_packet_from_another_port_takes_nothing(room: Room) -> None:
    """Not before the caller's first packet, not after it, not after any time."""
    phone, thief = room.phone(), room.phone()
    room.named(phone)
    assert room.counted(thief) == 0
    assert room.hears(phone)
    room.later(60 * WAIT)
    assert room.counted(thief) == 0
    assert room.hears(phone)
    assert room.counted(phone) == 1
    assert room.counted(thief, 20) == 0
    room.later(10 * SILENT)
    assert room.counted(thief, 20) == 0
    assert room.hears(phone)


def test_who_is_named_takes_the_call_back_with_a_packet(room: Room) -> None:
    phone, thief = room.phone(), room.phone()
    for events in (None, 101):
        room.named(room.phone())
        room.named(phone, events=events)
        room.later(WAIT)
        assert room.counted(thief, 2 * STREAM, kind=101) == STREAM + 1
        assert room.hears(thief)
        assert room.counted(phone, sequence=5) == 1  # one of which the filter of a phone would show nothing
        assert room.hears(phone)
        assert room.counted(thief, 20, kind=101) == 0


def test_behind_a_nat_another_port_counts_after_a_short_wait(room: Room) -> None:
    phone, public = room.phone(), room.phone()
    room.named(phone)
    assert room.counted(public, STREAM) == 0
    assert room.hears(phone)
    room.later(WAIT)
    assert room.counted(public) == 1
    assert room.hears(public)
    assert room.moved == 1


def test_a_host_that_nobody_named_counts_never(room: Room) -> None:
    phone, stranger, signalled = room.phone(), room.phone(ELSEWHERE), room.phone("127.0.0.3")
    room.named(phone, more=("127.0.0.3",))
    room.later(10 * SILENT)
    assert room.counted(stranger, 20) == 0
    assert room.hears(phone)
    assert room.counted(signalled, STREAM) == 1
    assert room.hears(signalled)


@pytest.mark.parametrize("events", [None, 101])
def test_a_second_stranger_does_not_follow_while_the_first_speaks(room: Room, events: int | None) -> None:
    phone, first, second = room.phone(), room.phone(), room.phone()
    room.named(phone, events=events)
    room.later(WAIT)
    assert room.counted(first, STREAM, kind=101)
    assert room.counted(second, 20, kind=101) == 0
    room.later(SILENT // 2)
    assert room.counted(first, kind=101) == 1
    room.later(SILENT // 2)
    assert room.counted(second, 20, kind=101) == 0
    room.later(SILENT)
    assert room.hears(first)  # it may just have nothing to say
    assert room.counted(second, STREAM, kind=101) == 1
    assert room.hears(second)
    assert room.counted(first, 20, kind=101) == 0


def test_the_same_address_named_again_sends_a_stand_in_back(room: Room) -> None:
    phone, thief = room.phone(), room.phone()
    room.named(phone)
    room.later(WAIT)
    assert room.counted(thief, STREAM) == 1
    room.named(phone)
    assert room.hears(phone)
    assert room.counted(thief) == 0
    assert room.hears(phone)
    assert room.counted(phone) == 1


def test_the_same_address_named_again_disturbs_nobody(room: Room) -> None:
    phone = room.phone()
    room.named(phone)
    assert room.counted(phone) == 1
    room.named(phone, events=101)
    assert room.peer.connected
    assert room.counted(phone, kind=101) == 1


def test_who_had_the_call_before_does_not_win_over_the_newly_named(room: Room) -> None:
    """What it sent is under way, was queued before, or goes on for a while."""
    old, new = room.phone(), room.phone()
    room.named(old)
    assert room.counted(old) == 1
    old.sendto(rtp.build(8, 2, 160, 7, b"\xd5" * 160), room.own)  # in the socket as the re-INVITE comes
    room.named(new)
    assert room.counted(old, 20) == 0
    room.later(2 * WAIT)
    assert room.counted(old, 20) == 0
    assert room.hears(new)
    assert room.counted(new) == 1
    assert room.counted(old, 20) == 0
    assert room.hears(new)


def test_who_had_the_call_before_may_be_the_new_one_behind_the_same_nat(room: Room) -> None:
    phone, public, moved = room.phone(), room.phone(), room.phone()
    room.named(phone)
    room.later(WAIT)
    assert room.counted(public, STREAM) == 1
    room.named(moved)
    room.later(WAIT)
    assert room.counted(public, 20) == 0
    room.later(FORMER_WAIT)
    assert room.counted(public, STREAM) == 1
    assert room.hears(public)


def test_many_sources_cost_no_memory_and_the_named_one_nothing(room: Room) -> None:
    phone = room.phone()
    room.named(phone)
    for _ in range(3 * MOST_SOURCES):
        assert room.counted(room.phone()) == 0
    assert len(room.peer._counts) == MOST_SOURCES
    assert room.counted(phone) == 1


def test_an_ipv6_socket_knows_an_ipv4_caller(room: Room) -> None:
    try:
        own = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        own.bind(("::", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    own.setblocking(False)
    with own:
        room.peer = Peer(own, room._on_moved, lambda: room.now)
        room.own = (HOST, own.getsockname()[1])
        phone, thief = room.phone(), room.phone()
        room.named(phone)
        assert room.counted(thief) == 0
        assert room.hears(phone)
        assert room.counted(phone) == 1
        assert room.peer.connected
        assert room.hears(phone)


def test_the_filter_of_a_stand_in() -> None:
    """Run by the kernel: see above. Here only that each jump leads to an instruction."""
    for events in (None, 101):
        program = rtp.stand_in_filter(4000, 5000, events)
        steps = [program[at : at + 8] for at in range(0, len(program), 8)]
        for place, step in enumerate(steps):
            code, hit, miss = step[0], step[2], step[3]
            if code in (0x15, 0x45):
                assert place + 1 + max(hit, miss) < len(steps)
