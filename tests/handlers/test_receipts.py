"""What is changed by voice is told by SMS too: once, with what it costs and how it is cancelled."""

from __future__ import annotations

import pytest

from counter.asking_again import late_message
from counter.conversation import Conversation, Turn
from counter.operations import Operation
from counter.testing.house import EASYOWN, NOW, POSTPAID, House, at_once, the_hall
from menus.model.channels import SMS, VOICE
from menus.model.events import Answered, Key, Say, Send, Silence, Started
from menus.model.hall import Slot
from menus.model.specs import Action
from menus.model.text import render_text
from menus.model.values import Kind, Value

PASSWORD = "369147"  # of EASYOWN


def press(conversation: Conversation, keys: str) -> list[Turn]:
    turns = [at_once(conversation.turn(Started()))]
    for key in keys.replace(" ", ""):
        turns.append(at_once(conversation.turn(Silence() if key == "." else Key(key))))
    return turns


def sent(turns: list[Turn]) -> list[tuple[str, str | None]]:
    events = [event for turn in turns for event in turn.events if isinstance(event, Send)]
    return [(render_text(send.template, send.values), send.to) for send in events]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("3 2 1 1", "取消发QXCL"),
        ("3 5 2 2 1", "不再收费"),
        ("3 7 1 # 258036 1", "开机发0208"),
        ("3 1 1 258036 147963 147963", "服务密码已修改"),
        ("3 8 1 1 30#", "低于30元"),
        ("3 6 2 3 1", "取消发QXDXDLB"),
        ("1 5 501000000000000014 # 1", "充值50元成功"),
    ],
)
def test_every_change_by_voice_has_one_receipt_in_the_turn_that_did_it(keys: str, words: str) -> None:
    house = House()
    turns = press(house.conversation(POSTPAID, VOICE), keys)
    (changed,) = [turn for turn in turns if turn.operations]
    receipts = sent([changed])
    assert len(receipts) == 1
    assert words in receipts[0][0]
    assert receipts[0][1] is None  # to the caller's own number


@pytest.mark.parametrize("keys", ["3 2 1 2", "3 2 1 .", "3 7 1 # 258036 2", "3 7 1 # 111222"])
def test_what_was_not_done_has_none(keys: str) -> None:
    house = House()
    turns = press(house.conversation(POSTPAID, VOICE), keys)
    assert not any(turn.operations for turn in turns)
    assert sent(turns) == []


def test_a_caller_without_a_number_gets_it_on_the_one_that_he_proved() -> None:
    house = House()
    turns = press(house.conversation(None, VOICE), f"3 3 {EASYOWN} {PASSWORD} 1")
    ((text, to),) = sent(turns)
    assert "飞信已开通" in text
    assert to == EASYOWN


def test_who_proves_another_number_is_served_as_that_one() -> None:
    house = House()
    turns = press(house.conversation(None, VOICE), f"3 7 1 {EASYOWN} {PASSWORD} 1")
    (operation, _) = next(turn.operations[0] for turn in turns if turn.operations)
    assert operation.caller == EASYOWN
    assert PASSWORD not in operation.to_json()
    assert [to for _, to in sent(turns)] == [EASYOWN]


def test_the_password_of_one_number_is_not_taken_for_the_next() -> None:
    house = House()
    conversation = house.conversation(None, VOICE)
    press(conversation, f"1 8 {EASYOWN} {PASSWORD}")
    turn = press(conversation, f"1 8 {POSTPAID}")[-1]
    assert any("密码" in render_text(e.template, e.values) for e in turn.events if isinstance(e, Say))
    assert "check_password" in house.business.calls
    assert house.business.calls.count("check_password") == 1


def test_a_temporary_password_goes_by_sms_and_is_never_spoken() -> None:
    house = House()
    turns = press(house.conversation(POSTPAID, VOICE), "3 1 2 43019919800214001* #")
    spoken = [event for turn in turns for event in turn.events if isinstance(event, Say)]
    assert not any(value.kind is Kind.SECRET for say in spoken for value in say.values.values())
    (send,) = [e for turn in turns for e in turn.events if isinstance(e, Send)]
    assert any(isinstance(p, Slot) and p.kind is Kind.SECRET for p in send.template.pieces)
    assert send.asks is not None
    assert send.asks.name == "new"
    assert str(send.values["temporary"].raw) not in repr(send)


def test_a_reset_that_was_settled_later_asks_by_sms_all_the_same() -> None:
    house = House()
    facts = at_once(house.desk.facts(POSTPAID, SMS))
    reset = Operation(
        key="call-1:9",
        caller=POSTPAID,
        channel=VOICE,
        session_id="call-1",
        service="pwd_reset",
        does="passwords.reset",
        argument=None,
        action=Action.OPEN,
        inputs={},
        offer=None,
        started_at=NOW,
    )
    made = Answered("", {"temporary": Value(Kind.SECRET, "482913"), "hours": Value(Kind.COUNT, 24)})
    (send,) = late_message(the_hall(), reset, made, facts)
    assert isinstance(send, Send)
    assert "482913" in render_text(send.template, send.values)
    assert send.asks is not None
    assert send.asks.given == {"old": "482913"}
