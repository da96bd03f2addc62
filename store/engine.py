"""Opening the store: migrations, the driver's connection, and the lock that keeps a second hall out.

SQLite runs in WAL mode with synchronous=FULL (a commit is on the disk when it returns), with a ``.lock`` file
beside the database held by flock, so that ``hall10086 backup`` may still read it. PostgreSQL holds an
advisory lock for as long as its connection lives.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from store.errors import StoreInUse, StoreUnavailable

ADVISORY = 10086_2
HANDED_OVER = 2.0
"""Seconds for which a PostgreSQL may hold the lock of a hall that has just ended: until its server process
has seen the connection closed."""
CONNECT = 5
"""Seconds until a PostgreSQL that does not answer counts as gone."""


def upgrade(url: str) -> None:
    """Bring the database to the newest version, making it if need be. Raises StoreUnavailable."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        _made(Path(str(parsed.database)))
    try:
        command.upgrade(versions(url), "head")
    except Exception as error:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]  # without the statement
        raise StoreUnavailable(f"cannot bring {shown(parsed)} up to date: {why}") from error


def versions(url: str) -> Config:
    """The store's versions, for alembic, on the database at ``url``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config


def _made(file: Path) -> None:
    """A database that is this user's alone, and so is what SQLite lays beside it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # what cannot be made is told when it is opened
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


def shown(url: str | URL) -> str:
    """The database's address for people to read, without its password."""
    return make_url(url).render_as_string(hide_password=True)


@dataclass(slots=True)
class StoreConnection:
    """One open store. ``mark`` is the driver's placeholder; ``raw`` its DB-API connection."""

    raw: Any
    mark: str
    lock: IO[str] | None = None
    url: str = ""

    @property
    def lost(self) -> bool:
        """The server has gone, or was restarted; a file does not go."""
        return self.mark == "%s" and bool(self.raw.closed)

    def close(self) -> None:
        self.raw.close()
        if self.lock is not None:
            self.lock.close()


def connect(url: str) -> StoreConnection:
    """Open ``url`` for writing. Raises :class:`StoreInUse` when another hall has it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return _postgresql(parsed)


def _sqlite(url: URL) -> StoreConnection:
    lock = _lock_file(Path(str(url.database) + ".lock"), shown(url))
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"check_same_thread": False, "cached_statements": 512}
    )
    driver = _driver(engine)
    driver.isolation_level = None  # transactions are begun and committed by the writer alone
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=2000", "cache_size=-16000"):
        driver.execute(f"PRAGMA {pragma}")
    return StoreConnection(driver, "?", lock)


def _driver(engine: Engine) -> Any:
    """The driver's own connection, no longer the pool's (which would close it with the wrapper)."""
    pooled: Any = engine.raw_connection()
    driver = pooled.driver_connection
    pooled.detach()
    return driver


def _lock_file(path: Path, shown: str) -> IO[str]:
    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StoreInUse(f"{shown} is in use by another hall") from None
    return lock


def _postgresql(url: URL) -> StoreConnection:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    given = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT}
    driver = _driver(create_engine(url, poolclass=NullPool, connect_args=given))
    driver.autocommit = True
    until = time.monotonic() + HANDED_OVER
    with driver.cursor() as cursor:
        while not cursor.execute(f"SELECT pg_try_advisory_lock({ADVISORY})").fetchone()[0]:
            if time.monotonic() < until:
                time.sleep(0.05)
                continue
            driver.close()
            raise StoreInUse(f"{shown(url)} is in use by another hall")
    return StoreConnection(driver, "%s", url=url.render_as_string(hide_password=False))
