"""When notices are due, with a calendar and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business.port.days import SHANGHAI
from counter.notices import LOW_BALANCE, MMS_BILL, SMS_BILL, Hours, Run, due, wanted_again

HOURS = Hours(10, 20)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize("hour", [0, 9, 20, 23])
def test_nothing_goes_out_at_night(hour: int) -> None:
    assert due(LOW_BALANCE, at(22, hour), None, HOURS) is None
    assert due(SMS_BILL, at(22, hour), None, HOURS) is None


def test_low_balances_are_looked_at_once_a_day() -> None:
    first = due(LOW_BALANCE, at(22, 10), None, HOURS)
    assert first == Run("2026-11-22")
    done = first.page("", False).end(at(22, 10, 5))
    assert due(LOW_BALANCE, at(22, 15), done, HOURS) is None
    assert due(LOW_BALANCE, at(23, 10), done, HOURS) == Run("2026-11-23")


@pytest.mark.parametrize("kind", [SMS_BILL, MMS_BILL])
def test_bills_wait_for_the_third_and_belong_to_the_month_before(kind: str) -> None:
    assert due(kind, at(2, 12), None, HOURS) is None
    assert due(kind, at(3, 10), None, HOURS) == Run("2026-10")
    assert due(kind, datetime(2027, 1, 3, 10, tzinfo=SHANGHAI), None, HOURS) == Run("2026-12")


def test_a_run_that_was_broken_off_goes_on_at_its_page() -> None:
    half = Run("2026-10").page("13900000050", False)
    again = Run.from_text(half.to_text())
    assert again == half
    assert due(SMS_BILL, at(3, 11), again, HOURS) == half


def test_who_could_not_be_told_is_tried_again_in_the_next_hour() -> None:
    done = Run("2026-10").page("13900000050", True).page("", False).end(at(3, 10, 30))
    assert due(SMS_BILL, at(3, 10, 59), done, HOURS) is None
    assert due(SMS_BILL, at(3, 11), done, HOURS) == Run("2026-10")
    assert due(SMS_BILL, at(3, 11), replace(done, missed=False), HOURS) is None


def test_after_an_outage_only_the_last_month_is_told() -> None:
    old = Run("2026-07").end(at(3, 10))
    assert due(SMS_BILL, at(25, 12), old, HOURS) == Run("2026-10")


def test_still_below_the_threshold_is_told_again_after_a_week() -> None:
    now = at(22, 10)
    assert wanted_again(None, now)
    assert not wanted_again((now - timedelta(days=6)).timestamp(), now)
    assert wanted_again((now - timedelta(days=7)).timestamp(), now)


@given(st.builds(Run, st.text(), st.text(), st.booleans(), st.text()))
def test_a_run_reads_back_as_it_was_written(run: Run) -> None:
    assert Run.from_text(run.to_text()) == run
