"""Notices that were sent: reminders and ordered bills, each once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("sent", sa.Double(), nullable=False),
    )
