"""What is open: titles, by text with what was chosen, and the fee of a month."""

from __future__ import annotations

from dataclasses import replace

import pytest

from business.port import Product, Subscriber
from counter.testing.house import MZONE, POSTPAID, House, at_once, the_hall, work
from menus.matching.matcher import recognise
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import Answered
from server.simulate import simulate_sms

FORWARD = Product("call_forward", "呼叫转移", 0, False, True, option=13900000003)
REMIND = Product("balance_remind", "余额提醒", 0, False, True, option=1050)
CRBT = Product("crbt", "彩铃", 500, True, True)


def names(channel: Channel, *products: Product) -> object:
    house = House()
    known = {product.id: product for product in products}
    who = replace(at_once(house.memory.subscriber(POSTPAID)), opened=frozenset(known))

    async def subscriber(_msisdn: str) -> Subscriber:
        return who

    async def product(_msisdn: str, wanted: str) -> Product | None:
        return known.get(wanted)

    house.business.subscriber = subscriber  # type: ignore[method-assign, assignment]
    house.business.product = product  # type: ignore[method-assign, assignment]
    opened = house.run(work("account.opened"), channel=channel)
    assert isinstance(opened, Answered)
    return opened.values["names"].raw if opened.values else opened.variant


def test_by_text_with_what_was_chosen() -> None:
    assert names(SMS, REMIND, FORWARD, CRBT) == (
        "余额提醒（低于10.50元）",
        "呼叫转移（转到13900000003）",
        "彩铃",
    )


def test_by_telephone_titles_alone_for_which_there_is_audio() -> None:
    assert names(VOICE, REMIND, CRBT) == ("余额提醒", "彩铃")


def test_nothing_open() -> None:
    assert names(SMS) == "none"


# ---- ending ------------------------------------------------------------------------------------------------
def told(house: House, *texts: str) -> list[str]:
    """13900000002 has 彩铃, 飞信, 手机上网, his plan, and 天气早知道 of an SP."""
    results = simulate_sms(
        texts, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=MZONE, promos_a_day=0
    )
    return [result.replies[0].text for result in results]


def held(house: House) -> frozenset[str]:
    return at_once(house.memory.subscriber(MZONE)).opened


def test_a_number_out_of_the_list_cancels_after_a_question() -> None:
    house = House()
    listed, asked, done, again = told(house, "0112", "1", "Y", "1")
    assert "1、彩铃\n2、飞信\n3、手机上网\n4、动感地带20套餐" in listed
    assert "您将取消彩铃" in asked
    assert "彩铃已取消" in done
    assert "没有重复办理" in again
    assert "crbt" not in held(house)


def test_the_main_plan_is_changed_not_cancelled() -> None:
    house = House()
    *_, refused = told(house, "0112", "4")
    assert "不能取消" in refused
    assert "plan_mzone_20" in held(house)


@pytest.mark.parametrize(
    "text", ["取消天气早知道", "取消天气早知道业务", "我要取消天气早知道", "不要天气早知道了"]
)
def test_by_its_name_what_no_keyword_names_is_cancelled_after_a_question(text: str) -> None:
    house = House()
    asked, done = told(house, text, "Y")
    assert "您将取消天气早知道" in asked
    assert "天气早知道已取消" in done
    assert not at_once(house.memory.sp_subscriptions(MZONE))


def test_part_of_a_name_is_enough_where_it_means_only_one() -> None:
    assert "您将取消天气早知道" in told(House(), "取消天气早")[0]


def test_what_he_does_not_have_is_not_cancelled_and_nothing_else_is() -> None:
    house = House()
    before = held(house)
    assert "您没有订“每日笑话”" in told(house, "取消每日笑话")[0]
    assert held(house) == before


@pytest.mark.parametrize("text", ["取消明天的会议", "取消订单", "取消约会吧", "我取消了他的关注", "取消航班"])
def test_what_people_cancel_among_themselves_is_none_of_ours(text: str) -> None:
    assert recognise(the_hall(), text).how == "none"


def test_products_that_have_keywords_go_their_own_way() -> None:
    assert recognise(the_hall(), "取消彩铃").service == "crbt"
