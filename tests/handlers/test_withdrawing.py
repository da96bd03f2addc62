"""A no, a number, a wish for something else behind what was done: nobody hears of what is done and charged
that it was not, and a number out of what was shown before a change of something else asks first."""

from __future__ import annotations

import pytest

from counter.testing.house import POSTPAID, House, say, texts

OPENED = "彩铃已开通"
SP_RICH = "13900000009"


def told(*given: str, caller: str = POSTPAID) -> tuple[House, list[str]]:
    house = House()
    return house, [texts(turn) for turn in say(house.conversation(caller), *given)]


@pytest.mark.parametrize("asks", ["KTCL", "0204"])
@pytest.mark.parametrize("reply", ["不用了", "N", "算了", "不办了", "2", "取消"])
def test_who_says_no_to_what_is_done_is_shown_how_it_stands_and_may_end_it(asks: str, reply: str) -> None:
    house, (_, done, answer) = told(asks, "1", reply)
    assert OPENED in done
    assert "未办理" not in answer
    assert "未收费" not in answer
    assert "您已开通彩铃" in answer or "取消彩铃后" in answer, answer
    assert house.charges(POSTPAID) == 500


@pytest.mark.parametrize("reply", ["9", "5", "下一页"])
def test_a_screen_that_was_used_is_shown_as_it_is_now(reply: str) -> None:
    _, (_, _, answer) = told("0204", "1", reply)
    assert "您已开通彩铃" in answer
    assert "1.确认开通" not in answer


def test_the_same_yes_again_is_the_same_wish() -> None:
    for asks in ("KTCL", "0204"):
        house, (_, _, again) = told(asks, "1", "1")
        assert "未收费" not in again
        assert house.charges(POSTPAID) == 500


@pytest.mark.parametrize("between", ["KTCL", "KTFX", "QXFX"])
def test_a_row_of_a_list_that_was_left_for_a_change_is_asked_about(between: str) -> None:
    _, answers = told("0000", "#", between, "1", "Y", caller=SP_RICH)
    assert answers[-2].startswith("您将退订1项梦网业务")
    assert answers[-1].startswith("已退订")


@pytest.mark.parametrize("between", ["HF", "0102", "积分"])
def test_one_that_was_left_for_a_query_answers_at_once(between: str) -> None:
    _, answers = told("0000", between, "1", caller=SP_RICH)
    assert answers[-1].startswith("已退订")


@pytest.mark.parametrize("between", ["KTFX", "QXFX"])
@pytest.mark.parametrize("reply", ["1", "Y"])
def test_a_screen_that_was_left_for_a_change_is_shown_before_it_charges(between: str, reply: str) -> None:
    house, (*_, shown) = told("0204", between, reply)
    assert "1.确认开通" in shown
    assert house.charges(POSTPAID) == 0
    house, (*_, done) = told("0204", between, reply, reply)
    assert OPENED in done
    assert house.charges(POSTPAID) == 500
