"""Runs the store's migrations on the URL that ``store.upgrade`` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from store.schema import METADATA

VERSION_TABLE = "store_version"  # the back office may live in the same database with versions of its own


def run() -> None:
    url = make_url(context.config.attributes["url"])
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE, render_as_batch=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
