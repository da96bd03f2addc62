"""What people decided about messages that were given up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_decisions",
        sa.Column("message", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("again", sa.SmallInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("taken", sa.Double()),
    )


def downgrade() -> None:
    op.drop_table("text_decisions")
