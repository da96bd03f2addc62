"""The rules alone: money figures, days, tokens, stored outcomes, for whatever values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import scrypt, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss.rules import Charge, Situation, decide, fits, offer
from boss.rules.figures import bill_waits, fee_of, owed
from business.port import Brand, ChangePassword, Done, Offer, OpenProduct, Refused, TopUp, Why
from business.port.days import SHANGHAI, DayCount, last_day, month_after, month_of, ready_on, today
from business.port.outcomes import again, fingerprint, from_text, is_print_of, summary, to_text
from business.port.secrecy import (
    DEAR,
    QUICK,
    card_digest,
    cost_of,
    hash_password,
    is_card,
    password_fits,
    why_weak,
)
from business.port.stock import Account, Terms, Usage

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
fen = st.integers(-(10**8), 10**8)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
detail = st.one_of(st.integers(), st.text(), st.dates(), moments, st.lists(st.text(), max_size=4).map(tuple))
details = st.dictionaries(st.text(), detail, max_size=5)


@given(st.booleans(), fen, st.integers(0, 10**7))
def test_nobody_has_a_balance_and_a_debt(prepaid: bool, balance: int, spent: int) -> None:
    fee = fee_of(prepaid, balance, Usage(voice=spent), NOW)
    assert fee.balance == 0 or fee.owed == 0
    assert 0 <= fee.overdue <= fee.owed
    assert fee.owed == owed(prepaid, balance, spent)
    if prepaid:
        assert fee.balance - fee.owed == balance


def test_this_months_use_is_no_debt_for_post_paid_only() -> None:
    assert owed(False, -3000, 5000) == 0
    assert owed(True, -3000, 5000) == 3000
    assert owed(False, -8000, 5000) == 3000  # of past months; what is used now falls due later


@given(moments)
def test_a_day_is_hunans(now: datetime) -> None:
    assert today(now) == (now + timedelta(hours=8)).date()
    assert today(now) == today(now.astimezone(SHANGHAI))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(-30, 30))
def test_months_add_up(day: date, count: int) -> None:
    month = month_of(day)
    assert month_after(month_after(month, count), -count) == month
    assert last_day(month) + timedelta(days=1) == month_after(month)
    assert ready_on(month).day == 3


def test_a_future_month_is_not_pending() -> None:
    assert bill_waits(date(2026, 12, 1), NOW) is None
    assert bill_waits(date(2026, 11, 1), NOW) is not None


@given(details, st.sampled_from([None, *Why]))
def test_a_stored_outcome_reads_back_equal(values: dict[str, object], why: Why | None) -> None:
    outcome = Refused(why, values) if why else Done(values)  # type: ignore[arg-type]
    assert from_text(to_text(outcome)) == again(outcome)


BEFORE = (
    '["done", {"fee": 500, "end": {"date": "2026-12-01"}, "names": ["早报", "\\u0001"], '
    '"since": {"time": "2026-11-22T10:30:00+08:00"}}]'
)
"""A row as it has been written from the first version on; an id may hold whatever a customer sent."""


def test_outcomes_of_before_are_read_and_written_alike() -> None:
    first = from_text(BEFORE)
    assert isinstance(first, Done)
    assert first.repeated
    assert first.details["end"] == date(2026, 12, 1)
    assert first.details["names"] == ("早报", "\x01")
    assert first.details["since"] == datetime.fromisoformat("2026-11-22T10:30:00+08:00")
    assert to_text(first) == BEFORE


def test_the_print_of_a_change_shows_no_card_and_tells_changes_apart() -> None:
    card = "501000000000000014"
    top_up = TopUp(card, "13800000001")
    assert card not in summary(top_up) + fingerprint("13800000001", top_up, "k")
    prints = {
        fingerprint("13800000001", top_up, "k"),
        fingerprint("13800000001", top_up, "k2"),
        fingerprint("13800000002", top_up, "k"),
        fingerprint("13800000001", TopUp(card[::-1], "13800000001"), "k"),
    }
    assert len(prints) == 4


@pytest.mark.parametrize(
    ("offered", "fresh", "holds"),
    [
        ('["open","crbt",500,500]', '["open","crbt",500,500]', True),
        ('["open","crbt",500,500]', '["open","crbt",500,0]', True),  # less to pay than was told
        ('["open","crbt",500,0]', '["open","crbt",500,500]', False),
        ('["open","crbt",500,500]', '["open","crbt",600,500]', False),
        ('["open","crbt",500,"9"]', '["open","crbt",500,5]', False),
        ('["open","crbt",500,500]', '["cancel","crbt"]', False),
        ("{}", '["cancel","crbt"]', False),
        ("", '["cancel","crbt"]', False),
    ],
)
def test_whether_an_offer_still_holds(offered: str, fresh: str, holds: bool) -> None:
    assert fits(offered, fresh) is holds


@given(st.text())
def test_any_token_is_only_ever_accepted_or_refused(token: str) -> None:
    assert not fits(token, '["open","crbt",500,500]') or token.startswith("[")


@given(st.integers(0, 5000), fen, st.booleans(), st.booleans())
def test_what_is_charged_is_what_was_offered(fee: int, balance: int, at_once: bool, prepaid: bool) -> None:
    at = Situation(NOW, Account("1", Brand.MZONE, "长沙", prepaid, balance), Terms("p", "品", fee, at_once))
    made = offer(OpenProduct("p"), at)
    if isinstance(made, Refused):
        assert made.why in (Why.ARREARS, Why.BALANCE)
        return
    charged = sum(e.amount for e in decide(OpenProduct("p"), made, at).effects if isinstance(e, Charge))
    assert charged == (fee if at_once else 0)
    assert not prepaid or balance >= charged
    assert made.confirm is (fee > 0)


def test_an_offer_of_nothing_does_nothing() -> None:
    at = Situation(NOW, Account("1", Brand.MZONE, "长沙", True, 500), Terms("p", "品", 100, True))
    verdict = decide(OpenProduct("p"), Offer(0, False, False, date(2026, 1, 1), ""), at)
    assert isinstance(verdict.outcome, Refused)
    assert verdict.effects == ()


def test_a_new_day_begins_from_nothing() -> None:
    one = DayCount().more(date(2026, 1, 1)).more(date(2026, 1, 1))
    assert (one.on(date(2026, 1, 1)), one.on(date(2026, 1, 2))) == (2, 0)
    assert one.more(date(2026, 1, 2)).count == 1


def test_passwords_are_salted_hashes() -> None:
    first, second = (hash_password("258036", salt * 16) for salt in (b"a", b"b"))
    assert first != second
    assert b"258036" not in first
    assert password_fits("258036", first)
    assert password_fits("258036", second)
    assert not password_fits("258037", first)
    assert not password_fits("", None)


def test_a_hash_says_what_it_cost() -> None:
    quick, dear = hash_password("258036", b"s" * 16, QUICK), hash_password("258036", b"s" * 16)
    assert (cost_of(quick), cost_of(dear)) == (QUICK, DEAR)
    assert quick == b"s" * 16 + scrypt(
        b"258036", salt=b"s" * 16, n=1024, r=8, p=1, dklen=32
    )  # as loads bring
    assert password_fits("258036", quick)
    for kept in (b"", dear[1:], bytes([9]) + dear[1:], bytes([63]) + dear[1:], dear + b"x", dear[:-1]):
        assert not password_fits("258036", kept)


def test_a_change_of_before_is_known_again_by_its_fingerprint() -> None:
    change, number = ChangePassword("258036"), "13900000001"
    now = fingerprint(number, change, "k")
    words = json.dumps(["k", number, summary(change), "258036"], ensure_ascii=False).encode()
    salt = sha256(b"k").digest()
    before = scrypt(words, salt=salt, n=1024, r=8, p=1, dklen=32).hex()
    assert is_print_of(now, now, number, change, "k")
    assert is_print_of(before, now, number, change, "k")
    assert not is_print_of("0" * 64, now, number, change, "k")
    other = ChangePassword("258037")
    assert not is_print_of(before, fingerprint(number, other, "k"), number, other, "k")


@pytest.mark.parametrize("weak", ["111111", "123456", "654321", "900000", "25803", "2580366", "２５８０３６"])
def test_weak_passwords_have_a_reason(weak: str) -> None:
    assert why_weak(weak, "13900000001")


def test_a_strong_password_has_none() -> None:
    assert why_weak("258036", "13900000001") is None


def test_cards_are_eighteen_ascii_digits() -> None:
    assert is_card("501000000000000014")
    assert not is_card("50100000000000001")
    assert not is_card("５０１０００００００００００００14")
    assert card_digest("501000000000000014") != card_digest("501000000000000022")
