"""Operations and outcomes survive JSON; cards do not show."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business.port.days import SHANGHAI
from counter.operations import Operation, operation_of, outcome_before, outcome_from_json, outcome_to_json
from counter.testing.house import CARD, MZONE, NOW, work
from menus.model.channels import CHANNELS, SMS, Channel
from menus.model.events import Answered, Do, Item, Json, NotDone, Offered, Outcome, Refused, Unknown
from menus.model.specs import Action
from menus.model.values import SECRET_KINDS, Kind, Raw, Value

NAMES = st.text(min_size=1, max_size=8)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(SHANGHAI))
DATES = st.dates(date(2000, 1, 1), date(2040, 1, 1))


def values_of(kind: Kind) -> st.SearchStrategy[Value]:
    raw: st.SearchStrategy[Raw]
    if kind in (Kind.MONEY, Kind.COUNT, Kind.INDEX, Kind.DURATION):
        raw = st.integers(0, 10**9)
    elif kind in (Kind.DATE, Kind.MONTH, Kind.MON):
        raw = DATES
    elif kind is Kind.TIME:
        raw = TIMES
    elif kind is Kind.LIST:
        raw = st.lists(st.text(max_size=5), max_size=3).map(tuple)
    else:
        raw = st.text(max_size=10)
    return raw.map(lambda each: Value(kind, each))


PLAIN_KINDS = sorted(set(Kind) - SECRET_KINDS)
VALUES = st.dictionaries(NAMES, st.sampled_from(PLAIN_KINDS).flatmap(values_of), max_size=4)
ITEMS = st.lists(st.builds(Item, NAMES, VALUES), max_size=3).map(tuple)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Answered, st.text(max_size=5), VALUES, ITEMS, st.booleans()),
    st.builds(Offered, VALUES, JSON, st.booleans(), st.sampled_from(["", "on", "off"])),
    st.builds(Refused, NAMES, VALUES),
    st.builds(NotDone, st.text(max_size=5)),
    st.builds(Unknown, st.text(max_size=5)),
)


@given(OUTCOMES)
def test_outcomes_survive_json(outcome: Outcome) -> None:
    assert outcome_from_json(outcome_to_json(outcome)) == outcome


def test_a_password_that_was_made_stands_in_no_outcome_and_is_not_told_from_there() -> None:
    made = Answered("", {"temporary": Value(Kind.SECRET, "482913"), "hours": Value(Kind.COUNT, 24)})
    kept = outcome_to_json(made)
    assert "482913" not in kept
    assert outcome_before("finished", kept) == Unknown("before")


@given(
    key=NAMES,
    service=NAMES,
    argument=st.none() | NAMES,
    action=st.sampled_from(Action),
    channel=st.sampled_from(tuple(CHANNELS.values())),
    inputs=st.dictionaries(NAMES, st.text(max_size=18), max_size=3),
    offer=JSON,
    at=TIMES,
)
def test_operations_survive_json(
    key: str,
    service: str,
    argument: str | None,
    action: Action,
    channel: Channel,
    inputs: dict[str, str],
    offer: Json,
    at: datetime,
) -> None:
    secrets = frozenset(list(inputs)[:1])
    one = Operation(key, MZONE, channel, "s", service, "d", argument, action, inputs, offer, at, secrets)
    assert Operation.from_json(one.to_json()) == one
    sealed = one.to_json(lambda text: text[::-1])
    assert Operation.from_json(sealed, lambda text: text[::-1]) == one


def top_up() -> Operation:
    offer: Json = {"token": "t"}
    perform = work("topup.card", Action.OPEN, Do.PERFORM, None, offer, "k", card=CARD)
    return operation_of(perform, "s1", MZONE, SMS, NOW)


def test_a_card_does_not_show() -> None:
    one = top_up()
    assert CARD not in repr(one)
    assert CARD not in one.masked()
    assert MZONE not in one.masked()
    assert CARD not in one.to_json(lambda _: "sealed")


def test_the_same_work_comes_out_as_went_in() -> None:
    again = Operation.from_json(top_up().to_json()).work()
    assert (again.do, again.key, dict(again.inputs)) == (Do.PERFORM, "k", {"card": CARD})


def test_a_change_without_a_key_is_no_operation() -> None:
    with pytest.raises(ValueError, match="key"):
        operation_of(work("topup.card", Action.OPEN, Do.PERFORM), "s1", MZONE, SMS, NOW)


@pytest.mark.parametrize(
    "text", ["{}", "[]", "1", '{"is":"Item","id":"a","values":{}}', '{"is":"x"}', "nonsense"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Operation.from_json(text)
    with pytest.raises(ValueError):  # noqa: PT011
        outcome_from_json(text)


def test_an_operation_that_lost_a_field_is_refused() -> None:
    plain = json.loads(top_up().to_json())
    del plain["key"]
    with pytest.raises(ValueError, match="operation"):
        Operation.from_json(json.dumps(plain))


BEFORE = (
    '{"key":"k1","caller":"13900000001","channel":"sms","session_id":"s1","service":"top_up","does":"topup.card",'
    '"argument":null,"action":"query","inputs":{"card":"501","number":"13900000001"},"offer":{"fee":0,"token":"t"},'
    '"started_at":"2010-09-22T09:05:00+08:00","secrets":["card"]}'
)
"""A row as it has been written from the first version on."""


def test_rows_of_before_are_read_and_written_alike() -> None:
    one = Operation.from_json(BEFORE)
    assert (one.channel, one.action, one.started_at) == (SMS, Action.QUERY, NOW)
    assert (one.inputs["card"], one.offer) == ("501", {"fee": 0, "token": "t"})
    assert one.secrets == {"card"}
    assert one.to_json() == BEFORE
