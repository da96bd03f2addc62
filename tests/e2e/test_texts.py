"""Texts to the running server, from handsets of the demo SMSC: over a reload, a kill -9 and a restart."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sms.handset import text_as
from tests.e2e.running import ROOT, House

NUMBER = "13900000003"


@pytest.fixture
def menus(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "menus.yaml", tmp_path / "menus.yaml"))


@pytest.fixture
def house(tmp_path: Path, menus: Path) -> Iterator[House]:
    made = House(tmp_path / "house", menus=menus)
    try:
        yield made
        assert made.failures() == []
    finally:
        made.stop()


def texts(house: House, *wanted: str) -> list[str]:
    """What comes back for each text, promos left out."""
    made = text_as(NUMBER, wanted, port=house.handsets, quiet=0.5)
    return [each.replies[0].text if each.replies else "" for each in made]


def test_a_session_keeps_its_menu_over_a_reload_and_a_kill(house: House, menus: Path) -> None:
    _, before = texts(house, "10086", "2")
    assert "4.彩铃" in before

    menus.write_text(menus.read_text(encoding="utf-8").replace("crbt 彩铃", "crbt 炫铃"), encoding="utf-8")
    house.send(signal.SIGHUP)
    house.wait_log("is in use from now on")
    house.kill()
    house.start()

    (again,) = texts(house, "*")  # back to the main menu, and the same menu 2 as before
    (still,) = texts(house, "2")
    assert "4.彩铃" in still, again
    text_as("13900000001", ["10086"], port=house.handsets, quiet=0.5)
    new = text_as("13900000001", ["2"], port=house.handsets, quiet=0.5)
    assert "4.炫铃" in new[0].replies[0].text


def test_the_ring_back_tone_is_opened_once_over_a_kill(house: House) -> None:
    *_, screen, opened = texts(house, "10086", "2", "4", "1")
    assert "1.确认开通" in screen
    assert "已开通" in opened
    house.kill()
    house.start()
    (again,) = texts(house, "1")
    assert "没有重复收费" in again
    assert len(house.movements(NUMBER, "crbt")) == 1
