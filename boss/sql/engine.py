"""Connections to the back office's database, and its schema.

SQLite runs in WAL mode with ``synchronous=FULL``: a committed operation survives kill -9 and a power cut, and
readers do not wait for the writer. Its writers stand in line at a lock of this process first (SQLite's own
waiting is a sleeping retry, which starves the unlucky under load) and begin with BEGIN IMMEDIATE, so that a
transaction that has read can always go on to write. PostgreSQL gets READ COMMITTED and row locks.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from twisted.logger import Logger

from boss.sql.cutting import ConnectionsByThread
from boss.sql.puks import Puks, puks_of

BUSY_MILLISECONDS = 5000
LOCKS = 0.8
"""The part of a call's deadline for which it waits for a lock: then it is certainly not done, which is better
to know than that the deadline passed."""
STUCK = 3
"""A change that was begun may take so many deadlines before it is cut off. Its outcome is unknown from the
first one on, but it may still come to its end, and its key tells."""
WRITES = "hall_writes"  # execution option of connections that will write
_MIGRATIONS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 10086_01  # any number of our own for PostgreSQL's advisory lock


LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's word for a lock_timeout


class NoTurn(SQLAlchemyError):
    """Too many were waiting to write to SQLite; nothing was begun."""


def behind_others(error: Exception) -> bool:
    """Whether a lock was not free in time: a neighbour writes, or a bulk load does. Nothing was done, and it
    says nothing about the database's health."""
    said = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(said, sqlite3.Error):
        return getattr(said, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    return isinstance(said, NoTurn) or getattr(said, "sqlstate", None) == LOCK_NOT_AVAILABLE


def database_url(url: str) -> URL:
    """The URL with our drivers filled in. Raises ValueError for SQLite in memory: threads cannot share it."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("the sql business needs a database file; for memory use the business called memory")
    return parsed


def _made(file: Path) -> None:
    """A database that is this user's alone, and so is what SQLite lays beside it. What cannot be made is told
    when it is opened."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


class Database:
    """An engine, and the two ways to use it. ``connections`` bounds the pool. ``deadline``: seconds for which
    a call is waited for; the server gives up locks and statements that take too long for it, and
    :attr:`lines` cuts off what hangs all the same."""

    def __init__(self, url: str, connections: int, deadline: float | None = None) -> None:
        parsed = database_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database:
            _made(Path(parsed.database))
        self._turn = threading.Lock() if self.sqlite else None
        self._busy = BUSY_MILLISECONDS / 1000 if deadline is None else deadline * LOCKS
        self.engine = _engine(parsed, connections, self.sqlite, deadline)
        self.lines = ConnectionsByThread(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent read; rolled back at the end."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *, patiently: bool = False) -> Iterator[Connection]:
        """A connection with a writing transaction begun. The caller commits; else it is rolled back.
        ``patiently``: it may take as long as it takes (a migration, a load)."""
        with (
            self._my_turn(patiently),
            self.engine.connect().execution_options(**{WRITES: True}) as connection,
        ):
            connection.begin()
            if patiently and not self.sqlite:
                connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
            try:
                yield connection
            except SQLAlchemyError:
                # A COMMIT that failed (disk full, busy) can leave its transaction open; such a connection
                # must not go back to the pool.
                connection.invalidate()
                raise

    @contextmanager
    def _my_turn(self, patiently: bool) -> Iterator[None]:
        if self._turn is None:
            yield
        elif self._turn.acquire(timeout=-1 if patiently else self._busy):
            try:
                yield
            finally:
                self._turn.release()
        else:
            raise NoTurn("others are writing for too long")

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: URL, connections: int, sqlite: bool, deadline: float | None) -> Engine:
    bounds = {} if sqlite or deadline is None else _bounds(url, deadline)
    engine = create_engine(url, pool_size=connections, max_overflow=0, connect_args=bounds)
    if sqlite:
        busy = BUSY_MILLISECONDS if deadline is None else int(deadline * LOCKS * 1000)
        event.listen(engine, "connect", partial(_prepare_sqlite, busy))
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _bounds(url: URL, deadline: float) -> dict[str, object]:
    """What PostgreSQL and the network are told, so that a server that is slow, gone or unreachable gives its
    thread back (libpq 34.1.2). What the URL says itself counts more."""
    milliseconds = int(deadline * 1000)
    server = {
        "statement_timeout": milliseconds * STUCK,
        "lock_timeout": int(milliseconds * LOCKS),
        "idle_in_transaction_session_timeout": milliseconds * STUCK,
    }
    bounds = {
        "connect_timeout": max(2, int(deadline)),  # less than 2 means 2 to libpq
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": milliseconds * STUCK,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }
    return {name: value for name, value in bounds.items() if name not in url.query}


def _prepare_sqlite(busy: int, connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (f"busy_timeout={busy}", "synchronous=FULL", "foreign_keys=ON"):
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


def upgrade(url: str, key_file: Path | None = None) -> None:
    """Bring the back office's schema up to date. Blocks; safe when two processes do it at once. ``key_file``
    as :func:`boss.sql.puks.puks_of` has it. Raises ValueError where it is needed and not named."""
    database = Database(url, 1)
    try:
        upgrade_database(database, puks_of(url, key_file))
    finally:
        database.close()


def upgrade_database(database: Database, puks: Puks) -> None:
    """As :func:`upgrade`. alembic is imported here: whoever needs no migration should not pay for it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.writing(patiently=True) as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        config.attributes |= {"connection": connection, "puks": puks, "sealed": False}
        command.upgrade(config, "head")
        connection.commit()
    if database.sqlite and config.attributes["sealed"]:
        _forget_what_was(database)


def _forget_what_was(database: Database) -> None:
    """Write the file anew, without what rows of before have left in it and in the WAL."""
    raw = database.engine.raw_connection()
    try:
        driver = cast(sqlite3.Connection, raw.driver_connection)
        driver.execute("VACUUM")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:  # the disk is full, or others are writing
        Logger().warn(
            "PUK codes are sealed, but the database file still has traces of them: {why}; run VACUUM on it",
            why=str(error),
        )
    finally:
        raw.close()
