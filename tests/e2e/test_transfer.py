"""0 leads to an agent: the caller's phone is asked to call there (REFER) and tells how it went (NOTIFY)."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.testing.running import HallProcess, ended, named, noted
from server.testing.sipp import Agent, Scenario, Sipp
from tests.e2e.baresip import Baresip
from tests.peers import needs_peer

NUMBER = "13900000002"


def asked_for_agent(hall: HallProcess) -> Scenario:
    """A caller who presses 0 and is asked to call the agent of the settings."""
    caller = Scenario(NUMBER).invite().answered().info("0")
    return caller.asked("REFER", f"Refer-To: .sip:agent@127.0.0.1:{hall.agent}")


@needs_peer("sipp")
def test_the_agent_answers_and_the_hall_lets_go(hall: HallProcess, tmp_path: Path) -> None:
    caller = asked_for_agent(hall).accept().notify("100 Trying", last=False).notify("180 Ringing", last=False)
    with Sipp(hall, caller.notify("200 OK", last=True).hung_up(), tmp_path) as call:
        call.finish()
        hall.wait_line(call.call_id, ended)
        assert hall.transcript(call.call_id)[-1] == {"end": "transferred"}


@needs_peer("sipp")
@pytest.mark.parametrize("why", ["486 Busy Here", "408 Request Timeout", "603 Decline"])
def test_no_agent_and_the_caller_is_back_in_the_menu(hall: HallProcess, tmp_path: Path, why: str) -> None:
    caller = asked_for_agent(hall).accept().notify("100 Trying", last=False).notify(why, last=True)
    with Sipp(hall, caller.hold().info("1").hold().bye(), tmp_path) as call:
        back_in_the_menu(hall, call.call_id)
        call.go_on()
        hall.wait_line(
            call.call_id, lambda line: "请按8" in str(line.get("say", "")) and "其他" in line["say"]
        )
        call.go_on()
        call.finish()


@needs_peer("sipp")
def test_a_phone_that_transfers_nobody(hall: HallProcess, tmp_path: Path) -> None:
    caller = asked_for_agent(hall).accept("501 Not Implemented").hold().bye()
    with Sipp(hall, caller, tmp_path) as call:
        back_in_the_menu(hall, call.call_id)
        call.go_on()
        call.finish()


def back_in_the_menu(hall: HallProcess, call_id: str) -> None:
    """The caller is told that no agent was reached, and hears the main menu."""
    at = hall.wait_line(call_id, noted("transfer failed"))
    at = hall.wait_line(call_id, named("transfer failed"), after=at)
    hall.wait_line(call_id, named("main foot"), after=at)


@needs_peer("sipp")
@needs_peer("baresip")
def test_a_softphone_calls_the_agent_who_answers(hall: HallProcess, tmp_path: Path) -> None:
    with Sipp(hall, Agent(), tmp_path, port=hall.agent) as agent, Baresip(hall, NUMBER, tmp_path) as phone:
        call = softphone_wants_an_agent(hall, phone)
        hall.wait_line(call, ended)
        assert hall.transcript(call)[-1] == {"end": "transferred"}
        phone.wait("CALL_CLOSED")  # the hall's
        phone.command("hangup")  # the agent's
        agent.finish()


@needs_peer("sipp")
@needs_peer("baresip")
def test_a_softphone_calls_the_agent_who_declines(hall: HallProcess, tmp_path: Path) -> None:
    with (
        Sipp(hall, Agent("486 Busy Here"), tmp_path, port=hall.agent) as agent,
        Baresip(hall, NUMBER, tmp_path) as phone,
    ):
        call = softphone_wants_an_agent(hall, phone)
        agent.finish()
        back_in_the_menu(hall, call)


def softphone_wants_an_agent(hall: HallProcess, phone: Baresip) -> str:
    """Dials, presses 0; the Call-ID of the call to the hall."""
    phone.wait_output("200 OK () [")
    phone.command("dial", "10086")
    call = str(phone.wait("CALL_ESTABLISHED")["id"])
    hall.wait_line(call, named("greet brand"))
    phone.press("0")
    hall.wait_line(call, noted("transfer"))
    return call
