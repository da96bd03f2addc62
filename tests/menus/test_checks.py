"""What a whole hall must keep: the finer points of the checks; each rule's plain case is in test_rules.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers import SPECS
from menus import Finding, read
from menus.checks.check import CHECKS, CHECKS_OF_CHANNELS
from menus.checks.reached import ReachableAction, reached
from menus.model.channels import SMS, VOICE
from menus.model.specs import Action

PROVINCE = (Path(__file__).parents[2] / "menus.yaml").read_text(encoding="utf-8").split("\n---\n")[0]
NOTES = set(read(PROVINCE, SPECS).findings)


def new(part: str) -> list[Finding]:
    """What is found when 长沙 adds ``part`` to the shipped hall."""
    reading = read(f"{PROVINCE}\n---\ncity: 长沙\n{part}", SPECS)
    return [finding for finding in reading.findings if finding not in NOTES]


def messages(part: str, rule: str) -> list[str]:
    return [finding.message for finding in new(part) if finding.rule == rule]


def hints(part: str, rule: str) -> list[str]:
    return [finding.hint for finding in new(part) if finding.rule == rule]


def test_every_check_says_what_it_is_for() -> None:
    checks = (*CHECKS, *CHECKS_OF_CHANNELS)
    assert all(check.__doc__ for check in checks)
    assert len(set(checks)) == len(checks)


# ---- what can be reached -----------------------------------------------------------------------------------
def test_ways_into_the_shipped_hall() -> None:
    hall = read(PROVINCE, SPECS).hall
    assert hall is not None
    ways = reached(hall, (VOICE, SMS))
    assert ReachableAction("crbt", None, VOICE.name) in ways
    assert ReachableAction("crbt", Action.OPEN, VOICE.name) in ways
    assert ReachableAction("crbt", Action.INFO, SMS.name) in ways
    assert ReachableAction("crbt", Action.INFO, VOICE.name) not in ways
    assert ReachableAction("sp_item", Action.CANCEL, VOICE.name) in ways  # picked out of the list
    assert ReachableAction("missed_call", Action.OPEN, VOICE.name) not in ways  # by text only
    assert not any(way.service == "survey" for way in ways)  # not served


def test_a_wording_is_demanded_only_where_somebody_can_hear_it() -> None:
    service = "services:\n  movie_night:\n    title: 电影之夜\n    does: info.text\n    keywords: 电影\n"
    said = "    answer sms: |\n      每周五晚免费放映。\n"
    assert messages(service + said, "missing-wording") == []
    assert messages(f"{service}{said}telephone:\n  按2-8: movie_night\n", "missing-wording") == [
        "“电影之夜”缺少语音话术 info 里的 answer（办成或查到时）。"
    ]


@pytest.mark.parametrize("channel", ["voice", "sms"])
def test_what_is_opened_needs_its_question_by_both_channels(channel: str) -> None:
    part = f"shared:\n  products.manage:\n    open:\n      confirm {channel}: none\n"
    broken = {message.split("”")[0].strip("（长沙）“") for message in messages(part, "no-confirm")}
    assert "飞信" in broken
    assert "彩铃" not in broken  # it words its own
    assert ("来电提醒" in broken) == (channel == "sms")  # has no key


def test_by_voice_what_is_picked_out_of_a_list_is_read_back() -> None:
    part = "services:\n  sp_item:\n    cancel:\n      confirm voice: none\n"
    assert messages(part, "no-confirm") == ["“梦网业务逐条查询退订”的 cancel 缺少语音的确认话术。"]


def test_a_question_without_the_price_is_no_question() -> None:
    part = "services:\n  crbt:\n    open:\n      confirm voice: |\n        开通彩铃，确认请按1。\n"
    assert messages(part, "no-confirm") == ["“彩铃”的确认话术没有说资费。"]


def test_a_value_of_one_action_may_not_stand_in_a_wording_for_all() -> None:
    """open knows the first day, cancel the last: a wording for both may name neither."""
    part = "services:\n  crbt:\n    answer: |\n      {start}生效。\n"
    assert messages(part, "unknown-value") == ["这里没有名叫 {start} 的值。"]
    part = "services:\n  crbt:\n    open:\n      answer: |\n        {start}生效。\n"
    assert messages(part, "unknown-value") == []


# ---- codes and keywords ------------------------------------------------------------------------------------
@pytest.mark.parametrize("sent", ["0101", "0000", "HF", "KTCL", "10086", "CZ加18位卡密", "短信HF"])
def test_wordings_may_tell_to_send_what_the_hall_knows(sent: str) -> None:
    assert messages(f"promos:\n  p:\n    text: |\n      请发{sent}到10086。\n", "unknown-code") == []


@pytest.mark.parametrize(("sent", "meant"), [("0199", "0109"), ("KTCI", "KTCL"), ("QXHD", "")])
def test_wordings_may_not_tell_to_send_what_nobody_understands(sent: str, meant: str) -> None:
    part = f"texts:\n  bye voice: |\n    请发短信{sent}到10086。\n"
    assert messages(part, "unknown-code") == [f"话术让客户发 {sent}，可是没有这个编号或关键词。"]
    assert meant in hints(part, "unknown-code")[0]


def test_a_code_that_a_city_takes_away_may_not_be_promised_there() -> None:
    part = "sms:\n  发0205: none\n"
    found = messages(part, "unknown-code")
    assert found
    assert all(message.startswith("（长沙）") and "0205" in message for message in found)


def test_keywords_are_compared_as_texts_are() -> None:
    part = "services:\n  fetion:\n    keywords: FX ｃｌ\n"
    assert messages(part, "keyword-twice") == ["关键词“ｃｌ”已经归“彩铃”，不能再归“飞信”。"]


def test_two_spellings_of_one_keyword_may_stand_with_one_service() -> None:
    assert (
        messages("services:\n  sms_bill:\n    keywords: 短信帐单 短信账单 ＤＸＺＤ DXZD\n", "keyword-twice")
        == []
    )


# ---- menus -------------------------------------------------------------------------------------------------
def test_did_you_mean_names_the_nearest() -> None:
    assert hints("telephone:\n  按6: fee_realtme\n", "unknown-service") == ["是不是想写 fee_realtime？"]
    assert hints("telephone:\n  按6: 业务咨询\n", "unknown-service") == ["菜单要写成：menu 业务咨询"]
    assert hints("services:\n  crbt:\n    does: products.mange crbt\n", "unknown-handler") == [
        "是不是想写 products.manage？"
    ]
    part = "services:\n  fee_realtime:\n    answer credit sms: |\n      {balanse}\n"
    assert hints(part, "unknown-value") == ["是不是想写 balance？"]


def test_a_product_without_its_number_is_said() -> None:
    assert messages("services:\n  crbt:\n    does: products.manage\n", "unknown-handler") == [
        "products.manage 后面还要写产品编号。"
    ]
    assert messages("services:\n  balance:\n    does: fees.balance x\n", "unknown-handler") == [
        "fees.balance 后面不用再写字。"
    ]


def test_guidance_collides_with_a_key_that_a_city_adds() -> None:
    found = messages("telephone:\n  按9: crbt\n", "guidance-key")
    assert "（长沙）引导“month_start”占用了主菜单的按9（彩铃）。" in found


def test_a_worded_menu_must_follow_its_entries() -> None:
    part = "sms:\n  发0502: none\n  发05 sms: |\n    1.修改密码 2.忘记密码 3.密码解锁\n"
    assert messages(part, "menu-wording") == ["发05的话术多出了 2。"]
    wording = "    逐条，请按1；分类，请按2；全部，请按3；投诉，请按0。\n"
    part = f"telephone:\n  按4-4: none\n  按4 voice: |\n{wording}"
    assert messages(part, "menu-wording") == []


def test_a_ring_of_keys_is_one_finding_a_key() -> None:
    found = [f.rule for f in new("telephone:\n  按6: 按7\n  按7: 按6\n")]
    assert found.count("loop") == 2
    assert set(found) == {"loop"}


def test_what_is_wrong_inside_a_wording_is_placed_inside() -> None:
    part = "services:\n  crbt:\n    open:\n      answer sms: |\n        彩铃已开通，\n        每月{fe}。\n"
    (found,) = [f for f in new(part) if f.rule == "unknown-value"]
    lines = f"{PROVINCE}\n---\ncity: 长沙\n{part}".splitlines()
    assert lines[found.line - 1][found.column - 1 :] == "{fe}。"


def test_lengths_are_counted_with_usual_values() -> None:
    """The names are short, the values are not."""
    short = "promos:\n  p:\n    text: |\n      " + "字" * 70 + "\n"
    assert messages(short, "long-sms") == []
    assert messages(short.replace("字\n", "字字\n"), "long-sms") == ["短信约 71 字，超过 70 字，会拆成几条。"]
    part = "services:\n  balance:\n    answer credit sms: |\n      {now}" + "字" * 61 + "\n"
    assert messages(part, "long-sms") == ["短信约 71 字，超过 70 字，会拆成几条。"]  # 11月22日9:05
