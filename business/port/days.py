"""Days and months as a Chinese operator counts them: midnight is Asia/Shanghai's, wherever the server runs.

China keeps one zone and has had no summer time since 1991, so the zone is a fixed offset and needs no tzdata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Gives the present as an aware datetime."""

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
BILL_READY_DAY = 3
BILL_MONTHS = 5


def today(now: datetime) -> date:
    """The calendar day in Asia/Shanghai. ``now`` is aware."""
    return now.astimezone(SHANGHAI).date()


def month_of(day: date) -> date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def this_month(now: datetime) -> date:
    """The first day of the month that it is in Asia/Shanghai. ``now`` is aware."""
    return now.astimezone(SHANGHAI).date().replace(day=1)


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month ``count`` months later (earlier if negative)."""
    years, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, index + 1, 1)


def last_day(month: date) -> date:
    return month_after(month) - timedelta(days=1)


def ready_on(month: date) -> date:
    """The day on which the bill of ``month`` is produced: the 3rd of the month after."""
    return month_after(month).replace(day=BILL_READY_DAY)


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often something happened on one day; a new day starts from nothing."""

    day: date | None = None
    count: int = 0

    def on(self, day: date) -> int:
        return self.count if self.day == day else 0

    def more(self, day: date) -> DayCount:
        return DayCount(day, self.on(day) + 1)


NEVER = DayCount()
