"""What customers wrote that was not understood, or was asked back: by day, masked, counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unmatched",
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("text", sa.Text(), primary_key=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("unmatched")
