"""A question mark behind a yes asks; letters with a slip behind them are no complaint."""

from __future__ import annotations

import pytest

from counter.testing.house import POSTPAID, House, at_once
from menus.model.events import Say, Text

ASKS_BACK = ("嗯？", "Y？", "确认?", "办?", "OK?", "是？", "好？", "可以?", "Yes?", "1?", "1？", "嗯?👍")


@pytest.mark.parametrize("opening", ["开通彩铃", "0204"])
@pytest.mark.parametrize("reply", ASKS_BACK)
def test_a_question_mark_confirms_nothing_and_is_asked_again(opening: str, reply: str) -> None:
    house = House()
    conversation = house.conversation(POSTPAID)
    for text in (opening, reply):
        at_once(conversation.turn(Text(text)))
    assert house.charges(POSTPAID) == 0
    at_once(conversation.turn(Text("Y")))
    assert house.charges(POSTPAID) == 500


SLIPS = ("TS多少", "TS怎么查", "TS别", "TS没CX", "TS不CX", "TS的X", "TS一CX")
NUMBERS = ("TS0", "TS3", "TS 3", "TS10", "TS1元", "TS#3", "TS100", "0702 3", "TS")
WORDS = (
    "TS乱扣费",
    "TS 信号差",
    "TS总是乱扣我的钱",
    "TS3号扣错钱",
    "TS 10元套餐没开通就扣费",
    "TS3月多扣10元",
)


def first_told(text: str) -> str:
    turn = at_once(House().conversation(POSTPAID).turn(Text(text)))
    return next(event.name for event in turn.events if isinstance(event, Say))


@pytest.mark.parametrize("text", SLIPS + NUMBERS)
def test_letters_with_a_slip_a_question_or_a_number_behind_them_file_no_complaint(text: str) -> None:
    assert first_told(text) == "complaint.open.ask text"


@pytest.mark.parametrize("text", WORDS)
def test_words_behind_them_do(text: str) -> None:
    assert first_told(text) == "complaint.open.answer"


@pytest.mark.parametrize("text", ["TSx", "TS3x", "TS3号"])
def test_what_may_be_anything_files_none_either(text: str) -> None:
    assert first_told(text) != "complaint.open.answer"
