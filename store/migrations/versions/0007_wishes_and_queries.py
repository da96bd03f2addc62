"""Wishes about promos, either way and since when; who asked which service by which channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promo_wishes",
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("wanted", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
    )
    op.execute("INSERT INTO promo_wishes (subscriber,wanted,at) SELECT subscriber,0,since FROM promo_refused")
    op.drop_table("promo_refused")
    op.create_table(
        "queries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True
        ),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("queries")
    op.create_table(
        "promo_refused",
        sa.Column("subscriber", sa.Text(), primary_key=True),
        sa.Column("since", sa.Double(), nullable=False),
    )
    op.execute("INSERT INTO promo_refused SELECT subscriber,at FROM promo_wishes WHERE wanted=0")
    op.drop_table("promo_wishes")
