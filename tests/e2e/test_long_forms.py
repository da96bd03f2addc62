"""The same as in a day, many times over: make soak."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from server.testing.running import HallProcess, ended, named, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

pytestmark = [pytest.mark.soak, needs_peer("sipp")]
NUMBER, BALANCE = "13900000002", "36.80元"
CALLS, RATE, ACCIDENTS = 3000, 50, 20


@pytest.fixture
def lively(tmp_path: Path) -> HallProcess:
    return HallProcess(tmp_path / "hall", settings="[sip]\nvanished_after = 60\n")


def test_thousands_of_calls_leave_nothing_behind(lively: HallProcess, tmp_path: Path) -> None:
    """Everyone asks for his balance; each gets it by SMS, each call has its record, and no call is left."""
    try:
        caller = Scenario(NUMBER).invite().answered().info("11").pause(1).bye()
        with Sipp(lively, caller, tmp_path, calls=CALLS, rate=RATE) as calls:
            calls.finish(60 + 2 * CALLS / RATE)
        lively.wait_metric("hall_calls_in_progress", 0)
        (ends,) = lively.rows(
            "hall", "SELECT count(*) FROM calls WHERE outcome = 'bye' AND caller = ?", NUMBER
        )
        assert ends == (CALLS,)
        lively.wait_metric("hall_sms_waiting", 0)
        assert lively.metric("hall_sip_refused_total") == 0
        assert lively.failures() == []
    finally:
        assert lively.stop() == 0


def test_the_media_process_dies_again_and_again(lively: HallProcess, tmp_path: Path) -> None:
    """Each time a phone that does not move with the call is let go, and the next one is served."""
    stays = Scenario(NUMBER).invite().answered().asked("INVITE").accept("488 Not Acceptable Here")
    stays = stays.asked("ACK").hung_up()
    try:
        for number in range(1, ACCIDENTS + 1):
            with Sipp(lively, stays, tmp_path) as unlucky:
                lively.wait_line(unlucky.call_id, named("greet brand"))
                os.kill(lively.media_pid(), signal.SIGKILL)
                lively.wait_line(unlucky.call_id, ended)
                unlucky.finish()
            lively.wait_metric("hall_media_restarts_total", number)
            while lively.get("/health/ready")[0] != 200:
                pass
            with Sipp(
                lively, Scenario(NUMBER).invite().answered().info("11").hold().bye(), tmp_path
            ) as lucky:
                lively.wait_line(lucky.call_id, said(BALANCE))
                lucky.go_on()
                lucky.finish()
        assert "Traceback" not in lively.log.read_text()
    finally:
        lively.stop()
