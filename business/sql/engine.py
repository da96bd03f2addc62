"""Connections to the back office's database, and its schema.

SQLite runs in WAL mode with ``synchronous=FULL``: a committed operation survives kill -9 and a power cut, and
readers do not wait for the writer. Its writers stand in line at a lock of this process first (SQLite's own
waiting is a sleeping retry, which starves the unlucky under load) and begin with BEGIN IMMEDIATE, so that a
transaction that has read can always go on to write. PostgreSQL gets READ COMMITTED and row locks.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError

BUSY_MILLISECONDS = 5000
WRITES = "hall_writes"  # execution option of connections that will write
_MIGRATIONS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 10086_01  # any number of our own for PostgreSQL's advisory lock


def database_url(url: str) -> URL:
    """The URL with our drivers filled in. Raises ValueError for SQLite in memory: threads cannot share it."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("the sql business needs a database file; for memory use the business called memory")
    return parsed


class Database:
    """An engine, and the two ways to use it. ``connections`` bounds the pool."""

    def __init__(self, url: str, connections: int) -> None:
        parsed = database_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self._turn = threading.Lock() if self.sqlite else nullcontext()
        self.engine = _engine(parsed, connections, self.sqlite)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent read; rolled back at the end."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection with a writing transaction begun. The caller commits; else it is rolled back."""
        with self._turn, self.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.begin()
            try:
                yield connection
            except SQLAlchemyError:
                # A COMMIT that failed (disk full, busy) can leave its transaction open; such a connection
                # must not go back to the pool.
                connection.invalidate()
                raise

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: URL, connections: int, sqlite: bool) -> Engine:
    engine = create_engine(url, pool_size=connections, max_overflow=0, pool_pre_ping=not sqlite)
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait when two connections switch a new file to WAL at once (the busy time-out is not
    asked), so we do."""
    for left in range(BUSY_MILLISECONDS // 20, -1, -1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as why:
            if "locked" not in str(why) or not left:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def upgrade(url: str) -> None:
    """Bring the back office's schema up to date. Blocks; safe when two processes do it at once."""
    database = Database(url, 1)
    try:
        upgrade_database(database)
    finally:
        database.close()


def upgrade_database(database: Database) -> None:
    """As :func:`upgrade`. alembic is imported here: whoever needs no migration should not pay for it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
