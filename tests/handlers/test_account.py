"""What is open: titles, by text with what was chosen, and the fee of a month."""

from __future__ import annotations

from dataclasses import replace

from business.port import Product, Subscriber
from counter.testing.house import POSTPAID, House, at_once, work
from menus.model.channels import SMS, VOICE, Channel
from menus.model.events import Answered

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
        "余额提醒（10.50元）",
        "呼叫转移（13900000003）",
        "彩铃",
    )


def test_by_telephone_titles_alone_for_which_there_is_audio() -> None:
    assert names(VOICE, REMIND, CRBT) == ("余额提醒", "彩铃")


def test_nothing_open() -> None:
    assert names(SMS) == "none"
