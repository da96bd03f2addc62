"""What texts mean to the shipped menu; the table stands in ``matching_table.py``."""

from __future__ import annotations

import time
import timeit
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.testing.house import POSTPAID, House, say, texts, the_hall
from menus.matching.keywords import CANDIDATES, index_of
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.matching.normal import normalise
from menus.matching.wrapping import own_words
from menus.model.hall import Goal
from menus.model.specs import Action
from tests.menus.matching_table import rows

HALL = the_hall()
TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(
        [*HALL.keywords, *HALL.codes, "取消", "开通", "不要", "怎么", " ", "，", "#", "13900000002", "1"]
    ),
    max_size=6,
).map("".join)


def test_the_table_is_large_enough_to_mean_something() -> None:
    texts = [row[0] for row in rows()]
    assert len(texts) >= 150
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(("text", "how", "service", "action", "candidates"), rows())
def test_texts_mean_what_the_table_says(
    text: str, how: str, service: str | None, action: str | None, candidates: tuple[str, ...]
) -> None:
    match = recognise(HALL, text)
    assert (match.how, match.service, match.action, match.candidates) == (how, service, action, candidates)


def test_what_the_sms_menu_calls_a_service_reaches_it() -> None:
    lines = [line for menu in HALL.sms.values() for line in menu.entries if line.target.goal is Goal.SERVICE]
    called = {line.label: line.target.name for line in lines}
    reached = {label: recognise(HALL, label).service for label in called}
    assert reached == called


# ---- inputs ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("CZ123456789012345678", {"card": "123456789012345678"}),
        ("CZ 123456 789012 345678", {"card": "123456789012345678"}),
        ("cz#123456789012345678", {"card": "123456789012345678"}),
        ("CZ 123456789012345678 13900000002", {"card": "123456789012345678", "number": "13900000002"}),
        ("CZ13900000002 123456789012345678", {"card": "123456789012345678", "number": "13900000002"}),
        ("充值 123456789012345678", {"card": "123456789012345678"}),
        ("0107 123456789012345678", {"card": "123456789012345678"}),
        ("0102 201009", {"month": "201009"}),
        ("0102 13", {"month": "13"}),
        ("0102 202613", {"month": "202613"}),
        ("0102#201009", {"month": "201009"}),
        ("ZD201009", {"month": "201009"}),
        ("查2010年9月账单", {"month": "2010年9月"}),
        ("9月份账单", {"month": "9月"}),
        ("0110 13900000002 741963", {"number": "13900000002", "secret": "741963"}),
        ("0110#13900000002#741963#", {"number": "13900000002", "secret": "741963"}),
        ("0110 +8613900000002 741963", {"number": "8613900000002", "secret": "741963"}),
        ("011O 139OOOOOOO2 741963", {"number": "13900000002", "secret": "741963"}),
        ("0110 13900000002", {"number": "13900000002"}),
        ("0101 1", {}),
        ("余额提醒 20元", {"amount": "20"}),
        ("呼叫转移 13900000002", {"number": "13900000002"}),
        ("呼转13900000002 258036", {"number": "13900000002", "secret": "258036"}),
        ("取消余额提醒 20", {}),
        ("呼叫转移 13900000002 取消", {}),
        ("不要充值 123456789012345678", {}),
        ("CZ 123456789012345678 取消", {}),
        ("0107 取消 123456789012345678", {}),
        ("0207 258036 取消", {}),
        ("取消积分兑换 10", {}),
    ],
)
def test_parameters_are_taken_along(text: str, inputs: dict[str, str]) -> None:
    assert dict(recognise(HALL, text).inputs) == inputs


def test_inputs_do_not_show() -> None:
    assert "741963" not in repr(recognise(HALL, "0110 13900000002 741963"))


# ---- codes that lead elsewhere -----------------------------------------------------------------------------
def test_a_menu_code_leads_to_its_menu() -> None:
    target = recognise(HALL, "02").target
    assert target is not None
    assert (target.goal, target.name) == (Goal.MENU, "02")


def test_a_code_says_where_it_leads() -> None:
    target = recognise(HALL, "０１０１").target
    assert target is not None
    assert target.name == "fee_realtime"


# ---- whatever comes ----------------------------------------------------------------------------------------
@given(TEXTS)
def test_any_text_is_taken_without_a_fault(text: str) -> None:
    match = recognise(HALL, text)
    assert match == recognise(HALL, text)
    assert match.how in {"code", "keyword", "contained", "ask", "none"}
    assert len(match.candidates) <= CANDIDATES
    assert set(match.candidates) <= HALL.services.keys()
    assert match.service is None or match.service in HALL.services
    assert (match.how == "none") == (match == Match())
    if match.how == "ask":
        assert match.service is None


NOT_MINE = ("我没订过{}", "谁让你们开的{}", "我没有开通{}")
PRODUCTS = sorted(
    keyword
    for keyword, (service, action) in HALL.keywords.items()
    if action is None
    and not keyword.isascii()
    and index_of(HALL).can(service, Action.CANCEL)
    and index_of(HALL).can(service, Action.OPEN)
)


@pytest.mark.parametrize(
    "against",
    ["取消{}", "退订{}", "不要{}", "QX{}", "TD{}", "不要开通{}", "别开{}", *NOT_MINE],
)
def test_words_against_a_product_never_open_it(against: str) -> None:
    assert PRODUCTS
    for product in PRODUCTS:
        match = recognise(HALL, against.format(product))
        assert match.action in (Action.CANCEL, Action.QUERY), (against, product, match)
        assert match.action is Action.CANCEL or against in NOT_MINE, (against, product, match)


@pytest.mark.parametrize("before", ["不要取消{}", "别关闭{}", "不要退订{}"])
def test_words_against_cancelling_never_cancel(before: str) -> None:
    for product in PRODUCTS:
        assert recognise(HALL, before.format(product)).action not in (Action.CANCEL, Action.OPEN)


@given(
    st.sampled_from(sorted(HALL.keywords)), st.sampled_from(["{} ", " {}", "{}。", "“{}”", "{}!", "{}，谢谢"])
)
def test_decoration_changes_nothing(keyword: str, around: str) -> None:
    plain, decorated = recognise(HALL, keyword), recognise(HALL, around.format(keyword))
    assert (decorated.service, decorated.action) == (plain.service, plain.action)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize("word", sorted({*HALL.keywords, *HALL.codes}))
def test_width_and_case_change_nothing(word: str) -> None:
    plain = recognise(HALL, word)
    assert recognise(HALL, full_width(word)) == plain
    assert recognise(HALL, word.lower()) == plain
    assert plain.how in {"code", "keyword", "ask"}


NOISE = [
    "不要",
    "不给给给给",
    "没给",
    "怎么",
    "还有",
    "扣我的",
    "我要",
    "的",
    "请请",
    "彩铃",
    "1",
    "CL ",
    "#",
    "开",
]


TRIES = 10  # others use this machine, too, and a turn of theirs counts as our time


@pytest.mark.parametrize("noise", NOISE)
def test_a_long_text_of_noise_takes_no_longer_than_its_length(noise: str) -> None:
    """Nothing may hold up the calls beside it: four times the text, four times the work and no more."""

    def cost(length: int) -> float:
        text = noise * (length // len(noise))
        recognise(HALL, text)
        times = timeit.repeat(lambda: recognise(HALL, text), time.process_time, number=1, repeat=7)
        return min(times)

    for _ in range(TRIES):
        short, long = cost(250), cost(1000)
        if long < 10 * short + 0.002:
            return
    raise AssertionError(f"{short * 1000:.1f} ms, of four times the text {long * 1000:.1f} ms")


# ---- the index ---------------------------------------------------------------------------------------------
def test_the_index_is_built_once_and_kept_with_its_hall() -> None:
    assert index_of(HALL) is index_of(HALL)
    other = replace(HALL, keywords={"话费": ("balance", None)}, codes={})
    assert recognise(other, "话费").service == "balance"
    assert recognise(HALL, "话费").service == "fee_realtime"
    assert recognise(other, "HF").how == "none"


def test_exact_words_are_not_worked_out_again() -> None:
    assert recognise(HALL, "HF") is recognise(HALL, "HF")
    recognise(HALL, "我手机的HF是多少")
    assert "我手机的HF是多少" not in index_of(HALL).known


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＨＦ，", "HF"),
        ("h f", "HF"),
        ("帳單", "账单"),
        ("“0101”", "0101"),
        ("停机了", "停机了"),
        ("零一零一", "0101"),
        ("\u200bHF", "HF"),
        ("😀", ""),
    ],
)
def test_normal_forms(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize("signed", ["HF\n--张三", "HF \r\n-- \n彩铃 13900000002", "HF\n——李四"])
def test_a_signature_line_says_nothing(signed: str) -> None:
    assert own_words(signed).strip() == "HF"
    assert recognise(HALL, own_words(signed)) == recognise(HALL, "HF")


def test_dashes_that_are_no_signature_stay() -> None:
    assert normalise("--HF") == "HF"
    assert normalise("取消\n彩铃") == "取消彩铃"


# ---- prices, places, own numbers ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "service", "inputs"),
    [
        ("KTGPRS10", "gprs_plan", {"fee": "10"}),
        ("GPRS 20元套餐", "gprs_plan", {"fee": "20"}),
        ("开通20元流量包", "gprs_plan", {"fee": "20"}),
        ("KTYX5", "pushmail", {"fee": "5"}),
        ("开通5元短信包", "sms_pack", {"fee": "5"}),
        ("换88元套餐", "plan_change", {"fee": "88"}),
        ("139邮箱", "pushmail", {}),
        ("KTYX0", "pushmail", {}),
        ("开通1.5元短信包", "sms_pack", {}),
        ("开通5元10元短信包", "sms_pack", {}),
    ],
)
def test_a_price_says_which_plan_is_meant(text: str, service: str, inputs: dict[str, str]) -> None:
    found = recognise(HALL, text)
    assert (found.service, dict(found.inputs)) == (service, inputs)
    assert found.action is not Action.CANCEL


@pytest.mark.parametrize(
    "text", ["5元流量套餐多少钱", "取消5元短信包", "谁开通了5元短信包", "5元短信包怎么开"]
)
def test_a_price_in_a_question_opens_nothing(text: str) -> None:
    found = recognise(HALL, text)
    assert found.action is not Action.OPEN


@pytest.mark.parametrize(
    ("text", "service", "action"),
    [("QX0205", "fetion", "cancel"), ("KT0204", "crbt", "open"), ("TD 0201", "caller_id", "cancel")],
)
def test_code_letters_before_a_code(text: str, service: str, action: str) -> None:
    found = recognise(HALL, text)
    assert (found.service, found.action, found.sure) == (service, action, True)


@pytest.mark.parametrize("text", ["QX02", "KT9999", "QX0205 13900000002", "CX07"])
def test_code_letters_before_what_is_no_service_do_nothing(text: str) -> None:
    found = recognise(HALL, text)
    assert not (found.changes and found.sure), found


@pytest.mark.parametrize("text", ["我的号码是多少", "本机号码", "查询本机号码", "我是什么号码", "0109 本机"])
def test_the_own_number_is_known(text: str) -> None:
    (turn,) = say(House().conversation(POSTPAID), text)
    assert POSTPAID in texts(turn)
