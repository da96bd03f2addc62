"""Money never moves by accident (promise 4), over the shipped menu and the demo's tariffs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from counter.testing.house import CARD, EASYOWN, MZONE, POSTPAID, House, at_once, the_hall
from menus.model.channels import VOICE
from menus.model.events import Key, Say, SayKind, Silence, Started, Text

HALL = the_hall()
CALLERS = st.sampled_from([POSTPAID, MZONE, EASYOWN, "13900000009"])
OPENING = [
    f"{verb}{word}" for verb in ("开通", "我要办", "KT") for word in ("彩铃", "来电显示", "CL", "手机报")
]
NOT_YES = sorted(
    {*HALL.codes, *HALL.keywords, *OPENING, "2", "3", "0", "*", "#", "不要", "彩铃来电显示", "?", ""}
)
KEYS = st.sampled_from([*"0123456789*#.", *["321", "3211", "3521", "11", "*1"] * 3])


@settings(max_examples=150)
@given(CALLERS, st.lists(st.sampled_from(NOT_YES), max_size=7))
def test_without_a_yes_nothing_is_ever_charged(caller: str, words: list[str]) -> None:
    house = House()
    conversation = house.conversation(caller)
    for word in words:
        at_once(conversation.turn(Text(word)))
    assert house.charges(caller) == 0


@settings(max_examples=150)
@given(CALLERS, st.lists(st.sampled_from([*NOT_YES, *["1", "Y", "是"] * 60]), max_size=8))
def test_a_yes_charges_only_what_the_last_question_asked(caller: str, words: list[str]) -> None:
    """Which may stand before other messages: a screen lives two hours, whatever comes between."""
    house = House()
    conversation = house.conversation(caller)
    asked = ""
    for word in words:
        before = house.charges(caller)
        turn = at_once(conversation.turn(Text(word)))
        if house.charges(caller) != before:
            assert asked in {operation.service for operation, _ in turn.operations}, (words, word)
            assert word in ("1", "Y", "是")
            asked = ""
        for event in turn.events:
            if isinstance(event, Say) and event.kind is SayKind.CONFIRM:
                asked = event.name.partition(".")[0]


@settings(max_examples=100)
@given(CALLERS, st.lists(st.sampled_from(["1", "Y", "是", "KTCL", "0204"]), max_size=8))
def test_a_yes_that_was_sent_before_the_question_was_there_counts_for_nothing(
    caller: str, words: list[str]
) -> None:
    house = House()
    conversation = house.conversation(caller)
    for word in words:
        at_once(conversation.turn(Text(word, seen=False)))
    assert house.charges(caller) == 0


@settings(max_examples=150)
@given(CALLERS, st.lists(KEYS, max_size=6).map("".join))
def test_by_voice_only_a_confirming_key_charges(caller: str, keys: str) -> None:
    house = House()
    conversation = house.conversation(caller, VOICE)
    turn = at_once(conversation.turn(Started()))
    for key in keys:
        asked = any(isinstance(e, Say) and e.kind is SayKind.CONFIRM for e in turn.events)
        before = house.charges(caller)
        turn = at_once(conversation.turn(Silence() if key == "." else Key(key)))
        if house.charges(caller) != before:
            assert asked
            assert key == "1"


def test_one_month_is_charged_once_even_if_cancelled_and_opened_again() -> None:
    house = House()
    conversation = house.conversation()
    for word in ("KTCL", "1", "QXCL", "1", "Y", "KTCL", "1", "Y"):
        at_once(conversation.turn(Text(word)))
    assert house.charges(POSTPAID) == 5_00


def test_a_card_is_credited_once_however_often_it_is_sent() -> None:
    house = House()
    conversation = house.conversation()
    for _ in range(3):
        at_once(conversation.turn(Text(f"CZ{CARD}")))
    credited = [m for m in at_once(house.memory.movements(POSTPAID)) if m.kind == "top_up"]
    assert [m.amount for m in credited] == [50_00]
