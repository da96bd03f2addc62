"""The port's queries of one subscriber. Synchronous; each function takes a connection and never writes.

A row proves that its subscriber is known; only where nothing was found is that looked up by itself. So a
query is one statement, and every one finds its rows by an index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    outerjoin,
    select,
    true,
    union_all,
)

from boss.rules.figures import bill_kept, bill_of, bill_waits, fee_of, points_of, product_of, subscriber_of
from boss.rules.showing import MOST_SHOWN, WAYS, cheapest_first, check_awake, may_have, month_span, past_since
from boss.sql import information
from boss.sql.models import (
    AllowanceRow,
    AuditRow,
    ComplaintRow,
    ComplaintStepRow,
    DetailRow,
    HoldingRow,
    LedgerRow,
    Moment,
    PaymentRow,
    ProductRow,
    RewardRow,
    SubscriberRow,
    UsageRow,
)
from boss.sql.reading import (
    ID,
    ITEMS,
    MONTH,
    USAGE,
    WHO,
    Reads,
    aware,
    known,
    sp_of,
    standing,
    terms_of,
)
from business import port
from business.port import Brand, Question, SpSubscription, UnknownSubscriber, masked
from business.port.days import this_month
from business.port.stock import NOTHING_USED, Movement, Usage
from business.port.stock import Holding as Held

# The statements are built once, as in reading.py.
_SINCE = bindparam("since", type_=Moment)
_UNTIL = bindparam("until", type_=Moment)
_GROUP = bindparam("group", type_=String())
_LIMIT = bindparam("limit", type_=Integer())
_FEE = (
    select(SubscriberRow.prepaid, SubscriberRow.balance, *ITEMS)
    .outerjoin(UsageRow, and_(UsageRow.msisdn == SubscriberRow.msisdn, UsageRow.month == MONTH))
    .where(SubscriberRow.msisdn == WHO)
)
_PUK = select(SubscriberRow.puk).where(SubscriberRow.msisdn == WHO)
_PAYMENTS = (
    union_all(
        select(PaymentRow.at.label("at"), PaymentRow.amount, PaymentRow.way).where(
            PaymentRow.msisdn == WHO, PaymentRow.at >= _SINCE
        ),
        select(LedgerRow.at, LedgerRow.amount, case(WAYS, value=LedgerRow.kind)).where(
            LedgerRow.msisdn == WHO,
            LedgerRow.at >= _SINCE,
            or_(*(LedgerRow.kind == kind for kind in WAYS)),
            LedgerRow.amount > 0,
        ),
    )
    .order_by(PaymentRow.at.label("at").desc())
    .limit(MOST_SHOWN)
)
_DETAILS = (
    select(
        DetailRow.__table__,
        func.count().over().label("lines"),
        func.sum(DetailRow.fee).over().label("sum"),
    )
    .where(DetailRow.msisdn == WHO, DetailRow.at >= _SINCE, DetailRow.at < _UNTIL)
    .order_by(DetailRow.at.desc(), DetailRow.id.desc())
    .limit(_LIMIT)
)
_ALLOWANCES = (
    select(AllowanceRow.__table__)
    .where(AllowanceRow.msisdn == WHO, AllowanceRow.month == MONTH)
    .order_by(AllowanceRow.place)
)
_RECORDS = (
    select(AuditRow.at, AuditRow.channel, AuditRow.what, AuditRow.title, AuditRow.done)
    .where(AuditRow.msisdn == WHO, AuditRow.at >= _SINCE)
    .where(AuditRow.what != "")  # of before such rows said what was done
    .order_by(AuditRow.at.desc(), AuditRow.id.desc())
    .limit(MOST_SHOWN)
)
_OPENED = (
    select(ComplaintRow.__table__)
    .where(ComplaintRow.msisdn == WHO, ComplaintRow.opened >= _SINCE)
    .order_by(ComplaintRow.opened.desc(), ComplaintRow.number.desc())
    .limit(MOST_SHOWN)
    .subquery("opened")
)
_STEP = ComplaintStepRow
_COMPLAINTS = (
    select(_OPENED, _STEP.at, _STEP.what, _STEP.desk.label("by"), _STEP.note)
    .outerjoin(_STEP, _STEP.number == _OPENED.c.number)
    .order_by(_OPENED.c.opened.desc(), _OPENED.c.number.desc(), _STEP.id)
)
_HELD = (HoldingRow.open, HoldingRow.since, HoldingRow.until, HoldingRow.paid, HoldingRow.option)


def _tariffs(which: ColumnElement[bool]) -> Select[Any]:
    """Products, the subscriber's own row beside each, and what they have of it."""
    holds = and_(HoldingRow.msisdn == SubscriberRow.msisdn, HoldingRow.product == ProductRow.id)
    held = (column.label(f"held_{column.key}") for column in _HELD)
    return (
        select(SubscriberRow.brand, SubscriberRow.city, ProductRow.__table__, *held)
        .select_from(outerjoin(outerjoin(SubscriberRow, ProductRow, which), HoldingRow, holds))
        .where(SubscriberRow.msisdn == WHO)
    )


_PRODUCT = _tariffs(ProductRow.id == ID)
_CHOICES = _tariffs(ProductRow.group == _GROUP)
_REWARDS = (
    select(SubscriberRow.msisdn, RewardRow.__table__)
    .select_from(outerjoin(SubscriberRow, RewardRow, true()))
    .where(SubscriberRow.msisdn == WHO)
    .order_by(RewardRow.points, RewardRow.id)
)
_ANY = select(ProductRow.id).limit(1)
_MOVEMENTS = select(LedgerRow.__table__).where(LedgerRow.msisdn == WHO).order_by(LedgerRow.id)


# ---- subscribers -------------------------------------------------------------------------------------------
def subscriber(connection: Reads, msisdn: str, now: datetime) -> port.Subscriber:
    return subscriber_of(*standing(connection, msisdn, this_month(now)), now)


def records(connection: Reads, msisdn: str, now: datetime) -> tuple[port.Record, ...]:
    rows = _past(connection, _RECORDS, msisdn, now)
    return tuple(
        port.Record(aware(row.at), port.Origin(row.channel), row.what, row.title, row.done) for row in rows
    )


def _past(connection: Reads, query: Any, msisdn: str, now: datetime) -> list[Row[Any]]:
    """Rows of the last six months. Raises UnknownSubscriber."""
    rows = connection.execute(query, {"who": msisdn, "since": past_since(now).astimezone(UTC)}).all()
    if not rows:
        known(connection, msisdn)
    return list(rows)


def puk(connection: Reads, msisdn: str) -> str | None:
    """As it lies there, sealed."""
    row = connection.execute(_PUK, {"who": msisdn}).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    return row.puk


def complaints(connection: Reads, msisdn: str, now: datetime) -> tuple[port.Complaint, ...]:
    of_one: dict[str, list[Row[Any]]] = {}
    for row in _past(connection, _COMPLAINTS, msisdn, now):
        of_one.setdefault(row.number, []).append(row)
    return tuple(map(_complaint, of_one.values()))


def _complaint(rows: list[Row[Any]]) -> port.Complaint:
    """``rows`` are one complaint's, a row a step; one with empty columns where it has no step."""
    one = rows[0]
    steps = (port.ComplaintStep(aware(row.at), row.what, row.by, row.note) for row in rows if row.at)
    return port.Complaint(
        number=one.number,
        kind=port.ComplaintKind(one.kind),
        state=port.ComplaintState(one.state),
        opened=aware(one.opened),
        due=aware(one.due),
        urged=one.urged,
        answer=one.answer,
        steps=tuple(steps),
    )


# ---- accounts ----------------------------------------------------------------------------------------------
def fee(connection: Reads, msisdn: str, now: datetime) -> port.Fee:
    row = connection.execute(_FEE, {"who": msisdn, "month": this_month(now)}).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    prepaid, balance, *items = row
    return fee_of(prepaid, balance, Usage(*items) if items[0] is not None else NOTHING_USED, now)


def bill(connection: Reads, msisdn: str, month: date, now: datetime) -> port.Bill | port.BillPending | None:
    pending = bill_waits(month, now)
    if pending or not bill_kept(month, now):
        known(connection, msisdn)
        return pending
    row = connection.execute(USAGE, {"who": msisdn, "month": month}).first()
    if row is None:
        known(connection, msisdn)
        return None
    return bill_of(month, Usage(*row))


def payments(connection: Reads, msisdn: str, now: datetime) -> tuple[port.Payment, ...]:
    _check_awake(connection, msisdn, now)
    rows = _past(connection, _PAYMENTS, msisdn, now)
    return tuple(port.Payment(aware(row.at), row.amount, row.way) for row in rows)


def _check_awake(connection: Reads, msisdn: str, now: datetime) -> None:
    """Raises Resting, but UnknownSubscriber rather than that."""
    try:
        check_awake(now)
    except port.Resting:
        known(connection, msisdn)
        raise


def details(connection: Reads, msisdn: str, month: date, limit: int, now: datetime) -> port.Details:
    _check_awake(connection, msisdn, now)
    span = month_span(month, now)
    rows: Sequence[Row[Any]] = ()
    if span:
        asked = max(1, limit)  # one row is wanted at least, for its count and total
        since, until = (one.astimezone(UTC) for one in span)  # as the rows have it: SQLite compares text
        values = {"who": msisdn, "since": since, "until": until, "limit": asked}
        rows = connection.execute(_DETAILS, values).all()
    if not rows:
        known(connection, msisdn)
        return port.Details(month, (), 0, 0)
    items = tuple(map(_detail, rows[: max(0, limit)]))
    return port.Details(month, items, rows[0].lines, int(rows[0].sum))  # PostgreSQL sums to a Decimal


def _detail(row: Row[Any]) -> port.Detail:
    kind = port.DetailKind(row.kind)
    return port.Detail(aware(row.at), kind, row.other, row.quantity, row.fee, row.place)


def allowances(connection: Reads, msisdn: str, now: datetime) -> tuple[port.Allowance, ...]:
    rows = connection.execute(_ALLOWANCES, {"who": msisdn, "month": this_month(now)}).all()
    if not rows:
        known(connection, msisdn)
    return tuple(port.Allowance(row.plan, port.AllowanceKind(row.kind), row.total, row.used) for row in rows)


# ---- points, products --------------------------------------------------------------------------------------
def points(connection: Reads, msisdn: str, now: datetime) -> port.Points:
    account, _opened = standing(connection, msisdn, this_month(now))
    return points_of(account, now)


def rewards(connection: Reads, msisdn: str) -> tuple[port.Reward, ...]:
    rows = _of_somebody(connection, _REWARDS, {"who": msisdn})
    return tuple(port.Reward(row.id, row.title, row.points, row.worth) for row in rows)


def _of_somebody(connection: Reads, query: Any, values: dict[str, str]) -> list[Row[Any]]:
    """What is joined to a subscriber's own row. Raises UnknownSubscriber where that is missing."""
    rows = connection.execute(query, values).all()
    if not rows:
        raise UnknownSubscriber(masked(values["who"]))
    return [row for row in rows if row.id is not None]


def product(connection: Reads, msisdn: str, name: str) -> port.Product | None:
    rows = _of_somebody(connection, _PRODUCT, {"who": msisdn, "id": name})
    return _product(rows[0]) if rows else None


def choices(connection: Reads, msisdn: str, group: str) -> tuple[port.Product, ...]:
    rows = _of_somebody(connection, _CHOICES, {"who": msisdn, "group": group})
    return cheapest_first(_product(row) for row in rows if _is_for(row))


def _is_for(row: Row[Any]) -> bool:
    terms = terms_of(row)
    return may_have(terms.brands, terms.cities, Brand(row.brand), row.city)


def _product(row: Row[Any]) -> port.Product:
    held = None
    if row.held_since is not None:
        held = Held(row.held_open, row.held_since, row.held_until, row.held_paid, row.held_option)
    return product_of(terms_of(row), Brand(row.brand), held)


def sp_subscriptions(connection: Reads, msisdn: str) -> tuple[SpSubscription, ...]:
    found = sp_of(connection, msisdn)
    if not found:
        known(connection, msisdn)
    return found


# ---- which question is which query -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SqlQuery:
    """``run(connection, *arguments of the question)``; the present behind them where the answer is ``dated``.
    ``long``: it may take more than a few milliseconds."""

    run: Callable[..., Any]
    dated: bool = False
    long: bool = False


ASKED: Mapping[type[Question[Any]], SqlQuery] = {
    port.AskSubscriber: SqlQuery(subscriber, dated=True),
    port.AskRecords: SqlQuery(records, dated=True),
    port.AskFee: SqlQuery(fee, dated=True),
    port.AskBill: SqlQuery(bill, dated=True),
    port.AskPayments: SqlQuery(payments, dated=True),
    port.AskDetails: SqlQuery(details, dated=True, long=True),
    port.AskAllowances: SqlQuery(allowances, dated=True),
    port.AskPoints: SqlQuery(points, dated=True),
    port.AskRewards: SqlQuery(rewards),
    port.AskProduct: SqlQuery(product),
    port.AskChoices: SqlQuery(choices),
    port.AskSpSubscriptions: SqlQuery(sp_subscriptions),
    port.AskPuk: SqlQuery(puk),
    port.AskComplaints: SqlQuery(complaints, dated=True),
    port.AskAttribution: SqlQuery(information.attribution),
    port.AskPlaces: SqlQuery(information.places),
    port.AskHolders: SqlQuery(information.holders, long=True),
    port.AskNumbers: SqlQuery(information.numbers, long=True),
    port.AskHandledReports: SqlQuery(information.handled_reports, long=True),
}


# ---- for whoever watches, tests and the contract kit ------------------------------------------------------
def answers(connection: Reads) -> None:
    """The database is there, and ours."""
    connection.execute(_ANY, {}).first()


def movements(connection: Reads, msisdn: str) -> tuple[Movement, ...]:
    """The subscriber's rows of the money ledger, oldest first."""
    rows = connection.execute(_MOVEMENTS, {"who": msisdn})
    return tuple(
        Movement(aware(row.at), row.msisdn, row.kind, row.amount, row.key, row.product) for row in rows
    )
