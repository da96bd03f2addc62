"""Where a number belongs: ours, another operator's, unknown; asked by anybody."""

from __future__ import annotations

import pytest

from counter.testing.house import POSTPAID, at_once, say, texts, work
from counter.testing.stocked import StockedHouse
from menus.model.channels import VOICE
from menus.model.events import Answered, Key, Say, Started
from menus.model.text import render_text


@pytest.mark.parametrize("number", ["13674301528", "1367430"])
def test_ours(number: str) -> None:
    found = StockedHouse().run(work("attribution.query", number=number))
    assert isinstance(found, Answered)
    assert (found.variant, found.values["place"].raw, found.values["area"].raw) == ("", "湖南长沙", "0731")


def test_another_operators_in_a_city_that_is_a_province() -> None:
    found = StockedHouse().run(work("attribution.query", number="13001101234"))
    assert isinstance(found, Answered)
    assert (found.variant, found.values["place"].raw, found.values["operator"].raw) == (
        "other",
        "北京",
        "联通",
    )


def test_not_known() -> None:
    found = StockedHouse().run(work("attribution.query", number="19999999999"))
    assert isinstance(found, Answered)
    assert found.variant == "unknown"


@pytest.mark.parametrize(
    "text", ["0109 13674301528", "010913674301528", "13674301528是哪里的", "GSD 1367430"]
)
def test_as_it_is_texted(text: str) -> None:
    (turn,) = say(StockedHouse().conversation(), text)
    assert "归属湖南长沙，区号0731" in texts(turn)


def test_asked_for_and_not_a_number_of_ours() -> None:
    asked, bad, told = say(StockedHouse().conversation(), "0109", "073188888888", "1300110")
    assert "要查哪个号码" in texts(asked)
    assert "不是手机号码" in texts(bad)
    assert "是联通号码，归属北京" in texts(told)


def test_a_city_without_audio_is_told_by_its_area_code() -> None:
    conversation = StockedHouse().conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, last = [at_once(conversation.turn(Key(key))) for key in "171300110#"]
    said = next(event for event in last.events if isinstance(event, Say))
    assert said.spare is not None
    assert render_text(said.spare, said.values) == "1300110，不是移动号码，区号010。"


@pytest.mark.parametrize("caller", [POSTPAID, None])
def test_by_telephone_also_for_whoever_hides_his_number(caller: str | None) -> None:
    conversation = StockedHouse().conversation(caller, VOICE)
    at_once(conversation.turn(Started()))
    *_, last = [at_once(conversation.turn(Key(key))) for key in "171367430#"]
    assert "1367430，归属长沙，区号0731。" in texts(last)
