"""A session goes through JSON unchanged, and nothing secret is shown of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.dialogue.session import (
    AtAgent,
    AtChoice,
    AtConfirm,
    AtInput,
    AtList,
    AtMenu,
    AtMore,
    AtScreen,
    AtWork,
    Ended,
    Errand,
    Given,
    Idle,
    Proposal,
    Session,
    Told,
)
from menus.model.channels import CHANNELS, SMS, VOICE
from menus.model.events import Do, Item
from menus.model.specs import Action
from menus.model.values import Kind, Value

words = st.text(max_size=12)
actions = st.sampled_from(Action)
moments = st.datetimes(timezones=st.just(UTC))
dates = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))
_RAW = {
    Kind.MONEY: st.integers(-(10**9), 10**9),
    Kind.COUNT: st.integers(0, 9999),
    Kind.INDEX: st.integers(1, 99),
    Kind.DURATION: st.integers(0, 10**6),
    Kind.DATE: dates,
    Kind.MONTH: dates,
    Kind.MON: dates,
    Kind.TIME: moments,
    Kind.LIST: st.lists(words, max_size=4).map(tuple),
}
kinded = st.sampled_from(Kind).flatmap(lambda k: st.builds(Value, st.just(k), _RAW.get(k, words)))
named = st.dictionaries(words, kinded, max_size=3)
givens = st.builds(Given, words, words, st.booleans())
errands = st.builds(Errand, words, actions, st.lists(givens, max_size=3).map(tuple), st.none() | named)
proposals = st.builds(Proposal, errands, named, words, words, st.booleans(), st.booleans())
tolds = st.builds(Told, st.none() | words, st.none() | actions, words, named)
items = st.lists(st.builds(Item, words, named), max_size=3).map(tuple)
several = st.lists(words, max_size=3).map(tuple)
flat = st.one_of(
    st.builds(Idle),
    st.builds(AtAgent),
    st.builds(Ended),
    st.builds(AtMenu, words, st.integers(0, 5), words, several),
    st.builds(AtInput, errands, words, words, st.booleans(), st.builds(AtMenu, words)),
    st.builds(AtScreen, words, words, named, st.none() | proposals, st.none() | proposals),
    st.builds(AtList, errands, items, tolds, actions, st.integers(0, 5), st.none() | proposals),
    st.builds(AtChoice, several, st.none() | actions),
    st.builds(AtMore, st.lists(tolds, max_size=2).map(tuple), st.none() | errands, words),
)
waitings = st.one_of(
    flat,
    st.builds(AtConfirm, proposals, flat),
    st.builds(AtWork, errands, st.sampled_from(Do), st.none() | proposals, st.booleans(), flat),
)
sessions = st.builds(
    Session,
    id=words,
    hall_version=words,
    channel=st.sampled_from(tuple(CHANNELS.values())),
    caller=st.none() | words,
    turn=st.integers(0, 10**6),
    waiting=waitings,
    since=st.none() | moments,
    menu=st.none() | words,
    page=st.integers(0, 9),
    no_input=st.integers(0, 3),
    no_match=st.integers(0, 3),
    proved=st.lists(givens, max_size=2).map(tuple),
)


@given(sessions)
def test_there_and_back(session: Session) -> None:
    assert Session.from_json(session.to_json()) == session


@given(
    st.text(max_size=60) | st.sampled_from(['{"is":"Given"}', '{"is":"Session"}', "[]", "3", '{"is":"x"}'])
)
def test_anything_else_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Session.from_json(text)


def test_secrets_are_kept_and_never_shown() -> None:
    errand = Errand("topup", Action.OPEN, (Given("card", "123456789012345678", secret=True),))
    proposal = Proposal(errand, {"card": Value(Kind.DIGITS, "123456789012345678")}, "null", "k")
    session = Session(
        "s", "h", SMS, "13900000001", waiting=AtConfirm(proposal, AtInput(errand, "secret", "135790"))
    )
    assert "123456789012345678" in session.to_json()
    for shown in (session.masked(), repr(session), str(session)):
        assert "123456789012345678" not in shown
        assert "135790" not in shown


def test_an_older_session_lacks_newer_fields() -> None:
    old = '{"is":"Session","id":"s","hall_version":"h","channel":"sms","caller":null}'
    assert Session.from_json(old) == Session.new("h", SMS, None, "s")


def test_a_moment_keeps_its_instant() -> None:
    session = Session("s", "h", VOICE, None, since=datetime(2026, 11, 22, 9, 5, tzinfo=UTC))
    assert Session.from_json(session.to_json()).since == session.since
