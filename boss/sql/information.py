"""The port's queries that are of no one subscriber: places, attribution, and whom a scheduler writes to.

Synchronous; each function takes a connection and never writes.
"""

from __future__ import annotations

from sqlalchemy import Connection, Integer, Select, String, bindparam, func, select

from boss.rules.complaints import HANDLED
from boss.rules.showing import REMINDER, moment_of, place_of, segment_of
from boss.sql.models import (
    ComplaintRow,
    ComplaintStepRow,
    HoldingRow,
    Moment,
    PlaceRow,
    ProductRow,
    SegmentRow,
    SubscriberRow,
)
from boss.sql.reading import Reads, aware
from business import port
from business.port.stock import REMINDER_BELOW

STRETCH = 5000  # holdings that one look through for low balances passes
_KEY = bindparam("key", type_=String())
_AFTER = bindparam("after", type_=String())
_UPTO = bindparam("upto", type_=String())
_LIMIT = bindparam("limit", type_=Integer())
_SEGMENT = select(SegmentRow.__table__).where(SegmentRow.prefix == _KEY)
_PLACES = select(PlaceRow.__table__).where(PlaceRow.city == _KEY).order_by(PlaceRow.id)
_ALL_HOLDERS = select(HoldingRow.msisdn).where(HoldingRow.product == _KEY, HoldingRow.msisdn > _AFTER)
_HOLDERS = _ALL_HOLDERS.where(HoldingRow.open).order_by(HoldingRow.msisdn).limit(_LIMIT)
_THRESHOLD = func.coalesce(HoldingRow.option, REMINDER_BELOW).label("threshold")
_LOWS = (
    select(HoldingRow.msisdn, SubscriberRow.balance, _THRESHOLD)
    .join(SubscriberRow, SubscriberRow.msisdn == HoldingRow.msisdn)
    .where(HoldingRow.product == REMINDER, HoldingRow.msisdn > _AFTER, HoldingRow.msisdn <= _UPTO)
    .where(HoldingRow.open, SubscriberRow.prepaid, SubscriberRow.balance < _THRESHOLD)
    .order_by(HoldingRow.msisdn)
    .limit(_LIMIT)
)
_NUMBERS = (
    select(SubscriberRow.msisdn)
    .where(SubscriberRow.msisdn > _AFTER, SubscriberRow.city == _KEY)
    .order_by(SubscriberRow.msisdn)
    .limit(_LIMIT)
)
_AT_ONCE = 1000  # reports that one may close in a moment
_WHEN = func.max(ComplaintStepRow.at)
_HANDLED = (
    select(ComplaintRow.number, ComplaintRow.msisdn, ComplaintRow.opened, _WHEN.label("handled"))
    .join(ComplaintStepRow, ComplaintStepRow.number == ComplaintRow.number)
    .where(ComplaintRow.kind == port.ComplaintKind.SPAM.value)
    .where(ComplaintRow.state.in_([state.value for state in HANDLED]))
    .group_by(ComplaintRow.number, ComplaintRow.msisdn, ComplaintRow.opened)
    .having(bindparam("since", type_=Moment) <= _WHEN)
    .order_by(_WHEN, ComplaintRow.number)
    .limit(_LIMIT)
)
LAST = "9" * 16  # behind every number


def _stretch(length: int) -> Select[str]:
    return _ALL_HOLDERS.order_by(HoldingRow.msisdn).limit(1).offset(length - 1)


_STRETCH = _stretch(STRETCH)


def attribution(connection: Reads, number: str) -> port.Attribution | None:
    segment = segment_of(number)
    row = connection.execute(_SEGMENT, {"key": segment}).first() if segment else None
    return port.Attribution(row.province, row.city, row.area_code, row.operator) if row else None


def places(connection: Reads, city: str) -> tuple[port.Place, ...]:
    rows = connection.execute(_PLACES, {"key": city})
    return tuple(port.Place(row.name, row.address, row.phone, row.hours) for row in rows)


def holders(connection: Reads, product: str, after: str, limit: int) -> tuple[str, ...]:
    values = {"key": product, "after": after, "limit": max(0, limit)}
    return tuple(connection.execute(_HOLDERS, values).scalars())


def low_balances(connection: Reads, after: str, limit: int) -> tuple[tuple[port.LowBalance, ...], str | None]:
    """Those in the next stretch of the holdings behind ``after``, and where the stretch ended (None: there is
    no more). Where few balances are low, looking through all holdings at once would take longer than the
    deadline."""
    values = {"key": REMINDER, "after": after}
    end = connection.execute(_STRETCH, values).scalar_one_or_none()
    rows = connection.execute(_LOWS, {"after": after, "upto": end or LAST, "limit": max(0, limit)})
    return tuple(port.LowBalance(row.msisdn, max(0, row.balance), row.threshold) for row in rows), end


def numbers(connection: Reads, city: str, after: str, limit: int) -> tuple[str, ...]:
    values = {"key": city, "after": after, "limit": max(0, limit)}
    return tuple(connection.execute(_NUMBERS, values).scalars())


def handled_reports(connection: Reads, after: str, limit: int) -> tuple[port.HandledReport, ...]:
    """As many more as were handled at the very moment of ``after`` are read, too, and left out."""
    rows = connection.execute(_HANDLED, {"since": moment_of(after), "limit": max(0, limit) + _AT_ONCE})
    found = (
        port.HandledReport(
            place_of(aware(row.handled), row.number), row.number, row.msisdn, aware(row.opened)
        )
        for row in rows
    )
    behind = sorted((one for one in found if one.place > after), key=lambda one: one.place)
    return tuple(behind[: max(0, limit)])


def is_empty(connection: Connection) -> bool:
    tables = (select(SubscriberRow.msisdn).limit(1), select(ProductRow.id).limit(1))
    return all(connection.execute(query).first() is None for query in tables)
