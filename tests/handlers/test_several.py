"""Information services ordered for a fee (R088, 0224): several at a time, each after its question."""

from __future__ import annotations

from collections.abc import Iterator

from counter.testing.house import EASYOWN, House, the_hall
from server.simulate import TextResult, simulate_sms


def told(house: House, *texts: str) -> Iterator[TextResult]:
    return simulate_sms(
        texts, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=EASYOWN, promos_a_day=0
    )


def test_the_list_names_fees_and_a_number_is_asked_about_before_it_is_charged() -> None:
    house = House()
    before = house.charges(EASYOWN)
    listed, asked = told(house, "0224", "2")
    assert "1、天气预报2元/月\n2、新闻快讯3元/月" in listed.replies[0].text
    assert asked.replies[0].kind == "confirm"
    assert "新闻快讯，3元/月" in asked.replies[0].text
    assert house.charges(EASYOWN) == before


def test_several_are_ordered_each_once_and_say_so() -> None:
    house = House()
    before = house.charges(EASYOWN)
    *_, again, listed = told(house, "0224", "2", "Y", "Y", "0224", "1", "Y", "0224", "2", "0224")
    assert house.charges(EASYOWN) == before + 500
    assert "您已订制新闻快讯，没有重复收费" in again.replies[0].text
    assert "1、天气预报2元/月（已订）\n2、新闻快讯3元/月（已订）\n3、股市行情5元/月" in listed.replies[0].text


def test_the_only_one_is_cancelled_of_several_none_is_guessed_at() -> None:
    house = House()
    none, *_ = told(house, "QXXXF")
    assert "没有开通" in none.replies[0].text
    *_, asked, done = told(house, "0224", "1", "Y", "QXXXF", "Y")
    assert "您将退订天气预报" in asked.replies[0].text
    assert "天气预报已退订" in done.replies[0].text
    *_, several = told(House(), "0224", "2", "Y", "0224", "3", "Y", "QXXXF")
    assert "您订了2项：新闻快讯、股市行情" in several.replies[0].text


def test_all_ordered_there_is_nothing_to_choose() -> None:
    house = House()
    orders = [text for number in "1234" for text in ("0224", number, "Y")]
    *_, listed = told(house, *orders, "0224")
    assert "没有别的可订" in listed.replies[0].text
