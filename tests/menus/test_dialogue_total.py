"""No input of any kind brings the dialogue down: random talks over the hall as it is shipped, with a back
office that answers anything that its handlers may answer, and some things that they may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import SPECS
from menus import read_file
from menus.dialogue.machine import Step, settled, step
from menus.dialogue.promos import choose
from menus.dialogue.session import AtConfirm, AtList, AtScreen, Session, Waiting
from menus.matching.replies import agrees, reply_of
from menus.matching.wrapping import own_words
from menus.model.channels import CHANNELS, SMS, VOICE, Channel
from menus.model.conditions import BRANDS
from menus.model.events import (
    Answered,
    Await,
    Do,
    End,
    Facts,
    HungUp,
    Input,
    Item,
    Key,
    NotDone,
    Offered,
    Outcome,
    Refused,
    Say,
    Send,
    Silence,
    Started,
    Text,
    Transfer,
    TransferFailed,
    Unknown,
    Work,
)
from menus.model.hall import Hall
from menus.model.phrases import REFUSALS
from menus.model.province import CITIES
from menus.model.specs import Action, ActionSpec
from menus.model.text import render_text
from menus.testing.small_hall import CALLER, values
from menus.testing.talk import Office, Talk

FILE = Path(__file__).resolve().parents[2] / "menus.yaml"
STEPS_OF_ONE_INPUT = 6
EVENTS_OF_ONE_STEP = 60


@pytest.fixture(scope="module")
def hall() -> Hall:
    reading = read_file(FILE, SPECS)
    assert reading.hall is not None, reading.findings
    return reading.hall


reasons = st.sampled_from([*REFUSALS, "month range", "never heard of"])
codes = st.from_regex(r"0[0-9]{1,4}", fullmatch=True)
USUAL = (
    "10086 0 1 2 3 4 9 # * Y 是 N 1,3 取消 退订 HF KTCL QXCL 彩铃 开通飞信 CZ123456789012345678 0102202610 "
    "13900000002 135790 TD 00000 转人工"
)
said = st.one_of(st.sampled_from(USUAL.split()), codes, st.text(max_size=30))
happenings: st.SearchStrategy[Input] = st.one_of(
    st.builds(Key, st.sampled_from("0123456789*#")),
    st.builds(Key, st.sampled_from("1234")),
    st.builds(Text, said, st.booleans()),
    st.just(Silence()),
    st.just(Started()),
    st.just(TransferFailed()),
    st.builds(Answered),
    st.just(NotDone()),
    st.just(HungUp()),
)
facts_of = st.builds(
    Facts,
    now=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    channel=st.sampled_from(tuple(CHANNELS.values())),
    caller=st.none() | st.just(CALLER),
    brand=st.none() | st.sampled_from(BRANDS),
    city=st.none() | st.sampled_from(CITIES),
    vip=st.booleans(),
    owed=st.sampled_from([0, 500]),
    suspended=st.booleans(),
    opened=st.frozensets(st.sampled_from(["crbt", "fetion", "gprs"])),
    busy=st.booleans(),
)


def _spec(hall: Hall, work: Work) -> ActionSpec:
    spec = hall.services[work.service].spec
    assert spec is not None
    return spec.actions[work.action]


@st.composite
def _outcome(draw: st.DrawFn, hall: Hall, work: Work) -> Outcome:
    """Mostly what such a handler would answer."""
    spec = _spec(hall, work)
    reason = draw(reasons)
    bad: list[Outcome] = [
        Refused(reason, values(spec.refusals.get(reason, {})) if draw(st.booleans()) else {}),
        NotDone(),
        Unknown(),
    ]
    rows = (
        tuple(Item(f"id{n}", values(spec.item)) for n in range(draw(st.integers(0, 20)))) if spec.item else ()
    )
    variant = draw(st.sampled_from(sorted(spec.answers)))
    answered = Answered(variant, values(spec.answers[variant]), rows, draw(st.booleans()))
    offered = Offered(
        values(spec.offers), {"token": "t"}, draw(st.booleans()), draw(st.sampled_from(["on", "off"]))
    )
    good: Outcome = offered if work.do is Do.OFFER else answered
    return draw(st.sampled_from([good, good, good, *bad, offered, answered]))


def _check(taken: Step, before: Session) -> None:
    """What holds of every step."""
    assert taken.session.turn == before.turn + 1
    assert len(taken.events) <= EVENTS_OF_ONE_STEP
    stops = [e for e in taken.events if isinstance(e, Await | Work | Transfer | End)]
    assert stops == list(taken.events[-1:]) or not stops
    for event in taken.events:
        if isinstance(event, Say | Send):
            render_text(event.template, event.values)
    assert Session.from_json(taken.session.to_json()) == taken.session


@given(data=st.data())
def test_any_talk_holds(hall: Hall, data: st.DataObject) -> None:
    facts = data.draw(facts_of)
    session = Session.new(hall.version, facts.channel, facts.caller, "s")
    talk = [Started(), *data.draw(st.lists(happenings, min_size=1, max_size=14))]
    for happened in talk:
        facts = replace(
            facts, now=facts.now + timedelta(minutes=data.draw(st.sampled_from([0, 1, 9, 11, 130])))
        )
        given_now: Input = happened
        for _ in range(STEPS_OF_ONE_INPUT):
            was_asked = session.waiting
            taken = step(hall, session, given_now, facts)
            _check(taken, session)
            session = taken.session
            work = taken.events[-1] if taken.events else None
            if not isinstance(work, Work):
                break
            if work.do is Do.PERFORM:
                _check_asked(work, was_asked, given_now)
            given_now = data.draw(_outcome(hall, work))
        else:
            raise AssertionError("work without end")


def _check_asked(work: Work, asked: Waiting, answer: Input) -> None:
    """Money never moves by accident: what brought a change about was a yes to what was shown."""
    match answer:
        case Offered(confirm=confirm):
            assert not confirm, "done without the question that its offer asks for"
        case Key(digit=digit):
            assert digit == "1"
            assert isinstance(asked, AtConfirm | AtScreen)
        case Text(text=text, seen=seen) if work.action is Action.OPEN:
            reply = reply_of(own_words(text))
            assert reply.number == 1 or agrees(reply, Action.OPEN, verb=True)
            known = asked.opening if isinstance(asked, AtScreen) else getattr(asked, "proposal", None)
            assert known is not None
            assert seen or known.done, "confirmed before the question could be read"
        case Text():
            assert isinstance(asked, AtConfirm | AtScreen | AtList)
        case _:
            raise AssertionError(f"a change out of {answer}")


@settings(max_examples=60)
@given(data=st.data(), facts=facts_of)
def test_a_late_result_is_worded_for_any_operation(hall: Hall, data: st.DataObject, facts: Facts) -> None:
    service = data.draw(st.sampled_from([s for s in hall.services.values() if s.spec]))
    assert service.spec is not None
    action = data.draw(st.sampled_from(list(service.spec.actions)))
    work = Work(Do.PERFORM, service.id, service.spec.name, service.argument, action, {}, None, "k")
    session = Session.new(hall.version, facts.channel, CALLER, "s")
    facts = replace(facts, caller=CALLER)
    for outcome in (
        Answered("", values(service.spec.actions[action].answers.get("", {}))),
        Refused("busy"),
        NotDone(),
    ):
        told = settled(hall, session, work, outcome, facts)
        assert told, outcome
        assert all(isinstance(e, Say) or (isinstance(e, Send) and e.asks is not None) for e in told)
    assert settled(hall, session, work, Unknown(), facts) == ()


# ---- the shipped hall, as the customers use it -------------------------------------------------------------
def on(hall: Hall, channel: Channel, office: Office | None = None) -> Talk:
    return Talk(channel, hall, office)


def test_10086_2_4_1_opens_once(hall: Hall) -> None:
    her = on(hall, SMS)
    her.text("10086", "2", "4")
    assert her.said() == ["crbt.open.screen"]
    her.text("1", "1")
    assert her.office.opened == {"crbt"}
    assert len(her.office.keys()) == 2
    assert len(set(her.office.keys())) == 1


@pytest.mark.parametrize("text", ["0101", "０１０１", "hf", "HF ", "话费"])
def test_the_fee_however_it_is_asked_for(hall: Hall, text: str) -> None:
    her = on(hall, SMS)
    her.text(text)
    assert her.meant == ("fee_realtime", Action.QUERY)


@pytest.mark.parametrize("text", ["取消彩铃", "QXCL", "不要彩铃了", "退订彩铃"])
def test_cancelling_never_opens(hall: Hall, text: str) -> None:
    her = on(hall, SMS)
    her.text(text, "1", "1", "Y")
    assert all(w.action is Action.CANCEL for w in her.office.works)


def test_1_1_and_3_2_1_1_by_voice(hall: Hall) -> None:
    he = on(hall, VOICE)
    he.call()
    he.press("1 1")
    assert he.finals() == ["fee_realtime.query.answer credit"]
    he.press("* * 3 2 1")
    assert he.awaited().guarded == {"1"}
    assert he.office.keys() == []
    he.press("1")
    assert he.office.opened == {"crbt"}


@pytest.mark.parametrize("reply", ["1,3", "1，3", "1 3"])
def test_0000_then_two_of_them(hall: Hall, reply: str) -> None:
    her = on(hall, SMS)
    her.text("0000", reply)
    assert her.office.works[-1].inputs == {"items": "id1,id3"}
    assert len(her.office.keys()) == 1


def test_every_key_and_every_code_is_answered(hall: Hall) -> None:
    for path in hall.telephone:
        for entry in hall.telephone[path].entries:
            he = on(hall, VOICE)
            he.call()
            if he.press(path.replace("-", "") + entry.key) == [] and not isinstance(he.last(), Transfer):
                raise AssertionError(f"nothing is said on {path}-{entry.key}")
    for code in hall.codes:
        her = on(hall, SMS)
        assert her.text(code), code
        assert her.how == "code", code


def test_promos_of_the_hall_never_offer_what_is_open(hall: Hall) -> None:
    everything = frozenset(
        {s.id for s in hall.services.values()} | {s.argument or "" for s in hall.services.values()}
    )
    facts = Facts(datetime(2026, 11, 22, 9, tzinfo=UTC), SMS, CALLER, "动感地带", "长沙", opened=everything)
    for rotation in range(20):
        promo = choose(hall, facts, rotation)
        if promo is not None:
            assert not any(
                code in promo.text.source
                for service, code in hall.service_codes.items()
                if (s := hall.services[service]).spec and Action.OPEN in s.spec.actions and s.argument
            )
