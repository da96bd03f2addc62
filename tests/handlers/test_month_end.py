"""A question asked before midnight of a month's last day and answered after it: what it said holds, or what
is true instead is said."""

from __future__ import annotations

from datetime import datetime

import pytest

from business.port.days import SHANGHAI
from counter.conversation import Conversation
from counter.testing.house import POSTPAID, House, at_once, texts
from menus.model.events import Text

BEFORE, AFTER = datetime(2010, 9, 30, 23, 50, tzinfo=SHANGHAI), datetime(2010, 10, 1, 0, 10, tzinfo=SHANGHAI)


def say(conversation: Conversation, *words: str) -> str:
    return [texts(at_once(conversation.turn(Text(word)))) for word in words][-1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["KTCL", "1", "QXCL"], "11月1日起不再收费"),
        (["0403"], "11月1日起不再收费"),
        (["0207", "258036"], "11月1日起每月保号费"),
    ],
)
def test_what_was_done_later_than_offered_is_told_with_its_own_day(asked: list[str], told: str) -> None:
    house = House()
    conversation = house.conversation()
    house.now = BEFORE
    say(conversation, *asked)
    house.now = AFTER
    assert told in say(conversation, "1")


def test_a_plan_that_was_offered_from_the_first_is_not_opened_from_the_first_of_the_next_month() -> None:
    house = House()
    conversation = house.conversation()
    house.now = BEFORE
    assert "10月1日生效" in say(conversation, "0305", "1")
    house.now = AFTER
    say(conversation, "1")
    assert "plan_gotone_58" in at_once(house.memory.subscriber(POSTPAID)).opened
    assert "11月1日生效" in say(conversation, "0305", "1")
    say(conversation, "1")
    assert "plan_gotone_88" in at_once(house.memory.subscriber(POSTPAID)).opened
