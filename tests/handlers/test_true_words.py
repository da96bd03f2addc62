"""What is said of a change is so: of what is cancelled and runs on, what is paid or free, what follows."""

from __future__ import annotations

from datetime import datetime

import pytest

from business.port.days import SHANGHAI
from counter.testing.house import (
    ARREARS,
    EASYOWN,
    MZONE,
    POSTPAID,
    SUSPENDED,
    House,
    at_once,
    texts,
    the_hall,
)
from menus.model.events import Text
from server.simulate import simulate_sms


def told(caller: str, *words: str, house: House | None = None) -> list[str]:
    house = house or House()
    results = simulate_sms(
        words, hall=the_hall(), business=house.memory, now=lambda: house.now, caller=caller, promos_a_day=0
    )
    return [result.replies[0].text for result in results]


# ---- cancelled, and paid for the month ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("caller", "words"),
    [
        (MZONE, ("QXCL", "1", "QXCL")),
        (POSTPAID, ("QXLDXS", "QXLDXS")),
        (EASYOWN, ("0224", "1", "1", "QXXXF", "1", "QXXXF")),
    ],
)
def test_what_is_cancelled_already_runs_on_and_is_not_told_as_never_charged(
    caller: str, words: tuple[str, ...]
) -> None:
    said = told(caller, *words)[-1]
    assert "已经取消，可用到9月30日" in said
    assert "未收费" not in said


def test_what_was_never_open_says_so() -> None:
    assert "您没有开通WLAN，不用取消" in told(MZONE, "取消WLAN")[-1]


def test_opening_again_in_the_paid_month_names_no_charge() -> None:
    *_, asked, screen = told(MZONE, "QXCL", "1", "KTCL", "0204")
    for said in (asked, screen.removeprefix("刚才的办理已取消，未收费。")):
        assert "本月已付" in said
        assert "开通即收费" not in said


# ---- free --------------------------------------------------------------------------------------------------
def test_what_is_free_is_not_said_to_be_charged_no_more() -> None:
    for words in (("0205", "2"), ("0112", "3")):
        said = told(MZONE, *words)[-1]
        assert "不再收费" not in said
        assert "已取消" in said or "不收功能费" in said
    assert "0元" not in told(EASYOWN, "我朋友说要开通飞信")[-1]


# ---- a change that has not begun ---------------------------------------------------------------------------
def test_the_plan_that_runs_until_another_begins_is_told_so() -> None:
    *_, listed = told(POSTPAID, "0305", "1", "1", "0112")
    row = next(line for line in listed.splitlines() if "全球通58套餐" in line)
    *_, refused = told(POSTPAID, "0305", "1", "1", "0112", row[0])
    assert "全球通58套餐用到9月30日，之后换成全球通88套餐" in refused


def test_a_cancelled_change_says_what_goes_on() -> None:
    house = House()
    conversation = house.conversation()

    def say(*words: str) -> list[str]:
        return [texts(at_once(conversation.turn(Text(word)))) for word in words]

    say("0306", "2", "1")
    house.now = datetime(2010, 10, 1, 9, tzinfo=SHANGHAI)
    *_, listed = say("0306", "1", "1", "0112")
    row = next(line for line in listed.splitlines() if "11月1日起" in line)
    for said in say(row[0], "1"):
        assert "照旧是10元流量套餐" in said


# ---- a price that none has, or several have ----------------------------------------------------------------
def test_a_price_that_there_is_not_names_what_there_is() -> None:
    for word in ("0305 1", "0305 500"):
        said = told(POSTPAID, word)[-1]
        assert "元这一档" in said
        assert "全球通88套餐" in said
        assert "全球通58套餐、" not in said  # his own


def test_a_price_that_several_have_is_asked_about() -> None:
    assert "5元的手机报有2种：手机报综合版、手机报财经版" in told(POSTPAID, "0223 5")[-1]


# ---- names -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "取消天气早知道，谢谢",
        "取消天气早知道吧谢谢",
        "取消天气早知道可以吗",
        "取消天气早知道吗",
        "麻烦取消天气早知道",
    ],
)
def test_politeness_is_no_part_of_a_name(text: str) -> None:
    assert "您将取消天气早知道，" in told(MZONE, text)[-1]


def test_several_names_are_cancelled_together_after_one_question() -> None:
    house = House()
    names = [sp.name for sp in at_once(house.memory.sp_subscriptions(POSTPAID))][:2]
    for sign in ("和", "、"):
        house = House()
        asked, done = told(POSTPAID, f"取消{names[0]}{sign}{names[1]}", "Y", house=house)
        assert "您将取消" in asked
        assert all(name in asked and name in done for name in names)
        left = [sp.name for sp in at_once(house.memory.sp_subscriptions(POSTPAID))]
        assert not set(left) & set(names)
    assert "您没有订" in told(POSTPAID, f"取消{names[0]}和天下太平")[-1]


def test_equal_names_are_told_apart_by_the_lists() -> None:
    house = House()
    name = "新闻快讯"
    said = told(POSTPAID, "0224", "2", "1", f"取消{name}", house=house)[-1]
    assert "请写全名" not in said
    assert "0112" in said
    assert "0000" in said


# ---- who may choose nothing --------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["0212", "0214", "0216", "0223", "0224", "0302", "0305", "0307"])
def test_a_stopped_number_hears_so_before_it_chooses(code: str) -> None:
    (said,) = told(SUSPENDED, code)
    assert "停机" in said
    assert "1、" not in said


def test_who_owes_hears_so_before_he_orders() -> None:
    (said,) = told(ARREARS, "0224")
    assert "欠费" in said
    assert "1、" not in said


# ---- reports -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [("JB",), ("垃圾短信 怎么屏蔽",), ("JB", "垃圾短信太多了"), ("JB 怎么举报",), ("垃圾短信 太多了",)],
)
def test_who_names_no_number_is_told_how_to_report(words: tuple[str, ...]) -> None:
    house = House()
    said = told(POSTPAID, *words, house=house)[-1]
    assert "未登记" not in said
    assert "13800000000*恭喜您中奖了" in said
    assert not at_once(house.memory.complaints(POSTPAID))
