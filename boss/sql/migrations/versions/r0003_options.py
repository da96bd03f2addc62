"""What is chosen with a product: a threshold, or a number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    op.add_column("bo_product", sa.Column("option", sa.String(16), nullable=True))
    op.add_column("bo_product", sa.Column("option_default", sa.BigInteger(), nullable=True))
