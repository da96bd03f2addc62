"""What was given is looked at before the next thing is asked for: nobody types a new password twice to hear
that the old one was wrong."""

from __future__ import annotations

import pytest

from business.guards.faults import FailBefore
from counter.testing.house import POSTPAID, House, at_once, say, texts
from menus.model.channels import VOICE
from menus.model.events import Key, Started

OLD, WRONG, NEW = "258036", "111222", "739152"
FOREIGN, UNICOM, NOBODYS = "13501001234", "13007311234", "13900009999"


def told(house: House, *given: str, caller: str | None = POSTPAID) -> list[str]:
    return [texts(turn) for turn in say(house.conversation(caller), *given)]


def test_a_wrong_old_password_is_told_at_once_and_costs_one_try() -> None:
    house = House()
    assert "今天还可以试2次" in told(house, "BGMM", WRONG)[-1]
    assert told(house, "BGMM", WRONG, OLD)[-1].startswith("请回复6位新密码")
    assert "服务密码已修改" in told(house, "BGMM", OLD, NEW, NEW)[-1]


def test_the_third_wrong_one_locks_and_the_new_one_is_not_asked_for() -> None:
    answers = told(House(), "BGMM", WRONG, WRONG, WRONG, OLD)
    assert "已锁定" in answers[3]
    assert "请回复6位新密码" not in "".join(answers)


@pytest.mark.parametrize("weak", ["123456", "888888", POSTPAID[-6:], "654321"])
def test_a_new_password_that_is_too_simple_is_told_before_it_is_repeated(weak: str) -> None:
    house = House()
    answers = told(house, "BGMM", OLD, weak, NEW, NEW)
    assert answers[2].startswith("新密码太简单")
    assert answers[3] == "请再回复一次6位新密码。"
    assert "服务密码已修改" in answers[4]


def test_all_in_one_text_is_as_before() -> None:
    assert told(House(), f"BGMM#{OLD}#{NEW}#{NEW}")[0].startswith("服务密码已修改")
    assert told(House(), f"BGMM#{OLD}#123456#123456")[0].startswith("新密码太简单")
    assert "原密码不对" in told(House(), f"BGMM#{WRONG}#{NEW}#{NEW}")[0]


def test_a_back_office_that_fails_is_asked_again_with_the_rest() -> None:
    house = House()
    conversation = house.conversation(POSTPAID)
    say(conversation, "BGMM")
    house.business.plan("check_password", FailBefore())
    assert texts(say(conversation, WRONG)[0]).startswith("请回复6位新密码")
    assert "原密码不对" in texts(say(conversation, NEW)[0])


@pytest.mark.parametrize("number", [FOREIGN, UNICOM])
def test_a_foreign_number_is_told_before_its_password_is_asked_for(number: str) -> None:
    for asks in ("0101", "0103"):
        answers = told(House(), asks, number, POSTPAID, OLD, caller=None)
        assert "不是本省移动号码" in answers[1]
        assert "服务密码" in answers[2]
        assert "余额" in answers[3]


def test_whether_a_number_of_ours_is_anybodys_is_not_told() -> None:
    house = House()
    known, nobodys = (told(house, "0101", number, caller=None)[-1] for number in (POSTPAID, NOBODYS))
    assert known == nobodys
    house = House()
    known, nobodys = (told(house, "0101", n, WRONG, caller=None)[-1] for n in (POSTPAID, NOBODYS))
    assert known == nobodys


def test_by_telephone_the_old_one_is_looked_at_before_the_new_one_is_asked_for() -> None:
    house = House()
    conversation = house.conversation(POSTPAID, VOICE)
    keys = f"311{WRONG}{OLD}123456{NEW}{NEW}"
    heard = [texts(at_once(conversation.turn(given))) for given in (Started(), *map(Key, keys))]
    assert [line for line in heard if "密码" in line][-6:] == [
        "请输入六位原密码。",
        "原密码不对，今天还可以输入2次。请重新输入。",
        "请输入六位新密码。",
        "这个密码太简单，请不要用连号、同号、证件号或手机号。",
        "请再输入一次新密码。",
        heard[-1],
    ]
    assert "密码已修改" in heard[-1]
