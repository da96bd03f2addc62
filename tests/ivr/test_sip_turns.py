"""Who is served next; what is dropped at the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ivr.sip.api import SipSettings
from ivr.sip.fair_queue import ALL, QUEUE, FairQueue, is_sip
from ivr.sip.sources import Sources

FLOODING, HONEST, TRUSTED = "203.0.113.2", "203.0.113.3", "127.0.0.3"


class Desk:
    """Turns with a clock and a reactor of our own; ``served`` says from whom, in order."""

    def __init__(self, settings: SipSettings | None = None, most: int = 4) -> None:
        self.now = 0.0
        self.served: list[str] = []
        self.logged: list[str] = []
        self._later: list[Callable[[], None]] = []
        clock: Callable[[], float] = lambda: self.now  # noqa: E731
        self.sources = Sources(
            settings or SipSettings(), clock, lambda source, text: self.logged.append(source)
        )
        self.turns = FairQueue(
            self.sources,
            lambda data, hop: self.served.append(hop.host),
            clock=clock,
            later=lambda seconds, what: self._later.append(what),
            most=most,
        )

    def comes(self, host: str, number: int = 1, data: bytes = b"OPTIONS sip:x SIP/2.0\r\n\r\n") -> None:
        for _ in range(number):
            self.turns.datagram(data, host, 5060, self.now)

    def comes_first(self, host: str) -> None:
        """One of the first of a wake-up."""
        self.turns.datagram(b"OPTIONS sip:x SIP/2.0\r\n\r\n", host, 5060, self.now, at_once=True)

    def turn(self) -> None:
        """One turn of the reactor."""
        waiting, self._later = self._later, []
        for what in waiting or [self.turns.run]:
            what()


def test_one_of_each_in_turn() -> None:
    desk = Desk()
    desk.comes(FLOODING, 50)
    desk.comes(HONEST)
    desk.turn()
    assert desk.served == [FLOODING, HONEST, FLOODING, FLOODING]
    for _ in range(20):
        desk.turn()
    assert desk.served.count(FLOODING) == 50


def test_who_comes_first_is_served_at_once_but_never_before_those_who_wait() -> None:
    desk = Desk()
    desk.comes_first(HONEST)
    assert desk.served == [HONEST]
    desk.comes(FLOODING, 2)
    desk.comes_first(HONEST)
    assert desk.served == [HONEST]
    desk.turn()
    assert desk.served == [HONEST, FLOODING, HONEST, FLOODING]


def test_trusted_peers_get_every_other_turn_beside_a_flood_of_strangers() -> None:
    desk = Desk(most=8)
    for number in range(200):
        desk.comes(f"198.51.100.{number}")
    desk.comes(TRUSTED, 4)
    desk.turn()
    assert desk.served.count(TRUSTED) == 4


def test_a_source_has_its_share_of_messages_and_gets_it_anew() -> None:
    desk = Desk(SipSettings(setups_per_second=100), most=10_000)  # 1,000 a second; 100 of a stranger
    desk.comes(FLOODING, 500)
    desk.turn()
    assert len(desk.served) == QUEUE
    for _ in range(10):
        desk.now += 0.1
        desk.comes(FLOODING, 50)
        desk.turn()
    assert 100 <= len(desk.served) <= 200
    desk.comes(HONEST)
    desk.turn()
    assert desk.served[-1] == HONEST
    assert set(desk.logged) == {FLOODING}


def test_long_messages_cost_more() -> None:
    desk = Desk(SipSettings(setups_per_second=100), most=10_000)
    desk.comes(FLOODING, 60, b"OPTIONS sip:x SIP/2.0\r\n" + b"x" * 30_000)
    desk.turn()
    assert len(desk.served) == 7


def test_strangers_without_end_are_bounded() -> None:
    desk = Desk()
    for number in range(ALL + 500):
        desk.comes(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    desk.comes(TRUSTED)
    desk.turn()
    assert TRUSTED in desk.served
    assert desk.sources.over["messages"] == 500


def test_nothing_is_served_after_the_end() -> None:
    desk = Desk()
    desk.comes(FLOODING, 3)
    desk.turns.stop()
    desk.turn()
    assert desk.served == []


@pytest.mark.parametrize(
    ("data", "sip"),
    [
        (b"OPTIONS sip:x SIP/2.0\r\n\r\n", True),
        (b"\r\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n", True),
        (b"sip/2.0 200 OK\r\n\r\n", True),
        (b"OPTIONS sip:x SIP/7.0\r\n\r\n", True),
        (b"\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n", True),
        (b"SIP/2.0", True),
        (b"", False),
        (b"\r\n\r\n", False),
        (b"\x00" * 1_400, False),
        (b"GET / HTTP/1.1\r\nX: SIP/2.0\r\n\r\n", False),
        (b"x" * 3_000 + b" SIP/2.0\r\n", False),
    ],
)
def test_what_is_read_at_all(data: bytes, sip: bool) -> None:
    assert is_sip(data) == sip
    desk = Desk()
    desk.comes(HONEST, 1, data)
    desk.turn()
    assert desk.served == [HONEST] * sip
    assert desk.sources.over["junk"] == (
        0 if sip or not data.strip(b"\r\n") or data.strip(b"\0") == b"" else 1
    )
