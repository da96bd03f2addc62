"""Whatever fails in a call, at whichever moment: the caller is told, within 3 seconds, and has a way out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from twisted.trial.unittest import SynchronousTestCase

from ivr.testing.faulty import Broken, Fault, FaultyHall
from store import StoreUnavailable

NUMBER, BALANCE = "13900000003", "fee_realtime.query.answer credit"
KEYS = ("1", "1", "*", "*", "3", "2", "1", "1", "*", "0")
"""The balance; back to the main menu; 彩铃, its screen, its tariff, yes; back; the agent."""
HANG = frozenset(
    {
        ("media", "open"),
        ("desk", "facts"),
        ("desk", "run"),
        ("store", "operation_started"),
        ("store", "conclude"),
        ("store", "keep_call"),
    }
)
PROMISED = 3.0
CHARGE = 5_00


def lived_through(hall: FaultyHall) -> list[float]:
    """The whole call; after each key, the seconds until something was heard."""
    waited: list[float] = []
    hall.calls(NUMBER)
    hall.listens()
    for digit in KEYS:
        if hall.over:
            break
        before = len(hall.heard)
        hall.presses(digit)
        if hall.types:
            continue
        waited.append(hall.waits(PROMISED + 0.2, lambda before=before: len(hall.heard) > before or hall.over))
        hall.waits(20.0, lambda: not hall.call._talk or not hall.call._talk._turning)
        hall.listens()
    hall.hangs_up()
    hall.waits(30.0)
    return waited


@cache
def uses() -> dict[tuple[str, str], int]:
    """How often each part is used when nothing fails."""
    hall = FaultyHall()
    waited = lived_through(hall)
    assert hall.faults == []
    assert len(waited) == len(KEYS)
    assert hall.house.charges(NUMBER) == CHARGE
    assert {BALANCE, "copied", "crbt.open.answer", "transfer"} <= set(hall.heard)
    return dict(hall.uses)


def faults() -> Iterator[Fault]:
    """Each use of each part: raising once, raising from then on, and hanging, where it can."""
    for (part, method), count in sorted(uses().items()):
        if (part, method) == ("incoming", "reject"):
            continue
        for nth in range(1, min(count, 30) + 1):
            yield Fault(part, method, nth)
            if (part, method) in HANG:
                yield Fault(part, method, nth, hangs=True)
        yield Fault(part, method, always=True)
        yield Fault(part, method, 1 + count // 2, always=True)
        if (part, method) in HANG:
            yield Fault(part, method, hangs=True, always=True)
            yield Fault(part, method, 1 + count // 2, hangs=True, always=True)


MUTE = frozenset({("leg", "play"), ("leg", "remote"), ("speaker", "segments")})
"""What nothing can be heard without, if it fails for ever."""


class FaultTests(SynchronousTestCase):
    def test_every_fault_is_told_and_leaves_nothing_behind(self) -> None:
        tried = 0
        for fault in faults():
            hall = FaultyHall(fault)
            waited = lived_through(hall)
            self.flushLoggedErrors(Broken)
            tried += 1
            self._told(fault, hall, waited)
            self._nothing_is_left(fault, hall)
        assert tried > 200, tried

    def _told(self, fault: Fault, hall: FaultyHall, waited: list[float]) -> None:
        mute = fault.always and (fault.part, fault.method) in MUTE
        if not mute and hall.incoming.accepted:
            assert hall.heard, f"{fault}: nothing was heard"
            prompt = fault.method == "wording" or all(each <= PROMISED for each in waited)
            assert prompt, f"{fault}: waited {waited}"  # what may not be heard cannot be confirmed
            ours = "bye" in hall.incoming.did
            assert not ours or hall.heard[-1] in {"bye", "transfer"}, f"{fault}: hung up after {hall.heard}"
        charged = hall.house.charges(NUMBER)
        assert charged in {0, CHARGE}, f"{fault}: charged {charged}"
        if "crbt.open.answer" in hall.heard:
            assert charged == CHARGE, f"{fault}: told that it is open, but it is not"
        not_done = hall.heard.count("busy failed") and "busy change" not in hall.heard
        if not_done and charged:
            assert "crbt.open.answer" in hall.heard, f"{fault}: told not done of what was done: {hall.heard}"

    def _nothing_is_left(self, fault: Fault, hall: FaultyHall) -> None:
        assert hall.hall.calls == 0, f"{fault}: a call is left"
        closes = hall.uses["leg", "close"]
        assert closes >= hall.ear.opened, f"{fault}: a media leg is left"
        hall.owing.stop()
        hall.hall.records.stop()
        left = hall.clock.getDelayedCalls()
        assert left == [], f"{fault}: timers are left: {left}"


@pytest.mark.parametrize("hangs", [False, True])
def test_a_store_that_fails_or_hangs_costs_the_copy_and_no_answer(hangs: bool) -> None:
    error = None if hangs else StoreUnavailable("database or disk is full")
    hall = FaultyHall(Fault("store", "conclude", always=True, hangs=hangs, error=error))
    hall.calls(NUMBER)
    hall.presses("1")
    hall.presses("1")
    assert hall.waits(3.0, lambda: BALANCE in hall.heard) < 2.0
    assert "copied" not in hall.heard
    hall.hangs_up()
    assert hall.faults == []
