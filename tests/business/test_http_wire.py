"""Whatever the port can say survives the wire; what it cannot is refused with its place, not its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business import port
from business.contract.case import contract_data
from business.http import problems, wire
from business.http.problems import Problem, ProblemKind
from business.http.wire import decode, dumps, encode, loads
from business.port import Change, DetailValue, Performed
from business.port.codec import CodecError
from business.port.stock import BackOfficeData
from business.testing.objects import OBJECTS

# ---- strategies made from the dataclasses, as the codec is -------------------------------------------------
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
WHOLE = st.integers(-wire.NUMBERS, wire.NUMBERS)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=ZONES | st.just(UTC))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: WHOLE,
    str: TEXTS,
    bool: st.booleans(),
    date: DAYS,
    datetime: TIMES,
    type(None): st.none(),
    DetailValue: WHOLE | TEXTS | DAYS | TIMES | st.lists(TEXTS, max_size=3).map(tuple),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    if kind in PLAIN:
        return PLAIN[kind]
    inner = get_args(kind)
    if get_origin(kind) is tuple:
        return st.lists(any_of(inner[0]), max_size=3).map(tuple)
    if get_origin(kind) is frozenset:
        return st.frozensets(any_of(inner[0]), max_size=3)
    if get_origin(kind) is Mapping:
        return st.dictionaries(TEXTS, any_of(inner[1]), max_size=3)
    if inner:
        return st.one_of(*map(any_of, inner))
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: any_of(hints[one.name]) for one in fields(kind)})


@given(st.one_of(*((st.just(kind).flatmap(lambda k: st.tuples(st.just(k), any_of(k)))) for kind in OBJECTS)))
def test_every_value_comes_back_equal(drawn: tuple[Any, Any]) -> None:
    kind, value = drawn
    assert decode(kind, loads(dumps(encode(value))), closed=True) == value


@given(any_of(Change) | any_of(Performed))
def test_one_of_several_comes_back_as_what_it_was(value: Any) -> None:
    kind = Change if isinstance(value, get_args(Change)) else Performed
    back = decode(kind, loads(dumps(encode(value))))
    assert (type(back), back) == (type(value), value)


def test_what_a_bench_is_filled_with_comes_back_equal() -> None:
    data = contract_data()
    assert decode(BackOfficeData, loads(dumps(encode(data))), closed=True) == data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(st.sampled_from([*OBJECTS, Change, Performed]), JSON)
def test_any_json_is_a_value_or_a_wire_error(kind: Any, value: Any) -> None:
    try:
        decode(kind, value)
    except CodecError:
        pass


@given(st.sampled_from(OBJECTS).flatmap(lambda k: st.tuples(st.just(k), any_of(k))), st.data())
def test_a_field_that_was_changed_is_a_value_or_a_wire_error(drawn: tuple[Any, Any], data: Any) -> None:
    kind, value = drawn
    said = encode(value)
    if said:
        said[data.draw(st.sampled_from(sorted(said)))] = data.draw(JSON)
    try:
        decode(kind, said)
    except CodecError:
        pass


@given(st.binary(max_size=60))
def test_any_octets_are_json_or_a_wire_error(octets: bytes) -> None:
    try:
        loads(octets)
    except CodecError:
        pass


POINTS = {"name": "积分", "available": 1, "earned_this_year": 1, "frozen": False}


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (port.Points, {**POINTS, "available": "1"}, "available must be a whole number"),
        (port.Points, {**POINTS, "available": 0.5}, "available must be a whole number"),
        (port.Points, {**POINTS, "available": 2**53}, "available is too large"),
        (port.Points, {**POINTS, "available": True}, "available must be a whole number"),
        (port.Points, {**POINTS, "available": float("inf")}, "available must be a whole number"),
        (port.Points, {**POINTS, "frozen": 0}, "frozen must be true or false"),
        (port.Points, {**POINTS, "name": "a\x00b"}, "name has characters that are no text"),
        (port.Points, {**POINTS, "name": "\ud800"}, "name has characters that are no text"),
        (port.Points, {**POINTS, "name": "长" * 4001}, "name is longer than 4000 characters"),
        (port.Points, {"name": "积分"}, "available is missing"),
        (port.Points, [], "the body must be an object"),
        (port.BillPending, {"state": "produced"}, "state must be pending"),
        (port.Place, {"name": 1}, "name must be text"),
        (port.CancelSp, {"change": "cancel-sp", "ids": ["a", 1]}, "ids[1] must be text"),
        (port.CancelSp, {"change": "cancel-sp", "ids": "a"}, "ids must be a list"),
        (port.CancelSp, {"change": "cancel-sp", "ids": ["a"] * 10_001}, "ids has more than 10000 items"),
        (port.Done, {"outcome": "done", "details": {"a": {"date": "x"}}}, "details.a.date must be a date"),
        (port.Done, {"outcome": "done", "details": {"a": None}}, "details.a must be a whole number, text"),
        (port.Done, {"outcome": "done", "details": []}, "details must be an object"),
        (port.Refused, {"outcome": "refused", "why": "no"}, "why must be one of: already"),
        (Change, {"change": "explode"}, "change must be one of: open-product"),
        (Change, {"change": ["open-product"]}, "change must be one of"),
        (date, "2026-02-30", "must be a date"),
        (date, "20260201", "must be a date"),
        (date, "0001-01-01", "must be a date"),
        (datetime, "2026-11-22T10:30:00", "must be a time with its zone"),
        (datetime, "2026-11-22 10:30:00+08:00", "must be a time with its zone"),
        (datetime, "2026-11-22T10:30:00+99:00", "must be a time with its zone"),
        (datetime, 1763778600, "must be a time with its zone"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(kind: Any, value: Any, told: str) -> None:
    with pytest.raises(CodecError) as caught:
        decode(kind, value)
    assert told in str(caught.value)


def test_a_request_with_an_unknown_field_is_refused_and_an_answer_is_not() -> None:
    value = {"change": "open-product", "product": "crbt", "opton": 5}
    assert decode(Change, value) == port.OpenProduct("crbt")
    with pytest.raises(CodecError, match="a field that is not known; there are: change, option, product"):
        decode(Change, value, closed=True)


def test_no_error_tells_a_secret() -> None:
    for value in ({"change": "top-up", "card": 501000000000000014, "target": "1"},
                  {"change": "change-password", "new": "258036", "extra": "258036"},
                  {"change": "change-password", "new": "258036\x00"}):  # fmt: skip
        with pytest.raises(CodecError) as caught:
            decode(Change, value, closed=True)
        assert "501000" not in str(caught.value)
        assert "258036" not in str(caught.value)


@pytest.mark.parametrize("kind", ProblemKind)
def test_a_problem_is_read_as_it_was_written(kind: ProblemKind) -> None:
    since = datetime(2026, 11, 30, 19, tzinfo=UTC)
    times = {"since": since, "until": since + timedelta(hours=5)} if kind is ProblemKind.RESTING else {}
    said = loads(Problem(kind, "why", "here", **times).body())
    assert problems.read(said) == Problem(kind, **times)


def test_a_problem_of_others_is_none_of_ours() -> None:
    for value in (None, [], {}, {"type": "about:blank"}, {"type": 5}, {"type": "urn:hall10086:problem:new"}):
        assert problems.read(value) is None
