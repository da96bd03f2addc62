"""What is read from the tables. Synchronous; each function takes a connection and never writes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Date, Row, String, and_, bindparam, select

from business import port
from business.accounts import (
    NOTHING_USED,
    Account,
    Card,
    Holding,
    Movement,
    Suspension,
    Terms,
    Usage,
    bill_kept,
    bill_of,
    bill_waits,
    fee_of,
    points_of,
    product_of,
    subscriber_of,
)
from business.days import DayCount, month_of, today
from business.port import Brand, Change, SpCategory, SpSubscription, UnknownSubscriber
from business.rules import Situation
from business.secrecy import card_digest
from business.sql.models import (
    CardRow,
    HoldingRow,
    LedgerRow,
    ProductRow,
    SpRow,
    SubscriberRow,
    UsageRow,
)

_ITEMS = (
    UsageRow.plan,
    UsageRow.voice,
    UsageRow.data,
    UsageRow.messages,
    UsageRow.vas,
    UsageRow.sp,
    UsageRow.other,
)
# The statements are built once: building one for each call costs more than running it.
_WHO = bindparam("who", type_=String())
_MONTH = bindparam("month", type_=Date())
_ID = bindparam("id", type_=String())
_SUBSCRIBERS = (
    select(SubscriberRow.__table__)
    .where(SubscriberRow.msisdn.in_(bindparam("who", expanding=True)))
    .order_by(SubscriberRow.msisdn)
)
_SUBSCRIBERS_LOCKED = _SUBSCRIBERS.with_for_update()
_BRAND = select(SubscriberRow.brand).where(SubscriberRow.msisdn == _WHO)
_USAGE = select(*_ITEMS).where(UsageRow.msisdn == _WHO, UsageRow.month == _MONTH)
_HOLDINGS = select(HoldingRow.__table__).where(HoldingRow.msisdn == _WHO)
_HOLDING = _HOLDINGS.where(HoldingRow.product == _ID)
_SP = select(SpRow.__table__).where(SpRow.msisdn == _WHO, SpRow.ended.is_(None)).order_by(SpRow.place)
_PRODUCT = select(ProductRow.__table__).where(ProductRow.id == _ID)
_CARD = select(CardRow.__table__).where(CardRow.digest == _ID)
_CARD_LOCKED = _CARD.with_for_update()
_CALLER = (
    select(SubscriberRow.__table__, *_ITEMS)
    .outerjoin(UsageRow, and_(UsageRow.msisdn == SubscriberRow.msisdn, UsageRow.month == _MONTH))
    .where(SubscriberRow.msisdn == _WHO)
)
_FEE = (
    select(SubscriberRow.prepaid, SubscriberRow.balance, *_ITEMS)
    .outerjoin(UsageRow, and_(UsageRow.msisdn == SubscriberRow.msisdn, UsageRow.month == _MONTH))
    .where(SubscriberRow.msisdn == _WHO)
)


def masked(msisdn: str) -> str:
    return f"{msisdn[:3]}****{msisdn[-4:]}"


# ---- accounts ----------------------------------------------------------------------------------------------
def accounts(
    connection: Connection, msisdns: set[str], month: date, lock: bool = False
) -> dict[str, Account]:
    """The accounts that exist, with this month's usage, products and SP subscriptions.

    ``lock`` holds their rows until the transaction ends, always in the order of the numbers, so that two
    transactions never wait for each other.
    """
    query = _SUBSCRIBERS_LOCKED if lock else _SUBSCRIBERS
    rows = connection.execute(query, {"who": sorted(msisdns)}).all()
    return {row.msisdn: _account(connection, row, month) for row in rows}


def _account(connection: Connection, row: Row[Any], month: date) -> Account:
    used = connection.execute(_USAGE, {"who": row.msisdn, "month": month}).first()
    account = _bare(connection, row, {month: Usage(*used)} if used else {})
    account.sp = sp_of(connection, row.msisdn)
    return account


def caller(connection: Connection, msisdn: str, month: date) -> Account:
    """The account without its SP subscriptions, in two statements: every turn of a conversation asks for it.

    Raises UnknownSubscriber.
    """
    row = connection.execute(_CALLER, {"who": msisdn, "month": month}).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    used = tuple(row)[-len(_ITEMS) :]
    return _bare(connection, row, {} if used[0] is None else {month: Usage(*used)})


def _bare(connection: Connection, row: Row[Any], usage: dict[date, Usage]) -> Account:
    held = connection.execute(_HOLDINGS, {"who": row.msisdn}).all()
    return Account(
        msisdn=row.msisdn,
        brand=Brand(row.brand),
        city=row.city,
        prepaid=row.prepaid,
        balance=row.balance,
        vip=row.vip,
        suspended=Suspension(row.suspended) if row.suspended else None,
        language=row.language,
        long_sms=row.long_sms,
        points=row.points,
        points_this_year=row.points_this_year,
        password=row.password,
        usage=usage,
        holdings={one.product: Holding(one.open, one.since, one.until, one.paid) for one in held},
        password_errors=DayCount(row.password_errors_on, row.password_errors),
        card_errors=DayCount(row.card_errors_on, row.card_errors),
    )


def sp_of(connection: Connection, msisdn: str) -> tuple[SpSubscription, ...]:
    rows = connection.execute(_SP, {"who": msisdn}).all()
    return tuple(
        SpSubscription(row.id, row.name, row.provider, row.code, row.fee, SpCategory(row.category))
        for row in rows
    )


def terms(connection: Connection, product: str) -> Terms | None:
    row = connection.execute(_PRODUCT, {"id": product}).first()
    if row is None:
        return None
    own = tuple(word.split("=") for word in row.fees.split())
    return Terms(
        id=row.id,
        title=row.title,
        fee=row.fee,
        charged_at_once=row.charged_at_once,
        cancel_asked=row.cancel_asked,
        fees=tuple((Brand(brand), int(fee)) for brand, fee in own),
        brands=tuple(Brand(word) for word in row.brands.split()),
        cities=tuple(row.cities.split()),
        need=row.need,
        next_month=row.next_month,
        closed_from=row.closed_from,
    )


def card(connection: Connection, number: str, lock: bool) -> Card | None:
    query = _CARD_LOCKED if lock else _CARD
    row = connection.execute(query, {"id": card_digest(number)}).first()
    return Card(row.digest, row.face, row.used is not None) if row else None


def situation(
    connection: Connection, msisdn: str, change: Change, now: datetime, lock: bool = False
) -> Situation:
    """What :mod:`business.rules` decides on. Raises UnknownSubscriber. Locks as :func:`accounts` does."""
    month = month_of(today(now))
    target = change.target if isinstance(change, port.TopUp) else msisdn
    found = accounts(connection, {msisdn, target}, month, lock)
    if msisdn not in found:
        raise UnknownSubscriber(masked(msisdn))
    match change:
        case port.TopUp(number, _):
            held = card(connection, number, lock)
            return Situation(now, found[msisdn], target=found.get(target), card=held)
        case port.CancelSp():
            return Situation(now, found[msisdn])
        case port.OpenProduct(product) | port.CancelProduct(product):
            return Situation(now, found[msisdn], terms=terms(connection, product))
        case _:
            return Situation(now, found[msisdn])


# ---- queries of the port -----------------------------------------------------------------------------------
def subscriber(connection: Connection, msisdn: str, now: datetime) -> port.Subscriber:
    return subscriber_of(caller(connection, msisdn, month_of(today(now))), now)


def fee(connection: Connection, msisdn: str, now: datetime) -> port.Fee:
    row = connection.execute(_FEE, {"who": msisdn, "month": month_of(today(now))}).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    prepaid, balance, *items = row
    return fee_of(prepaid, balance, Usage(*items) if items[0] is not None else NOTHING_USED, now)


def bill(
    connection: Connection, msisdn: str, month: date, now: datetime
) -> port.Bill | port.BillPending | None:
    known(connection, msisdn)
    pending = bill_waits(month, now)
    if pending or not bill_kept(month, now):
        return pending
    row = connection.execute(_USAGE, {"who": msisdn, "month": month}).first()
    return bill_of(month, Usage(*row)) if row else None


def points(connection: Connection, msisdn: str, now: datetime) -> port.Points:
    return points_of(caller(connection, msisdn, month_of(today(now))), now)


def product(connection: Connection, msisdn: str, name: str) -> port.Product | None:
    brand = known(connection, msisdn)
    found = terms(connection, name)
    if found is None:
        return None
    row = connection.execute(_HOLDING, {"who": msisdn, "id": name}).first()
    held = Holding(row.open, row.since, row.until, row.paid) if row else None
    return product_of(found, brand, held)


def sp_subscriptions(connection: Connection, msisdn: str) -> tuple[SpSubscription, ...]:
    known(connection, msisdn)
    return sp_of(connection, msisdn)


def known(connection: Connection, msisdn: str) -> Brand:
    """The subscriber's brand. Raises UnknownSubscriber."""
    brand = connection.execute(_BRAND, {"who": msisdn}).scalar_one_or_none()
    if brand is None:
        raise UnknownSubscriber(masked(msisdn))
    return Brand(brand)


def movements(connection: Connection, msisdn: str) -> tuple[Movement, ...]:
    """The subscriber's rows of the money ledger, oldest first."""
    query = select(LedgerRow.__table__).where(LedgerRow.msisdn == msisdn).order_by(LedgerRow.id)
    return tuple(map(_movement, connection.execute(query)))


def _movement(row: Row[Any]) -> Movement:
    at = row.at.replace(tzinfo=row.at.tzinfo or UTC)  # SQLite forgets the zone, which is UTC
    return Movement(at, row.msisdn, row.kind, row.amount, row.key, row.product)


def is_empty(connection: Connection) -> bool:
    tables = (select(SubscriberRow.msisdn).limit(1), select(ProductRow.id).limit(1))
    return all(connection.execute(query).first() is None for query in tables)
