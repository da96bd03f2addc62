"""What customers answer to forms of the hall's: quizzes, surveys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"


def upgrade() -> None:
    op.create_table(
        "bo_response",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.String(15), sa.ForeignKey("bo_subscriber.msisdn"), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_bo_response_form", "bo_response", ["form", "msisdn"])
