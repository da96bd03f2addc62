"""A conversation over the shipped menu: work is run, waited for, given up, written down, settled."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from business.guards.faults import Delay, FailBefore, Hang, Lie
from business.port import Unknown as PortUnknown
from counter.asking_again import ask_again, late_message
from counter.conversation import Conversation, Timeouts, Turn
from counter.testing.house import POSTPAID, House, at_once, now_of, say, texts
from menus.dialogue.session import Session
from menus.model.channels import SMS, VOICE
from menus.model.events import Answered, Await, End, HungUp, Key, Say, Send, Started, Text, Unknown
from menus.model.text import render_text


def begin(conversation: Conversation, word: str) -> Deferred[Turn]:
    return Deferred.fromCoroutine(conversation.turn(Text(word)))


# ---- the straight way --------------------------------------------------------------------------------------
def test_a_code_is_answered_in_one_turn() -> None:
    house = House()
    (turn,) = say(house.conversation(), "0101")
    assert "本月已消费62.60元" in texts(turn)
    assert (turn.recognised.service, turn.recognised.how) == ("fee_realtime", "code")
    assert turn.operations == ()
    assert house.journal.lines == []


def test_ring_back_tone_by_menu_opens_once() -> None:
    house = House()
    conversation = house.conversation()
    *_, screen, opened, again = say(conversation, "10086", "2", "4", "1", "1")
    assert "5元" in texts(screen)
    assert "已开通" in texts(opened)
    assert "没有重复收费" in texts(again)
    assert house.charges(POSTPAID) == 5_00
    (operation, outcome) = opened.operations[0]
    assert isinstance(outcome, Answered)
    assert again.operations[0][0].key == operation.key
    assert operation.caller == POSTPAID


@pytest.mark.parametrize("word", ["取消彩铃", "QXCL", "不要开通彩铃", "退订彩铃", "别给我开彩铃"])
def test_a_word_against_it_never_opens(word: str) -> None:
    house = House()
    say(house.conversation(), word, "1", "Y", "1")
    assert house.charges(POSTPAID) == 0
    assert "crbt" not in at_once(house.memory.subscriber(POSTPAID)).opened


@pytest.mark.parametrize("reply", ["1,3", "1，3", "1、3", "1 3"])
def test_numbers_out_of_the_list_cancel_these_and_no_other(reply: str) -> None:
    house = House()
    before = at_once(house.memory.sp_subscriptions(POSTPAID))
    say(house.conversation(), "0000", reply)
    left = at_once(house.memory.sp_subscriptions(POSTPAID))
    assert left == (before[1], before[3])


def test_by_voice_one_one_says_the_fee_and_copies_it() -> None:
    house = House()
    conversation = house.conversation(channel=VOICE)
    turns = [at_once(conversation.turn(each)) for each in (Started(), Key("1"), Key("1"))]
    said = [e for e in turns[-1].events if isinstance(e, Say)]
    sent = [e for e in turns[-1].events if isinstance(e, Send)]
    assert "62.60元" in render_text(said[0].template, said[0].values)
    assert len(sent) == 1
    assert isinstance(turns[-1].events[-1], Await)


def test_hanging_up_changes_nothing_and_ends() -> None:
    conversation = House().conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    turn = at_once(conversation.turn(HungUp()))
    assert not any(isinstance(e, Say | Await) for e in turn.events)
    assert all(isinstance(e, End) for e in turn.events)


# ---- slow and broken back offices --------------------------------------------------------------------------
def test_slow_work_is_waited_for_and_answered() -> None:
    house = House()
    house.business.plan("fee", Delay(5))
    turn = begin(house.conversation(), "0101")
    house.timers.pump([2.4, 0.2, 1.0, 1.0, 1.0])
    assert "62.60元" in texts(now_of(turn))
    assert house.timers.getDelayedCalls() == []


def test_a_query_is_given_up_at_the_deadline_and_says_so() -> None:
    house = House()
    house.business.plan("fee", Hang())
    turn = begin(house.conversation(), "0101")
    house.timers.advance(15)
    assert "系统忙" in texts(now_of(turn))
    house.business.release()
    assert house.journal.lines == []


def test_an_offer_is_given_up_as_not_done() -> None:
    house = House()
    house.business.plan("offer", Hang())
    turn = begin(house.conversation(), "KTCL")
    house.timers.advance(15)
    assert "未收费" in texts(now_of(turn))
    assert house.charges(POSTPAID) == 0


def test_a_change_that_hangs_is_unknown_and_its_end_is_told_to_the_journal() -> None:
    house = House()
    conversation = house.conversation()
    say(conversation, "KTCL")
    house.business.plan("perform", Hang())
    turn = begin(conversation, "1")
    assert house.journal.lines[0].startswith("started ")
    house.timers.advance(15)
    told = now_of(turn)
    assert "不要重发" in texts(told)
    assert isinstance(told.operations[0][1], Unknown)
    assert house.journal.late == []
    house.business.release()
    ((operation, outcome),) = house.journal.late
    assert operation == told.operations[0][0]
    assert isinstance(outcome, Answered)
    assert house.charges(POSTPAID) == 5_00


def test_what_was_unknown_is_settled_by_its_key_and_told_by_sms() -> None:
    house = House()
    conversation = house.conversation()
    say(conversation, "KTCL")
    house.business.plan("perform", Lie(PortUnknown("half way")), Lie(PortUnknown("still")))
    (unknown,) = say(conversation, "1")
    operation, outcome = unknown.operations[0]
    assert isinstance(outcome, Unknown)
    assert at_once(ask_again(house.desk, operation)) is None
    known = at_once(ask_again(house.desk, operation))
    assert isinstance(known, Answered)
    again = at_once(ask_again(house.desk, operation))
    assert isinstance(again, Answered)
    assert again.repeated
    assert house.charges(POSTPAID) == 5_00
    facts = at_once(house.desk.facts(POSTPAID, SMS))
    for late in (known, again):
        (event,) = late_message(house.halls.newest, operation, late, facts)
        assert isinstance(event, Say | Send)
        assert "彩铃已开通" in render_text(event.template, event.values)
    assert late_message(house.halls.newest, operation, Unknown(), facts) == ()


def test_nothing_is_done_that_is_not_written_down() -> None:
    house = House()
    conversation = house.conversation()
    say(conversation, "KTCL")
    before = conversation.session
    house.journal.broken = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        say(conversation, "1")
    assert "perform" not in house.business.calls
    assert conversation.session == before
    house.journal.broken = None
    say(conversation, "1")
    assert house.charges(POSTPAID) == 5_00


def test_the_operation_is_written_down_before_it_is_done() -> None:
    house = House()
    conversation = house.conversation()
    say(conversation, "KTCL")

    async def started(operation: object, session: Session) -> None:
        assert "perform" not in house.business.calls
        assert Session.from_json(session.to_json()) == session
        house.journal.lines.append("checked")

    house.journal.started = started  # type: ignore[method-assign]
    say(conversation, "1")
    assert house.journal.lines == ["checked"]
    assert "perform" in house.business.calls


def test_facts_that_do_not_come_do_not_hold_up_the_answer() -> None:
    house = House()
    house.business.plan("subscriber", Hang())
    turn = begin(house.conversation(), "10086")
    house.timers.advance(2)
    assert "1.查询" in texts(now_of(turn))


def test_facts_and_work_that_hang_are_given_up_one_after_the_other() -> None:
    house = House()
    house.business.plan("subscriber", Hang(), Hang(), Hang())
    house.business.plan("fee", Hang())
    turn = begin(house.conversation(), "0101")
    house.timers.advance(2)
    house.timers.advance(15)
    assert "系统忙" in texts(now_of(turn))
    assert house.business.calls.count("subscriber") == 1


def test_a_failing_back_office_never_raises() -> None:
    house = House()
    for method in ("subscriber", "fee", "points", "sp_subscriptions", "offer"):
        house.business.plan(method, *[FailBefore()] * 20)
    for word in ("0101", "0104", "0000", "KTCL", "10086"):
        (turn,) = say(house.conversation(), word)
        assert texts(turn)


# ---- versions ----------------------------------------------------------------------------------------------
def test_a_session_of_a_version_that_is_gone_goes_on_with_the_newest() -> None:
    house = House()
    session = Session.new("long ago", SMS, POSTPAID, "s9")
    conversation = Conversation(house.halls, session, house.desk, house.journal, house.timers)
    (turn,) = say(conversation, "0101")
    assert "62.60元" in texts(turn)
    assert turn.session.hall_version == house.halls.newest.version


def test_work_without_end_is_ended() -> None:
    """However often a menu asks for work in one turn, the turn comes to an end."""
    (turn,) = say(House().conversation(timeouts=Timeouts(works=1)), "0101")
    assert "62.60元" in texts(turn)
    house = House()
    (turn,) = say(house.conversation(timeouts=Timeouts(works=0)), "0101")
    assert texts(turn) == ""
    assert "fee" not in house.business.calls
