"""Only a bare command changes anything unasked; whatever else speaks of a change is told or asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.testing.house import CARD, EASYOWN, POSTPAID, House, say, texts
from menus.matching.matcher import recognise

PRODUCTS = (
    "来电显示",
    "飞信",
    "GPRS",
    "彩铃",
    "手机报",
    "来电提醒",
    "呼叫转移",
    "短信回执",
    "余额提醒",
    "天气预报",
)
VERBS = ("开通", "取消", "退订", "办理", "关闭")
SURROUNDINGS = (
    "{p}什么时候{v}",
    "谁{v}了我的{p}",
    "为什么{v}{p}",
    "为什么给我{v}{p}",
    "你们凭什么{v}{p}",
    "可以{v}{p}吗",
    "请问{v}{p}吗",
    "能不能{v}{p}",
    "{p}能{v}吗",
    "{p}{v}不了",
    "我{v}{p}了吗",
    "是否{v}{p}",
    "{v}{p}有什么好处",
    "{p}{v}失败",
    "我的{p}被{v}了",
    "妈妈{v}{p}了",
    "我朋友{v}了{p}",
    "听说{v}{p}免费",
    "别人说{v}{p}要钱",
    "昨天{v}了{p}",
    "明天再{v}{p}",
    "如果{v}{p}会怎样",
    "我没有{v}{p}",
    "不要{v}{p}",
    "别给我{v}{p}",
    "{v}{p}要钱吗",
    "上个月{v}{p}怎么还扣钱",
    "我投诉你们乱{v}{p}",
    "{p}是不是{v}了",
)
HOUSE = House()


def nothing_is_done(caller: str, text: str) -> None:
    before = len(HOUSE.journal.operations)
    (turn,) = say(HOUSE.conversation(caller), text)
    assert len(HOUSE.journal.operations) == before, texts(turn)
    assert texts(turn)


@given(
    st.sampled_from((POSTPAID, EASYOWN)),
    st.sampled_from(PRODUCTS),
    st.sampled_from(VERBS),
    st.sampled_from(SURROUNDINGS),
)
def test_products_verbs_and_what_surrounds_them(caller: str, p: str, v: str, around: str) -> None:
    nothing_is_done(caller, around.format(p=p, v=v))


@pytest.mark.parametrize(
    "text",
    [
        *("GPRS什么时候开通", "开通手机上网有什么好处", "可以开通GPRS吗", "我开通飞信了吗", "是否开通飞信"),
        *("你们凭什么开通飞信", "为什么给我开通飞信", "飞信开通失败", "妈妈开通飞信了"),
        *("谁取消了我的来电显示", "来电显示能取消吗", "来电显示取消不了", "我的GPRS被取消了"),
        *("为什么取消我的飞信", "建议你早点睡", "我投诉你们乱开通GPRS", "听说取消飞信要收费"),
    ],
)
def test_questions_complaints_and_hearsay(text: str) -> None:
    for caller in (POSTPAID, EASYOWN):
        nothing_is_done(caller, text)


@pytest.mark.parametrize(
    "text",
    [
        "开通飞信",
        "飞信开通",
        "帮我开通飞信吧",
        "我要开通飞信，谢谢",
        "请帮我开通飞信业务",
        "KTFX",
        "麻烦你开通飞信吧",
    ],
)
def test_a_bare_command_needs_no_question(text: str) -> None:
    assert recognise(HOUSE.halls.newest, text).sure
    house = House()
    say(house.conversation(POSTPAID), text)
    assert [each.service for each in house.journal.operations] == ["fetion"]


@pytest.mark.parametrize(
    "text",
    [
        "CZ 073182222222 {card}",
        "CZ 1390000000 {card}",
        "CZ {card} 1390000000",
        "CZ 139000000011 {card}",
        "0107 13900000 {card}",
        "充值 1390000000 {card}",
    ],
)
def test_a_number_that_is_none_beside_a_card_is_no_wish_for_oneself(text: str) -> None:
    house = House()
    before = house.charges(POSTPAID)
    (asked,) = say(house.conversation(POSTPAID), text.format(card=CARD))
    assert house.journal.operations == [], texts(asked)
    assert house.charges(POSTPAID) == before


def test_a_number_in_groups_beside_a_card_is_whose_it_is_for() -> None:
    found = recognise(HOUSE.halls.newest, f"CZ 139-0000-0003 {CARD}")
    assert found.inputs == {"number": "13900000003", "card": CARD}
    assert recognise(HOUSE.halls.newest, f"CZ {CARD}").sure


def test_what_was_only_spoken_of_is_asked_and_a_yes_does_it() -> None:
    house = House()
    conversation = house.conversation(POSTPAID)
    (asked,) = say(conversation, "我朋友开通飞信了")
    assert "您将开通飞信" in texts(asked)
    assert house.journal.operations == []
    say(conversation, "1")
    assert len(house.journal.operations) == 1


def test_a_no_leaves_it() -> None:
    house = House()
    conversation = house.conversation(POSTPAID)
    say(conversation, "我朋友开通飞信了", "2")
    assert house.journal.operations == []
