"""Guessing at other people's passwords at the running server: by text and by calls, over a kill."""

from __future__ import annotations

from pathlib import Path

from peers.handset import text_as
from server.testing.running import HallProcess, named, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

STRANGER, VICTIM, PASSWORD, BALANCE = "13900000004", "13900000002", "741963", "36.80元"
ANONYMOUS = "sip:anonymous@anonymous.invalid"
WRONG = "号码和服务密码不符"


def reply(hall: HallProcess, number: str, text: str) -> str:
    (exchange,) = text_as(number, [text], **hall.console, quiet=0.3)
    return exchange.replies[0].text


def told(hall: HallProcess, text: str) -> str:
    """What a stranger is told."""
    return reply(hall, STRANGER, text)


def test_by_text_ten_are_asked_over_a_kill_and_the_owner_notices_nothing(own_hall: HallProcess) -> None:
    unknown = {told(own_hall, f"0110 13999999{n:03} 999111") for n in range(4)}
    wrong = {told(own_hall, f"0110 {VICTIM} 99911{n}") for n in range(4)}
    right_but_too_late = told(own_hall, f"0110 {VICTIM} {PASSWORD}")
    (told_all,) = {*unknown, *wrong, right_but_too_late}
    assert WRONG in told_all
    own_hall.kill()
    own_hall.start()
    assert told(own_hall, f"0110 {VICTIM} {PASSWORD}") == told_all
    limit = told(own_hall, "0110 13900000001 258036")
    assert "暂时不能核对" in limit, "right, but he has had his ten"
    assert BALANCE in reply(own_hall, VICTIM, f"0110 {VICTIM} {PASSWORD}")
    assert own_hall.rows("business", "SELECT stranger_errors FROM bo_subscriber WHERE msisdn=?", VICTIM) == [
        (2,)
    ]
    assert own_hall.failures() == []


@needs_peer("sipp")
def test_one_caller_without_a_number_locks_nobody(own_hall: HallProcess, tmp_path: Path) -> None:
    """Ten subscribers, three guesses at each: as many as once locked all of them within 45 seconds."""
    victims = [f"139000000{n:02}" for n in range(1, 11)]
    for turn in range(2):
        for some in (
            victims[:4],
            victims[4:7],
            victims[7:],
        ):  # a call each: a scenario of SIPp has its length
            guessed(own_hall, tmp_path, [victim + f"99911{turn}" for victim in some], "password mismatch")
    guessed(own_hall, tmp_path, [VICTIM + PASSWORD], "password limit")
    counted = own_hall.rows(
        "business", "SELECT max(stranger_errors), sum(stranger_errors) FROM bo_subscriber"
    )
    assert counted == [(2, 20)]
    assert BALANCE in reply(own_hall, VICTIM, f"0110 {VICTIM} {PASSWORD}")
    own_hall.wait_log("by callers without a mobile number from 127.0.0.1")
    assert own_hall.metric("hall_guesses_last_hour") == 20
    assert own_hall.failures() == []


def guessed(hall: HallProcess, folder: Path, guesses: list[str], refusal: str) -> None:
    """One call without a number, with one guess after the other, each refused so."""
    caller = Scenario(sender=ANONYMOUS).invite().answered().info("11").hold()
    for guess in guesses:
        caller = caller.info(guess).hold()
    with Sipp(hall, caller.bye(), folder) as call:
        line = hall.wait_line(call.call_id, said("请输入您的手机号码"))
        call.go_on()
        for _ in guesses:
            line = hall.wait_line(call.call_id, named(f"refused {refusal}"), after=line)
            call.go_on()
        call.finish()
