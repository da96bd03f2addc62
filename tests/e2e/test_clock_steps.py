"""The machine's clock is set, back and forth by seconds and hours, under a running server: nobody notices."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.handset import text_as
from server.testing.running import HallProcess, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import faketime_library, needs_peer

pytestmark = [needs_peer("sipp"), needs_peer("faketime")]
NUMBER, BALANCE = "13900000002", "36.80元"
STEPS = (-30.0, 5.0, 3 * 3600.0, -5 * 3600.0, 2 * 3600.0, -1.5)


class SetClock:
    """The clock of one process, set by hand."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._offset = 0.0
        self.step(0.0)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(faketime_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: float) -> None:
        """As ``date -s`` or NTP would."""
        self._offset += seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{self._offset:+.3f}\n", encoding="ascii")
        fresh.replace(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> SetClock:
    return SetClock(tmp_path)


@pytest.fixture
def set_hall(tmp_path: Path, clock: SetClock) -> Iterator[HallProcess]:
    hall = HallProcess(tmp_path / "hall", environment=clock.environment)
    try:
        yield hall
    finally:
        hall.stop()


def answer(hall: HallProcess, number: str, text: str) -> str:
    """What comes back for one text."""
    (exchange,) = text_as(number, [text], **hall.console, quiet=0.3)
    assert exchange.replies, f"{text} was not answered"
    return exchange.replies[0].text


def test_the_clock_that_is_set_is_the_one_that_the_hall_reads(set_hall: HallProcess, clock: SetClock) -> None:
    before = str(set_hall.wait_log("bound")["time"])
    clock.step(-86_400.0)
    set_hall.send(signal.SIGHUP)
    after = str(set_hall.wait_log("is in use from now on")["time"])
    assert after[:10] < before[:10]


def test_callers_come_in_and_hear_their_balance_after_every_step(
    set_hall: HallProcess, clock: SetClock, tmp_path: Path
) -> None:
    for number, step in enumerate(STEPS):
        call = Scenario(NUMBER).invite().answered().hold().info("11").hold().bye()
        folder = tmp_path / str(number)
        folder.mkdir()
        with Sipp(set_hall, call, folder) as sipp:
            set_hall.wait_line(sipp.call_id, said("请按1"))
            clock.step(step)
            sipp.go_on()
            set_hall.wait_line(sipp.call_id, said(BALANCE), seconds=15.0)
            sipp.go_on()
            sipp.finish()
    assert set_hall.get("/health/ready")[0] == 200
    assert set_hall.failures() == []


def test_a_text_finds_its_menu_and_its_question_however_the_clock_was_set(
    set_hall: HallProcess, clock: SetClock
) -> None:
    buyer = "13900000003"
    assert "2" in answer(set_hall, buyer, "10086")
    clock.step(3 * 3600.0)
    assert "4.彩铃" in answer(set_hall, buyer, "2")
    clock.step(-4 * 3600.0)
    assert "1.确认开通" in answer(set_hall, buyer, "4")
    clock.step(2.5 * 3600.0)
    assert "已开通" in answer(set_hall, buyer, "1")
    clock.step(-90.0)
    assert "没有重复收费" in answer(set_hall, buyer, "1")
    assert len(set_hall.movements(buyer, "crbt")) == 1
    assert set_hall.failures() == []
