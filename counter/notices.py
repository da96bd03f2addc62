"""When a notice is due: pure. The scheduler (:mod:`sms.care`) asks :func:`due` and does what it says.

* ``low_balance``: every day within the hours, once through everybody below the threshold.
* ``sms_bill``, ``mms_bill``: from the day on which bills are produced until the month's end, once through
  everybody who ordered it. Bills that were not ready are tried again in the next hour.

A :class:`Run` is one way through all subscribers, page by page; it is kept with every page, so that a hall
that was killed goes on where it was. What was sent is kept apart, by subscriber: a run that begins anew sends
nothing a second time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

LOW_BALANCE, SMS_BILL, MMS_BILL = "low_balance", "sms_bill", "mms_bill"
SPAM_HANDLED = "spam_handled"
BULK, URGENT = "bulk", "urgent"
"""The second message about a report of spam; when it is due people decide, who deal with it (R085)."""
KINDS = (LOW_BALANCE, SMS_BILL, MMS_BILL)
BILL_DAY = 3
"""Bills of the last month are produced on the 3rd."""
AGAIN = timedelta(days=7)
"""Who stays below the threshold is reminded again after this long."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a day in which notices go out: from ``first``:00 until ``last``:00."""

    first: int = 10
    last: int = 20

    def holds(self, now: datetime) -> bool:
        return time(self.first) <= now.time() and now.hour < self.last

    def left(self, now: datetime) -> float:
        """Seconds until the day's hours end."""
        return max(0.0, self.last * 3600.0 - timedelta(hours=now.hour, minutes=now.minute).total_seconds())


@dataclass(frozen=True, slots=True)
class Run:
    """``after``: the last subscriber that was looked at; ``missed``: somebody must be tried again;
    ``ended``: the hour in which it was through ("" not yet)."""

    period: str
    after: str = ""
    missed: bool = False
    ended: str = ""

    def to_text(self) -> str:
        return json.dumps([self.period, self.after, self.missed, self.ended])

    @classmethod
    def from_text(cls, text: str | None) -> Run | None:
        """None: there was none."""
        if text is None:
            return None
        period, after, missed, ended = json.loads(text)
        return cls(str(period), str(after), bool(missed), str(ended))

    def page(self, after: str, missed: bool) -> Run:
        """The same run one page on."""
        return replace(self, after=after, missed=self.missed or missed)

    def end(self, now: datetime) -> Run:
        return replace(self, ended=_hour(now))


def due(kind: str, now: datetime, last: Run | None, hours: Hours) -> Run | None:
    """The run to be on with, or None: nothing is to be done now. ``now`` is the customers' time."""
    period = _period(kind, now.date())
    if period is None or not hours.holds(now):
        return None
    if last is None or last.period != period:
        return Run(period)
    if not last.ended:
        return last
    return Run(period) if last.missed and last.ended != _hour(now) else None


def _hour(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H")


def _period(kind: str, day: date) -> str | None:
    if kind == LOW_BALANCE:
        return day.isoformat()
    return f"{last_month(day):%Y-%m}" if day.day >= BILL_DAY else None


def last_month(day: date) -> date:
    """The first day of the month before that of ``day``."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def wanted_again(sent: float | None, now: datetime) -> bool:
    """Whether somebody still below the threshold, told at ``sent`` (None: never), is told now."""
    return sent is None or now.timestamp() - sent >= AGAIN.total_seconds()
