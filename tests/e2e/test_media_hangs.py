"""The media process hangs: everybody is told in time, and nobody need do anything."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import closing
from pathlib import Path

from server.testing.ear import Ear
from server.testing.running import HallProcess, named, noted, said, wait_ready
from server.testing.sipp import Scenario, Sipp, hears_something, offer
from tests.e2e.wire import Line
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
NUMBER = "13900000002"
SLACK = 1.5  # seconds, for a busy machine


def ready(hall: HallProcess) -> bool:
    return hall.get("/health/ready")[0] == 200


def refused(hall: HallProcess, patience: float) -> None:
    """A caller gets his final answer in time: 503, and when to try again."""
    began = time.monotonic()
    with closing(Ear()) as ear, Line(hall, NUMBER, ear.port) as call:
        assert call.final()[0] == 503
        assert "Retry-After:" in call.text
    assert time.monotonic() - began < patience


def test_a_hanging_media_process_is_noticed_and_replaced(own_hall: HallProcess, tmp_path: Path) -> None:
    media = own_hall.media_pid()
    moves = Scenario(NUMBER).invite().answered().asked("INVITE", "m=audio").accept("200 OK", offer())
    with Sipp(own_hall, moves.asked("ACK").hold().info("11").hold().bye(), tmp_path) as running:
        at = own_hall.wait_line(running.call_id, named("main foot"))
        os.kill(media, signal.SIGSTOP)
        began = time.monotonic()
        refused(own_hall, 2 + SLACK)  # who comes before anybody knows
        while ready(own_hall):
            assert time.monotonic() - began < 2 + SLACK
            time.sleep(0.05)
        assert json.loads(own_hall.get("/health/ready")[1])["parts"]["media process"] is False
        refused(own_hall, 0.5)  # who comes afterwards
        at = own_hall.wait_line(running.call_id, noted("media lost"), after=at)
        assert time.monotonic() - began < 5 + 2 * SLACK
        own_hall.wait_line(running.call_id, named("main foot"), after=at)  # said again, by the next one
        running.go_on()
        own_hall.wait_line(running.call_id, said("36.80元"), after=at)
        running.go_on()
        running.finish()
    wait_ready(own_hall)
    assert own_hall.media_pid() != media
    assert own_hall.metric("hall_media_restarts_total") == 1
    hears_something(own_hall, tmp_path)
    texts = [str(line.get("text", "")) for line in own_hall.log_lines()]
    assert sum("says nothing any more" in text for text in texts) == 1
    assert sum("media process killed" in text for text in texts) == 1
    assert "Traceback" not in own_hall.log.read_text()


def test_one_that_hangs_for_a_moment_costs_no_call(own_hall: HallProcess, tmp_path: Path) -> None:
    """Three seconds: new calls are refused for a second of them; who was speaking goes on."""
    media = own_hall.media_pid()
    with closing(Ear()) as ear:
        caller = Scenario(NUMBER, port=ear.port).invite().answered().hold().info("11").hold().bye()
        with Sipp(own_hall, caller, tmp_path) as call:
            assert ear.listen(5, packets=5) == 5
            os.kill(media, signal.SIGSTOP)
            try:
                time.sleep(3)
            finally:
                os.kill(media, signal.SIGCONT)
            wait_ready(own_hall)
            ear.packets.clear()
            assert ear.listen(5, packets=50) == 50
            call.go_on()
            own_hall.wait_line(call.call_id, said("账户余额"))
            call.go_on()
            call.finish()
    assert own_hall.media_pid() == media
