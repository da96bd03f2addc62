"""The first schema: subscribers, products, subscriptions, cards, operations, ledger, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "bo_audit",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bo_audit_msisdn", "bo_audit", ["msisdn"], unique=False)
    op.create_table(
        "bo_card",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("face", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "bo_operation",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_bo_operation_msisdn"), "bo_operation", ["msisdn"], unique=False)
    op.create_table(
        "bo_product",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("charged_at_once", sa.Boolean(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("fees", sa.Text(), nullable=False),
        sa.Column("brands", sa.Text(), nullable=False),
        sa.Column("cities", sa.Text(), nullable=False),
        sa.Column("need", sa.String(length=40), nullable=True),
        sa.Column("next_month", sa.Boolean(), nullable=False),
        sa.Column("closed_from", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "bo_subscriber",
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("brand", sa.String(length=16), nullable=False),
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("prepaid", sa.Boolean(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("suspended", sa.String(length=16), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("long_sms", sa.Boolean(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("points_this_year", sa.Integer(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("password_errors", sa.Integer(), nullable=False),
        sa.Column("password_errors_on", sa.Date(), nullable=True),
        sa.Column("card_errors", sa.Integer(), nullable=False),
        sa.Column("card_errors_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("msisdn"),
    )
    op.create_table(
        "bo_holding",
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("paid", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["msisdn"],
            ["bo_subscriber.msisdn"],
        ),
        sa.ForeignKeyConstraint(
            ["product"],
            ["bo_product.id"],
        ),
        sa.PrimaryKeyConstraint("msisdn", "product"),
    )
    op.create_table(
        "bo_ledger",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("product", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["msisdn"],
            ["bo_subscriber.msisdn"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "msisdn", "kind", name="uq_bo_ledger_once"),
    )
    op.create_index("ix_bo_ledger_msisdn", "bo_ledger", ["msisdn"], unique=False)
    op.create_table(
        "bo_sp",
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("provider", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["msisdn"],
            ["bo_subscriber.msisdn"],
        ),
        sa.PrimaryKeyConstraint("msisdn", "id"),
    )
    op.create_table(
        "bo_usage",
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=False),
        sa.Column("voice", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("vas", sa.BigInteger(), nullable=False),
        sa.Column("sp", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["msisdn"],
            ["bo_subscriber.msisdn"],
        ),
        sa.PrimaryKeyConstraint("msisdn", "month"),
    )


def downgrade() -> None:
    op.drop_table("bo_usage")
    op.drop_table("bo_sp")
    op.drop_table("bo_ledger")
    op.drop_table("bo_holding")
    op.drop_table("bo_subscriber")
    op.drop_table("bo_product")
    op.drop_table("bo_operation")
    op.drop_table("bo_card")
    op.drop_table("bo_audit")
