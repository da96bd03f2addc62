"""The tables. Every name begins with ``bo_`` so that the back office can share a database with the store.

Money is fen in BIGINT. Times are aware and stored as UTC. ``bo_operation`` is the memory of keys: a row is
written in the same transaction as what the operation did, so the two can never differ. ``bo_ledger`` has at
most one row of a kind for a key, enforced by the database itself, as a second fence behind the first.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = String(255).with_variant(String(200), "sqlite")  # SQLite does not count; its tables were made with 200
RowId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key
Sealed = String(64).with_variant(String(16), "sqlite")
"""A PUK code (:mod:`boss.sql.puks`); SQLite's column was made for clear ones."""
Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    """All tables of the back office."""


class SubscriberRow(Base):
    __tablename__ = "bo_subscriber"

    msisdn: Mapped[str] = mapped_column(String(15), primary_key=True)
    brand: Mapped[str] = mapped_column(String(16))
    city: Mapped[str] = mapped_column(String(32))
    prepaid: Mapped[bool]
    balance: Mapped[int] = mapped_column(BigInteger)
    vip: Mapped[bool]
    suspended: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    long_sms: Mapped[bool]
    points: Mapped[int]
    points_this_year: Mapped[int]
    password: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_errors: Mapped[int]
    password_errors_on: Mapped[date | None]
    stranger_errors: Mapped[int] = mapped_column(default=0, server_default="0")
    stranger_errors_on: Mapped[date | None]
    card_errors: Mapped[int]
    card_errors_on: Mapped[date | None]
    joined: Mapped[date | None]
    suspended_since: Mapped[date | None]
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_errors: Mapped[int] = mapped_column(default=0)
    id_errors_on: Mapped[date | None]
    name: Mapped[str | None] = mapped_column(String(80))
    puk: Mapped[str | None] = mapped_column(Sealed)
    temporary_until: Mapped[datetime | None] = mapped_column(Moment)
    changes: Mapped[int] = mapped_column(default=0)
    changes_on: Mapped[date | None]


class UsageRow(Base):
    """What was spent in one month; ``month`` is its first day."""

    __tablename__ = "bo_usage"

    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    plan: Mapped[int] = mapped_column(BigInteger, default=0)
    voice: Mapped[int] = mapped_column(BigInteger, default=0)
    data: Mapped[int] = mapped_column(BigInteger, default=0)
    messages: Mapped[int] = mapped_column(BigInteger, default=0)
    vas: Mapped[int] = mapped_column(BigInteger, default=0)
    sp: Mapped[int] = mapped_column(BigInteger, default=0)
    other: Mapped[int] = mapped_column(BigInteger, default=0)


class ProductRow(Base):
    """A tariff. ``fees`` is "brand=fen brand=fen"; ``brands`` and ``cities`` are words between spaces."""

    __tablename__ = "bo_product"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    fee: Mapped[int] = mapped_column(BigInteger)
    charged_at_once: Mapped[bool]
    cancel_asked: Mapped[bool]
    fees: Mapped[str] = mapped_column(Text)
    brands: Mapped[str] = mapped_column(Text)
    cities: Mapped[str] = mapped_column(Text)
    need: Mapped[str | None] = mapped_column(String(40))
    next_month: Mapped[bool]
    closed_from: Mapped[int | None]
    group: Mapped[str | None] = mapped_column(String(40))
    option: Mapped[str | None] = mapped_column(String(16))
    option_default: Mapped[int | None] = mapped_column(BigInteger)


class HoldingRow(Base):
    __tablename__ = "bo_holding"
    __table_args__ = (Index("ix_bo_holding_product", "product", "msisdn"),)

    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("bo_product.id"), primary_key=True)
    open: Mapped[bool]
    since: Mapped[date]
    until: Mapped[date | None]
    paid: Mapped[date | None]
    option: Mapped[int | None] = mapped_column(BigInteger)


class SpRow(Base):
    """An SP subscription; ``ended`` rows stay, because who ordered what is disputed later."""

    __tablename__ = "bo_sp"

    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    provider: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(32))
    fee: Mapped[int] = mapped_column(BigInteger)
    category: Mapped[str] = mapped_column(String(16))
    ended: Mapped[datetime | None] = mapped_column(Moment)


class CardRow(Base):
    """A top-up card, by digest; the number itself is nowhere."""

    __tablename__ = "bo_card"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    face: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[datetime | None] = mapped_column(Moment)


class PerformedRow(Base):
    """What was done under a key, and its first result (:mod:`business.port.outcomes`)."""

    __tablename__ = "bo_operation"

    key: Mapped[str] = mapped_column(Key, primary_key=True)
    msisdn: Mapped[str] = mapped_column(String(15), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class LedgerRow(Base):
    """One movement of money; a balance is the sum of its subscriber's rows."""

    __tablename__ = "bo_ledger"
    __table_args__ = (
        UniqueConstraint("key", "msisdn", "kind", name="uq_bo_ledger_once"),
        Index("ix_bo_ledger_msisdn", "msisdn"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"))
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str | None] = mapped_column(Key)
    product: Mapped[str | None] = mapped_column(String(40))


class AuditRow(Base):
    """Who asked for what, by which channel, and what came of it, a row a decided change; no secrets. Triggers
    of the database refuse to change or delete a row (see the migration)."""

    __tablename__ = "bo_audit"
    __table_args__ = (Index("ix_bo_audit_msisdn", "msisdn", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    msisdn: Mapped[str] = mapped_column(String(15))
    key: Mapped[str] = mapped_column(Key)
    change: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(16), default="other")
    what: Mapped[str] = mapped_column(String(32), default="")  # port.verb of the change
    title: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[bool] = mapped_column(default=True)


class PaymentRow(Base):
    """A payment of before this database's own ledger, or from outside it."""

    __tablename__ = "bo_payment"
    __table_args__ = (Index("ix_bo_payment_msisdn", "msisdn", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"))
    at: Mapped[datetime] = mapped_column(Moment)
    amount: Mapped[int] = mapped_column(BigInteger)
    way: Mapped[str] = mapped_column(String(40))


class DetailRow(Base):
    """One call, message or data session (清单)."""

    __tablename__ = "bo_detail"
    __table_args__ = (Index("ix_bo_detail_msisdn", "msisdn", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"))
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(8))
    other: Mapped[str] = mapped_column(String(32))
    quantity: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[str] = mapped_column(String(40))


class AllowanceRow(Base):
    """What a plan includes in one month, and how much is used."""

    __tablename__ = "bo_allowance"

    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # in which order it is shown
    plan: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(8))
    total: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger)


class RewardRow(Base):
    __tablename__ = "bo_reward"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    points: Mapped[int]
    worth: Mapped[int] = mapped_column(BigInteger)


class SegmentRow(Base):
    """Numbers that begin with ``prefix`` (seven digits) belong there."""

    __tablename__ = "bo_segment"

    prefix: Mapped[str] = mapped_column(String(7), primary_key=True)
    province: Mapped[str] = mapped_column(String(32))
    city: Mapped[str] = mapped_column(String(32))
    area_code: Mapped[str] = mapped_column(String(8))
    operator: Mapped[str] = mapped_column(String(16))


class PlaceRow(Base):
    """An own hall of the operator."""

    __tablename__ = "bo_place"
    __table_args__ = (UniqueConstraint("city", "name", name="uq_bo_place_name"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    city: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(32))
    hours: Mapped[str] = mapped_column(String(80))


class ComplaintRow(Base):
    """A complaint or suggestion. ``desk`` has it now and answers the next one by ``desk_due`` (R225, R226);
    the customer is answered by ``due`` (R224)."""

    __tablename__ = "bo_complaint"
    __table_args__ = (Index("ix_bo_complaint_msisdn", "msisdn", "opened"),)

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    opened: Mapped[datetime] = mapped_column(Moment)
    due: Mapped[datetime] = mapped_column(Moment)
    desk: Mapped[str] = mapped_column(String(40))
    desk_due: Mapped[datetime] = mapped_column(Moment)
    urged: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(Text, default="")


class ComplaintStepRow(Base):
    """One step of its history; rows are only added."""

    __tablename__ = "bo_complaint_step"
    __table_args__ = (Index("ix_bo_complaint_step_number", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(ForeignKey("bo_complaint.number"))
    at: Mapped[datetime] = mapped_column(Moment)
    what: Mapped[str] = mapped_column(String(16))
    desk: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")


class ResponseRow(Base):
    """What somebody answered to a form of the hall's: a quiz, a survey. ``answers`` is JSON."""

    __tablename__ = "bo_response"
    __table_args__ = (Index("ix_bo_response_form", "form", "msisdn"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    form: Mapped[str] = mapped_column(Text)
    msisdn: Mapped[str] = mapped_column(ForeignKey("bo_subscriber.msisdn"))
    answers: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Moment)
