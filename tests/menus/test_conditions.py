"""Chinese phrases say when something holds."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.model.channels import VOICE
from menus.model.conditions import BadPhrase, holds, parse
from menus.model.events import Facts
from menus.model.hall import Condition

PRODUCTS = {"fetion": "fetion", "飞信": "fetion", "crbt": "tone-5"}
CHINA = timezone(timedelta(hours=8))
NOW = datetime(2010, 11, 22, 9, 30, tzinfo=CHINA)
CALLER = Facts(NOW, VOICE, "13900000001", brand="动感地带", city="长沙", opened=frozenset({"fetion"}))


def true(words: str, facts: Facts = CALLER) -> bool:
    return holds(parse(words, PRODUCTS), facts)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", True),
        ("长沙", True),
        ("株洲", False),
        ("株洲 长沙", True),
        ("动感地带", True),
        ("全球通、动感地带", True),
        ("全球通，神州行", False),
        ("长沙 神州行", False),
        ("忙时", False),
        ("闲时", True),
        ("未欠费", True),
        ("欠费", False),
        ("VIP", False),
        ("非VIP", True),
        ("未开通fetion", False),
        ("未开通飞信", False),
        ("已开通飞信", True),
        ("未开通crbt", True),
        ("每月1日到5日", False),
        ("每月22日", True),
        ("每月20日到25日", True),
        ("每月20日到3日", True),
        ("每月25日到22日", True),
        ("每月25日到21日", False),
        ("8:00到20:00", True),
        ("8点到9点", False),
        ("9:30到10:00", True),
        ("9:00到9:30", False),
        ("22:00到9:31", True),
        ("22:00到6:00", False),
        ("8：00到20：00", True),
        ("2010年11月1日到2010年11月22日", True),
        ("2010-11-23到2010-12-31", False),
        ("2010年11月22日起", True),
        ("2010年11月23日起", False),
        ("2010年11月22日止", True),
        ("2010年11月21日前", False),
        ("长沙 动感地带 每月20日到25日 8:00到20:00 闲时 未欠费", True),
    ],
)
def test_a_phrase_holds_or_not(words: str, expected: bool) -> None:
    assert true(words) is expected


def test_what_is_not_known_does_not_hold() -> None:
    withheld = Facts(NOW, VOICE, None)
    assert not true("长沙", withheld)
    assert not true("动感地带", withheld)
    assert true("未开通fetion", withheld)


def test_the_other_way_round() -> None:
    other = replace(CALLER, busy=True, owed=100, vip=True)
    assert true("忙时 欠费 VIP", other)
    assert not true("闲时", other)
    assert not true("未欠费", other)
    assert not true("非VIP", other)


def test_the_editors_words_and_the_products_id_are_kept() -> None:
    condition = parse(" 长沙  未开通crbt ", PRODUCTS)
    assert condition == Condition(
        "长沙  未开通crbt", cities=frozenset({"长沙"}), not_opened=frozenset({"tone-5"})
    )


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("动感地代", "看不懂条件", "动感地带"),
        ("长沙市", "看不懂条件", "长沙"),
        ("未开通fetoin", "没有名叫", "fetion"),
        ("每月1日到32日", "没有这样的日子", ""),
        ("每月0日", "没有这样的日子", ""),
        ("8:60到9:00", "没有这样的钟点", ""),
        ("24:00到9:00", "没有这样的钟点", ""),
        ("8:00到24:01", "没有这样的钟点", ""),
        ("8:00到8:00", "同一刻", ""),
        ("2010年2月30日起", "没有这样的日期", ""),
        ("2010年12月1日到2010年11月1日", "开始在结束之后", ""),
        ("8点到9点 10点到11点", "重复", "几条"),
        ("每月1日 每月2日", "重复", "几条"),
    ],
)
def test_a_wrong_phrase_is_explained(words: str, said: str, hint: str) -> None:
    with pytest.raises(BadPhrase) as caught:
        parse(words, PRODUCTS)
    assert said in str(caught.value)
    assert hint in caught.value.hint


@given(st.integers(1, 31), st.integers(1, 31), st.integers(1, 28))
def test_days_over_the_turn_of_the_month_are_the_rest(first: int, last: int, today: int) -> None:
    """第 a 到 b 日 and its complement never hold together, and one of them always does."""
    facts = replace(CALLER, now=NOW.replace(day=today))
    within = true(f"每月{first}日到{last}日", facts)
    days = set(range(first, last + 1)) if first <= last else {*range(first, 32), *range(1, last + 1)}
    assert within is (today in days)


@given(st.text(max_size=30))
def test_no_phrase_ends_in_anything_but_a_bad_phrase(words: str) -> None:
    with contextlib.suppress(BadPhrase):
        holds(parse(words, PRODUCTS), CALLER)
