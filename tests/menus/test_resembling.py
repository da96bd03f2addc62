"""Words that were meant and not hit: by sound, by pinyin, by a slip of the finger; and what is none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handlers
from menus import read_file
from menus.matching.keywords import index_of
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.matching.normal import normalise
from menus.matching.resembling import Lookalikes
from menus.matching.sounds import FILE, blurred, syllables
from menus.model.hall import Hall
from menus.model.specs import Action

CHANGES = (Action.OPEN, Action.CANCEL)
MENU = Path(__file__).resolve().parents[2] / "menus.yaml"
READINGS = {
    character: line.split()[1]
    for line in FILE.read_text(encoding="utf-8").splitlines()
    for character in line.split()[1]
}
"""Each character, and all that sound like it."""


@cache
def hall() -> Hall:
    read = read_file(MENU, handlers.SPECS).hall
    assert read is not None
    return read


def meant(text: str) -> tuple[str | None, Action | None]:
    found = recognise(hall(), text)
    return found.service, found.action


@pytest.mark.parametrize(
    "text", ["话废", "查话飞", "花飞", "发费", "huafei", "Cha Hua Fei", "查huafei", "huafie"]
)
def test_a_fee_however_it_is_written(text: str) -> None:
    assert meant(text) == ("fee_realtime", Action.QUERY)


@pytest.mark.parametrize(
    "text", ["取消采铃", "我要取消彩灵", "quxiao cailing", "取消cailing", "qx cai ling", "退订彩玲谢谢"]
)
def test_a_change_is_asked_about_first(text: str) -> None:
    found = recognise(hall(), text)
    assert (found.service, found.action, found.sure) == ("crbt", Action.CANCEL, False)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("来电示", "caller_id"),  # one too few
        ("来电显示示", "caller_id"),  # one too many
        ("来显电示", "caller_id"),  # two exchanged
        ("无线音乐俱乐不", "music_club"),
        ("GPSR", "gprs"),
        ("取消GRPS", "gprs"),
        ("WLNA", "wlan"),
        ("hujiaozhuanyi", "call_forward"),
        ("LDXS", "caller_id"),
        ("hfye", "balance"),  # first letters
        ("掌尚营业厅", "channel_intro"),  # not the 营业厅 in it
        ("积分对换", "points_exchange"),
    ],
)
def test_slips_of_the_finger(text: str, service: str) -> None:
    assert meant(text)[0] == service


@pytest.mark.parametrize(
    "text",
    [
        "鱼饿了", "会费交了", "开心每一天", "你在哪里", "GPS", "WLA", "HFX", "0l02345", "01O", "ni hao",
        "wo ai ni", "hello", "短心", "天灵灵地灵灵", "他在采菱角", "好久没吃鱼鹅了", "断了线", "彩", "",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert recognise(hall(), text).how in ("none", "code")
    assert recognise(hall(), text).service is None


def test_another_product_is_no_slip() -> None:
    """短信套餐 and 彩信套餐 are a character apart, 短信账单 and 彩信账单 too."""
    assert meant("彩信套餐")[0] == "mms_pack"
    assert meant("彩信账单")[0] == "mms_bill"
    assert meant("彩信账丹")[0] == "mms_bill"


def test_of_two_that_fit_equally_none_is_chosen() -> None:
    services = {
        "天气预报": "weather",
        "天气予报": "other",
        "短信月报": "a",
        "短信周报": "b",
        "YUBAO": "weather",
    }
    lookalikes = Lookalikes(services, "10086", ())
    assert "天气预报" not in lookalikes.readings("天气域报")
    assert list(lookalikes.readings("短信报")) == []
    assert list(lookalikes.readings("YUBOA")) == ["YUBAO"]


@pytest.mark.parametrize(
    ("one", "other"), [("zhang", "zan"), ("nan", "lan"), ("hua", "fa"), ("huang", "fan"), ("xing", "xin")]
)
def test_what_is_mixed_up_is_heard_alike(one: str, other: str) -> None:
    assert blurred(one) == blurred(other)


def test_each_character_has_one_reading() -> None:
    assert syllables("查话费A1") == ("cha", "hua", "fei", "A", "1")
    assert syllables("长途音乐还剩余额") == ("chang", "tu", "yin", "le", "hai", "sheng", "yu", "e")


@given(st.data())
def test_a_word_heard_wrong_never_changes_anything_unasked(data: st.DataObject) -> None:
    index = index_of(hall())
    keyword = data.draw(st.sampled_from([k for k in index.exact if not k.isascii() and len(k) > 1]))
    at = data.draw(st.integers(0, len(keyword) - 1))
    other = data.draw(st.sampled_from(READINGS.get(keyword[at], keyword[at])))
    verb = data.draw(st.sampled_from(["", "开通", "取消", "我要开通", "退订", "kaitong", "KT"]))
    word = keyword[:at] + other + keyword[at + 1 :]
    text = verb + word
    found = recognise(hall(), text)
    if normalise(word) not in index.exact:  # 帐单 is 账单
        assert found.how == "ask" or found.action not in CHANGES or not found.sure, text


@given(st.text(alphabet="查话费余额彩铃开通取消abcxyzHFGPRS0123 #*，。了吗\n" + "采菱鱼鹅账丹", max_size=40))
def test_any_text_is_read_without_a_fault_and_nothing_said_twice(text: str) -> None:
    assert isinstance(recognise(hall(), text), Match)
    for reading in index_of(hall()).lookalikes.readings(text):
        assert reading != text
