"""Products, SP services and top-ups: offered, refused before anybody is asked, done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from business import port
from business.guards.faults import Lie
from counter.testing.house import (
    ARREARS,
    CARD,
    EASYOWN,
    MZONE,
    NO_CARD,
    POSTPAID,
    SUSPENDED,
    House,
    at_once,
    work,
)
from handlers.changes import offer_from_json, offer_to_json
from menus.model.channels import CHANNELS, SMS, VOICE, Channel
from menus.model.events import Answered, Do, NotDone, Offered, Outcome, Refused
from menus.model.specs import Action
from menus.model.values import Kind, Value


def offer(house: House, does: str, action: Action, *, caller: str = POSTPAID, **more: Any) -> Outcome:
    channel = more.pop("channel", SMS)
    return house.run(work(does, action, Do.OFFER, **more), caller, channel)


def perform(house: House, offered: Outcome, does: str, action: Action, key: str, **more: Any) -> Outcome:
    assert isinstance(offered, Offered)
    caller = more.pop("caller", POSTPAID)
    return house.run(work(does, action, Do.PERFORM, offer=offered.offer, key=key, **more), caller)


CRBT = {"does": "products.manage", "argument": "crbt"}


def test_an_offer_names_fee_and_day_and_changes_nothing() -> None:
    house = House()
    offered = offer(house, **CRBT, action=Action.OPEN)
    assert isinstance(offered, Offered)
    assert offered.confirm
    assert offered.state == "off"
    assert offered.values == {
        "fee": Value(Kind.MONEY, 5_00),
        "start": Value(Kind.DATE, date(2010, 9, 22)),
    }
    assert house.charges(POSTPAID) == 0


def test_what_is_charged_is_asked_about_though_the_back_office_would_not_ask() -> None:
    house, made = House(), port.Offer(5_00, True, False, date(2010, 9, 22), "t")
    house.business.plan("offer", Lie(made), Lie(replace(made, charged=False)))
    for asked in (True, False):
        offered = offer(house, **CRBT, action=Action.OPEN)
        assert isinstance(offered, Offered)
        assert offered.confirm is asked


def test_a_fee_below_zero_is_offered_to_nobody() -> None:
    house = House()
    house.business.plan("offer", Lie(port.Offer(-1_00, True, True, date(2010, 9, 22), "t")))
    assert isinstance(offer(house, **CRBT, action=Action.OPEN), NotDone)


def test_opening_charges_once_however_often_its_key_comes() -> None:
    house = House()
    offered = offer(house, **CRBT, action=Action.OPEN)
    first = perform(house, offered, **CRBT, action=Action.OPEN, key="k1")
    again = perform(house, offered, **CRBT, action=Action.OPEN, key="k1")
    assert isinstance(first, Answered)
    assert isinstance(again, Answered)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.values == first.values
    assert house.charges(POSTPAID) == 5_00


def test_what_is_open_is_refused_before_anyone_is_asked() -> None:
    refused = offer(House(), **CRBT, action=Action.OPEN, caller=MZONE)
    assert refused == Refused("already", {"fee": Value(Kind.MONEY, 5_00)})


def test_what_is_not_open_cannot_be_cancelled() -> None:
    refused = offer(House(), **CRBT, action=Action.CANCEL, caller=EASYOWN)
    assert refused == Refused("not open", {"fee": Value(Kind.MONEY, 5_00)})


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=str)
def test_cancelling_is_asked_by_voice_and_where_bought_things_are_lost(channel: Channel) -> None:
    house = House()
    tones = offer(house, **CRBT, action=Action.CANCEL, caller=MZONE, channel=channel)
    assert isinstance(tones, Offered)
    assert tones.confirm
    fetion = {"does": "products.manage", "argument": "fetion", "action": Action.CANCEL}
    plain = offer(house, **fetion, caller=MZONE, channel=channel)
    assert isinstance(plain, Offered)
    assert plain.confirm == (channel is VOICE)


def test_limits_say_who_may_and_who_the_caller_is() -> None:
    house = House()
    product: dict[str, Any] = {"does": "products.manage", "argument": "mzone_roam_cs", "action": Action.OPEN}
    brand = offer(house, **product, caller=EASYOWN)
    assert isinstance(brand, Refused)
    assert brand.reason == "brand"
    assert brand.values["brands"].raw == ("动感地带",)
    assert brand.values["brand"].raw == "神州行"
    city = offer(house, **product, caller="13900000009")
    assert isinstance(city, Refused)
    assert (city.values["cities"].raw, city.values["city"].raw) == (("长沙",), "怀化")


def test_a_needed_product_is_named_by_its_title() -> None:
    refused = offer(House(), "products.manage", Action.OPEN, argument="crbt_box", caller=EASYOWN)
    assert refused == Refused("need", {"need": Value(Kind.TEXT, "彩铃")})


@pytest.mark.parametrize(("caller", "reason"), [(ARREARS, "arrears"), (SUSPENDED, "suspended")])
def test_debtors_open_nothing_that_costs(caller: str, reason: str) -> None:
    refused = offer(House(), **CRBT, action=Action.OPEN, caller=caller)
    assert isinstance(refused, Refused)
    assert refused.reason == reason


def test_a_free_product_is_opened_without_a_fee() -> None:
    house = House()
    offered = offer(house, "products.manage", Action.OPEN, argument="fetion")
    done = perform(house, offered, "products.manage", Action.OPEN, argument="fetion", key="k")
    assert isinstance(offered, Offered)
    assert not offered.confirm
    assert isinstance(done, Answered)
    assert done.variant == "free"


# ---- SP services -------------------------------------------------------------------------------------------
def listed_ids(house: House, caller: str = POSTPAID) -> list[str]:
    outcome = house.run(work("sp.items"), caller)
    assert isinstance(outcome, Answered)
    return [item.id for item in outcome.items]


def test_exactly_the_chosen_rows_are_cancelled() -> None:
    house = House()
    before = listed_ids(house)
    chosen = ",".join((before[0], before[2]))
    offered = offer(house, "sp.items", Action.CANCEL, items=chosen)
    done = perform(house, offered, "sp.items", Action.CANCEL, items=chosen, key="k")
    assert isinstance(offered, Offered)
    assert not offered.confirm
    assert isinstance(done, Answered)
    assert done.values["names"].raw == ("新闻快讯", "彩图周刊")
    assert listed_ids(house) == [before[1], before[3]]


def test_by_voice_a_cancellation_is_asked() -> None:
    house = House()
    items = listed_ids(house)[1]
    offered = offer(house, "sp.items", Action.CANCEL, items=items, channel=VOICE)
    assert isinstance(offered, Offered)
    assert offered.confirm
    assert (offered.values["i"].raw, offered.values["name"].raw) == (2, "每日笑话")


def test_what_was_ordered_after_the_question_stays() -> None:
    house = House()
    offered = offer(house, "sp.all", Action.CANCEL)
    account = house.memory._accounts[POSTPAID]
    late = port.SpSubscription("sp-9", "新来的", "某", "10669999", 100, port.SpCategory.SMS)
    account.sp = (*account.sp, late)
    perform(house, offered, "sp.all", Action.CANCEL, key="k")
    assert listed_ids(house) == ["sp-9"]


def test_what_another_channel_cancelled_meanwhile_is_told_apart() -> None:
    house = House()
    offered = offer(house, "sp.all", Action.CANCEL)
    account = house.memory._accounts[POSTPAID]
    account.sp = account.sp[1:]
    done = perform(house, offered, "sp.all", Action.CANCEL, key="k")
    assert isinstance(done, Answered)
    assert done.variant == "partial"
    assert done.values["failed"].raw == ("新闻快讯",)


def test_categories_keep_their_numbers() -> None:
    outcome = House().run(work("sp.categories"))
    assert isinstance(outcome, Answered)
    rows = [(item.id, item.values["i"].raw, item.values["cat"].raw) for item in outcome.items]
    assert rows == [
        ("SMS", 1, "梦网短信"),
        ("MMS", 2, "梦网彩信"),
        ("WAP", 3, "WAP"),
        ("IVR", 4, "梦网语音"),
    ]


def test_nobody_cancels_nothing() -> None:
    house = House()
    for does, items in (("sp.items", "sp-unknown"), ("sp.categories", "no"), ("sp.all", "")):
        assert offer(house, does, Action.CANCEL, items=items, caller=EASYOWN) == Refused("nothing")


# ---- top-up ------------------------------------------------------------------------------------------------
def test_ones_own_card_by_text_is_not_asked_and_by_voice_is_read_back() -> None:
    house = House()
    text = offer(house, "topup.card", Action.OPEN, card=CARD)
    voice = offer(house, "topup.card", Action.OPEN, card=CARD, channel=VOICE)
    assert isinstance(text, Offered)
    assert isinstance(voice, Offered)
    assert (text.confirm, voice.confirm) == (False, True)
    assert voice.values["card"] == Value(Kind.DIGITS, CARD)
    assert CARD not in repr(voice)


def test_another_persons_balance_is_not_told() -> None:
    house = House()
    given = {"card": CARD, "number": MZONE}
    offered = offer(house, "topup.card", Action.OPEN, **given)
    done = perform(house, offered, "topup.card", Action.OPEN, key="k", **given)
    assert isinstance(offered, Offered)
    assert offered.confirm
    assert done == Answered("other", {"face": Value(Kind.MONEY, 50_00), "number": Value(Kind.PHONE, MZONE)})


def test_a_bad_card_is_counted() -> None:
    house = House()
    offered = offer(house, "topup.card", Action.OPEN, card=NO_CARD)
    outcome = offered
    if isinstance(offered, Offered):
        outcome = perform(house, offered, "topup.card", Action.OPEN, key="k", card=NO_CARD)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "bad card"
    assert int(str(outcome.values["left"].raw)) > 0


# ---- offers ------------------------------------------------------------------------------------------------
def test_an_offer_comes_back_as_it_went() -> None:
    offered = port.Offer(
        5_00,
        True,
        True,
        date(2010, 10, 1),
        "token",
        {"a": 1, "b": "2", "c": date(2010, 9, 1), "d": ("x", "y"), "e": House().now},
    )
    assert offer_from_json(offer_to_json(offered)) == offered


@pytest.mark.parametrize("broken", [None, {}, {"fee": 1}, [], "offer", {"details": 3}])
def test_no_other_json_is_an_offer(broken: Any) -> None:
    with pytest.raises(ValueError, match=r"offer|literal"):
        offer_from_json(broken)


def test_a_change_without_a_key_is_not_done() -> None:
    house = House()
    offered = offer(house, **CRBT, action=Action.OPEN)
    assert isinstance(offered, Offered)
    house.run(work("products.manage", Action.OPEN, Do.PERFORM, "crbt", offered.offer))
    assert house.charges(POSTPAID) == 0
    assert "crbt" not in at_once(house.memory.subscriber(POSTPAID)).opened
