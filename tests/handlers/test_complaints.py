"""Complaints in words and by keys, reports of spam, how far a complaint is, and urging it once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from business.port import Complaint, ComplaintKind, ComplaintState
from counter.testing.house import NOW, POSTPAID, at_once, say, texts
from counter.testing.stocked import StockedHouse, wanting
from handlers.complaints import CLASSES, sender_of
from handlers.request import time, typed
from menus.model.channels import VOICE
from menus.model.events import Answered, Key, Outcome, Send, Started
from menus.model.specs import Action
from menus.model.values import Kind


def filed(house: StockedHouse) -> tuple[Complaint, ...]:
    return at_once(house.memory.complaints(POSTPAID))


# ---- complaining -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "0702 营业员态度太差",
        "投诉 营业员态度太差",
        "投诉：营业员态度太差",
        "TS营业员态度太差",
        "我要投诉 营业员态度太差",
    ],
)
def test_words_behind_the_command_are_the_complaint(text: str) -> None:
    house = StockedHouse()
    (turn,) = say(house.conversation(), text)
    (complaint,) = filed(house)
    assert f"已受理，编号{complaint.number}（服务态度）" in texts(turn)
    assert "答复您" in texts(turn)


@pytest.mark.parametrize("text", ["0702", "投诉", "投诉电话是多少", "我要投诉"])
def test_without_words_they_are_asked_for(text: str) -> None:
    house = StockedHouse()
    asked, done = say(house.conversation(), text, "你们乱扣费")
    assert "请回复您要投诉或建议的内容" in texts(asked)
    assert "已受理" in texts(done)
    assert len(filed(house)) == 1


def test_the_words_are_kept_as_they_were_written() -> None:
    house = StockedHouse()
    (turn,) = say(house.conversation(), "0702 手机 Nokia 在 O 号楼打不通")
    ((operation, _),) = turn.operations
    assert operation.work().inputs["text"] == "手机 Nokia 在 O 号楼打不通"


@pytest.mark.parametrize("key", "123456")
def test_by_telephone_a_key_is_the_class(key: str) -> None:
    house = StockedHouse()
    conversation = house.conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, asked, done = [at_once(conversation.turn(Key(each))) for each in "401" + key]
    (complaint,) = filed(house)
    assert "话费问题，请按1" in texts(asked)
    assert f"编号{complaint.number}" in texts(done)
    assert complaint.kind is CLASSES[int(key) - 1]
    assert any(isinstance(event, Send) for event in done.events)


def test_by_telephone_a_key_of_no_class_files_nothing_and_star_goes_back() -> None:
    house = StockedHouse()
    conversation = house.conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, wrong, back = [at_once(conversation.turn(Key(each))) for each in "4017*"]
    assert "没有这一项" in texts(wrong)
    assert "投诉建议，请按1" in texts(back)
    assert filed(house) == ()


def test_by_telephone_hash_asks_again_and_0_leads_to_an_agent() -> None:
    conversation = StockedHouse().conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, again, agent = [at_once(conversation.turn(Key(each))) for each in "401#0"]
    assert "话费问题，请按1" in texts(again)
    assert "转人工" in texts(agent)


# ---- spam --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("report", "found"),
    [
        ("13812345678*恭喜您中奖", ("13812345678", "恭喜您中奖")),
        ("10661234 恭喜", ("10661234", "恭喜")),
        ("+8613812345678，恭喜", ("+8613812345678", "恭喜")),
        ("138-1234-5678#恭喜", ("13812345678", "恭喜")),
        ("95588恭喜", ("95588", "恭喜")),
        ("恭喜您中奖", None),
        ("13812345678*", None),
        ("13812345678", None),
        ("", None),
    ],
)
def test_a_report_begins_with_the_sender(report: str, found: tuple[str, str] | None) -> None:
    assert sender_of(report) == found


def test_spam_is_reported_or_asked_for_again() -> None:
    house = StockedHouse()
    asked, no_sender, done = say(house.conversation(), "0703", "恭喜您中奖", "13812345678*恭喜您中奖")
    assert "号码" in texts(asked)
    assert "没有看到垃圾短信的号码" in texts(no_sender)
    assert "已收到您对13812345678的举报" in texts(done)
    assert [one.kind for one in filed(house)] == [ComplaintKind.SPAM]


def test_spam_in_one_text() -> None:
    house = StockedHouse()
    (turn,) = say(house.conversation(), "JB10661234*您有大奖")
    assert "10661234" in texts(turn)


# ---- how far it is -----------------------------------------------------------------------------------------
def house_with(*complaints: Complaint) -> StockedHouse:
    house = StockedHouse()

    async def found(_msisdn: str) -> tuple[Complaint, ...]:
        return complaints

    house.business.complaints = found  # type: ignore[method-assign, assignment]
    return house


def one(number: str, state: ComplaintState, **more: object) -> Complaint:
    return Complaint(number, ComplaintKind.FEE, state, NOW, NOW + timedelta(hours=24), **more)  # type: ignore[arg-type]


def status(house: StockedHouse, **inputs: str) -> Outcome:
    return house.run(wanting("complaints.status", Action.QUERY, inputs))


def test_what_is_open_is_a_list() -> None:
    found = status(
        house_with(
            one("TS100922001", ComplaintState.WORKING, urged=2),
            one("TS100921001", ComplaintState.CLOSED),
            one("TS100920001", ComplaintState.ACCEPTED),
        )
    )
    assert isinstance(found, Answered)
    assert [(item.id, item.variant) for item in found.items] == [
        ("TS100922001", "urged"),
        ("TS100920001", ""),
    ]


@pytest.mark.parametrize(("answer", "variant"), [("已退5元", "answered"), ("", "closed")])
def test_what_is_answered_is_told(answer: str, variant: str) -> None:
    found = status(house_with(one("TS100922001", ComplaintState.ANSWERED, answer=answer)))
    assert isinstance(found, Answered)
    assert found.variant == variant


@pytest.mark.parametrize("number", ["TS100920001", "100920001"])
def test_by_its_number(number: str) -> None:
    house = house_with(
        one("TS100922001", ComplaintState.WORKING), one("TS100920001", ComplaintState.CLOSED, answer="已解释")
    )
    found = status(house, number=number)
    assert isinstance(found, Answered)
    assert (found.variant, found.values["reply"].raw) == ("answered", "已解释")


def test_a_number_that_is_not_there_and_none_at_all() -> None:
    unknown = status(house_with(one("TS100922001", ComplaintState.WORKING)), number="TS1")
    assert isinstance(unknown, Answered)
    assert unknown.variant == "unknown"
    assert status(house_with()) == Answered("none")


def test_urged_by_a_number_once() -> None:
    house = StockedHouse()
    *_, listed, urged, again, later = say(house.conversation(), "0702 总是扣错钱", "催办", "1", "1", "0704")
    assert "催办回复序号" in texts(listed)
    assert "已催办" in texts(urged)
    assert "不用再催" in texts(again)
    assert "已催办1次" in texts(later)
    assert filed(house)[0].urged == 1


def test_urging_anew_within_the_hour_is_refused() -> None:
    house = StockedHouse()
    *_, refused = say(house.conversation(), "0702 总是扣错钱", "0704", "1", "0704", "1")
    assert "刚刚催办过" in texts(refused)
    assert filed(house)[0].urged == 1


def test_urging_tells_the_time_as_china_has_it_whatever_zone_the_back_office_keeps() -> None:
    assert typed({"due": NOW.astimezone(UTC)}, {"due": Kind.TIME}) == {"due": time(NOW)}
    raw = typed({"due": NOW.astimezone(UTC)}, {"due": Kind.TIME})["due"].raw
    assert isinstance(raw, datetime)
    assert raw.hour == NOW.hour


def test_by_telephone_listed_asked_and_urged() -> None:
    house = StockedHouse()
    say(house.conversation(), "0702 总是扣错钱")
    number = filed(house)[0].number
    conversation = house.conversation(channel=VOICE)
    at_once(conversation.turn(Started()))
    *_, listed, asked, done = [at_once(conversation.turn(Key(key))) for key in "40211"]
    assert f"1，编号{number}，已受理" in texts(listed)
    assert f"您要催办编号{number}的投诉" in texts(asked)
    assert "已经催办" in texts(done)
    assert filed(house)[0].urged == 1
