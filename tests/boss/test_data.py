"""Loading: the demo is as the README says, mistakes are named by line, money is never overwritten."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from boss.data import DataErrors, demo_text, load, read_data
from boss.memory import MemoryBusiness
from boss.rules import CARD_FACES
from boss.rules.figures import owed_by
from business import names, open_business
from business.port import (
    Allowance,
    AllowanceKind,
    Attribution,
    Bill,
    Brand,
    Detail,
    DetailKind,
    Offer,
    OpenProduct,
    PasswordCheck,
    Place,
    Reward,
    TopUp,
)
from business.port.secrecy import password_fits
from business.port.stock import BackOfficeData, Segment, Suspension

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
FIRST = "13900000001"


def read(text: str) -> BackOfficeData:
    return read_data(text, "x.yaml", NOW)


def faults(text: str) -> list[str]:
    with pytest.raises(DataErrors) as caught:
        read(text)
    return [str(error) for error in caught.value.errors]


@pytest.mark.parametrize("bomb", ["[" * 1_000_000, "{a: " * 100_000, "- " * 100_000])
def test_a_file_of_brackets_is_a_mistake_like_any_other(bomb: str) -> None:
    assert faults(bomb)[0].endswith(
        ("more than 20 levels", "exceeded maximum nesting depth")
    )  # or libyaml's own


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
        ('products:\n  a:\n    title: "\\0"\n    fee: 1\n', 3),
        ('products:\n  a:\n    title: "\\e[2J"\n    fee: 1\n', 3),
        ('products:\n  a:\n    title: "\\ud800"\n    fee: 1\n', 3),
        ('products:\n  "a\\0":\n    title: b\n    fee: 1\n', 2),
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


SUBSCRIBER = "    brand: 全球通\n    city: 长沙\n    pays: before\n    balance: 1\n"


def subscriber(lines: str) -> str:
    return f"{PRODUCTS}subscribers:\n  {FIRST}:\n{SUBSCRIBER}{lines}"


PRODUCTS = """products:
  remind:
    title: 余额提醒
    fee: 0
    option: threshold
    option default: 10
  forward:
    title: 呼叫转移
    fee: 0
    option: number
  small:
    title: 小包
    fee: 5
    group: pack
  large:
    title: 大包
    fee: 9
    group: pack
"""
PAST = """    joined: 2004-03-18
    suspended since: 40
    name: 王小明
    id number: 43019919800214001x
    puk: 01234567
    opened: remind=5 forward=13900000002 small
    paid:
      - 0 50 充值卡
      - 20 30.50 营业厅
    details:
      - 1 9:05 voice 13900000002 61 0.40 长沙
      - 0 23:59 data - 2048 1 -
    allowances:
      - voice 150 62 全球通 58 套餐
"""


def test_what_was_paid_used_left_and_chosen() -> None:
    (one,) = read(subscriber(PAST)).accounts
    assert (one.joined, one.suspended_since) == (date(2004, 3, 18), date(2026, 10, 13))
    assert (one.name, one.puk) == ("王小明", "01234567")
    assert password_fits("430199198002140010", one.id_number)  # the X as callers key it
    assert {name: held.option for name, held in one.holdings.items()} == {
        "remind": 500,
        "forward": 13900000002,
        "small": None,
    }
    assert [(paid.at, paid.amount, paid.way) for paid in one.payments] == [
        (NOW, 5000, "充值卡"),
        (NOW - timedelta(days=20), 3050, "营业厅"),
    ]
    call, data = one.details
    assert call == Detail(
        datetime(2026, 11, 21, 1, 5, tzinfo=UTC), DetailKind.VOICE, "13900000002", 61, 40, "长沙"
    )
    assert (data.at, data.other, data.quantity, data.place) == (NOW, "", 2048, ""), "nothing is yet to come"
    assert one.allowances == {date(2026, 11, 1): (Allowance("全球通 58 套餐", AllowanceKind.VOICE, 150, 62),)}


def test_who_chooses_nothing_gets_the_usual() -> None:
    (one,) = read(subscriber("    opened: remind\n")).accounts
    assert one.holdings["remind"].option == 1000


def test_rewards_segments_and_halls() -> None:
    text = (
        "rewards:\n  r10:\n    title: 10元话费\n    points: 840\n    worth: 10\n"
        "segments:\n  1367430: 吉林 长春 0431 移动\n"
        "halls:\n  长沙:\n    - name: 甲\n      address: 乙\n      phone: 0731-1\n      hours: 8:00-20:00\n"
    )
    data = read(text)
    assert data.rewards == (Reward("r10", "10元话费", 840, 1000),)
    assert data.segments == (Segment("1367430", Attribution("吉林", "长春", "0431", "移动")),)
    assert data.places == (("长沙", Place("甲", "乙", "0731-1", "8:00-20:00")),)


@pytest.mark.parametrize(
    "line",
    [
        "joined: yesterday",
        "suspended since: 2010-13-01",
        "name: " + "王" * 81,
        "id number: 4301991980021400",
        "puk: 1234",
        "opened: nothing",
        "opened: small=5",
        "opened: forward",
        "opened: forward=10086",
        "opened: remind=much",
        "opened: small large",
        "paid: 5 50 充值卡",
        "paid: [5 50]",
        "paid: [5 -50 充值卡]",
        "paid: [401 50 充值卡]",
        "details: [1 24:00 voice - 1 0 -]",
        "details: [1 9:00 fax - 1 0 -]",
        "details: [1 9:00 voice - many 0 -]",
        "details: [1 9:00 voice - 1 -1 -]",
        "allowances: [voice 150 62]",
        "allowances: [calls 150 62 套餐]",
        "allowances: [voice 150 x 套餐]",
    ],
)
def test_every_mistake_about_a_subscriber_is_named_with_its_line(line: str) -> None:
    text = subscriber("    " + line + "\n")
    (fault,) = faults(text)
    assert fault.startswith(f"x.yaml:{text.count(chr(10))}:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rewards:\n  r10:\n    title: 话费\n    points: 0\n    worth: 10\n", 3),
        ("rewards:\n  十:\n    title: 话费\n    points: 1\n    worth: 10\n", 2),
        ("segments:\n  136743: 吉林 长春 0431 移动\n", 2),
        ("segments:\n  1367430: 吉林 长春 移动\n", 2),
        ("segments:\n  1367430: 吉林 长春 0431 铁通\n", 2),
        ("halls:\n  长沙:\n    - name: 甲\n", 3),
        ("halls:\n  长沙: 甲\n", 2),
        ("products:\n  a:\n    title: x\n    fee: 0\n    group: 包\n", 5),
        ("products:\n  a:\n    title: x\n    fee: 0\n    option default: 5\n", 5),
        ("products:\n  a:\n    title: " + "x" * 81 + "\n    fee: 0\n", 3),
    ],
)
def test_so_is_every_other_mistake(text: str, line: int) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"x.yaml:{line}:")


@pytest.mark.parametrize("line", ["id number: 43019919800214001Y", "puk: 0123456", "password: 111111"])
def test_no_secret_is_repeated_in_a_mistake(line: str) -> None:
    (fault,) = faults(subscriber("    " + line + "\n"))
    assert line.rpartition(" ")[2] not in fault


def test_the_demo_can_show_every_service() -> None:
    data = read(demo_text())
    accounts = {one.msisdn: one for one in data.accounts}
    assert all(one.payments and one.puk and one.joined for one in accounts.values())
    unregistered = [one.msisdn for one in accounts.values() if one.id_number is None]
    assert unregistered == ["13900000003"], "somebody must be left to register"
    plans = {terms.id for terms in data.products if terms.group == "plan"}
    for one in accounts.values():
        assert bool(plans & one.holdings.keys()) <= bool(one.allowances[date(2026, 11, 1)])
    segments = {segment.prefix: segment.attribution for segment in data.segments}
    assert segments["1390000"].city == "长沙"
    assert segments["1367430"].city == "长春"
    hunan = {one.city for one in segments.values() if one.province == "湖南"}
    assert {city for city, _ in data.places} == hunan
    assert len(hunan) == 14
    assert [(one.points, one.worth) for one in data.rewards] == [
        *((840, 1000), (2500, 3000), (4170, 5000), (8340, 10000), (25000, 30000), (41670, 50000))
    ]


@pytest.mark.parametrize(
    "group",
    ["plan", "pushmail", "gprs_plan", "mms_pack", "sms_pack", "wlan", "music_club", "mobile_paper", "jiaozi"],
)
def test_every_group_of_the_demo_has_something_to_choose(group: str) -> None:
    assert sum(terms.group == group for terms in read(demo_text()).products) >= 2


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
