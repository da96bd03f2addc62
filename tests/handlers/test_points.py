"""Points for credit: what can be afforded, chosen by number or by amount, always asked, exchanged once."""

from __future__ import annotations

import pytest

from business.port import Reward
from counter.testing.house import ARREARS, POSTPAID, at_once, say, texts, work
from counter.testing.stocked import StockedHouse
from menus.model.channels import VOICE
from menus.model.events import Answered, Do, Key, Offered, Refused, Started
from menus.model.specs import Action
from menus.model.values import Kind, Value


def points(house: StockedHouse) -> int:
    return at_once(house.memory.points(POSTPAID)).available


def test_only_what_can_be_afforded_is_listed() -> None:
    found = StockedHouse().run(work("points.exchange"))
    assert isinstance(found, Answered)
    assert [item.id for item in found.items] == ["r10", "r30"]


def test_nothing_while_in_arrears() -> None:
    found = StockedHouse().run(work("points.exchange"), ARREARS)
    assert isinstance(found, Answered)
    assert (found.variant, found.items) == ("frozen", ())


@pytest.mark.parametrize(("rewards", "variant"), [((), "none"), ((Reward("r", "", 9999, 100_00),), "few")])
def test_nothing_to_exchange_is_said(rewards: tuple[Reward, ...], variant: str) -> None:
    house = StockedHouse()

    async def offered(_msisdn: str) -> tuple[Reward, ...]:
        return rewards

    house.business.rewards = offered  # type: ignore[method-assign, assignment]
    found = house.run(work("points.exchange"))
    assert isinstance(found, Answered)
    assert found.variant == variant
    assert not rewards or found.values["needed"] == Value(Kind.COUNT, 9999)


def test_by_number_it_is_asked_then_exchanged_once() -> None:
    house = StockedHouse()
    listed, asked, done, again = say(house.conversation(), "JFDH", "2", "1", "1")
    assert "2、30元话费（2900分）" in texts(listed)
    assert texts(asked) == "您将用2900分兑换30元话费，兑后不退。确认回复Y或1，不兑不用回复。"
    assert "积分还剩360分" in texts(done)
    assert "没有重复扣分" in texts(again)
    assert points(house) == 360


@pytest.mark.parametrize("text", ["JFDH 30", "JFDH30", "0105 30", "兑换30元话费"])
def test_by_amount_it_is_asked_at_once(text: str) -> None:
    house = StockedHouse()
    asked, done = say(house.conversation(), text, "y")
    assert "您将用2900分兑换30元话费" in texts(asked)
    assert "30元" in texts(done)
    assert points(house) == 360


def test_no_means_no() -> None:
    house = StockedHouse()
    say(house.conversation(), "JFDH 30", "不")
    assert points(house) == 3260


@pytest.mark.parametrize(("text", "told"), [("JFDH 20", "没有这一档话费"), ("JFDH 100", "兑换要9500分")])
def test_an_amount_that_is_not_there_or_too_dear(text: str, told: str) -> None:
    house = StockedHouse()
    (turn,) = say(house.conversation(), text)
    assert told in texts(turn)
    assert "未扣分" in texts(turn)
    assert points(house) == 3260


def test_by_telephone_the_same() -> None:
    house = StockedHouse()
    conversation = house.conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    heard = [texts(at_once(conversation.turn(Key(key)))) for key in "13211"]
    assert "1，10元话费，用1000分。" in heard[2]
    assert "您要用1000分，兑换10元话费，兑后不退。" in heard[3]
    assert "已兑换10元话费" in heard[4]
    assert points(house) == 2260


def test_what_was_offered_is_exchanged_though_the_list_has_changed() -> None:
    house = StockedHouse()
    offer = house.run(work("points.exchange", Action.OPEN, Do.OFFER, items="r10"))
    assert isinstance(offer, Offered)
    perform = work("points.exchange", Action.OPEN, Do.PERFORM, offer=offer.offer, key="k", items="r10")
    first = house.run(perform)

    async def none(_msisdn: str) -> tuple[Reward, ...]:
        return ()

    house.business.rewards = none  # type: ignore[method-assign, assignment]
    again = house.run(perform)
    assert isinstance(first, Answered)
    assert isinstance(again, Answered)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.values == again.values


def test_an_unknown_row_is_refused() -> None:
    refused = StockedHouse().run(work("points.exchange", Action.OPEN, Do.OFFER, items="gone"))
    assert isinstance(refused, Refused)
