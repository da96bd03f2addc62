"""Sessions that customers name lie by a digest of their names: whoever knows a name may go on with it."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SESSIONS = sa.table("sessions", sa.column("channel", sa.Text()), sa.column("address", sa.Text()))
_NAMED = _SESSIONS.c.channel == "web"


def upgrade() -> None:
    connection = op.get_bind()
    for (name,) in connection.execute(sa.select(_SESSIONS.c.address).where(_NAMED)).all():
        address = sha256(name.encode()).hexdigest()
        connection.execute(
            sa.update(_SESSIONS).where(_NAMED, _SESSIONS.c.address == name).values(address=address)
        )


def downgrade() -> None:
    """Nobody knows their names: they are over."""
    op.get_bind().execute(sa.delete(_SESSIONS).where(_NAMED))
