"""Subscribers and what belongs to them, as the rules want them. Synchronous; each function takes a
connection and never writes. What the port shows is read in :mod:`boss.sql.queries`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol

from sqlalchemy import Date, Row, String, and_, bindparam, func, literal_column, or_, select

from boss.sql.models import CardRow, HoldingRow, ProductRow, SpRow, SubscriberRow, UsageRow
from business.port import Brand, SpCategory, SpSubscription, UnknownSubscriber, masked
from business.port.days import DayCount
from business.port.secrecy import card_digest
from business.port.stock import Account, Card, Holding, OptionKind, Suspension, Terms, Usage


class Reads(Protocol):
    """A connection as queries use it: one of SQLAlchemy's, or :class:`boss.sql.prepared.Prepared`. The
    statements are built once (building one for each call costs more than running it)."""

    def execute(self, statement: Any, values: Mapping[str, Any], /) -> Any:
        """What was found."""


ITEMS = (
    UsageRow.plan,
    UsageRow.voice,
    UsageRow.data,
    UsageRow.messages,
    UsageRow.vas,
    UsageRow.sp,
    UsageRow.other,
)
WHO = bindparam("who", type_=String())
MONTH = bindparam("month", type_=Date())
ID = bindparam("id", type_=String())
_SUBSCRIBER = select(SubscriberRow.__table__).where(SubscriberRow.msisdn == WHO)
_SUBSCRIBER_LOCKED = _SUBSCRIBER.with_for_update()
_BRAND = select(SubscriberRow.brand).where(SubscriberRow.msisdn == WHO)
USAGE = select(*ITEMS).where(UsageRow.msisdn == WHO, UsageRow.month == MONTH)
_HOLDINGS = select(HoldingRow.__table__).where(HoldingRow.msisdn == WHO)
_SP = select(SpRow.__table__).where(SpRow.msisdn == WHO, SpRow.ended.is_(None)).order_by(SpRow.place)
_PRODUCT = select(ProductRow.__table__).where(ProductRow.id == ID)
_CARD = select(CardRow.__table__).where(CardRow.digest == ID)
_CARD_LOCKED = _CARD.with_for_update()
_SPACE = literal_column("' '", String())
_OPENED = (
    select(func.aggregate_strings(HoldingRow.product, _SPACE))  # type: ignore[arg-type]
    .where(HoldingRow.msisdn == SubscriberRow.msisdn, HoldingRow.open)
    .scalar_subquery()
)
_STANDING = (
    select(
        SubscriberRow.msisdn,
        SubscriberRow.brand,
        SubscriberRow.city,
        SubscriberRow.prepaid,
        SubscriberRow.balance,
        SubscriberRow.vip,
        SubscriberRow.suspended,
        SubscriberRow.language,
        SubscriberRow.long_sms,
        SubscriberRow.points,
        SubscriberRow.points_this_year,
        SubscriberRow.joined,
        or_(SubscriberRow.name.is_not(None), SubscriberRow.id_number.is_not(None)).label("registered"),
        _OPENED.label("opened"),
        *ITEMS,
    )
    .outerjoin(UsageRow, and_(UsageRow.msisdn == SubscriberRow.msisdn, UsageRow.month == MONTH))
    .where(SubscriberRow.msisdn == WHO)
)


def aware(at: datetime) -> datetime:
    """SQLite forgets the zone, which is UTC."""
    return at.replace(tzinfo=at.tzinfo or UTC)


# ---- accounts ----------------------------------------------------------------------------------------------
def accounts(connection: Reads, msisdns: set[str], month: date, lock: bool = False) -> dict[str, Account]:
    """The accounts that exist, with this month's usage, products and SP subscriptions.

    ``lock`` holds their rows until the transaction ends, always in the order of the numbers, so that two
    transactions never wait for each other.
    """
    query = _SUBSCRIBER_LOCKED if lock else _SUBSCRIBER
    rows = [connection.execute(query, {"who": msisdn}).first() for msisdn in sorted(msisdns)]
    return {row.msisdn: _account(connection, row, month) for row in rows if row is not None}


def _account(connection: Reads, row: Row[Any], month: date) -> Account:
    used = connection.execute(USAGE, {"who": row.msisdn, "month": month}).first()
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
        usage={month: Usage(*used)} if used else {},
        sp=sp_of(connection, row.msisdn),
        holdings={one.product: holding_of(one) for one in held},
        password_errors=DayCount(row.password_errors_on, row.password_errors),
        stranger_errors=DayCount(row.stranger_errors_on, row.stranger_errors),
        card_errors=DayCount(row.card_errors_on, row.card_errors),
        joined=row.joined,
        suspended_since=row.suspended_since,
        id_number=row.id_number,
        id_errors=DayCount(row.id_errors_on, row.id_errors),
        name=row.name,
        temporary_until=aware(row.temporary_until) if row.temporary_until else None,
        changes=DayCount(row.changes_on, row.changes),
    )


def standing(connection: Reads, msisdn: str, month: date) -> tuple[Account, frozenset[str]]:
    """Who he is and how his account stands, and the products that are open, in one statement: every turn of a
    conversation asks for it. The account has neither secrets nor anything else that is not needed for that.

    Raises UnknownSubscriber.
    """
    row = connection.execute(_STANDING, {"who": msisdn, "month": month}).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    account = Account(
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
        usage={} if row.plan is None else {month: Usage(*tuple(row)[-len(ITEMS) :])},
        joined=row.joined,
        name="" if row.registered else None,  # whose is not asked for
    )
    return account, frozenset((row.opened or "").split())


def holding_of(row: Row[Any]) -> Holding:
    return Holding(row.open, row.since, row.until, row.paid, row.option)


def sp_of(connection: Reads, msisdn: str) -> tuple[SpSubscription, ...]:
    rows = connection.execute(_SP, {"who": msisdn}).all()
    return tuple(
        SpSubscription(row.id, row.name, row.provider, row.code, row.fee, SpCategory(row.category))
        for row in rows
    )


def terms(connection: Reads, product: str) -> Terms | None:
    row = connection.execute(_PRODUCT, {"id": product}).first()
    return terms_of(row) if row else None


def terms_of(row: Row[Any]) -> Terms:
    """``row`` has the columns of bo_product, maybe among others."""
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
        group=row.group,
        option=OptionKind(row.option) if row.option else None,
        option_default=row.option_default,
    )


def card(connection: Reads, number: str, lock: bool) -> Card | None:
    query = _CARD_LOCKED if lock else _CARD
    row = connection.execute(query, {"id": card_digest(number)}).first()
    return Card(row.digest, row.face, row.used is not None) if row else None


def known(connection: Reads, msisdn: str) -> Brand:
    """The subscriber's brand. Raises UnknownSubscriber."""
    brand = connection.execute(_BRAND, {"who": msisdn}).scalar_one_or_none()
    if brand is None:
        raise UnknownSubscriber(masked(msisdn))
    return Brand(brand)
