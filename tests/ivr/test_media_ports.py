"""Which ports calls get: not to be guessed, and not one that another call has just left."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from itertools import pairwise
from random import Random

import pytest

from ivr.media.ports import REST, NoPort, Ports
from server.testing.ports import HOST, free_port


class Range:
    """Port pairs from a free part of the range, with a clock and dice of our own."""

    def __init__(self, pairs: int, *, seed: int = 1, system: bool = False) -> None:
        self.now = 0
        self.first = 0 if system else _free(2 * pairs)
        self.ports = Ports(HOST, self.first, self.first + 2 * pairs - 1, Random(seed), lambda: self.now)

    def take(self, held: ExitStack) -> int:
        rtp, control = self.ports.take()
        held.enter_context(rtp)
        held.enter_context(control)
        port: int = rtp.getsockname()[1]
        assert (port % 2, control.getsockname()[1]) == (0, port + 1)
        return port

    def call(self) -> int:
        """One that is over at once."""
        with ExitStack() as held:
            port = self.take(held)
        self.ports.give_back(port)
        return port


def _free(count: int) -> int:
    """The first of ``count`` ports in a row that nobody has."""
    for first in range(20_000, 29_000, 200):
        with ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((HOST, port))
            except OSError:
                continue
            return first
    raise AssertionError("no free ports in a row")


def test_ports_come_in_no_order() -> None:
    with ExitStack() as held:
        one, other = Range(40), Range(40, seed=2)
        first = [one.take(held) - one.first for _ in range(39)]
        held.close()
        second = [other.take(held) - other.first for _ in range(39)]
    assert sorted(first) != first
    assert first != second
    assert len(set(first)) == 39
    ahead = sum(later == earlier + 2 for earlier, later in pairwise(first))
    assert ahead < 8


def test_every_pair_of_the_range_is_used_and_no_more() -> None:
    with ExitStack() as held:
        few = Range(5)
        assert sorted(few.take(held) for _ in range(5)) == list(range(few.first, few.first + 10, 2))
        with pytest.raises(NoPort):
            few.take(held)


def test_a_pair_rests_after_a_call() -> None:
    few = Range(4)
    left = few.call()
    assert left not in [few.call(), few.call(), few.call()]
    few.now = REST
    with ExitStack() as held:
        assert left in [few.take(held) for _ in range(4)]


def test_nobody_is_turned_away_for_a_rest() -> None:
    """Where nothing else is left the pair that has rested longest is taken."""
    few = Range(3)
    assert [few.call() for _ in range(3)] == [few.call() for _ in range(3)]


def test_what_others_have_is_passed_over_and_looked_at_again() -> None:
    few = Range(2)
    with ExitStack() as held:
        other = held.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        other.bind((HOST, few.first + 1))
        assert few.take(held) == few.first + 2
        with pytest.raises(NoPort) as none:
            few.take(held)
        assert none.value.errno == errno.EADDRINUSE
        other.close()
        assert few.take(held) == few.first


def test_ports_that_the_system_gives_rest_too() -> None:
    some = Range(1, system=True)
    ports = [some.call() for _ in range(50)]
    assert len(set(ports)) == 50
    assert free_port() not in ports
