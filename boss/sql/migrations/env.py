"""What alembic runs for ``upgrade(url)``: on the connection that :mod:`boss.sql.engine` opened.

The version table has a name of its own, so that the hall's store may live in the same database.
"""

from __future__ import annotations

from alembic import context

from boss.sql.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="bo_version",
    include_name=lambda name, kind, parents: kind != "table" or (name or "").startswith("bo_"),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
