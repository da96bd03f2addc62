"""The customer's own words in a text: what is taken for them, and that they stay as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.testing.house import the_hall
from menus.matching.freetext import Aside, aside
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
        "投诉 我不投诉了",
        "投诉，算了",
        "投诉 取消",
        "投诉 怎么处理",
        "我要投诉，电话是多少",
        "TS是什么意思",
        "0702 取消",
        "TS 返回",
        "投诉 谢谢",
        "建议 明天吃火锅",
        "建议：早点睡",
    ],
)
def test_what_is_none(text: str) -> None:
    assert words(text) is None


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("投诉 转人工", "agent"),
        ("0702 人工服务", "agent"),
        ("TS HF", "fee_realtime"),
        ("TS 进度怎么样了", "complaint_status"),
        ("投诉，结果呢", "complaint_status"),
    ],
)
def test_what_is_meant_where_a_command_stands_behind_the_head(text: str, service: str) -> None:
    found = recognise(the_hall(), text)
    assert (found.service, found.inputs) == (service, {})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("没事了谢谢", Aside.LEAVES),
        ("不用了，已经解决了", Aside.LEAVES),
        ("我打错了", Aside.LEAVES),
        ("取消投诉", Aside.LEAVES),
        ("撤销", Aside.LEAVES),
        ("退出", Aside.LEAVES),
        ("怎么写", Aside.ASKS),
        ("要钱吗", Aside.ASKS),
        ("多久回复", Aside.ASKS),
        ("？", Aside.NOTHING),
        ("谢谢", Aside.NOTHING),
        ("等一下", Aside.NOTHING),
        ("没有解决", None),
        ("请解决一下", None),
        ("取消不了彩铃", None),
        ("怎么老是扣我钱", None),
        ("我不用了，你们还扣钱", None),
        ("返回来的短信都没有", None),
        ("不要再乱扣费了", None),
        ("谢谢你们的服务，就是信号差", None),
        ("打错电话的人太多了", None),
    ],
)
def test_what_is_no_words_of_complaint(text: str, what: Aside | None) -> None:
    assert aside(text) is what


@given(st.text(max_size=60))
def test_nothing_makes_it_raise(text: str) -> None:
    recognise(the_hall(), f"投诉 {text}")
    found = words(f"0702 {text}")
    assert found is None or found in f"0702 {text}" or not (text.isascii() and text.isprintable())


def test_the_words_stay_out_of_the_repr() -> None:
    match = recognise(the_hall(), "0702 我的隐私")
    assert (match.service, match.action, match.inputs) == ("complaint", Action.OPEN, {"text": "我的隐私"})
    assert "隐私" not in repr(match) + repr(index_of(the_hall()).openings.find("0702 我的隐私"))
