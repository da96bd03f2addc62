"""Subscribers who text: the issue's own dialogues, and what every message may mean to what is open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from menus.dialogue.machine import settled
from menus.dialogue.session import AtConfirm, AtInput, AtList, AtMenu, Idle
from menus.model.channels import SMS, VOICE
from menus.model.events import Answered, Do, Key, NotDone, Refused, Say, SayKind, Text, Transfer, Unknown
from menus.model.specs import Action
from menus.model.values import Kind
from menus.testing.small_hall import NOW, small_hall, values
from menus.testing.talk import Office, Talk, subscriber

_MONEY, _COUNT = Kind.MONEY, Kind.COUNT

ANSWERED = ["crbt.open.answer"]


def kinds(talk: Talk) -> list[SayKind]:
    return [e.kind for e in talk.events if isinstance(e, Say)]


# ---- 10086, 2, 4, 1 ----------------------------------------------------------------------------------------
def test_the_menu_leads_to_a_screen_that_names_the_tariff_and_1_opens() -> None:
    her = subscriber()
    assert her.text("10086") == ["menu."]
    assert her.text("2") == ["menu.02"]
    assert her.text("4") == ["crbt.open.screen"]
    assert "5元" in her.read()
    assert kinds(her) == [SayKind.CONFIRM]
    assert her.office.keys() == []
    assert her.text("1") == ANSWERED
    assert her.finals() == ANSWERED
    assert her.office.opened == {"crbt"}


def test_a_repeated_1_asks_for_the_same_key_and_charges_nothing() -> None:
    her = subscriber()
    her.text("10086", "2", "4", "1")
    assert her.text("1") == ["crbt.open.again"]
    assert her.text("Y") == ["crbt.open.again"]
    assert len(her.office.keys()) == 3
    assert len(set(her.office.keys())) == 1
    assert her.finals() == []


def test_the_code_leads_to_the_same_screen() -> None:
    her = subscriber()
    assert her.text("0204") == ["crbt.open.screen"]
    assert her.how == "code"
    assert her.meant == ("crbt", Action.OPEN)
    assert her.text("1") == ANSWERED
    assert her.how == "dialogue"


def test_on_every_screen_2_cancels_whatever_the_state() -> None:
    her = subscriber(office=Office(opened={"crbt"}))
    assert her.text("0204") == ["crbt.open.screen on"]
    assert her.text("1") == ["refused already"]
    assert her.office.keys() == []
    assert her.text("2") == ["crbt.cancel.answer"]
    assert her.office.opened == set()
    assert her.text("2") == ["crbt.cancel.again"]
    assert len(set(her.office.keys())) == 1


def test_after_cancelling_1_shows_the_screen_anew_and_only_the_next_1_opens() -> None:
    her = subscriber()
    her.text("0204", "1", "2")
    assert her.text("1") == ["crbt.open.screen"]
    assert her.office.opened == set()
    assert her.text("1") == ANSWERED
    assert len(set(her.office.keys())) == 3


@pytest.mark.parametrize("text", ["取消彩铃", "QXCL", "qxcl", "退订彩铃", "不要彩铃"])
def test_what_cancels_never_opens(text: str) -> None:
    her = subscriber()
    her.text(text, "1", "Y", "是")
    assert all(w.action is not Action.OPEN for w in her.office.works)
    assert her.office.opened == set()


# ---- confirmations -----------------------------------------------------------------------------------------
def test_a_charged_opening_is_asked_and_each_yes_is_understood() -> None:
    for yes in (
        "1",
        "Y",
        "y",
        "是",
        "确认",
        "１",
        "Y。",
        "1.",
        "（1）",
        "好的",
        "OK",
        "回复Y",
        "嗯",
        "确认开通",
    ):
        her = subscriber()
        assert her.text("KTCL") == ["crbt.open.confirm"]
        assert her.text(yes) == ANSWERED


def test_a_free_opening_is_not_asked() -> None:
    her = subscriber()
    assert her.text("KTFX") == ["fetion.open.answer"]


def test_a_yes_sent_before_the_question_was_there_asks_again() -> None:
    her = subscriber()
    her.text("KTCL")
    assert her.text("1", seen=False) == ["crbt.open.confirm"]
    assert her.office.keys() == []
    assert her.text("1") == ANSWERED


def test_a_1_sent_before_the_screen_was_there_shows_it_again() -> None:
    her = subscriber()
    her.text("0204")
    assert her.text("1", seen=False) == ["crbt.open.screen"]
    assert her.office.keys() == []


@pytest.mark.parametrize("no", ["2", "N", "不", "否", "不办", "取消", "不用了", "先不办了", "*", "返回"])
def test_each_no_is_understood(no: str) -> None:
    her = subscriber()
    her.text("KTCL")
    assert her.text(no) == ["confirm no"]
    assert her.text("Y") == ["confirm none"]
    assert her.office.keys() == []


def test_a_code_leaves_the_question_and_says_so() -> None:
    her = subscriber()
    her.text("KTCL")
    assert her.text("0101") == ["left", "fee.query.answer"]
    assert her.text("Y") == ["confirm none"]


def test_a_newer_question_replaces_the_older_one_and_says_so() -> None:
    her = subscriber(office=Office())
    her.text("KTCL")
    assert her.text("CZ123456789012345678")[:1] == ["confirm replaced"]
    her.text("1")
    assert her.office.opened == {"topup"}


def test_the_question_lives_two_hours() -> None:
    her = subscriber()
    her.text("KTCL")
    her.wait(hours=2)
    assert her.text("1") == ANSWERED
    late = subscriber()
    late.text("KTCL")
    late.wait(hours=2, seconds=1)
    assert late.text("Y") == ["confirm expired"]
    assert late.text("Y") == ["confirm none"]
    assert late.office.keys() == []


def test_a_question_that_names_no_tariff_is_never_asked() -> None:
    her = subscriber()
    del her.hall.services["crbt"].wordings[(Action.OPEN, "confirm")]  # type: ignore[attr-defined]
    assert her.text("KTCL") == ["busy failed"]
    assert not isinstance(her.session.waiting, AtConfirm)


# ---- outcomes ----------------------------------------------------------------------------------------------
def test_a_refusal_comes_before_any_question() -> None:
    her = subscriber(office=Office(refuses={("crbt", Do.OFFER): Refused("arrears", {})}))
    assert her.text("KTCL") == ["refused other"]
    owed = Refused("arrears", {"owed": values({"owed": _MONEY})["owed"]})
    her = subscriber(office=Office(refuses={("crbt", Do.OFFER): owed}))
    assert her.text("0204") == ["refused arrears"]
    assert kinds(her) == [SayKind.REFUSAL]
    assert her.text("1") == ["menu."]
    assert her.office.keys() == []


def test_unknown_says_wait_and_the_same_key_may_be_asked_again() -> None:
    her = subscriber(office=Office(outcomes={("crbt", Do.PERFORM): Unknown()}))
    her.text("KTCL")
    assert her.text("1") == ["busy change"]
    assert her.finals() == []
    her.office.outcomes.clear()
    assert her.text("1") == ANSWERED
    assert len(set(her.office.keys())) == 1


def test_only_what_was_certainly_not_done_is_called_busy() -> None:
    her = subscriber(office=Office(outcomes={("crbt", Do.PERFORM): NotDone(), ("fee", Do.ASK): NotDone()}))
    her.text("KTCL")
    assert her.text("1") == ["busy failed"]
    assert her.text("0101") == ["busy query"]
    assert her.finals() == []


# ---- menus -------------------------------------------------------------------------------------------------
def test_long_menus_have_pages_of_one_message_with_numbers_running_on() -> None:
    her = subscriber()
    her.text("02")
    read, pages = her.read(), 1
    while her.text("下一页") == ["menu.02"]:
        assert len(her.read()) <= 70
        read, pages = read + her.read(), pages + 1
    assert her.said() == ["menu end"]
    assert pages > 1
    assert all(f"项{n}" in read for n in range(4, 15))
    assert her.text("14") == ["soon"]
    assert her.text("*") == ["menu."]


def test_a_menu_position_lasts_ten_minutes() -> None:
    her = subscriber()
    her.text("10086")
    her.wait(minutes=10, seconds=1)
    assert her.text("2") == ["menu expired"]
    assert her.text("2") == ["menu."]
    her.wait(minutes=11)
    assert her.text("HF") == ["fee.query.answer"]


def test_a_text_that_had_to_wait_finds_open_what_was_open_when_it_came() -> None:
    her = subscriber()
    her.text("10086")
    came = her.facts.steady or her.facts.now
    her.wait(minutes=30)
    her.give(Text("2", came=came))
    assert her.said() == ["menu.02"]
    her.wait(minutes=30)
    her.give(Text("1"))
    assert her.said() == ["menu expired"]


def test_a_clock_that_is_set_ends_no_menu() -> None:
    her = subscriber(steady=NOW)
    her.text("10086")
    her.wait(hours=5)  # of the calendar only
    assert her.text("2") == ["menu.02"]


def test_a_bare_digit_with_nothing_open_gets_the_main_menu() -> None:
    her = subscriber()
    assert her.text("3") == ["menu."]
    assert her.meant == (None, None)


def test_a_number_that_the_menu_has_not() -> None:
    her = subscriber()
    her.text("01")
    assert her.text("9") == ["none menu"]
    assert isinstance(her.session.waiting, AtMenu)
    assert her.text("1") == ["fee.query.answer"]


def test_a_keyword_leaves_the_menu() -> None:
    her = subscriber()
    her.text("10086")
    assert her.text("话费") == ["fee.query.answer"]
    assert her.how == "keyword"


def test_what_is_not_served_says_so_and_is_not_final() -> None:
    her = subscriber()
    assert her.text("QD") == ["soon"]
    assert her.finals() == []


def test_nobody_understands() -> None:
    her = subscriber()
    assert her.text("天气真好") == ["none"]
    assert (her.how, her.meant) == ("none", (None, None))


def test_a_bare_cancel_asks_what() -> None:
    her = subscriber()
    assert her.text("取消") == ["ask cancel"]
    assert her.how == "ask"


def test_the_agent_is_announced() -> None:
    her = subscriber()
    assert her.text("0701") == ["transfer"]
    assert isinstance(her.last(), Transfer)


# ---- lists -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reply", ["1,3", "1，3", "1、3", "1 3", "３，１"])
def test_a_reply_cancels_those_two_and_no_other(reply: str) -> None:
    her = subscriber()
    assert her.text("0000") == ["sp.query.answer", *["sp.query.item"] * 3, "sp.query.foot"]
    assert kinds(her) == [SayKind.ASK] * 5
    assert her.text(reply) == ["sp.cancel.answer"]
    chosen = her.office.works[-1].inputs["items"].split(",")
    assert sorted(chosen) == ["id1", "id3"]


def test_the_same_reply_again_has_the_same_key() -> None:
    her = subscriber()
    her.text("0000", "1,3", "1,3")
    assert len(her.office.keys()) == 2
    assert len(set(her.office.keys())) == 1
    her.text("2")
    assert len(set(her.office.keys())) == 2


def test_one_bad_number_and_nothing_is_cancelled() -> None:
    her = subscriber()
    her.text("0000")
    assert her.text("1,4") == ["list bad"]
    assert "4" in her.read()
    assert her.office.keys() == []
    assert her.text("2") == ["sp.cancel.answer"]


def test_only_rows_that_were_shown_can_be_named() -> None:
    her = subscriber(office=Office(rows=10))
    assert her.text("0000").count("sp.query.item") == 8
    assert her.text("9") == ["list bad"]
    assert her.text("#") == ["sp.query.item", "sp.query.item", "sp.query.foot"]
    assert her.text("9") == ["sp.cancel.answer"]
    assert her.office.works[-1].inputs["items"] == "id9"


def test_a_list_lasts_two_hours() -> None:
    her = subscriber()
    her.text("0000")
    her.wait(hours=2, seconds=1)
    assert her.text("1,3") == ["menu expired"]
    assert her.office.keys() == []


def test_an_empty_list_is_an_answer() -> None:
    her = subscriber(office=Office(rows=0))
    assert her.text("0000") == ["sp.query.answer"]
    assert not isinstance(her.session.waiting, AtList)


# ---- questions ---------------------------------------------------------------------------------------------
def test_a_question_takes_what_is_valid_for_its_kind() -> None:
    her = subscriber()
    assert her.text("0102") == ["ask month"]
    assert her.text("202601") == ["bad month"]
    assert her.text("2026年9月") == ["bill.query.answer"]
    assert her.office.works[-1].inputs == {"month": "202609"}


@pytest.mark.parametrize(("reply", "month"), [("1", "202610"), ("9", "202609"), ("07月", "202607")])
def test_months_may_be_written_short(reply: str, month: str) -> None:
    her = subscriber()
    her.text("ZD", reply)
    assert her.office.works[-1].inputs == {"month": month}


def test_a_code_wins_over_an_open_question() -> None:
    her = subscriber()
    her.text("0702")
    assert isinstance(her.session.waiting, AtInput)
    assert her.text("0101") == ["left", "fee.query.answer"]
    her.text("TS")
    assert her.text("HF") == ["left", "fee.query.answer"]
    her.text("TS")
    assert her.text("话费算错了，请查一查") == ["complaint.open.answer"]


def test_the_main_menu_wins_over_everything_and_says_what_was_left() -> None:
    her = subscriber()
    her.text("KTCL")
    assert her.text("0") == ["main left"]  # in one message
    assert her.text("2") == ["menu.02"]
    her.text("CZ")
    assert her.text("10086") == ["main left"]
    del her.hall.texts["main left"]  # type: ignore[attr-defined]
    her.text("CZ")
    assert her.text("10086") == ["left", "menu."]


def test_a_wrong_card_is_asked_for_again_and_hidden() -> None:
    bad = Refused("bad card", values({"left": _COUNT}))
    her = subscriber(office=Office(refuses={("topup", Do.OFFER): bad}))
    assert her.text("CZ123456789012345678") == ["refused bad card"]
    assert her.office.works[-1].secrets == {"card"}
    her.office.refuses.clear()
    assert her.text("8765 4321 0987 6543 21") == ["topup.open.confirm"]
    assert "876543210987654321" not in her.session.masked()
    assert "876543210987654321" not in repr(her.session)
    her.text("1")
    assert her.office.works[-1].inputs == {"card": "876543210987654321"}


def test_after_an_answer_from_a_menu_its_numbers_still_count() -> None:
    her = subscriber()
    her.text("01", "1")
    assert isinstance(her.session.waiting, AtMenu)
    assert her.text("2") == ["ask month"]
    by_code = subscriber()
    by_code.text("0101")
    assert isinstance(by_code.session.waiting, Idle)


def test_words_with_two_meanings_are_asked() -> None:
    her = subscriber()
    assert her.text("飞信彩铃") == ["ask head", "ask item", "ask item", "ask foot"]
    assert (her.how, her.meant) == ("ask", (None, None))
    assert her.text("2") in (["crbt.open.screen"], ["fetion.open.screen"])
    her.text("飞信彩铃")
    assert her.text("0") == ["menu."]


def test_cancelling_words_at_a_choice_still_cancel() -> None:
    her = subscriber(office=Office(opened={"crbt", "fetion"}))
    her.text("取消飞信彩铃", "1")
    assert {w.action for w in her.office.works} == {Action.CANCEL}


def test_a_citys_own_hall_is_spoken() -> None:
    hall = small_hall()
    menus = {**hall.sms, "": replace(hall.sms[""], title="长沙菜单")}
    everywhere = replace(hall, cities={"长沙": replace(hall, sms=menus)})
    her = Talk(SMS, everywhere, city="长沙")
    her.text("10086")
    assert "长沙菜单" in her.read()
    other = Talk(SMS, everywhere, city="湘潭")
    other.text("10086")
    assert "长沙菜单" not in other.read()


def test_a_result_that_came_late_is_told_by_sms() -> None:
    she = Talk(VOICE, office=Office(outcomes={("crbt", Do.PERFORM): Unknown()}))
    she.call()
    she.press("3 2 1 1")
    work = she.office.works[-1]
    facts = replace(she.facts, channel=SMS)
    late = Answered("", values({"fee": _MONEY}))
    told = settled(she.hall, she.session, work, late, facts)
    assert [e.name for e in told if isinstance(e, Say)] == ANSWERED
    refused = settled(she.hall, she.session, work, Refused("busy"), facts)
    assert [e.name for e in refused if isinstance(e, Say)] == ["refused busy"]


def test_a_free_text_that_is_left_for_a_menu_says_so_only_once() -> None:
    her = subscriber()
    her.text("TS")
    assert her.text("01") == ["left", "menu.01"]
    assert her.text("02") == ["menu.02"]


def test_what_comes_out_of_turn_changes_nothing() -> None:
    her = subscriber()
    her.text("KTCL")
    waiting = her.session.waiting
    assert her.give(Key("1")) == []
    assert her.give(Answered()) == []
    assert her.session.waiting == waiting


def test_a_repeated_answer_without_a_word_for_it_is_told_again_but_is_not_final() -> None:
    her = subscriber()
    del her.hall.services["sp"].wordings[(Action.CANCEL, "again")]  # type: ignore[attr-defined]
    her.text("0000", "1,3")
    assert her.finals() == ["sp.cancel.answer"]
    assert her.text("1,3") == ["sp.cancel.answer"]
    assert her.finals() == []
