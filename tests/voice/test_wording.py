"""Written wording becomes speech text: figures, signs, punctuation."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.voice.wording import PAUSES, STOPS, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("您好，欢迎致电10086。", "您好，欢迎致电一零零八六。"),
        ("话费，请按1；重听，请按#键。", "话费，请按一；重听，请按井号键。"),
        ("返回，请按*号键", "返回，请按星号键"),
        ("满意100有奖答题", "满意一百有奖答题"),
        ("请输入18位充值卡密码", "请输入十八位充值卡密码"),
        ("2小时内有效", "两小时内有效"),
        ("2位客户", "两位客户"),
        ("2月1日", "二月一日"),
        ("截止2026年12月31日", "截止二零二六年十二月三十一日"),
        ("8:00到20:30", "八点整到二十点三十分"),
        ("功能费5.00元", "功能费五元"),
        ("每条0.10元", "每条一角"),
        ("每月2元", "每月两元"),
        ("优惠50%", "优惠百分之五十"),
        ("1.5折", "一点五折"),
        ("发0204到10086", "发零二零四到一零零八六"),
        ("发ktcl", "发KTCL"),
        ("按1-8", "按一到八"),
        ("3G(TD)业务", "三G，TD，业务"),
        ("请按１", "请按一"),  # full-width, as an input method writes it
        ("200条短信", "二百条短信"),
        ("拨4001100868", "拨四零零一一零零八六八"),
        ("您好!欢迎", "您好！欢迎"),
    ],
)
def test_it_is_said_as_people_say_it(written: str, said: str) -> None:
    assert spoken(written) == said


def test_operators_may_say_yao_for_one() -> None:
    assert spoken("10086", one="幺") == "幺零零八六"
    assert spoken("请按1", one="幺") == "请按一"  # a key is a count, not a code


def test_a_measure_word_may_stand_behind_the_wording() -> None:
    assert spoken("还有2", following="项") == "还有两"


@given(st.text(max_size=60))
def test_anything_an_editor_types_can_be_read_without_a_crash(written: str) -> None:
    said = spoken(written)
    assert not any(c.isascii() and c.isdigit() for c in said)
    assert not any(a in PAUSES + STOPS and b in PAUSES + STOPS for a, b in pairwise(said))


@given(st.text("零一二三百元，。请按HF", max_size=30))
def test_speech_text_stays_as_it_is(said: str) -> None:
    once = spoken(said)
    assert spoken(once) == once
