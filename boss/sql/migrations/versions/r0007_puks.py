"""PUK codes are sealed (boss/sql/puks.py)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "r0007"
down_revision = "r0006"

CHUNK = 1000
_SOME = sa.text(
    "SELECT msisdn, puk FROM bo_subscriber WHERE puk IS NOT NULL AND msisdn > :after"
    f" ORDER BY msisdn LIMIT {CHUNK}"
)
_SEALED = sa.text("UPDATE bo_subscriber SET puk = :puk WHERE msisdn = :msisdn")


def upgrade() -> None:
    connection, about = op.get_bind(), context.config.attributes
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE bo_subscriber ALTER COLUMN puk TYPE VARCHAR(64)")
    after = ""
    while rows := connection.execute(_SOME, {"after": after}).all():
        seal = about["puks"].sealer()
        connection.execute(_SEALED, [{"msisdn": who, "puk": seal(who, puk)} for who, puk in rows])
        after = rows[-1].msisdn
        about["sealed"] = True
