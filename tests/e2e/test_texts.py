"""Texts to the running server, from handsets of the demo SMSC: over a reload, a kill -9 and a restart."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from peers.handset import text_as
from server.testing.running import HallProcess

NUMBER = "13900000003"


def texts(hall: HallProcess, *wanted: str) -> list[str]:
    """What comes back for each text, promos left out."""
    made = text_as(NUMBER, wanted, **hall.console, quiet=0.5)
    return [each.replies[0].text if each.replies else "" for each in made]


def test_a_session_keeps_its_menu_over_a_reload_and_a_kill(own_hall: HallProcess, menus: Path) -> None:
    _, before = texts(own_hall, "10086", "2")
    assert "4.彩铃" in before

    menus.write_text(menus.read_text(encoding="utf-8").replace("crbt 彩铃", "crbt 炫铃"), encoding="utf-8")
    own_hall.send(signal.SIGHUP)
    own_hall.wait_log("is in use from now on")
    own_hall.kill()
    own_hall.start()

    (again,) = texts(own_hall, "*")  # back to the main menu, and the same menu 2 as before
    (still,) = texts(own_hall, "2")
    assert "4.彩铃" in still, again
    text_as("13900000001", ["10086"], **own_hall.console, quiet=0.5)
    new = text_as("13900000001", ["2"], **own_hall.console, quiet=0.5)
    assert "4.炫铃" in new[0].replies[0].text


def test_the_ring_back_tone_is_opened_once_over_a_kill(own_hall: HallProcess) -> None:
    *_, screen, opened = texts(own_hall, "10086", "2", "4", "1")
    assert "1.确认开通" in screen
    assert "已开通" in opened
    own_hall.kill()
    own_hall.start()
    (again,) = texts(own_hall, "1")
    assert "没有重复收费" in again
    assert len(own_hall.movements(NUMBER, "crbt")) == 1
    assert own_hall.failures() == []


def test_whose_password_is_locked_gets_a_new_one_with_the_id_number(own_hall: HallProcess) -> None:
    owner = "13900000002"
    own = text_as(owner, [f"0110 {owner} 99911{n}" for n in range(3)], **own_hall.console, quiet=0.5)
    assert "已锁定" in own[-1].replies[0].text

    first = text_as(
        owner,
        ["0503 430199198906050025", "0502 430199198906050025"],
        **own_hall.console,
        quiet=0.5,
    )
    assert "已解锁" in first[0].replies[-1].text
    sent = re.search(r"临时服务密码([0-9]{6})", first[1].replies[0].text)
    assert sent is not None
    own_hall.kill()
    own_hall.start()
    *_, changed = text_as(owner, ["147963", "147963"], **own_hall.console, quiet=0.5)
    assert "服务密码已修改" in changed.replies[0].text
    for file in own_hall.folder.glob("hall.db*"):
        octets = file.read_bytes()
        for secret in (sent[1], "147963", "430199198906050025"):
            assert secret.encode() not in octets, file.name
            assert secret.encode("utf-16-be") not in octets, file.name
    assert own_hall.failures() == []
