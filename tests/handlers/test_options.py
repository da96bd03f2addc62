"""Products that something is chosen with."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import handlers
from boss.memory import MemoryBusiness
from business.port import Why
from counter.desk import Desk
from counter.testing.house import MZONE, House, demo_data, work
from menus.model.events import Do, Offered, Outcome, Refused
from menus.model.specs import Action

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
