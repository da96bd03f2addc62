"""What people write to something that is open: yes, no, numbers, rows of a list, in all their writings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counter.testing.house import the_hall
from menus.dialogue.session import AtList, AtScreen, Idle
from menus.matching.replies import agrees, declines, reply_of
from menus.matching.wrapping import before_quote, own_words
from menus.model.specs import Action
from menus.model.values import Kind, Value
from menus.testing.talk import Office, Talk, subscriber

ANSWERED = ["crbt.open.answer"]


@pytest.mark.parametrize(
    "yes",
    [
        "1",
        "Y",
        "y",
        "Y。",
        "1.",
        "1、",
        "（1）",
        "好的",
        "好的。",
        "好的，谢谢",
        "好",
        "好滴",
        "OK",
        "ok的",
        "回复Y",
        "嗯",
        "嗯嗯",
        "可以",
        "行",
        "是",
        "是的",
        "对",
        "确认",
        "确定",
        "同意",
        "没问题",
        "要得",
        "确认开通",
        "同意办理",
        "好的，办理",
        "嗯，开通吧",
        "办",
        "开吧",
        "我要开通",
        "haode",
        "１",
        "Ｙ",
        "①",
        "ok👌",
        "行吧",
    ],
)
def test_a_yes(yes: str) -> None:
    reply = reply_of(yes)
    assert reply.number == 1 or agrees(reply, Action.OPEN)
    assert not declines(reply, Action.OPEN)


@pytest.mark.parametrize(
    "no",
    [
        "N",
        "no",
        "不",
        "不要",
        "不用",
        "不用了",
        "不了",
        "不办",
        "不办了",
        "先不办了",
        "不需要",
        "不开了",
        "不好",
        "不行",
        "不可以",
        "不同意",
        "不是的",
        "算了",
        "取消",
        "取消吧",
        "放弃",
        "别开",
        "暂时不要",
        "我不要",
        "不想办",
        "buyao",
    ],
)
def test_a_no(no: str) -> None:
    assert declines(reply_of(no), Action.OPEN)
    assert not agrees(reply_of(no), Action.OPEN)


@pytest.mark.parametrize(
    "neither",
    [
        "好不好",
        "可以吗",
        "行不行",
        "是不是",
        "好了",
        "开通了",
        "对了",
        "好像",
        "好的吗",
        "可以不",
        "谢谢",
        "再想想",
        "为什么",
        "不好意思",
        "不知道",
        "好贵",
        "是什么",
        "可以退吗",
        "确认什么",
        "一样",
        "不取消",
        "3",
        "11",
        "好友",
        "你好",
        "OK吗",
        "嗯？",
        "要钱吗",
    ],
)
def test_what_is_neither(neither: str) -> None:
    reply = reply_of(neither)
    if neither != "嗯？":  # a sign at the end says nothing
        assert not agrees(reply, Action.OPEN)
        assert reply.number != 1
    assert not declines(reply, Action.OPEN)


def test_the_verb_of_the_question_is_a_yes_to_it_and_the_other_none() -> None:
    for yes in ("退订", "退", "确认取消", "好的，退吧", "同意退订"):
        assert agrees(reply_of(yes), Action.CANCEL), yes
        assert not agrees(reply_of(yes), Action.OPEN), yes
    for neither in ("取消", "开通", "办理"):
        assert not agrees(reply_of(neither), Action.CANCEL), neither
        assert not declines(reply_of(neither), Action.CANCEL), neither
    assert agrees(reply_of("取消"), Action.CANCEL, verb=True)
    assert not agrees(reply_of("开通"), Action.OPEN, product=False)  # 您将停机：开 is no yes


@pytest.mark.parametrize("unclear", ["天气真好", "好不好", "可以吗", "开通了", "3", "谢谢", "再想想"])
def test_what_is_not_understood_leaves_the_question_open_once(unclear: str) -> None:
    her = subscriber()
    her.text("KTCL")
    assert her.text(unclear) == ["unclear"]
    assert her.office.keys() == []
    assert her.text("1") == ANSWERED
    twice = subscriber()
    twice.text("KTCL", unclear)
    assert twice.text(unclear) == ["confirm no"]
    assert twice.text("Y") == ["confirm none"]
    assert twice.office.keys() == []


def test_a_question_that_was_not_understood_lives_no_longer_for_it() -> None:
    her = subscriber()
    her.text("KTCL")
    her.wait(hours=1)
    her.text("天气真好")
    her.wait(hours=1, seconds=1)
    assert her.text("1") == ["confirm expired"]


def test_what_was_to_be_cancelled_goes_on_and_a_bare_cancel_says_nothing_for_certain() -> None:
    for no in ("2", "不", "不取消", "不退了"):
        her = subscriber(office=Office(opened={"crbt"}))
        assert her.text("取消彩铃行不行") == ["crbt.cancel.confirm"]
        assert her.text(no) == ["confirm kept"]
        assert her.office.opened == {"crbt"}
    her = subscriber(office=Office(opened={"crbt"}))
    her.text("取消彩铃行不行")  # 1.取消 2.不取消
    assert her.text("取消") == ["crbt.cancel.answer"]


def test_who_asks_what_it_costs_is_shown_the_question_again() -> None:
    her = subscriber()
    her.text("KTCL")
    for asked in ("多少钱", "什么意思？"):
        assert her.text(asked) == ["crbt.open.confirm"]
    assert her.text("好的") == ANSWERED


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("返回", "menu."),
        ("上一级", "menu."),
        ("00", "menu."),
        ("主菜单", "menu."),
        ("上一页", "menu.02"),
        ("下页", "menu.02"),
    ],
)
def test_a_menu_is_walked_by_words(word: str, shown: str) -> None:
    her = subscriber()
    her.text("02")
    assert her.text(word) == [shown]


@pytest.mark.parametrize(
    "written",
    [
        "4.",
        "4、",
        "（4）",
        "４",
        "④",
        "回复4",
        "第4项",
        "四",
        "4👍",
        "选4",
        "4\n发自我的iPhone",
        "4\n--\n张三",
        "4 来自我的小米手机",
    ],
)
def test_a_number_of_a_menu_however_it_is_written(written: str) -> None:
    her = subscriber()
    her.text("02")
    assert her.text(written) == ["crbt.open.screen"]


@pytest.mark.parametrize("written", ["1.5", "4 5", "44", "不要4", "4吗", "没有4"])
def test_what_is_no_number_of_a_menu_is_none(written: str) -> None:
    her = subscriber()
    her.text("02")
    assert her.text(written) in (["none open"], ["none menu"])
    assert her.text("4") == ["crbt.open.screen"]


ALL = "id1,id2,id3"
ROWS = {"每日笑话": 800, "彩图周刊": 600, "掌上书城": 600}


def listed(reply: str, **talk: object) -> tuple[list[str], Talk]:
    """What a reply to a list of three rows with names gets."""
    her = subscriber(**talk)
    her.text("0000")
    at = her.session.waiting
    assert isinstance(at, AtList)
    items = tuple(
        replace(row, values={"name": Value(Kind.TEXT, name), "fee": Value(Kind.MONEY, fee)})
        for row, (name, fee) in zip(at.items, ROWS.items(), strict=True)
    )
    her.session = replace(her.session, waiting=replace(at, items=items))
    return her.text(reply), her


@pytest.mark.parametrize(
    ("reply", "rows"),
    [
        ("退1", "id1"),
        ("第2项", "id2"),
        ("退订1和3", "id1,id3"),
        ("退每日笑话", "id1"),
        ("取消彩图周刊", "id2"),
        ("我要退订掌上书城", "id3"),
        ("退8元", "id1"),
        ("每日笑话和彩图周刊都退", None),
    ],
)
def test_a_row_is_chosen_by_its_number_its_name_or_its_amount(reply: str, rows: str | None) -> None:
    said, her = listed(reply)
    if rows is None:
        assert her.office.keys() == []
        return
    assert said == ["sp.cancel.answer"]
    assert her.office.works[-1].inputs["items"] == rows


@pytest.mark.parametrize(
    ("reply", "rows"),
    [
        ("全部", ALL),
        ("都退了", ALL),
        ("每日笑话", "id1"),
        ("每日笑话退了", "id1"),
        ("1到3", ALL),
        ("笑话", "id1"),
        ("不要2", "id2"),
    ],
)
def test_what_is_less_plain_is_asked_about_first(reply: str, rows: str) -> None:
    said, her = listed(reply)
    assert said == ["sp.cancel.confirm"]
    assert her.office.keys() == []
    assert her.text("好的") == ["sp.cancel.answer"]
    assert her.office.works[-1].inputs["items"] == rows


@pytest.mark.parametrize(
    "reply",
    ["开通每日笑话", "每日笑话是什么", "6元", "谢谢", "别退每日笑话", "好的", "每日笑话不好笑"],
)
def test_what_chooses_no_row_changes_nothing_and_the_list_stays(reply: str) -> None:
    said, her = listed(reply)
    assert her.office.keys() == []
    assert "sp.cancel.confirm" not in said
    assert her.text("2") == ["sp.cancel.answer"]


@pytest.mark.parametrize("between", ["天气真好", "HF", "0101", "话费", "QD", "人工", "谢谢"])
def test_a_screen_answers_to_its_numbers_whatever_came_between(between: str) -> None:
    her = subscriber()
    her.text("0204")
    assert isinstance(her.session.waiting, AtScreen)
    her.text(between, between)
    assert her.text("1") == ANSWERED


def test_so_do_a_menu_a_list_and_a_choice() -> None:
    for opening, number, does in (
        ("02", "4", "crbt.open.screen"),
        ("0000", "2", "sp.cancel.answer"),
        ("飞信彩铃", "1", None),
    ):
        her = subscriber()
        her.text(opening, "HF")
        assert does in (None, *her.text(number))
        assert her.said() != ["menu."]


@pytest.mark.parametrize("other", ["0205", "10086", "0000", "0102", "KTCL"])
def test_what_opens_something_of_its_own_takes_its_place(other: str) -> None:
    her = subscriber()
    her.text("0204", other)
    opened = her.session.waiting
    assert not isinstance(opened, Idle)
    assert isinstance(her.session.kept, Idle)
    her.text("HF", "1")
    assert her.office.opened <= {"fetion"}


def test_a_screen_that_came_back_is_no_younger() -> None:
    her = subscriber()
    her.text("0204")
    her.wait(hours=1)
    her.text("HF")
    her.wait(hours=1, seconds=1)
    assert her.text("1") == ["confirm expired"]
    assert her.office.keys() == []


def test_a_question_for_confirmation_does_not_come_back() -> None:
    her = subscriber()
    her.text("KTCL", "HF")
    assert her.text("1") == ["menu."]
    assert her.office.keys() == []


def test_our_own_text_quoted_under_an_answer_is_passed_over() -> None:
    hall = the_hall()
    main = "10086营业厅，请回复序号：\n1.查询 2.办理 3.套餐"
    under = (
        f"\n{main}",
        f" {main}",
        "\n> 10086营业厅，请回复序号\n> 1.查询",
        f"\n-----原始短信-----\n{main}",
    )
    for quoted in under:
        written = f"2{quoted}"
        assert own_words(before_quote(hall, own_words(written))).strip() == "2", written
    assert before_quote(hall, f"HF\n\n{main}") == "HF"
    assert before_quote(hall, "收到短信说要扣费") == "收到短信说要扣费"


def test_who_says_no_more_complains_of_nothing() -> None:
    for word in ("不说了", "算了", "不用了", "取消"):
        her = subscriber()
        her.text("0702")
        assert her.text(word) == ["left"]
        assert her.office.works == []
    for word in ("1", "好的", "12"):
        her = subscriber()
        her.text("0702")
        assert her.text(word) == ["bad text"]
    her.text("0702", "信号不好")
    assert her.office.works[-1].inputs == {"words": "信号不好"}


def test_words_that_end_a_question_are_never_filed() -> None:
    for word in (
        "返回",
        "*",
        "上一页",
        "退出",
        "撤销",
        "取消投诉",
        "我不投诉了",
        "没事了谢谢",
        "我打错了",
        "发错了",
    ):
        her = subscriber()
        her.text("0702")
        assert her.text(word) == ["left"], word
        assert her.office.works == []


def test_signs_thanks_and_questions_leave_the_question_open() -> None:
    retried = dict.fromkeys(("？", "。", "#", "谢谢", "等一下"), "bad text")
    for word, answer in {**retried, "怎么写": "ask text", "要钱吗": "ask text"}.items():
        her = subscriber()
        her.text("0702")
        assert her.text(word) == [answer], word
        her.text("没有信号已经三天了")
        assert her.office.works[-1].inputs == {"words": "没有信号已经三天了"}


def test_a_command_is_done_where_words_are_asked_for() -> None:
    for word in ("查话费", "HF谢谢", "发0101"):
        her = subscriber()
        her.text("0702")
        assert her.text(word)[0] == "left", word
        assert her.office.works[-1].service == "fee"


def test_who_will_not_ask_after_all_hears_that() -> None:
    her = subscriber()
    her.text("0102")
    assert her.text("不查了") == ["left query"]
    assert her.text("1") == ["menu."]
