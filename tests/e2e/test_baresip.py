"""A real softphone: REGISTER, call, keys, transfer, BYE."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.testing.running import HallProcess, ended, named, said
from tests.e2e.baresip import Baresip
from tests.peers import needs_peer

pytestmark = needs_peer("baresip")


@pytest.mark.parametrize("codecs", ["pcma", "pcmu"])
def test_a_softphone_registers_calls_presses_and_hangs_up(
    hall: HallProcess, tmp_path: Path, codecs: str
) -> None:
    with Baresip(hall, "13900000002", tmp_path, codecs=codecs) as phone:
        phone.wait_output("200 OK () [")  # registered
        phone.command("dial", "10086")
        call = str(phone.wait("CALL_ESTABLISHED")["id"])
        hall.wait_line(call, named("greet brand"))
        phone.press("11")
        hall.wait_line(call, said("36.80元"))
        assert hall.keys(call) == "11"
        phone.command("hangup")
        hall.wait_line(call, ended)
        assert hall.transcript(call)[-1] == {"end": "bye"}
