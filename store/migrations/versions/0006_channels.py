"""Sessions are those of a channel and an address on it: one person may stand in two halls at once. Those that
are open are conversations by SMS."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE sessions_before AS SELECT * FROM sessions")
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("hall", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("touched", sa.Double(), nullable=False),
        sa.Column("asked", sa.BigInteger()),
    )
    op.execute(
        "INSERT INTO sessions (channel,address,hall,state,touched,asked)"
        " SELECT 'sms',subscriber,hall,state,touched,asked FROM sessions_before"
    )
    op.drop_table("sessions_before")


def downgrade() -> None:
    op.execute("CREATE TABLE sessions_after AS SELECT * FROM sessions WHERE channel='sms'")
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("hall", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("touched", sa.Double(), nullable=False),
        sa.Column("asked", sa.BigInteger()),
    )
    op.execute(
        "INSERT INTO sessions (subscriber,hall,state,touched,asked)"
        " SELECT address,hall,state,touched,asked FROM sessions_after"
    )
    op.drop_table("sessions_after")
