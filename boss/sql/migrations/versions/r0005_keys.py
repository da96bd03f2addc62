"""A key has up to 255 characters, as the port's description says; PostgreSQL counts them."""

from __future__ import annotations

from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("bo_operation", "bo_ledger", "bo_audit"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN key TYPE VARCHAR(255)")
