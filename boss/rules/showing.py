"""What is shown of the past and of a month: since when, how much, and when it rests. Pure.

Both back ends of ours use these, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from boss.rules.audit import AuditEntry
from business import port
from business.port import Brand, Resting
from business.port.days import BILL_MONTHS, SHANGHAI, last_day, month_after, month_of, this_month, today
from business.port.stock import REMINDER_BELOW, Account, Holding, Movement

PAST_MONTHS = 6  # that records, payments and complaints are shown for
MOST_SHOWN = 200  # of them, the newest: nobody reads more, and nothing may grow without bound
RESTS_FROM = 22  # the hour of a month's last evening from which details and payments rest
REMINDER = "balance_remind"
WAYS = {
    "top_up": "充值卡",
    "exchange": "积分兑换",
}  # kinds of movements, as customers call them
SEGMENT_DIGITS = 7
NUMBER_DIGITS = 11

T = TypeVar("T")


# ---- when --------------------------------------------------------------------------------------------------
def past_since(now: datetime) -> datetime:
    """The first moment of the last six months: midnight of the same day of the month, six months ago."""
    day = today(now)
    month = month_after(month_of(day), -PAST_MONTHS)
    return midnight(month.replace(day=min(day.day, last_day(month).day)))


def midnight(day: date) -> datetime:
    """The moment at which ``day`` begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def month_span(month: date, now: datetime) -> tuple[datetime, datetime] | None:
    """The first moment of a month and of the next, if its details are kept: the running month and the last
    five. None: they are not, or ``month`` is no first day."""
    this = this_month(now)
    if month.day != 1 or not month_after(this, -BILL_MONTHS) <= month <= this:
        return None
    return midnight(month), midnight(month_after(month))


def check_awake(now: datetime) -> None:
    """Raises Resting from 22:00 to midnight on a month's last day: billing closes the month, and what is
    counted meanwhile would not be the truth."""
    day = today(now)
    until = midnight(day + timedelta(days=1))
    since = datetime.combine(day, time(RESTS_FROM), SHANGHAI)
    if day == last_day(month_of(day)) and now >= since:
        raise Resting(since, until)


# ---- what --------------------------------------------------------------------------------------------------
def newest(shown: Iterable[T], since: datetime, at: str = "at") -> tuple[T, ...]:
    """Those of ``since`` or later by their field ``at``, the newest first, as many as are shown."""

    def moment(one: Any) -> datetime:
        value: datetime = getattr(one, at)
        return value

    kept = [one for one in shown if moment(one) >= since]
    kept.reverse()  # of two at the same moment the later one stands first
    return tuple(sorted(kept, key=moment, reverse=True)[:MOST_SHOWN])


def record_of(entry: AuditEntry) -> port.Record:
    return port.Record(entry.at, entry.channel, entry.what, entry.title, entry.done)


def payment_of(movement: Movement) -> port.Payment:
    return port.Payment(movement.at, movement.amount, WAYS[movement.kind])


def is_payment(movement: Movement) -> bool:
    return movement.kind in WAYS and movement.amount > 0


def may_have(brands: tuple[Brand, ...], cities: tuple[str, ...], brand: Brand, city: str) -> bool:
    """Whether a product with these terms is for a subscriber of this brand and city."""
    return (not brands or brand in brands) and (not cities or city in cities)


def cheapest_first(products: Iterable[port.Product]) -> tuple[port.Product, ...]:
    return tuple(sorted(products, key=lambda one: (one.fee, one.id)))


def low_balance(account: Account, held: Holding | None) -> port.LowBalance | None:
    """Whether a subscriber is to be reminded. A post-paid one has no balance that could run out."""
    threshold = REMINDER_BELOW if held is None or held.option is None else held.option
    if held is None or not held.open or not account.prepaid or account.balance >= threshold:
        return None
    return port.LowBalance(account.msisdn, max(0, account.balance), threshold)


def segment_of(number: str) -> str | None:
    """The seven leading digits of a mobile number or of a segment; None for anything else."""
    if len(number) not in (SEGMENT_DIGITS, NUMBER_DIGITS) or not (number.isascii() and number.isdigit()):
        return None
    return number[:SEGMENT_DIGITS]


def place_of(handled: datetime, number: str) -> str:
    """Where a handled report stands among all of them: its moment in microseconds, then its own number."""
    moment = (handled - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{moment:016d}{int(''.join(filter(str.isdecimal, number[-4:])) or 0):04d}"


def moment_of(place: str) -> datetime:
    """The moment at which reports behind ``place`` ("" all) were handled, or later."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(place[:16] or 0))
