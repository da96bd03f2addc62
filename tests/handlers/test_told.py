"""What is told of dependents, changes to come, debt, prices and reasons: one thing everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pytest

from business.port.days import SHANGHAI
from counter.testing.house import PASSWORDS, House, the_hall
from menus.dialogue.promos import choose
from menus.model.channels import SMS
from menus.model.events import Facts
from server.simulate import TextResult, simulate_sms, simulate_voice

ONE_PART = 70
GOTONE, EASYOWN, RICH, POSTPAID, STOPPED_FOR_DEBT, STOPPED = (f"1390000000{n}" for n in (1, 3, 4, 5, 6, 8))
CARD = "CZ101000000000000018"


def told(caller: str, *texts: str) -> list[str]:
    """The answer to each text, without promos."""
    house = House()
    results = simulate_sms(
        texts, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=caller
    )
    return ["\n".join(r.text for r in result.replies if r.kind != "promo") for result in results]


# ---- dependents, changes to come ---------------------------------------------------------------------------
def test_what_needs_a_product_ends_with_it_and_that_is_asked() -> None:
    asked, done, left = told(RICH, "QXGPRS", "Y", "0112")
    assert "20元流量套餐用不了" in asked
    assert "20元流量套餐一起取消" in done
    assert "流量套餐" not in left.split("查梦网")[0] or "20元流量套餐" in left


def test_a_ring_back_tone_takes_its_box_with_it() -> None:
    *_, asked, done, left = told(GOTONE, "KTCL", "1", "KTCLH", "1", "QXCL", "好的", "0112")
    assert "一元彩铃盒" in asked
    assert "一元彩铃盒一起取消" in done
    assert "彩铃" not in left


def test_what_nothing_needs_is_cancelled_as_ever() -> None:
    assert told("13900000002", "QXGPRS") == ["手机上网已取消。重新开通发0206。"]


def test_a_change_that_is_cancelled_before_it_began_leaves_the_old_one() -> None:
    *_, done, opened, listed = told(RICH, "0306", "1", "1", "QXLLTC", "0112", "0306")
    assert done.startswith("5元流量套餐已撤销，没有收费，照旧是20元流量套餐")
    assert "20元流量套餐" in opened
    assert listed.startswith("现为20元流量套餐")
    first = told(GOTONE, "0306", "1", "1", "QXLLTC")[-1]  # there was none before
    assert first.startswith("5元流量套餐已取消")


def test_data_that_costs_is_named_and_asked_about_before_it_is_opened() -> None:
    asked, done = told(EASYOWN, "KTGPRS", "好的")
    assert "流量另外计费" in asked
    assert done.startswith("手机上网已开通")
    assert "流量另外计费" in done
    assert told(EASYOWN, "KTFX")[0].startswith("飞信已开通，不收功能费")


# ---- promos ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("just", ["sp_item", "sp_category", "sp_all"])
def test_who_has_just_looked_through_his_sp_services_is_not_told_how(just: str) -> None:
    hall, at = the_hall(), datetime(2026, 11, 27, 12, tzinfo=SHANGHAI)
    facts = Facts(at, SMS, GOTONE, brand="全球通", city="长沙")
    offered = {str(choose(hall, facts, each, just)) for each in range(20)}
    assert len(offered) > 1
    assert not [promo for promo in offered if "0000" in promo]
    assert [each for each in range(20) if "0000" in str(choose(hall, facts, each, "fee_realtime"))]


# ---- others' numbers ---------------------------------------------------------------------------------------
def others_told(results: Iterable[TextResult]) -> list[tuple[str | None, str]]:
    """What goes to other handsets."""
    return [(reply.to, reply.text) for result in results for reply in result.replies if reply.to is not None]


def texted(caller: str, *texts: str) -> list[TextResult]:
    house = House()
    return list(
        simulate_sms(texts, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=caller)
    )


def pressed(caller: str | None, keys: str) -> list[str]:
    house = House()
    results = simulate_voice(
        " ".join(keys), hall=the_hall(), business=house.memory, now=lambda: house.now, caller=caller
    )
    return [sent for result in results for sent in result.sends]


def test_whose_number_another_tops_up_hears_of_it_and_nobody_else() -> None:
    card = f"CZ501000000000000014 {EASYOWN}"
    assert others_told(texted(GOTONE, card, "Y")) == [(EASYOWN, "有人给您的手机充值50元。查余额发0103。")]
    assert others_told(texted(GOTONE, card, "N")) == []
    assert others_told(texted(GOTONE, f"CZ501000000000000014 {GOTONE}", "Y", CARD)) == []
    assert others_told(texted(GOTONE, "CZ501000000000000014 13800000000", "Y")) == []


def test_who_has_anothers_number_stopped_or_started_by_telephone_is_not_the_only_one_who_hears() -> None:
    owner, secret = "13900000002", "741963"
    own, others = pressed(GOTONE, f"371{owner}{secret}1")
    assert own.startswith(f"{owner}已停机")
    assert others == (
        f"（发给{owner}）您的号码{owner}已申请停机，10月1日起每月保号费5元。不是您办的，请拨10086。"
    )
    (alone,) = pressed(None, f"371{owner}{secret}1")
    assert f"{owner}已停机" in alone
    assert len(pressed(GOTONE, f"371#{PASSWORDS[GOTONE]}1")) == 1


# ---- debt --------------------------------------------------------------------------------------------------
def test_past_months_debt_is_the_same_in_every_answer() -> None:
    fee, balance, refused = told(POSTPAID, "HF", "0103", "KTCL")
    assert all("往月未缴47元" in each for each in (fee, balance))
    assert "已欠费47元" in refused
    paid, fee, balance = told(POSTPAID, "CZ501000000000000014", "HF", "0103")
    assert paid == "充值50元成功，往月话费已缴清。查本月话费发HF。"
    assert all("往月话费已缴清" in each for each in (fee, balance))


def test_a_card_that_ends_a_stop_for_debt_says_so() -> None:
    assert told(STOPPED_FOR_DEBT, CARD) == ["充值100元成功，余额87.70元，已恢复通话。"]


def test_a_used_card_costs_no_try_and_a_guessed_one_does() -> None:
    _, used, guessed, again = told(GOTONE, CARD, CARD, "CZ123456789012345678", CARD)
    assert "还可试5次" in used
    assert "还可试4次" in guessed
    assert "还可试4次" in again


@pytest.mark.parametrize("code", ["0302", "0305", "0306"])
def test_who_owes_hears_so_before_he_chooses(code: str) -> None:
    assert "已欠费47元" in told(POSTPAID, code)[0]
    assert "可选" in told(POSTPAID, "0212")[0]  # one of them is free


# ---- reasons, and refusals as early as they are known ------------------------------------------------------
def test_who_stopped_it_himself_is_not_told_of_debt() -> None:
    assert told(STOPPED, "KTCL") == ["您的手机已申请停机，彩铃未办理，未收费。开机发0208。"]
    assert "充值发0107" in told(STOPPED_FOR_DEBT, "KTCL")[0]


@pytest.mark.parametrize(
    ("caller", "code", "reason"),
    [
        (STOPPED, "0207", "已经停机"),
        (GOTONE, "0208", "没有停机"),
        (STOPPED_FOR_DEBT, "0208", "已欠费12.30元"),
        (STOPPED, "0502", "停机期间不能重置密码"),
        (GOTONE, "0207", "请回复这个号码的6位服务密码"),
        (STOPPED, "0208", "请回复这个号码的6位服务密码"),
        (GOTONE, "0502", "请回复机主的18位身份证号码"),
        (GOTONE, "0225", "已经实名登记过"),
        (EASYOWN, "0225", "请回复机主姓名"),
    ],
)
def test_what_is_known_is_said_before_a_password_is_asked_for(caller: str, code: str, reason: str) -> None:
    assert reason in told(caller, code)[0]


def test_another_number_is_not_refused_for_what_ones_own_is() -> None:
    assert (
        "将给13900000008开机" in told(GOTONE, "0208 13900000008 486215")[0]
        or "已开机" in told(GOTONE, "0208 13900000008 486215")[0]
    )


def test_who_settles_at_the_months_end_is_reminded_of_no_balance() -> None:
    for text in ("0209 20", "0209"):
        assert "只用于先付费号码" in told(RICH, text)[0]
    assert "低于20元" in told(EASYOWN, "0209 20")[0]


def test_a_brand_without_points_is_told_that_and_not_of_none() -> None:
    for code in ("0104", "0105"):
        assert told(EASYOWN, code)[0].startswith("神州行没有积分计划")
    assert "积分是" in told(GOTONE, "0104")[0]


@pytest.mark.parametrize(
    "number",
    [
        "111111111111111111",
        "430199198906050024",
        "99010519491231002X",
        "110105194913310025",
        "110105189912310021",
    ],
)
def test_an_id_number_is_checked_by_region_day_and_check_digit(number: str) -> None:
    assert "不是有效的18位身份证号码" in told(EASYOWN, "0225", "张三", number)[-1]
    assert "登记已完成" not in told(EASYOWN, f"0225 张三 {number}")[0]


def test_a_true_one_registers() -> None:
    assert "实名登记已完成" in told(EASYOWN, "0225", "张三。", "11010519491231002X")[-1]
    assert "登记发0225" in told(EASYOWN, "0502", "11010519491231002X")[-1]


def test_a_query_was_not_found_and_not_undone() -> None:
    assert "没有查到" in told(GOTONE, "0110 13900000002 111111")[0]
    assert "没有查到" in told(GOTONE, "0114 13900000002 111111")[0]


# ---- numbers that are none ---------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["0114", "0110", "0109"])
def test_a_fixed_line_is_no_mobile_number_with_or_without_the_question(code: str) -> None:
    for texts in ((f"{code} 02012345678",), (code, f"{code} 02012345678"), (code, "02012345678")):
        assert told(GOTONE, *texts)[-1].startswith("这不是手机号码"), texts
    assert told(GOTONE, "02012345678")[0].startswith("没看懂")


def test_a_card_with_a_digit_too_few_is_told() -> None:
    assert "卡密应是18位数字" in told(GOTONE, "CZ 10100000000000001")[0]
    assert "卡密应是18位数字" in told(GOTONE, "0107", "10100000000000001")[-1]


# ---- one message, and no prices out of numbers -------------------------------------------------------------
@pytest.mark.parametrize("caller", [f"139000000{n:02}" for n in range(1, 11)])
def test_menus_and_screens_fit_into_one_message(caller: str) -> None:
    hall = the_hall()
    menus = [code for code in hall.codes if len(code) == 2]
    for code in sorted([*menus, *(c for c in hall.codes if c[:2] in ("02", "03") and len(c) == 4)]):
        for answer in told(caller, code, "下一页", "下一页") if len(code) == 2 else told(caller, code):
            assert len(answer) <= ONE_PART, answer


@pytest.mark.parametrize("group", ["0305", "0306", "0212", "0214", "0216", "0223", "0302", "0307"])
def test_so_do_lists_to_choose_from_in_every_state(group: str) -> None:
    for answer in told(RICH, group, "1", "1", group):
        assert len(answer) <= ONE_PART, answer
    for answer in told("13900000010", group, "2", "1", group):
        assert len(answer) <= ONE_PART, answer


def test_what_was_given_up_and_the_main_menu_are_one_message() -> None:
    assert len(told(GOTONE, "KTCL", "0")[-1]) <= ONE_PART
    assert len(told(GOTONE, "0000")[0]) <= ONE_PART


def test_no_row_reads_as_a_price_and_what_is_free_costs_no_0_yuan() -> None:
    import re

    for code in ("0306", "0105", "0214", "0302", "0307", "0212", "0216", "0205", "0210", "0206", "06"):
        for caller in (GOTONE, EASYOWN):
            for answer in told(caller, code, "下一页"):
                assert not re.search(r"(?m)^\d+\.\d", answer), answer
                assert not re.search(r"(?<!\d)0元", answer), answer
