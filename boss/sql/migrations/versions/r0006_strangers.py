"""Wrong service passwords of strangers are counted apart from their owner's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"


def upgrade() -> None:
    op.add_column(
        "bo_subscriber", sa.Column("stranger_errors", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("bo_subscriber", sa.Column("stranger_errors_on", sa.Date(), nullable=True))
