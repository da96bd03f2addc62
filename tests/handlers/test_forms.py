"""The quiz by SMS (R049, R062): three questions, a suggestion, one entry each; and the survey's score."""

from __future__ import annotations

import pytest

from counter.testing.house import EASYOWN, House, the_hall, work
from menus.model.events import Answered, Do, Offered
from menus.model.specs import Action
from server.simulate import simulate_sms


def told(house: House, *texts: str, caller: str = EASYOWN) -> list[str]:
    results = simulate_sms(
        texts, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=caller, promos_a_day=9
    )
    return ["\n".join(reply.text for reply in result.replies) for result in results]


def test_three_questions_a_suggestion_and_the_count_of_entries() -> None:
    house = House()
    *questions, last = told(house, "0705", "2", "1", "1", "多建几个基站")
    for number, question in enumerate(questions[:3], 1):
        assert f"（{number}/3）" in question
        assert len(question) <= 70
    assert "建议" in questions[3]
    assert "答对2题，您是第1位" in last
    for named in ("一、二、三等奖", "HF", "www.10086.cn"):
        assert named in last


def test_the_suggestion_and_the_answers_are_kept() -> None:
    house = House()
    told(house, "0705", "2", "1", "3", "多建几个基站")
    (kept,) = house.memory.responses
    assert (kept.form, kept.answers, kept.words) == ("manyi100", ("2", "1", "3"), "多建几个基站")


def test_nobody_enters_twice() -> None:
    house = House()
    *_, again = told(house, "0705", "2", "1", "3", "无", "0705", "2", "1", "3", "无")
    assert "您已经参加过" in again
    assert len(house.memory.responses) == 1


def test_what_is_no_answer_is_asked_again_and_0_leaves() -> None:
    _, wrong, left = told(House(), "0705", "4", "0")
    assert "没有这一项" in wrong
    assert "已取消" in left


@pytest.mark.parametrize(("score", "variant"), [("5", ""), ("3", ""), ("2", "low"), ("1", "low")])
def test_a_score_is_kept_and_a_low_one_is_answered_otherwise(score: str, variant: str) -> None:
    house = House()
    offered = house.run(work("forms.survey", Action.OPEN, Do.OFFER, score=score))
    assert isinstance(offered, Offered)
    done = house.run(work("forms.survey", Action.OPEN, Do.PERFORM, offer=offered.offer, key="k", score=score))
    assert isinstance(done, Answered)
    assert done.variant == variant
