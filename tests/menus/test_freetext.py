"""The customer's own words in a text: what is taken for them, and that they stay as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.testing.house import the_hall
from menus.matching.keywords import index_of
from menus.matching.matcher import recognise
from menus.model.specs import Action


def words(text: str) -> str | None:
    found = index_of(the_hall()).openings.find(text)
    return found.words if found else None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0702 Nokia 打不通,O 号楼", "Nokia 打不通,O 号楼"),
        ("ts:信号差", "信号差"),
        ("TS信号差", "信号差"),
        ("投诉，太慢", "太慢"),
        ("我要投诉 太慢", "太慢"),
        ("投訴  太慢了\n真的", "太慢了\n真的"),
        ("投诉你们的营业员", "你们的营业员"),
        ("JB 10661234*中奖", "10661234*中奖"),
        ("0703#13812345678*中奖", "13812345678*中奖"),
    ],
)
def test_what_stands_behind_the_head(text: str, kept: str) -> None:
    assert words(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "投诉",
        "0702",
        "TS",
        "TSCX",
        "投诉进度",
        "投诉进度怎么样",
        "投诉电话多少",
        "投诉太慢",
        "07021",
        "0702 1",
        "CLASS 1",
        "TS3手机",
        "TSHIRT好看",
        "话费 太贵",
    ],
)
def test_what_is_none(text: str) -> None:
    assert words(text) is None


@given(st.text(max_size=60))
def test_nothing_makes_it_raise(text: str) -> None:
    recognise(the_hall(), f"投诉 {text}")
    found = words(f"0702 {text}")
    assert found is None or found in f"0702 {text}" or not (text.isascii() and text.isprintable())


def test_the_words_stay_out_of_the_repr() -> None:
    match = recognise(the_hall(), "0702 我的隐私")
    assert (match.service, match.action, match.inputs) == ("complaint", Action.OPEN, {"text": "我的隐私"})
    assert "隐私" not in repr(match) + repr(index_of(the_hall()).openings.find("0702 我的隐私"))
