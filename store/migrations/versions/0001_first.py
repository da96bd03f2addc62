"""The first tables: inbox, outbox, sessions, halls, operations, calls, promos, facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("caller", sa.Text()),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("began", sa.Double(), nullable=False),
        sa.Column("answered", sa.Double()),
        sa.Column("ended", sa.Double()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "halls",
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept", sa.Double(), nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Integer()),
        sa.Column("message_id", sa.Text()),
        sa.Column("coding", sa.SmallInteger(), nullable=False),
        sa.Column("esm", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("sar", sa.Text()),
        sa.Column("state", sa.SmallInteger(), nullable=False),
    )
    op.create_table(
        "operations",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("finished", sa.Double()),
        sa.Column("outcome", sa.Text()),
        sa.Column("tries", sa.Integer(), nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("coding", sa.SmallInteger(), nullable=False),
        sa.Column("esm", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.BigInteger()),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double()),
        sa.Column("udh", sa.Integer()),
        sa.Column("receipt", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("settled", sa.Double()),
        sa.Column("message_id", sa.Text()),
        sa.Column("delivery", sa.Text()),
    )
    op.create_table(
        "promo_counts",
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "promo_refused",
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("since", sa.Double(), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("hall", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("touched", sa.Double(), nullable=False),
        sa.Column("asked", sa.BigInteger()),
    )
    op.create_index("outbox_message", "outbox", ["message"])
    op.create_index("operations_open", "operations", ["state"], sqlite_where=sa.text("state != 'finished'"))


def downgrade() -> None:
    for table in (
        "calls",
        "facts",
        "halls",
        "inbox",
        "operations",
        "outbox",
        "promo_counts",
        "promo_refused",
        "sessions",
    ):
        op.drop_table(table)
