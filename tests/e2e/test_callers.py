"""Who is calling, and what was dialled: every writing means the same subscriber and the same hall."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from server.testing.ear import Ear
from server.testing.running import HallProcess, ended, named, said
from server.testing.sipp import Scenario, Sipp
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
NUMBER, PASSWORD, BALANCE = "13900000002", "741963", "36.80元"
ANONYMOUS = "sip:anonymous@anonymous.invalid"


def hears_own_balance(hall: HallProcess, caller: Scenario, folder: Path) -> None:
    """1 1, and the balance is that of 13900000002."""
    with Sipp(hall, caller.invite().answered().info("11").hold().bye(), folder) as call:
        hall.wait_line(call.call_id, said(BALANCE))
        call.go_on()
        call.finish()


@pytest.mark.parametrize(
    "sender",
    [
        "sip:+8613900000002@[local_ip]",
        "sip:8613900000002@[local_ip];user=phone",
        "sip:008613900000002@[local_ip]",
        "sip:013900000002@[local_ip]",
        "tel:+86-139-0000-0002",
        "sip:+8613900000002;phone-context=ims.example@[local_ip];user=phone",
    ],
)
def test_any_usual_writing_of_a_number_is_that_subscriber(
    hall: HallProcess, tmp_path: Path, sender: str
) -> None:
    hears_own_balance(hall, Scenario(sender=sender), tmp_path)


@pytest.mark.parametrize("identity", ["<sip:+8613900000002@ims.example>", "<tel:+8613900000002>"])
def test_the_network_knows_who_calls_where_the_phone_does_not_say(
    hall: HallProcess, tmp_path: Path, identity: str
) -> None:
    headers = (f"P-Asserted-Identity: {identity}", "Privacy: id")
    hears_own_balance(hall, Scenario(sender=ANONYMOUS, headers=headers), tmp_path)


def test_the_networks_word_counts_more_than_the_phones(hall: HallProcess, tmp_path: Path) -> None:
    headers = (f"P-Asserted-Identity: <tel:+86{NUMBER}>",)
    hears_own_balance(hall, Scenario("13900000009", headers=headers), tmp_path)


@pytest.mark.parametrize("called", ["10086", "073110086", "+8673110086", "8673110086", "tel:+8673110086"])
def test_every_way_to_dial_the_hall(hall: HallProcess, tmp_path: Path, called: str) -> None:
    hears_own_balance(hall, Scenario(NUMBER, called), tmp_path)


def test_who_hides_his_number_proves_it_by_his_password(hall: HallProcess, tmp_path: Path) -> None:
    """Information is free; for an account it takes number and service password, which stand nowhere."""
    caller = (
        Scenario(sender=ANONYMOUS).invite().answered().info("11").hold().info(NUMBER + PASSWORD).hold().bye()
    )
    with Sipp(hall, caller, tmp_path) as call:
        hall.wait_line(call.call_id, said("请输入您的手机号码"))
        call.go_on()
        hall.wait_line(call.call_id, said(BALANCE))
        call.go_on()
        call.finish()
        hall.wait_line(call.call_id, ended)
    typed = [line["key"] for line in hall.transcript(call.call_id) if "key" in line]
    assert typed == ["1", "1"] + ["*"] * (len(NUMBER) + len(PASSWORD))
    assert PASSWORD not in hall.log.read_text() + str(hall.transcript(call.call_id))


def test_who_hides_his_number_is_informed_of_what_concerns_everybody(
    hall: HallProcess, tmp_path: Path
) -> None:
    with Sipp(hall, Scenario(sender=ANONYMOUS).invite().answered().info("23").hold().bye(), tmp_path) as call:
        hall.wait_line(call.call_id, said("查话费，发短信HF到10086"))
        assert not any("请输入" in words for words in hall.says(call.call_id))
        call.go_on()
        call.finish()


def test_a_wrong_password_tells_nothing(hall: HallProcess, tmp_path: Path) -> None:
    caller = Scenario(sender=ANONYMOUS).invite().answered().info("11" + NUMBER + "000000").hold().bye()
    with Sipp(hall, caller, tmp_path) as call:
        hall.wait_line(call.call_id, said("密码"))
        hall.wait_line(call.call_id, lambda line: "refused" in str(line.get("name", "")))
        assert not any(BALANCE in words for words in hall.says(call.call_id))
        call.go_on()
        call.finish()


def test_an_identity_from_a_network_that_is_not_trusted_is_not_believed(
    strict_hall: HallProcess, tmp_path: Path
) -> None:
    headers = (f"P-Asserted-Identity: <tel:+86{NUMBER}>",)
    caller = Scenario(NUMBER, headers=headers).invite().answered().info("11").hold().bye()
    with Sipp(strict_hall, caller, tmp_path) as call:
        strict_hall.wait_line(call.call_id, said("请输入您的手机号码"))
        assert not any(BALANCE in words for words in strict_hall.says(call.call_id))
        assert not any(map(named("greet brand"), strict_hall.transcript(call.call_id)))
        call.go_on()
        call.finish()


def test_a_caller_on_hold_may_be_silent_for_longer(strict_hall: HallProcess, tmp_path: Path) -> None:
    """Phones send nothing while they hold: twice the time after which a caller has vanished is nothing."""
    with closing(Ear()) as ear:
        caller = Scenario(NUMBER, port=ear.port).invite().answered()
        caller.invite("sendonly").answered("a=recvonly").hold().invite().answered().hold().bye()
        with Sipp(strict_hall, caller, tmp_path) as call:
            strict_hall.wait_line(call.call_id, named("greet"))
            ear.listen(4.5)
            call.go_on()
            assert ear.until_loud()
            call.go_on()
            call.finish()


def test_a_caller_who_vanishes_is_missed(strict_hall: HallProcess, tmp_path: Path) -> None:
    """No RTP and no BYE: the hall hangs up after the time that its settings say."""
    with Sipp(strict_hall, Scenario(NUMBER).invite().answered().hung_up(), tmp_path) as call:
        strict_hall.wait_line(call.call_id, ended, seconds=10)
        assert strict_hall.transcript(call.call_id)[-1] == {"end": "vanished"}
        call.finish()
    assert strict_hall.metric("hall_calls_in_progress") == 0
