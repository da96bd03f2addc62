"""How the contract kit prepares, reprices and audits ours (:mod:`business.contract.bench`)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from business import open_business
from business.contract.bench import NotATestSystem
from business.contract.benches import LoadableBench
from business.port import Business
from business.port.days import Clock
from business.reactor import IBackOfficeReactor

SCHEMA = "hall10086_contract"


def memory_bench(url: str | None, *, reactor: IBackOfficeReactor, **options: Any) -> LoadableBench:
    """A new one for every promise."""
    return LoadableBench(lambda clock: open_business("memory", None, clock=clock, reactor=reactor, **options))


def sql_bench(url: str | None, *, reactor: IBackOfficeReactor, **options: Any) -> LoadableBench:
    """A database file for every promise in a directory of its own; on PostgreSQL a schema of its own in the
    database that ``url`` names. What is there otherwise is not touched."""
    if url is None or url.startswith("sqlite"):
        return _SqliteBench(url, reactor, options)
    return _PostgresqlBench(url, reactor, options)


class _SqliteBench(LoadableBench):
    def __init__(self, url: str | None, reactor: IBackOfficeReactor, options: dict[str, Any]) -> None:
        super().__init__(
            lambda clock: open_business("sql", self._next(), clock=clock, reactor=reactor, **options)
        )
        self._url = url
        self._folder = Path()
        self._made = 0

    def _next(self) -> str:
        """A copy of the empty one: making the tables takes longer than many a promise."""
        self._made += 1
        file = self._folder / f"{self._made}.db"
        shutil.copyfile(self._folder / "empty.db", file)
        return f"sqlite:///{file}"

    async def open(self) -> None:
        from sqlalchemy import make_url

        from boss.sql import upgrade

        named = make_url(self._url).database if self._url else None
        if named and Path(named).exists():
            _must_be_empty(str(self._url))
        self._folder = Path(tempfile.mkdtemp(prefix="hall10086-contract-"))
        upgrade(f"sqlite:///{self._folder}/empty.db")

    async def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class _PostgresqlBench(LoadableBench):
    def __init__(self, url: str, reactor: IBackOfficeReactor, options: dict[str, Any]) -> None:
        from sqlalchemy import make_url

        parsed = make_url(url)
        given = parsed.query.get("options", "")
        ours = parsed.update_query_dict({"options": f"{given} -csearch_path={SCHEMA}".strip()})
        self._at = ours.render_as_string(hide_password=False)
        self._folder = Path()
        super().__init__(
            lambda clock: open_business(
                "sql",
                self._at,
                clock=clock,
                reactor=reactor,
                **{"key_file": f"{self._folder}/key", **options},
            )
        )
        self._url = url

    async def open(self) -> None:
        from boss.sql import upgrade

        _must_be_empty(self._url)
        self._folder = Path(tempfile.mkdtemp(prefix="hall10086-contract-"))
        self._run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", f"CREATE SCHEMA {SCHEMA}")
        upgrade(self._at)

    async def fresh(self, clock: Clock) -> Business:
        from boss.sql.models import Base

        tables = [f"{SCHEMA}.{table.name}" for table in reversed(Base.metadata.sorted_tables)]
        audit = f"ALTER TABLE {SCHEMA}.bo_audit"
        self._run(
            f"{audit} DISABLE TRIGGER USER",  # nobody may empty it: but this one is ours
            *(f"DELETE FROM {table}" for table in tables),  # quicker than TRUNCATE where there is little
            f"{audit} ENABLE TRIGGER USER",
        )
        return await super().fresh(clock)

    async def close(self) -> None:
        self._run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, *statements: str) -> None:
        """The kit has this process for itself: it may wait."""
        from sqlalchemy import create_engine, text

        from boss.sql.engine import database_url

        engine = create_engine(database_url(self._url))
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


def _must_be_empty(url: str) -> None:
    """Raises NotATestSystem. Looks only: migrates nothing."""
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import SQLAlchemyError

    from boss.sql.engine import database_url

    engine = create_engine(database_url(url))
    try:
        if not inspect(engine).has_table("bo_subscriber"):
            return
        with engine.connect() as connection:
            if connection.execute(text("SELECT 1 FROM bo_subscriber LIMIT 1")).first() is not None:
                raise NotATestSystem("that database has subscribers in it")
    except SQLAlchemyError as error:
        raise NotATestSystem(f"it cannot be seen whether it is empty ({type(error).__name__})") from None
    finally:
        engine.dispose()
