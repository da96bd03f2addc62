"""What the rest of the services need: payments, details, allowances, rewards, places, complaints; the audit
trail closed against changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"

_WHO = "bo_subscriber.msisdn"


def upgrade() -> None:
    _subscribers()
    _audit()
    _usage()
    _information()
    _complaints()


def _row_id() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, primary_key=True, autoincrement=True)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _who() -> sa.Column[str]:
    return sa.Column("msisdn", sa.String(15), sa.ForeignKey(_WHO), nullable=False)


def _subscribers() -> None:
    for column in (
        sa.Column("joined", sa.Date(), nullable=True),
        sa.Column("suspended_since", sa.Date(), nullable=True),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("id_errors", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("id_errors_on", sa.Date(), nullable=True),
        sa.Column("name", sa.String(80), nullable=True),
        sa.Column("puk", sa.String(16), nullable=True),
        _moment("temporary_until", null=True),
        sa.Column("changes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("changes_on", sa.Date(), nullable=True),
    ):
        op.add_column("bo_subscriber", column)
    op.add_column("bo_holding", _number("option", null=True))
    op.add_column("bo_product", sa.Column("group", sa.String(40), nullable=True))
    op.create_index("ix_bo_holding_product", "bo_holding", ["product", "msisdn"])


def _audit() -> None:
    for column in (
        sa.Column("channel", sa.String(16), nullable=False, server_default="other"),
        sa.Column("what", sa.String(32), nullable=False, server_default=""),
        sa.Column("title", sa.Text(), nullable=False, server_default=""),
        sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.true()),
    ):
        op.add_column("bo_audit", column)
    op.drop_index("ix_bo_audit_msisdn", "bo_audit")
    op.create_index("ix_bo_audit_msisdn", "bo_audit", ["msisdn", "at"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER bo_audit_no_{verb.lower()} BEFORE {verb} ON bo_audit "
                "BEGIN SELECT RAISE(ABORT, 'bo_audit is only added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION bo_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'bo_audit is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER bo_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON bo_audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION bo_audit_refuse()"
    )


def _usage() -> None:
    op.create_table("bo_payment", _row_id(), _who(), _moment("at"), _number("amount"), _text("way", 40))
    op.create_index("ix_bo_payment_msisdn", "bo_payment", ["msisdn", "at"])
    op.create_table(
        "bo_detail",
        _row_id(),
        _who(),
        _moment("at"),
        _text("kind", 8),
        _text("other", 32),
        _number("quantity"),
        _number("fee"),
        _text("place", 40),
    )
    op.create_index("ix_bo_detail_msisdn", "bo_detail", ["msisdn", "at"])
    op.create_table(
        "bo_allowance",
        sa.Column("msisdn", sa.String(15), sa.ForeignKey(_WHO), primary_key=True),
        sa.Column("month", sa.Date(), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
        _text("plan", 80),
        _text("kind", 8),
        _number("total"),
        _number("used"),
    )


def _information() -> None:
    op.create_table(
        "bo_reward",
        sa.Column("id", sa.String(40), primary_key=True),
        _text("title", 80),
        sa.Column("points", sa.Integer(), nullable=False),
        _number("worth"),
    )
    op.create_table(
        "bo_segment",
        sa.Column("prefix", sa.String(7), primary_key=True),
        _text("province", 32),
        _text("city", 32),
        _text("area_code", 8),
        _text("operator", 16),
    )
    op.create_table(
        "bo_place",
        _row_id(),
        _text("city", 32),
        _text("name", 80),
        _text("address", 200),
        _text("phone", 32),
        _text("hours", 80),
        sa.UniqueConstraint("city", "name", name="uq_bo_place_name"),
    )


def _complaints() -> None:
    op.create_table(
        "bo_complaint",
        sa.Column("number", sa.String(24), primary_key=True),
        _who(),
        _text("kind", 16),
        _text("text"),
        _text("channel", 16),
        _text("state", 16),
        _moment("opened"),
        _moment("due"),
        _text("desk", 40),
        _moment("desk_due"),
        sa.Column("urged", sa.Integer(), nullable=False),
        _text("answer"),
    )
    op.create_index("ix_bo_complaint_msisdn", "bo_complaint", ["msisdn", "opened"])
    op.create_table(
        "bo_complaint_step",
        _row_id(),
        sa.Column("number", sa.String(24), sa.ForeignKey("bo_complaint.number"), nullable=False),
        _moment("at"),
        _text("what", 16),
        _text("desk", 40),
        _text("note"),
    )
    op.create_index("ix_bo_complaint_step_number", "bo_complaint_step", ["number"])
