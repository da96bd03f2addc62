"""PUK codes: for whoever knows the number's service password, and never in a repr."""

from __future__ import annotations

from counter.testing.house import LOW, MZONE, PASSWORDS, at_once, say, texts, work
from counter.testing.stocked import PUK, StockedHouse
from menus.model.channels import VOICE
from menus.model.events import Answered, Key, Outcome, Refused, Started


def asked(number: str, secret: str) -> Outcome:
    return StockedHouse().run(work("puk.query", number=number, secret=secret))


def test_with_the_numbers_own_password() -> None:
    found = asked(MZONE, PASSWORDS[MZONE])
    assert isinstance(found, Answered)
    assert found.values["puk"].raw == PUK
    assert PUK not in repr(found)


def test_not_with_a_wrong_one() -> None:
    assert asked(MZONE, "000000") == Refused("password mismatch")


def test_not_of_a_number_that_is_not_ours() -> None:
    assert asked("13999999999", "123456") == Refused("password mismatch")


def test_a_card_whose_code_is_not_known() -> None:
    found = asked(LOW, "159487")
    assert isinstance(found, Answered)
    assert found.variant == "unknown"


def test_step_by_step_by_text() -> None:
    number, secret, told = say(StockedHouse().conversation(), "PUK", MZONE, PASSWORDS[MZONE])
    assert "哪个手机" in texts(number)
    assert "服务密码" in texts(secret)
    assert f"{MZONE}的PUK码是{PUK}" in texts(told)


def test_by_telephone() -> None:
    conversation = StockedHouse().conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, last = [at_once(conversation.turn(Key(key))) for key in "314" + MZONE + PASSWORDS[MZONE]]
    assert f"PUK码是{PUK}" in texts(last)
