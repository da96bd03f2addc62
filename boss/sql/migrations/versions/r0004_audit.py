"""The audit trail on SQLite refuses REPLACE, which takes a row out without asking the triggers of DELETE."""

from __future__ import annotations

from alembic import op

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER bo_audit_no_replace BEFORE INSERT ON bo_audit "
            "WHEN EXISTS (SELECT 1 FROM bo_audit WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'bo_audit is only added to'); END"
        )
