"""Products that something is chosen with."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

import handlers
from boss.memory import MemoryBusiness
from business.port import Why
from counter.desk import Desk
from counter.testing.house import EASYOWN, MZONE, House, at_once, demo_data, the_hall, work
from menus.model.events import Do, Offered, Outcome, Refused
from menus.model.specs import Action
from server.simulate import simulate_sms

REMINDER = "balance_remind"


def offered(house: House, **inputs: str) -> Outcome:
    asked = work("products.remind", Action.OPEN, Do.OFFER, argument=REMINDER, **inputs)
    return house.run(asked, MZONE)


def house_whose_reminder_has_no_threshold() -> House:
    house, data = House(), deepcopy(demo_data())
    products = tuple(
        replace(one, option=None, option_default=None) if one.id == REMINDER else one for one in data.products
    )
    for account in data.accounts:
        account.holdings.pop(REMINDER, None)
    house.memory = MemoryBusiness(replace(data, products=products), house._now)
    house.desk = Desk(house.memory, handlers.FUNCTIONS, house._now)
    return house


def test_no_reminder_below_nothing_is_offered() -> None:
    for inputs in ({}, {"amount": "20"}):
        outcome = offered(house_whose_reminder_has_no_threshold(), **inputs)
        assert isinstance(outcome, Refused)
        assert outcome.reason == Why.UNKNOWN_PRODUCT


def test_with_a_threshold_it_is() -> None:
    outcome = offered(House(), amount="20")
    assert isinstance(outcome, Offered)
    assert outcome.values["amount"].raw == 2000


# ---- forwarding --------------------------------------------------------------------------------------------
PASSWORD = "369147"


def told(house: House, *texts: str) -> list[str]:
    results = simulate_sms(
        texts, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=EASYOWN, promos_a_day=0
    )
    return [result.replies[0].text for result in results]


def option(house: House, product: str) -> int | None:
    found = at_once(house.memory.product(EASYOWN, product))
    return found.option if found is not None and found.open else None


@pytest.mark.parametrize(
    ("text", "product", "number", "when"),
    [
        ("0227 13900000001", "call_forward", "13900000001", "来电"),
        ("0227 0731-84001234", "call_forward", "073184001234", "来电"),
        ("0227 遇忙 13900000001", "call_forward_busy", "13900000001", "遇忙时的来电"),
        ("0227 遇忙 0731 84001234", "call_forward_busy", "073184001234", "遇忙时的来电"),
        ("0227 无人接听 01082345678", "call_forward_no_answer", "01082345678", "无人接听的来电"),
        ("0227 关机 13900000001", "call_forward_unreachable", "13900000001", "关机或不在服务区时的来电"),
    ],
)
def test_kinds_of_calls_go_to_mobiles_and_fixed_lines(
    text: str, product: str, number: str, when: str
) -> None:
    house = House()
    asked, done, state = told(house, f"{text} {PASSWORD}", "Y", "0227")
    assert f"{when}将转到{number}" in asked
    assert f"{when}已转到{number}" in done
    assert f"把{when}转到{number}" in state
    assert option(house, product) == int(number)


def test_a_number_that_is_asked_for_may_say_which_calls() -> None:
    house = House()
    *_, asked = told(house, "KTHZ", "遇忙转到0731-84001234", PASSWORD)
    assert "遇忙时的来电将转到073184001234" in asked


def test_what_is_no_number_is_asked_again() -> None:
    _, again = told(House(), "KTHZ", "遇忙84001234")
    assert "号码不对" in again


def test_that_which_is_set_is_cancelled() -> None:
    house = House()
    told(house, f"0227 遇忙 13900000001 {PASSWORD}", "Y", "QXHZ")
    assert option(house, "call_forward_busy") is None


def test_the_list_of_what_is_open_shows_the_number_with_its_area_code() -> None:
    *_, listed = told(House(), f"0227 遇忙 0731-84001234 {PASSWORD}", "Y", "0112")
    assert "遇忙转移（转到073184001234）" in listed
