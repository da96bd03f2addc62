"""Callers who press keys: type-ahead, guarded confirmations, silences and wrong keys apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from menus.dialogue.session import AtConfirm, AtInput, Ended
from menus.model.events import Do, End, HungUp, NotDone, Refused, Say, Transfer, TransferFailed, Unknown
from menus.model.specs import Action
from menus.model.values import Kind
from menus.testing.small_hall import both, values
from menus.testing.talk import Office, Talk, caller

MAIN = [*["menu item"] * 4, "main foot"]
FEES = ["fee.query.answer", "copied", "more"]


def in_the_hall(**facts: object) -> Talk:
    talk = caller(**facts)
    talk.call()
    return talk


# ---- greeting, menus ---------------------------------------------------------------------------------------
def test_a_call_begins_with_a_greeting_and_the_main_menu() -> None:
    assert caller().call() == ["greet", *MAIN]
    assert caller(brand="全球通").call() == ["greet brand", *MAIN]
    assert caller(owed=500).call() == ["greet", "greet arrears", *MAIN]
    assert caller(owed=500, suspended=True).call() == ["greet", "greet suspended", *MAIN]


def test_1_1_tells_the_fee_and_sends_it_too() -> None:
    he = in_the_hall()
    assert he.press("1 1") == FEES
    assert he.finals() == ["fee.query.answer"]
    assert he.meant == ("fee", Action.QUERY)
    assert "5元" in he.sent()[0]


def test_first_key_and_next_key_have_times_of_their_own() -> None:
    he = in_the_hall()
    assert he.awaited().seconds == 8.0
    he.press("1 5 1")
    assert he.awaited().seconds == 4.0


def test_a_campaigns_key_is_neither_spoken_nor_pressed_out_of_its_time() -> None:
    he = in_the_hall()
    assert he.press("5")[0] == "nomatch 1"


def test_guidance_takes_only_a_free_key_and_only_at_the_door() -> None:
    he = caller(busy=True)
    assert he.call() == ["greet", "guidance.fees", *MAIN]
    assert he.press("#") == ["guidance.fees", *MAIN]
    assert he.press("9") == FEES
    later = in_the_hall(busy=True)
    later.press("1*")
    assert later.press("9")[0] == "nomatch 1"


def test_star_goes_back_and_hash_says_it_again() -> None:
    he = in_the_hall()
    inside = he.press("1")
    assert he.press("#") == inside
    assert he.press("*") == MAIN
    assert he.press("*") == MAIN
    he.press("1 1")
    assert he.press("#") == ["fee.query.answer", "more"]
    assert he.finals() == []
    assert he.press("*") == inside


def test_a_menus_own_0_wins_over_the_agent() -> None:
    he = in_the_hall()
    assert he.press("4 0") == ["news.info.answer", "more"]
    he = in_the_hall()
    assert he.press("1 0") == ["transfer"]
    assert isinstance(he.last(), Transfer)


def test_a_transfer_that_fails_brings_the_caller_back() -> None:
    he = in_the_hall()
    he.press("1 0")
    assert he.give(TransferFailed())[0] == "transfer failed"
    assert he.awaited().flush
    assert he.press("1") == FEES


# ---- silence, wrong keys -----------------------------------------------------------------------------------
def test_three_silences_end_the_call() -> None:
    he = in_the_hall()
    assert he.silence() == ["noinput 1", *MAIN]
    assert he.silence() == ["noinput 2", *MAIN]
    assert he.silence() == ["noinput 3", "bye"]
    assert he.last() == End("no_input")
    assert isinstance(he.session.waiting, Ended)


def test_three_wrong_keys_lead_to_an_agent_and_empty_what_was_typed_behind() -> None:
    he = in_the_hall()
    assert he.press("9") == ["nomatch 1", *MAIN]
    assert he.awaited().flush
    assert he.press("9") == ["nomatch 2", *MAIN]
    assert he.press("9") == ["nomatch 3"]
    assert isinstance(he.last(), Transfer)


def test_silences_and_wrong_keys_are_counted_apart_and_anew_after_a_right_key() -> None:
    he = in_the_hall()
    he.press("9 9")
    assert he.silence()[0] == "noinput 1"
    he.press("1")
    assert he.press("9")[0] == "nomatch 1"
    assert he.silence()[0] == "noinput 1"


def test_silence_after_an_answer_says_goodbye() -> None:
    he = in_the_hall()
    he.press("1 1")
    assert he.silence() == ["bye"]
    assert he.last() == End("served")


# ---- confirmations -----------------------------------------------------------------------------------------
def test_3_2_1_1_at_once_does_not_open_unheard() -> None:
    he = in_the_hall()
    assert he.press("3 2 1") == ["crbt.open.confirm"]
    waits = he.awaited()
    assert waits.flush, "what was typed ahead must not confirm"
    assert waits.guarded == {"1"}, "1 counts only once the tariff was spoken"
    assert he.office.keys() == []
    assert he.press("1") == ["crbt.open.answer", "more"]
    assert he.office.opened == {"crbt"}
    assert len(he.sent()) == 1


@pytest.mark.parametrize("key", ["2", "*"])
def test_2_and_star_mean_no(key: str) -> None:
    he = in_the_hall()
    he.press("3 2 1")
    assert he.press(key)[0] == "confirm no"
    assert he.office.keys() == []


def test_silence_means_no_and_says_so() -> None:
    he = in_the_hall()
    he.press("3 2 1")
    assert he.silence()[0] == "unconfirmed"
    assert he.office.keys() == []
    assert not isinstance(he.session.waiting, AtConfirm)


def test_a_wrong_key_at_the_question_asks_again_guarded() -> None:
    he = in_the_hall()
    he.press("3 2 1")
    assert he.press("7") == ["nomatch 1", "crbt.open.confirm"]
    assert he.awaited().guarded == {"1"}
    assert he.press("#") == ["crbt.open.confirm"]


def test_a_screen_offers_1_to_open_and_2_to_cancel() -> None:
    he = in_the_hall(office=Office(opened={"crbt"}))
    assert he.press("3 2") == ["crbt.open.screen on"]
    assert he.press("1") == ["refused already", "more"]
    assert he.awaited().flush
    he.press("*")
    assert he.press("2 2") == ["crbt.cancel.answer", "more"]


def test_a_refusal_is_told_before_any_question() -> None:
    owed = Refused("arrears", values({"owed": Kind.MONEY}))
    he = in_the_hall(office=Office(refuses={("crbt", Do.OFFER): owed}))
    assert he.press("3 2") == ["refused arrears", "more"]
    assert he.awaited().flush


def test_what_may_have_been_done_is_never_called_busy() -> None:
    he = in_the_hall(office=Office(outcomes={("crbt", Do.PERFORM): Unknown()}))
    he.press("3 2 1")
    assert he.press("1") == ["busy change", "more"]


def test_a_query_that_failed_can_be_asked_again_with_1() -> None:
    he = in_the_hall(office=Office(outcomes={("fee", Do.ASK): NotDone()}))
    assert he.press("1 1") == ["busy query"]
    he.office.outcomes.clear()
    assert he.press("1") == FEES


# ---- digits ------------------------------------------------------------------------------------------------
def test_a_number_and_its_password_need_no_hash() -> None:
    he = in_the_hall()
    assert he.press("1 8") == ["ask mobile"]
    assert he.press("13900000002") == ["ask service password"]
    assert he.press("246810") == ["other.query.answer", "more"]
    assert he.office.works[-1].inputs == {"number": "13900000002", "secret": "246810"}
    assert he.office.works[-1].secrets == {"secret"}


def test_hash_alone_is_my_own_number_and_star_clears() -> None:
    he = in_the_hall()
    he.press("1 8 139")
    assert he.press("*") == ["ask mobile"]
    assert he.press("#") == ["ask service password"]
    he.press("246810")
    assert he.office.works[-1].inputs["number"] == "13900000001"


def test_a_number_may_begin_with_0_or_86() -> None:
    for written in ("013900000002", "8613900000002"):
        he = in_the_hall()
        he.press("1 8")
        assert he.press(written) == ["ask service password"], written


def test_silence_ends_the_digits_too() -> None:
    he = in_the_hall()
    he.press("1 2")
    assert isinstance(he.session.waiting, AtInput)
    he.press("10")
    assert he.silence() == ["bill.query.answer", "more"]
    assert he.office.works[-1].inputs == {"month": "202610"}


def test_a_wrong_number_is_asked_for_again_three_times() -> None:
    he = in_the_hall()
    he.press("1 8")
    assert he.press("123#") == ["bad mobile"]
    assert he.press("99999999999") == ["bad mobile"]
    assert he.press("5#") == ["nomatch 3"]


def test_a_card_is_read_back_before_it_is_used() -> None:
    he = in_the_hall()
    he.press("1 5")
    assert he.press("123456789012345678") == ["topup.open.confirm"]
    assert he.awaited().guarded == {"1"}
    assert he.press("1") == ["topup.open.answer", "more"]


def test_a_wrong_password_is_asked_for_again_a_locked_one_is_not() -> None:
    wrong = Refused("password wrong", values({"left": Kind.COUNT}))
    he = in_the_hall(office=Office(refuses={("other", Do.ASK): wrong}))
    he.press("1 8 #")
    assert he.press("246810") == ["refused password wrong"]
    assert isinstance(he.session.waiting, AtInput)
    he.office.refuses[("other", Do.ASK)] = Refused("password locked")
    assert he.press("246811") == ["refused password locked", "more"]


def test_words_cannot_be_pressed() -> None:
    he = in_the_hall()
    assert he.press("3 4") == ["elsewhere", "more"]


# ---- lists -------------------------------------------------------------------------------------------------
def test_rows_are_cancelled_one_by_one_after_a_question() -> None:
    he = in_the_hall()
    assert he.press("4 1") == ["sp.query.answer", *["sp.query.item"] * 3, "sp.query.foot"]
    assert len(he.sent()) == 1
    assert he.sent()[0].count("\n") == 3
    assert "回复" not in he.sent()[0]
    assert he.sent()[0].startswith("梦网业务：")
    assert he.press("2") == ["sp.cancel.confirm"]
    assert he.awaited().guarded == {"1"}
    assert he.press("1") == ["sp.cancel.answer", "more list"]
    assert he.office.works[-1].inputs == {"items": "id2"}
    assert he.press("1")[0] == "sp.query.answer"


def test_9_turns_the_page_and_rows_count_from_1_on_each() -> None:
    he = in_the_hall(office=Office(rows=10))
    assert he.press("4 1").count("sp.query.item") == 8
    assert he.press("9").count("sp.query.item") == 2
    assert he.press("9")[0] == "list end"
    he.press("2 1")
    assert he.office.works[-1].inputs == {"items": "id10"}


# ---- who is calling ----------------------------------------------------------------------------------------
def test_a_withheld_caller_proves_who_he_is_once() -> None:
    he = in_the_hall(caller=None)
    assert he.press("1 1") == ["ask caller"]
    assert he.press("#") == ["bad mobile"]
    assert he.press("13900000007") == ["ask secret"]
    assert he.press("135790") == ["fee.query.answer", "more"]
    assert he.office.works[-1].inputs == {"caller": "13900000007", "secret": "135790"}
    assert "135790" not in he.session.masked()
    assert he.press("* 2") == ["ask month"]


def test_a_withheld_caller_gets_information_and_the_agent() -> None:
    he = in_the_hall(caller=None)
    assert he.press("4 0") == ["news.info.answer", "more"]
    assert he.press("0") == ["transfer"]


def test_who_has_proved_who_he_is_may_be_refused_without_being_asked_again() -> None:
    he = in_the_hall(caller=None, office=Office(opened={"crbt"}))
    he.press("3 2 13900000007")
    assert he.press("135790") == ["crbt.open.screen on"]
    assert he.press("2") == ["crbt.cancel.answer", "more"]


# ---- the end -----------------------------------------------------------------------------------------------
def test_a_caller_who_is_gone_is_gone() -> None:
    he = in_the_hall()
    he.give(HungUp())
    assert he.last() == End("hung_up")
    assert he.press("1") == []
    assert he.silence() == []


def test_a_menus_own_wording_serves_only_while_all_it_names_is_offered() -> None:
    he = caller()
    own = replace(he.hall.telephone[""], wording=both("main", {}))
    he.hall = replace(he.hall, telephone={**he.hall.telephone, "": own})
    assert he.call() == ["greet", *MAIN], "the campaign is over, and its key must not be named"
    he.facts = replace(he.facts, now=he.facts.now.replace(month=3))
    assert he.press("#") == ["menu."]


def test_a_menu_is_put_in_words_once_for_all_who_are_offered_the_same() -> None:
    he, she, later = caller(), caller(), caller()
    she.hall = later.hall = he.hall
    later.facts = replace(later.facts, now=later.facts.now.replace(month=3))
    assert he.call() == she.call() == ["greet", *MAIN]
    his, hers = ([each for each in one.events if isinstance(each, Say)] for one in (he, she))
    assert [one is other for one, other in zip(his, hers, strict=True)] == [False, *[True] * len(MAIN)]
    assert later.call() == ["greet", "menu item", *MAIN], "the campaign runs, and its key is named"
    assert she.press("#") == MAIN, "and is not, for whom it does not"
