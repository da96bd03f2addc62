"""Loading: the demo is as the README says, mistakes are named by line, money is never overwritten."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from business import names, open_business
from business.accounts import BackOfficeData, Suspension, owed_by
from business.data import DataErrors, demo_text, load, read_data
from business.memory import MemoryBusiness
from business.port import Bill, Brand, Offer, OpenProduct, PasswordCheck, TopUp
from business.rules import CARD_FACES

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
FIRST = "13900000001"


def read(text: str) -> BackOfficeData:
    return read_data(text, "x.yaml", NOW)


def faults(text: str) -> list[str]:
    with pytest.raises(DataErrors) as caught:
        read(text)
    return [str(error) for error in caught.value.errors]


def test_the_demo_has_all_kinds_of_subscribers() -> None:
    accounts = {one.msisdn: one for one in read(demo_text()).accounts}
    assert sorted(accounts) == [f"139000000{n:02}" for n in range(1, 11)]
    assert {one.brand for one in accounts.values()} == set(Brand)
    assert {one.suspended for one in accounts.values()} == {None, *Suspension}
    assert {one.prepaid for one in accounts.values()} == {True, False}
    assert any(one.vip for one in accounts.values())
    assert any(owed_by(one, date(2026, 11, 1)) for one in accounts.values())
    assert any(not one.sp for one in accounts.values())
    assert len(accounts[FIRST].sp) == 4
    assert len({one.category for one in accounts[FIRST].sp}) == 3
    assert len({one.provider for one in accounts[FIRST].sp}) == 3
    assert {card.face for card in read(demo_text()).cards} == set(CARD_FACES)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_whenever_it_is_loaded_the_last_five_bills_exist(now: datetime) -> None:
    text = (
        "subscribers:\n  13900000001:\n    brand: 全球通\n    city: 长沙\n    pays: after\n    balance: 1\n"
    )
    text += "    spent:\n" + "".join(f"      {n}: {n + 1} 0 0 0 0 0 0\n" for n in range(6))
    (account,) = read_data(text, "x", now).accounts
    months = sorted(account.usage, reverse=True)
    assert len(months) == 6
    assert [account.usage[month].plan for month in months] == [100, 200, 300, 400, 500, 600]


def test_every_mistake_is_named_with_its_place() -> None:
    text = (
        "products:\n"
        "  crbt:\n"
        "    title: 彩铃\n"
        "    fee: five\n"  # 4
        "  box:\n"
        "    title: 盒\n"
        "    fee: 1\n"
        "    colour: red\n"  # 8
        "subscribers:\n"
        "  1390000:\n"  # 10
        "    brand: 全球通\n"
        "  13900000001:\n"
        "    brand: 中国通\n"  # 13
        "cards:\n"
        "  70: 501000000000000014\n"  # 15
        "  50: 12345\n"  # 16
        "surprise: 1\n"  # 17
    )
    found = faults(text)
    assert [fault.split(":")[:2] for fault in found] == [
        ["x.yaml", str(n)] for n in (4, 8, 10, 13, 15, 16, 17)
    ]
    assert "'five'" in found[0]
    assert "'colour'" in found[1]
    assert "中国通" in found[3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("- a\n", 1),
        ("products: [\n", 2),
        ("products:\n  a: 1\n  a: 2\n", 3),
        ("products:\n\ttitle: x\n", 2),
        ("products: \x01\n", 1),
        ("products:\n  a:\n    title: x\n    fee: 1\n    needs: b\n", 2),
    ],
)
def test_broken_files_name_a_line(text: str, line: int) -> None:
    assert faults(text)[0].startswith(f"x.yaml:{line}:")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    with contextlib.suppress(DataErrors):
        read(text)
        return
    assert all(re.match(r"x\.yaml:[1-9][0-9]*:[1-9]", fault) for fault in faults(text))


def test_a_weak_password_is_refused_and_not_repeated() -> None:
    text = demo_text().replace("password: 258036", "password: 123456")
    (fault,) = faults(text)
    assert "run" in fault
    assert "123456" not in fault


@pytest.mark.parametrize(
    "again", ["  50: 501000000000000014 501000000000000014\n", "  100: 501000000000000022\n"]
)
def test_a_card_has_one_face_and_stands_once(again: str) -> None:
    (fault,) = faults("cards:\n  500: 501000000000000022\n" + again)
    assert "twice" in fault


class TestLoad(TestCase):
    async def test_the_demo_works(self) -> None:
        business = MemoryBusiness(BackOfficeData(), lambda: NOW)
        self.assertTrue(await business.empty())
        loaded = await load(None, business, NOW)
        self.assertEqual((loaded.subscribers, loaded.kept, loaded.cards), (10, 0, 11))
        self.assertFalse(await business.empty())
        self.assertIsInstance(await business.bill(FIRST, date(2026, 6, 1)), Bill)
        self.assertEqual((await business.check_password(FIRST, "258036")).check, PasswordCheck.RIGHT)
        offer = await business.offer(FIRST, OpenProduct("crbt"))
        assert isinstance(offer, Offer)
        self.assertEqual((offer.fee, offer.confirm), (500, True))

    async def test_loading_again_keeps_money_and_brings_new_tariffs(self) -> None:
        data = read(demo_text())
        business = MemoryBusiness(data, lambda: NOW)
        card = TopUp("501000000000000014", FIRST)
        offer = await business.offer(FIRST, card)
        assert isinstance(offer, Offer)
        await business.perform(FIRST, card, offer, "k")
        fresh = read(demo_text())
        dearer = tuple(replace(terms, fee=700) for terms in fresh.products if terms.id == "crbt")
        loaded = await business.put(replace(fresh, products=dearer))
        self.assertEqual((loaded.subscribers, loaded.kept, loaded.cards), (0, 10, 0))
        self.assertEqual((await business.fee(FIRST)).balance, 10235)
        product = await business.product(FIRST, "crbt")
        assert product is not None
        self.assertEqual(product.fee, 700)


def test_a_business_is_opened_by_name() -> None:
    assert {"memory", "sql"} <= set(names())
    assert isinstance(open_business("memory", None, clock=lambda: NOW, reactor=reactor), MemoryBusiness)
    with pytest.raises(LookupError, match="memory, sql"):
        open_business("oracle", None, clock=lambda: NOW, reactor=reactor)
