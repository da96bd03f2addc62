"""The rules of each theme alone, for whatever values: groups, keeping a number, passwords, complaints."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from boss.rules import Charge, Hold, SetPassword, Situation, decide, fits, offer, recalled
from boss.rules.complaints import class_of, number_of
from boss.rules.figures import product_of
from boss.rules.passwords import temporary_password
from boss.rules.suspension import KEEP_MONTHS, months_kept
from business.port import (
    Brand,
    Change,
    ChangePassword,
    Complain,
    ComplaintKind,
    Done,
    ExchangePoints,
    Offer,
    OpenProduct,
    Refused,
    RegisterName,
    ResetPassword,
    Resume,
    Suspend,
    TopUp,
    UnlockPassword,
    Urge,
)
from business.port.days import today
from business.port.outcomes import fingerprint, from_text, summary, to_text
from business.port.secrecy import hash_password, password_fits, why_weak
from business.port.stock import Account, Holding, OptionKind, Terms

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
ID_NUMBER = "430102198001011230"
NUMBER = "13800000001"
SALT = b"0123456789abcdef"
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
keys = st.text(max_size=40)


def account(**more: object) -> Account:
    return Account(NUMBER, Brand.GOTONE, "长沙", True, 10_000, **more)  # type: ignore[arg-type]


# ---- groups ------------------------------------------------------------------------------------------------
def _terms(name: str, fee: int, next_month: bool) -> Terms:
    return Terms(name, name, fee, charged_at_once=not next_month, next_month=next_month, group="g")


GROUP = tuple(_terms(f"p{n}", n * 100, bool(n % 2)) for n in range(4))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=12))
@example([(1, 0), (3, 9), (0, 0), (1, 0)])  # back to the first, which had never ended, past one that began
def test_of_a_group_one_is_open_whatever_is_opened_when(steps: list[tuple[int, int]]) -> None:
    own, now = account(), NOW
    for place, wait in steps:
        now += timedelta(days=wait)
        terms = GROUP[place]
        at = Situation(now, own, terms, group=tuple(one for one in GROUP if one is not terms))
        change = OpenProduct(terms.id)
        made = offer(change, at)
        if isinstance(made, Refused):
            continue
        verdict = decide(change, made, at)
        assert isinstance(verdict.outcome, Done)
        holds = [effect for effect in verdict.effects if isinstance(effect, Hold)]
        own.holdings.update({hold.product: hold.holding for hold in holds})
        (opened,) = [one for one in own.holdings.values() if one.open]
        for hold in holds[1:]:  # what was replaced ends before the new one begins, or today
            until = hold.holding.until
            assert until is not None
            assert today(now) <= until <= max(opened.since - timedelta(days=1), today(now))


@given(st.integers(-(10**12), 10**12) | st.none(), st.sampled_from([None, *OptionKind]))
def test_whatever_is_chosen_is_in_bounds_or_refused(option: int | None, kind: OptionKind | None) -> None:
    at = Situation(NOW, account(), Terms("p", "品", option=kind))
    made = offer(OpenProduct("p", option), at)
    if isinstance(made, Refused):
        assert kind is not None
        return
    (hold,) = [e for e in decide(OpenProduct("p", option), made, at).effects if isinstance(e, Hold)]
    chosen = hold.holding.option
    if kind is OptionKind.THRESHOLD:
        assert chosen is not None
        assert 500 <= chosen <= 10_000
        assert chosen % 100 == 0
    elif kind is OptionKind.NUMBER:
        assert re.fullmatch("1[0-9]{10}|10[0-9]{8}|2[0-9]{9}|[3-9][0-9]{9,10}", str(chosen))
        assert str(chosen) != NUMBER
    else:
        assert chosen is None


def test_who_chose_nothing_is_shown_what_is_usual() -> None:
    nothing = Holding(True, NOW.date())
    for terms, shown in (
        (Terms("r", "r", option=OptionKind.THRESHOLD), 1000),
        (Terms("r", "r", option=OptionKind.THRESHOLD, option_default=2000), 2000),
        (Terms("f", "f", option=OptionKind.NUMBER), None),
        (Terms("p", "p"), None),
    ):
        assert product_of(terms, Brand.GOTONE, nothing).option == shown
        assert product_of(terms, Brand.GOTONE, replace(nothing, open=False)).option is None
    chosen = replace(nothing, option=500)
    assert product_of(Terms("r", "r", option=OptionKind.THRESHOLD), Brand.GOTONE, chosen).option == 500


def test_another_choice_charges_nothing_even_where_the_month_is_not_paid_yet() -> None:
    held = {"p": Holding(True, date(2026, 1, 1), paid=date(2026, 1, 1), option=500)}
    terms = Terms("p", "品", 300, charged_at_once=True, option=OptionKind.THRESHOLD)
    at = Situation(NOW, account(holdings=held), terms)
    made = offer(OpenProduct("p", 2000), at)
    assert isinstance(made, Offer)
    verdict = decide(OpenProduct("p", 2000), made, at)
    assert verdict.effects[0] == Hold(NUMBER, "p", replace(held["p"], option=2000))
    assert not [effect for effect in verdict.effects if isinstance(effect, Charge)]


@pytest.mark.parametrize(
    ("offered", "fresh", "holds"),
    [
        ('["open","l",500,500,0,"s"]', '["open","l",500,0,0,"s"]', True),
        ('["open","l",500,500,0,"s"]', '["open","l",500,500,0,"m"]', False),
        ('["open","l",500,500,0,"s"]', '["open","l",500,500]', False),
        ('["open","r",0,0,1000]', '["open","r",0,0,2000]', False),
    ],
)
def test_an_offer_holds_for_what_it_replaces_and_what_was_chosen(
    offered: str, fresh: str, holds: bool
) -> None:
    assert fits(offered, fresh) is holds


# ---- keeping a number --------------------------------------------------------------------------------------
@given(days, st.integers(0, 3000))
def test_months_of_keeping_grow_by_one_a_month_up_to_six(since: date, later: int) -> None:
    day = since + timedelta(days=later)
    months = months_kept(since, day)
    assert 0 <= months <= KEEP_MONTHS
    assert months - months_kept(since, day - timedelta(days=1)) == (0 < months < 7 and day.day == 1) or (
        months == KEEP_MONTHS
    )
    if (day.year, day.month) == (since.year, since.month):
        assert months == 0


def test_nobody_pays_for_keeping_where_its_day_is_not_known_or_still_to_come() -> None:
    assert months_kept(None, date(2026, 11, 22)) == 0
    assert months_kept(date(2026, 12, 1), date(2026, 11, 22)) == 0


# ---- passwords ---------------------------------------------------------------------------------------------
IDENTIFIED = account(id_number=hash_password(ID_NUMBER, SALT))


def _with_id(key: str) -> Situation:
    return Situation(NOW, IDENTIFIED, key=key, salt=SALT)


@given(keys)
def test_a_temporary_password_is_strong_and_comes_back_for_its_key_only(key: str) -> None:
    made = temporary_password(ID_NUMBER, _with_id(key))
    assert why_weak(made, NUMBER) is None
    assert made not in ID_NUMBER
    assert made == temporary_password(ID_NUMBER, _with_id(key))
    others = {temporary_password(ID_NUMBER, _with_id(f"{key}{n}")) for n in range(5)}
    assert others != {made}


@settings(max_examples=20)
@given(keys)
def test_a_stored_reset_reads_back_with_the_password_that_was_set(key: str) -> None:
    change, at = ResetPassword(ID_NUMBER), _with_id(key)
    made = offer(change, at)
    assert isinstance(made, Offer)
    verdict = decide(change, made, at)
    assert isinstance(verdict.outcome, Done)
    stored = to_text(verdict.outcome)
    temporary = str(verdict.outcome.details["temporary"])
    assert "temporary" not in stored
    assert recalled(from_text(stored), change, at) == replace(verdict.outcome, repeated=True)
    (kept,) = [effect for effect in verdict.effects if isinstance(effect, SetPassword)]
    assert password_fits(temporary, kept.password)
    assert temporary not in repr(verdict)


SECRETS: tuple[tuple[Change, Change], ...] = (
    (TopUp("5" * 18, NUMBER), TopUp("6" * 18, NUMBER)),
    (ChangePassword("739184"), ChangePassword("739185")),
    (ResetPassword(ID_NUMBER), ResetPassword(ID_NUMBER[::-1])),
    (UnlockPassword(ID_NUMBER), UnlockPassword(ID_NUMBER[::-1])),
    (RegisterName("张三", ID_NUMBER), RegisterName("李四", ID_NUMBER)),
    (RegisterName("张三", ID_NUMBER), RegisterName("张三", ID_NUMBER[::-1])),
    (Complain("信号不好"), Complain("信号很差")),
)
PLAIN: tuple[tuple[Change, Change], ...] = (
    (OpenProduct("r", 500), OpenProduct("r", 600)),
    (OpenProduct("r"), OpenProduct("r", 600)),
    (ExchangePoints("r"), ExchangePoints("s")),
    (Suspend(NUMBER), Resume(NUMBER)),
    (Suspend(NUMBER), Suspend("13800000002")),
    (Complain("", ComplaintKind.FEE), Complain("", ComplaintKind.SP)),
    (Urge(), Urge("TS261122001")),
)


@pytest.mark.parametrize(("one", "other"), SECRETS)
def test_the_print_tells_secrets_apart_and_the_summary_does_not(one: Change, other: Change) -> None:
    assert summary(one) == summary(other)
    assert fingerprint(NUMBER, one, "k") != fingerprint(NUMBER, other, "k")
    assert fingerprint(NUMBER, one, "k") == fingerprint(NUMBER, one, "k")
    assert fingerprint(NUMBER, one, "k") != fingerprint(NUMBER, one, "l")
    assert len(fingerprint(NUMBER, one, "k")) == 64


@pytest.mark.parametrize(("one", "other"), PLAIN)
def test_changes_differ_by_summary_and_print(one: Change, other: Change) -> None:
    assert summary(one) != summary(other)
    assert fingerprint(NUMBER, one, "k") != fingerprint(NUMBER, other, "k")


def test_the_print_of_what_was_there_before_is_as_it_was() -> None:
    """A change under way while the hall is brought up to date must find its key again."""
    before = "50f0a76480822e6886d8fd28dac780e9e0d2551f9f4b37e4b3bcd97d89a8f63c"
    assert fingerprint(NUMBER, OpenProduct("crbt"), "k") == before


# ---- complaints --------------------------------------------------------------------------------------------
@given(st.text())
def test_any_text_has_a_kind(text: str) -> None:
    assert class_of(text) in ComplaintKind


@given(days, st.integers(1, 99_999))
def test_a_number_is_short_and_tells_its_day(day: date, running: int) -> None:
    number = number_of(day, running)
    assert re.fullmatch("TS[0-9]{9,11}", number)
    assert number.startswith(f"TS{day:%y%m%d}")
    assert number_of(day, running + 1) != number
