"""Reload, drain and accidents while people are calling."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from server.testing.ear import Ear
from server.testing.running import HallProcess, named, said, wait_ready
from server.testing.sipp import Scenario, Sipp, hears_something, offer
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
NUMBER, BALANCE = "13900000002", "36.80元"
OLD, NEW = "集团业务", "集团服务"


def rewritten(house_menus: Path, change: Callable[[str], str]) -> None:
    """The menu file with a change, put in its place at one stroke as editors do."""
    fresh = house_menus.with_suffix(".new")
    fresh.write_text(change(house_menus.read_text(encoding="utf-8")), encoding="utf-8")
    fresh.replace(house_menus)


def test_a_new_menu_is_for_new_calls_and_a_broken_one_for_nobody(
    own_hall: HallProcess, menus: Path, tmp_path: Path
) -> None:
    waits = Scenario(NUMBER).invite().answered().hold().info("#").hold().info("#").hold().bye()
    with Sipp(own_hall, waits, tmp_path) as running:
        at = own_hall.wait_line(running.call_id, named("main foot"))
        rewritten(menus, lambda text: text.replace(f"menu {OLD}\n", f"menu {NEW}\n"))
        own_hall.send(signal.SIGHUP)
        own_hall.wait_log("is in use from now on")
        running.go_on()
        at = own_hall.wait_line(running.call_id, said(f"{OLD}，请按8"), after=at)  # the menu it began on
        hears_in_the_main_menu(own_hall, tmp_path, NEW)

        good, bad = "  按1-1: fee_realtime ", "  按1-1: fee_realtim "
        line = 1 + menus.read_text(encoding="utf-8").partition(good)[0].count("\n")
        rewritten(menus, lambda text: text.replace(good, bad))
        own_hall.send(signal.SIGHUP)
        why = str(own_hall.wait_log("was not taken")["text"])
        assert f"{menus}:{line}:9: " in why, why
        assert "fee_realtim" in why
        running.go_on()
        own_hall.wait_line(running.call_id, said(f"{OLD}，请按8"), after=at)
        hears_in_the_main_menu(own_hall, tmp_path, NEW)
        running.go_on()
        running.finish()
    assert own_hall.get("/health/ready")[0] == 200
    assert "Traceback" not in own_hall.log.read_text()


def hears_in_the_main_menu(hall: HallProcess, folder: Path, words: str) -> None:
    with Sipp(hall, Scenario(NUMBER).invite().answered().hold().bye(), folder) as call:
        hall.wait_line(call.call_id, said(f"{words}，请按8"))
        call.go_on()
        call.finish()


def test_stopping_lets_those_who_are_calling_finish(own_hall: HallProcess, tmp_path: Path) -> None:
    waits = Scenario(NUMBER).invite().answered().hold().info("11").hold().bye()
    with Sipp(own_hall, waits, tmp_path) as running:
        own_hall.wait_line(running.call_id, named("greet brand"))
        own_hall.send(signal.SIGTERM)
        own_hall.wait_log("draining")
        assert own_hall.get("/health/ready")[0] == 503
        with Sipp(own_hall, Scenario().invite().refused(503, "Retry-After: [0-9]+"), tmp_path) as late:
            late.finish()
        running.go_on()
        own_hall.wait_line(running.call_id, said(BALANCE))
        running.go_on()
        running.finish()
    assert own_hall.exit_status() == 0
    assert own_hall.failures() == []


def test_stopping_at_once_says_goodbye_to_every_call(own_hall: HallProcess, tmp_path: Path) -> None:
    with Sipp(own_hall, Scenario(NUMBER).invite().answered().hung_up(), tmp_path) as running:
        own_hall.wait_line(running.call_id, named("greet brand"))
        own_hall.send(signal.SIGTERM)
        own_hall.wait_log("draining")
        own_hall.send(signal.SIGTERM)
        running.finish()
    assert own_hall.exit_status() == 0
    assert own_hall.failures() == []


def test_the_media_process_dies_and_the_call_goes_on(own_hall: HallProcess, tmp_path: Path) -> None:
    """By a re-INVITE to the next one; the caller hears the menu once more, and then his balance."""
    with closing(Ear()) as ear:
        moves = Scenario(NUMBER, port=ear.port).invite().answered().hold()
        moves = moves.asked("INVITE", "m=audio").accept("200 OK", offer(port=str(ear.port))).asked("ACK")
        with Sipp(own_hall, moves.hold().info("11").hold().bye(), tmp_path) as running:
            at = own_hall.wait_line(running.call_id, named("main foot"))
            assert ear.until_loud()
            running.go_on()
            os.kill(own_hall.media_pid(), signal.SIGKILL)
            at = own_hall.wait_line(running.call_id, named("main foot"), after=at)
            ear.drain()
            assert ear.until_loud()
            running.go_on()
            own_hall.wait_line(running.call_id, said(BALANCE), after=at)
            running.go_on()
            running.finish()
    own_hall.wait_metric("hall_media_restarts_total", 1)
    wait_ready(own_hall)
    hears_something(own_hall, tmp_path)
    assert "Traceback" not in own_hall.log.read_text()


def test_the_hall_itself_dies_and_comes_back(own_hall: HallProcess, tmp_path: Path) -> None:
    media = own_hall.media_pid()
    with Sipp(own_hall, Scenario(NUMBER).invite().answered().hold(), tmp_path) as running:
        own_hall.wait_line(running.call_id, named("greet brand"))
        own_hall.kill()
    own_hall.start()
    assert own_hall.media_pid() != media
    assert not runs(media)
    hears_something(own_hall, tmp_path)


def runs(pid: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False
