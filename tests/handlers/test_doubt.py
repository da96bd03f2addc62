"""Nothing is changed where anything in a text speaks against it: what looks like a signature or a quotation,
a question mark anywhere, a part that never came, more than is looked at."""

from __future__ import annotations

import pytest

from business.port import Change, Complain
from counter.testing.house import POSTPAID, House, at_once, say, texts
from menus.model.events import Text

MZONE, EASYOWN, SP_RICH = "13900000002", "13900000003", "13900000001"
BEHIND_YES = (
    "好\n谢谢，不过我还没想好，先别办",
    "1\n谢谢你，我是问怎么不办",
    "Y\n——开玩笑的",
    "Y\n钱多少",
    "好\n万一呢",
    "好\n何时扣",
    "好\n方便吗",
    "好\n高价呀",
    "好 来自我的猜测",
    "好（来自朋友的玩笑）",
    "1？谢谢",
    "？1",
    "好❓",
    "1❓",
    "是❌",
    "好👎",
    "好🤔",
    "好" + " " * 300 + "不要",
    "好\n> 不要",
)
COMMANDS = (
    "QXFX\n谢谢，但是先不要取消",
    "取消飞信\n--不要",
    "取消飞信\n万不可",
    "QXFX\n——我只是问问",
    "QXFX\n我妈写道：别发",
    "QXFX\n> 不要",
    "> 不要\nQXFX",
    "QXFX\n转发：这个是什么",
    "QXFX 发自我的同事，是什么",
    "KTFX\n谢谢但是我先问问收费不",
    "取消飞信？ 谢谢",
    "取消飞信？啊",
    "QXFX？。",
    "？QXFX",
    "啊？取消飞信",
    "开通飞信❓",
    "开通飞信⁉️",
    "取消飞信⁇",
    "取消飞信﹖",
    "取消飞信？😊",
    "取消飞信🤔",
    "🚫开通飞信",
    "❌QXFX",
    "开通飞信好吗",
    "取消飞信好吗",
    "0209 20❓",
    "QXFX" + "。" * 300 + "别取消",
)


def changed(house: House) -> list[str]:
    return [call for call in house.business.calls if call == "perform"]


@pytest.mark.parametrize("reply", BEHIND_YES)
def test_a_yes_with_anything_behind_it_is_none(reply: str) -> None:
    house = House()
    conversation = house.conversation(POSTPAID)
    say(conversation, "KTCL", reply)
    assert changed(house) == []
    say(conversation, "Y")
    assert house.charges(POSTPAID) in (0, 500)  # asked once more, or given up


@pytest.mark.parametrize("text", COMMANDS)
@pytest.mark.parametrize("caller", [MZONE, EASYOWN])
def test_a_command_with_anything_beside_it_asks_or_informs(text: str, caller: str) -> None:
    house = House()
    say(house.conversation(caller), text)
    assert changed(house) == []


@pytest.mark.parametrize(
    "dressed",
    ["{}\n发自我的iPhone", "{}\n谢谢", "{}\n来自我的华为P30手机", "{}\nSent from my iPhone", "{}👍", "{}。"],
)
def test_a_device_and_plain_thanks_say_nothing(dressed: str) -> None:
    house = House()
    say(house.conversation(POSTPAID), "KTCL", dressed.format("Y"))
    assert house.charges(POSTPAID) == 500
    house = House()
    say(house.conversation(EASYOWN), dressed.format("KTFX"))
    assert len(changed(house)) == 1


@pytest.mark.parametrize("signed", ["HF\n王小明", "HF\n——李四", "HF\n--\n彩铃 13900000002"])
def test_a_query_is_answered_whatever_stands_under_it(signed: str) -> None:
    assert "余额52.35元" in texts(say(House().conversation(POSTPAID), signed)[0])


@pytest.mark.parametrize(
    "reply",
    [
        "看2",
        "看第2个",
        "查1",
        "要2",
        "我要2",
        "我要一个",
        "我退了2个",
        "我取消了1",
        "我退了每日笑话",
        "每日笑话我退了",
        "退2个",
        "我要退4个",
        "退4项",
        "3条",
        "4项",
        "退每日笑话？",
        "1？",
        "2\n先不要",
    ],
)
def test_what_is_no_plain_choice_takes_nothing_off_a_list(reply: str) -> None:
    house = House()
    say(house.conversation(SP_RICH), "0000", reply)
    assert changed(house) == []


@pytest.mark.parametrize("reply", ["1", "1,3", "退1", "退第2项", "退订1和3", "第二个", "回复2", "退每日笑话"])
def test_what_is_one_does(reply: str) -> None:
    house = House()
    say(house.conversation(SP_RICH), "0000", reply)
    assert len(changed(house)) == 1, reply


@pytest.mark.parametrize("yes", ["1", "好", "Y"])
def test_a_1_behind_a_2_asks_again(yes: str) -> None:
    house = House()
    assert "1.确认开通" in texts(say(house.conversation(POSTPAID), "0204", "2", yes)[-1])
    assert house.charges(POSTPAID) == 0


def test_a_text_of_which_a_part_never_came_changes_nothing_and_is_answered_where_it_asks() -> None:
    for part in ("QXFX", "取消来电提醒", "投诉 你们的员工张三", "KTFX"):
        house = House()
        turn = at_once(house.conversation(MZONE).turn(Text(part, whole=False)))
        assert "没有收全" in texts(turn), part
        assert changed(house) == []
    house = House()
    conversation = house.conversation(POSTPAID)
    say(conversation, "KTCL")
    assert "没有收全" in texts(at_once(conversation.turn(Text("Y", whole=False))))
    assert house.charges(POSTPAID) == 0
    assert "余额" in texts(at_once(house.conversation(POSTPAID).turn(Text("HF", whole=False))))


@pytest.mark.parametrize(
    "text", ["0702 第一件，信号差\n谢谢\n第二件，8元乱扣费请退", "投诉 乱扣费\n何时退\n我要求退还8元"]
)
def test_a_complaint_is_filed_whole(text: str) -> None:
    house = House()
    filed: list[Change] = []
    perform = house.memory.perform

    def kept(msisdn: str, change: Change, *more: object) -> object:
        filed.append(change)
        return perform(msisdn, change, *more)  # type: ignore[arg-type]

    house.memory.perform = kept  # type: ignore[method-assign, assignment]
    assert "已受理" in texts(say(house.conversation(POSTPAID), text)[0])
    (complaint,) = filed
    assert isinstance(complaint, Complain)
    assert complaint.text.endswith(text[-7:])
