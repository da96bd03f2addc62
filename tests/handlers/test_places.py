"""Own halls: of the caller's city, of the one that is named, and what is said where neither is known."""

from __future__ import annotations

import pytest

from counter.testing.house import POSTPAID, at_once, say, texts
from counter.testing.stocked import StockedHouse, wanting
from menus.model.channels import VOICE
from menus.model.events import Answered, Key, Outcome, Send, Started
from menus.model.province import place_in
from menus.model.specs import Action


def asked(caller: str | None = POSTPAID, **inputs: str) -> Outcome:
    return StockedHouse().run(wanting("places.halls", Action.INFO, inputs), caller)


def test_of_the_callers_city() -> None:
    found = asked()
    assert isinstance(found, Answered)
    assert (found.values["city"].raw, len(found.items)) == ("长沙", 1)


def test_of_the_city_that_is_named_three_at_the_most() -> None:
    found = asked(city="株洲的营业厅在哪")
    assert isinstance(found, Answered)
    assert (found.values["city"].raw, len(found.items)) == ("株洲", 3)


def test_a_city_without_any() -> None:
    found = asked(city="娄底")
    assert isinstance(found, Answered)
    assert found.variant == "none"


@pytest.mark.parametrize("caller", [None, "13999999999"])
def test_whose_city_is_not_known(caller: str | None) -> None:
    assert asked(caller) == Answered("no city")


def test_a_city_in_words() -> None:
    named = ("长沙", "我在湘西州", "吉首营业厅", "浏阳市", "北京", "在哪里", "")
    assert [place_in(words) for words in named] == ["长沙", "湘西", "湘西", "长沙", "北京", None, None]


def test_as_it_is_texted() -> None:
    own, other = say(StockedHouse().conversation(), "0605", "0605 株洲")
    assert "五一广场营业厅：黄兴中路88号，073182000000，8:00-20:00" in texts(own)
    assert texts(other).startswith("株洲自办营业厅")


def test_by_telephone_the_addresses_come_by_text() -> None:
    conversation = StockedHouse().conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, last = [at_once(conversation.turn(Key(key))) for key in "25"]
    assert "长沙自办营业厅，1家" in texts(last)
    assert len([event for event in last.events if isinstance(event, Send)]) == 1
