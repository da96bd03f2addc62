"""The hall's clock goes on a second a second, whatever becomes of the machine's."""

from __future__ import annotations

import pytest
from twisted.internet.selectreactor import SelectReactor

from server.clock import steady


class Machine:
    """A machine whose clock people set. ``passes``: time that really goes by."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_795_000_000.0, 5_000.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.mark.parametrize("step", [-10_800.0, -30.0, -0.5, 0.5, 30.0, 10_800.0, 86_400.0 * 400])
def test_a_timer_comes_when_its_time_has_passed_however_the_clock_was_set(step: float) -> None:
    machine, came = Machine(), []
    reactor = SelectReactor()
    steady(reactor, lambda: machine.wall, lambda: machine.monotonic)
    began = reactor.seconds()
    assert began == machine.wall
    reactor.callLater(5.0, lambda: came.append(reactor.seconds() - began))

    machine.wall += step
    machine.passes(4.9)
    reactor.runUntilCurrent()
    assert came == []
    machine.wall -= step / 2
    machine.passes(0.2)
    reactor.runUntilCurrent()
    assert came == [pytest.approx(5.1)]
