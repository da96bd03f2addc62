"""What of a back office's answers can be told, and what cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from counter.testing.house import EASYOWN, POSTPAID, House, at_once
from handlers.validated import InvalidAnswer, sound, sound_subscriber
from menus.model.events import Answered, Item, NotDone, Offered, Refused, Unknown
from menus.model.values import Kind, Value

GOOD = [
    (Kind.MONEY, -5),
    (Kind.COUNT, 0),
    (Kind.DATE, date(2026, 11, 22)),
    (Kind.TIME, datetime(2026, 11, 22, tzinfo=UTC)),
    (Kind.TEXT, "彩铃"),
    (Kind.LIST, ("a", "b")),
    (Kind.SECRET, "123456"),
]
BAD = [
    (Kind.MONEY, "52.35"),
    (Kind.MONEY, 5.0),
    (Kind.MONEY, True),
    (Kind.MONEY, 10**30),
    (Kind.MONEY, None),
    (Kind.DATE, datetime(2026, 11, 22, tzinfo=UTC)),
    (Kind.DATE, "2026-11-22"),
    (Kind.TIME, datetime(2026, 11, 22)),
    (Kind.TEXT, 5),
    (Kind.TEXT, "长" * 10_000),
    (Kind.LIST, ["a"]),
    (Kind.LIST, ("a", 5)),
]


@pytest.mark.parametrize(("kind", "raw"), GOOD)
def test_what_was_declared_is_told(kind: Kind, raw: Any) -> None:
    outcome = Answered("", {"it": Value(kind, raw)}, (Item("1", {"it": Value(kind, raw)}),))
    assert sound(outcome) is outcome


@pytest.mark.parametrize(("kind", "raw"), BAD)
def test_what_is_of_another_kind_or_size_is_not(kind: Kind, raw: Any) -> None:
    values = {"it": Value(kind, raw)}
    for outcome in (
        Answered("", values),
        Answered("", {}, (Item("1", values),)),
        Offered(values, {}, False),
        Refused("already", values),
    ):
        with pytest.raises(InvalidAnswer, match=r"^it$"):
            sound(outcome)


@pytest.mark.parametrize("outcome", [NotDone("x"), Unknown("x")])
def test_what_says_nothing_is_what_it_is(outcome: NotDone | Unknown) -> None:
    assert sound(outcome) is outcome


@pytest.mark.parametrize("outcome", [None, "done", 5, {}])
def test_what_is_no_outcome_is_none(outcome: Any) -> None:
    with pytest.raises(InvalidAnswer):
        sound(outcome)


def test_a_subscriber_is_the_one_who_was_asked_for() -> None:
    who = at_once(House().memory.subscriber(POSTPAID))
    assert sound_subscriber(who, POSTPAID) is who
    bad: list[Any] = [None, {}, replace(who, owed="5"), replace(who, city=None), replace(who, opened=None)]
    for each in bad:
        with pytest.raises(InvalidAnswer):
            sound_subscriber(each, POSTPAID)
    with pytest.raises(InvalidAnswer, match="another"):
        sound_subscriber(who, EASYOWN)
