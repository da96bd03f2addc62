"""Only a bare command changes anything unasked: the labelled set, and products, verbs and what is around."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.labelled_acts import ACT, ASK, INFORM, NOTHING, LabelledAct, comes_of, is_right, labelled_acts
from counter.testing.house import the_hall
from menus.matching.keywords import index_of
from menus.matching.matcher import recognise
from menus.matching.normal import clean
from menus.matching.spoken import asked
from menus.matching.vocabulary import verb as verb_of
from menus.model.specs import Action

HALL = the_hall()
INDEX = index_of(HALL)
SET = labelled_acts()
PRODUCTS = sorted(
    word
    for word, (service, action) in INDEX.exact.items()
    if action is None and INDEX.can(service, Action.OPEN) and INDEX.can(service, Action.CANCEL)
)
"""Chinese and Latin; every product that can be opened and cancelled."""
OPENS = ("开通", "办理", "申请", "订购", "定制", "开", "办", "KT")
CANCELS = ("取消", "退订", "关闭", "停用", "退", "关", "不要", "QX", "TD")
_AROUND = """
{}吗 {}? {}？ 可以{}吗 能{}吗 能不能{} 可不可以{} 请问{} {}行不行 {}好不好 {}对吗 {}了吗
{}了没有 是否{} 是不是{} 有没有{} 我{}了 已经{} 刚{} 昨天{}了 上个月{}的 谁{} 谁{}了
为什么{} 为什么给我{} 凭什么{} 怎么又{} 怎么把我的{}了 怎么{} 如何{} {}失败 {}不了 {}不成功
{}没反应 {}没用 {}怎么回事 {}还扣钱 {}多少钱 {}要钱吗 没{} 没有{} 我没{} 别{} 不想{} 先不{}
没让你们{} 不是要{} 莫{} 从来没{}过 妈妈{} 妈妈{}了 我朋友要{} 他{}了 帮我老婆{}
给13900000002{} {}，13900000002 孩子{} 听说{} 据说{}免费 客服说{} 朋友叫我{} 有短信说{}
您已{} {}成功 明天{} 下个月{} 打算{} 准备{} 以后再{} 考虑{} 会{} 将{} 等我回来{}
如果免费就{} 要是收费就{} {}的话 假如{} 不{}就投诉 超过5元{} 除非{} {}什么时候生效
什么时候{} 在哪里{} {}有什么好处 {}发什么 {}需要什么条件 {}的方法 想了解{} 哈哈{} 测试{}
{}记录 {}时间 {}费 投诉你们{} 被{}了 自动{} 乱{} {}之前 {}以后
"""
AROUND = _AROUND.split()
POLITE = (
    *("{}", "我要{}", "请{}", "帮我{}", "麻烦{}", "你好，{}", "{}谢谢", "{}吧", "{}业务", "我想{}，谢谢"),
    *("发{}", "编辑{}发送到10086", "{}。", "{}！", "请帮我{}一下"),
)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=3)


def acts(text: str) -> bool:
    return comes_of(recognise(HALL, text)) == ACT


# ---- the labelled set --------------------------------------------------------------------------------------
def test_the_set_is_large_and_says_each_text_once() -> None:
    texts = [each.text for each in SET]
    assert len(set(texts)) == len(texts) >= 300
    assert {each for row in SET for each in row.must} == {ACT, ASK, INFORM, NOTHING}
    assert sum(ACT not in row.must for row in SET) >= 250


@pytest.mark.parametrize("wanted", SET, ids=lambda wanted: wanted.text)
def test_what_a_text_does_is_what_it_may(wanted: LabelledAct) -> None:
    assert is_right(HALL, wanted), recognise(HALL, wanted.text)


# ---- products, verbs, and what is around them --------------------------------------------------------------
@pytest.mark.parametrize("around", AROUND)
def test_no_surrounding_lets_a_change_run(around: str) -> None:
    for word, verb in product(("彩铃", "飞信", "GPRS", "来电显示", "手机报", "余额提醒"), (*OPENS, *CANCELS)):
        for wish in (verb + word, word + verb):
            assert not acts(around.format(wish)), around.format(wish)


@settings(max_examples=1500)
@given(st.sampled_from(PRODUCTS), st.sampled_from((*OPENS, *CANCELS)), st.sampled_from(AROUND), st.booleans())
def test_nor_of_any_product(word: str, does: str, around: str, first: bool) -> None:
    text = around.format(does + word if first else word + does)
    assert not acts(text), text


@pytest.mark.parametrize("around", POLITE)
def test_politeness_does(around: str) -> None:
    for word, verb in product(("彩铃", "飞信", "来电显示"), ("开通", "办理", "取消", "退订", "关闭")):
        text = around.format(verb + word)
        found = recognise(HALL, text)
        meant = Action.OPEN if verb in OPENS else Action.CANCEL
        assert (comes_of(found), found.action) == (ACT, meant), text


@settings(max_examples=1500)
@example("月", "0209 20", False)
@example("开通", "KTFX", False)
@given(HAN, st.sampled_from(("开通飞信", "取消彩铃", "KTFX", "QXCL", "停机", "0209 20")), st.booleans())
def test_politeness_is_a_closed_list(words: str, wish: str, before: bool) -> None:
    """Any other words around a command make it something else; whatever they may be."""
    text = words + wish if before else wish + words
    polite = (
        "[你您好麻烦谢请我要想帮忙给替就那嗯哦啊喂亲编辑短信发送回复输入把的多了呀吧喔哈一下业务服功能"
        "开办订]+"
    )
    if wish.startswith("0209") and verb_of(words) is not None:
        return  # 0209 20 取消
    again = {"KTFX": OPENS, "QXCL": CANCELS}.get(wish, ())  # KTFX开通 says the same twice
    polite = f"(?:{'|'.join((polite, *again))})+"
    rest = words.rstrip("吧呀啊") if before else words
    if re.fullmatch(polite, clean(words)) is None and text not in INDEX.exact and rest not in INDEX.exact:
        assert not acts(text), text


@pytest.mark.parametrize(
    "text",
    ["不用QXCL", "取消QXFX", "不要全部退订", "不要停机", "KTFX 13900000002", "QXCL 13900000002", "KTFX WHY"],
)
def test_neither_do_these(text: str) -> None:
    assert not acts(text), recognise(HALL, text)


# ---- what it is told instead -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("GPRS什么时候开通", Action.INFO),
        ("GPRS什么时候开通的", Action.QUERY),
        ("开通飞信要身份证吗", None),
        ("取消彩铃多少钱", Action.INFO),
        ("谁取消了彩铃", Action.QUERY),
        ("取消彩铃怎么还扣钱", Action.QUERY),
        ("不想用彩铃了怎么办", None),
        ("我朋友想开通飞信", None),
    ],
)
def test_what_a_text_asks_for(text: str, wanted: Action | None) -> None:
    assert asked(text) is wanted


@pytest.mark.parametrize(
    ("text", "service"),
    [
        *(("谁给我充值了", "pay_records"), ("充值没到账", None), ("怎么充值没到", None)),
        *(("密码被人改了", None), ("谁改密码了", "records"), ("为什么停机", "fee_realtime")),
        *(("谁把业务全部退订了", "opened_services"), ("为什么全部退订", "opened_services")),
    ],
)
def test_who_cannot_tell_lets_another_tell(text: str, service: str | None) -> None:
    found = recognise(HALL, text)
    assert comes_of(found) in (INFORM, ASK)
    assert service in (None, found.service)


def test_what_has_no_question_of_its_own_is_offered_by_its_name() -> None:
    found = recognise(HALL, "谁把宣传拒收宣传了")
    assert (found.how, found.candidates) == ("ask", ("promo_stop",))
