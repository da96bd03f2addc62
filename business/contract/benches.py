"""Our own benches, and the one for any back office that is loadable; found by the back office's name."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

from business import open_business
from business.accounts import BackOfficeData, Movement
from business.contract.bench import GROUP, Bench, NotATestSystem, Unable
from business.contract.case import NOW, PRODUCTS
from business.days import Clock
from business.port import Business, Fen

_OURS = {
    "memory": "business.contract.benches:memory_bench",
    "sql": "business.contract.benches:sql_bench",
    "http": "business.http.bench:bench",
}
SCHEMA = "hall10086_contract"


def find_bench(name: str, url: str | None, *, reactor: Any, **options: Any) -> Bench:
    """The bench of the back office ``name``. Raises LookupError if there is no such back office."""
    if name in _OURS:
        module, factory = _OURS[name].split(":")
        return cast(Bench, getattr(import_module(module), factory)(url, reactor=reactor, **options))
    for point in entry_points(group=GROUP, name=name):
        return cast(Bench, point.load()(url, reactor=reactor, **options))
    return LoadableBench(lambda clock: open_business(name, url, clock=clock, reactor=reactor, **options))


class LoadableBench:
    """For a back office that goes by the clock it is given and has ``empty``, ``put`` and ``movements``
    (:class:`business.accounts.Loadable`). ``make`` opens one; if it comes up with subscribers in it, it is no
    test system."""

    def __init__(self, make: Callable[[Clock], Any]) -> None:
        self._make = make
        self._business: Any = None
        self._filled = False

    async def open(self) -> None:
        """Raises what stands in the way of opening it at all, such as a bad URL."""
        self._make(lambda: NOW)

    async def fresh(self, clock: Clock) -> Business:
        self._business = self._make(clock)
        self._filled = False
        return cast(Business, self._business)

    async def fill(self, data: BackOfficeData) -> None:
        if not hasattr(self._business, "put") or not hasattr(self._business, "empty"):
            raise Unable("it cannot be filled: it names no bench, and has no put()")
        if not self._filled and not await self._business.empty():
            raise NotATestSystem("there are subscribers or products in it already")
        self._filled = True  # from here on what is in it is ours
        await self._business.put(data)

    async def set_now(self, now: datetime) -> None:
        """It has the clock."""

    async def retariff(self, product: str, fee: Fen) -> None:
        terms = next(one for one in PRODUCTS if one.id == product)
        await self._business.put(BackOfficeData((replace(terms, fee=fee),)))

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        if not hasattr(self._business, "movements"):
            raise Unable("its movements of money cannot be read")
        return cast("tuple[Movement, ...]", await self._business.movements(msisdn))

    async def close(self) -> None:
        """Nothing is left."""


def memory_bench(url: str | None, *, reactor: Any, **options: Any) -> LoadableBench:
    """A new one for every promise."""
    return LoadableBench(lambda clock: open_business("memory", None, clock=clock, reactor=reactor, **options))


def sql_bench(url: str | None, *, reactor: Any, **options: Any) -> LoadableBench:
    """A database file for every promise in a directory of its own; on PostgreSQL a schema of its own in the
    database that ``url`` names. What is there otherwise is not touched."""
    if url is None or url.startswith("sqlite"):
        return _SqliteBench(url, reactor, options)
    return _PostgresqlBench(url, reactor, options)


class _SqliteBench(LoadableBench):
    def __init__(self, url: str | None, reactor: Any, options: dict[str, Any]) -> None:
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

        from business.sql import upgrade

        named = make_url(self._url).database if self._url else None
        if named and Path(named).exists():
            _must_be_empty(str(self._url))
        self._folder = Path(tempfile.mkdtemp(prefix="hall10086-contract-"))
        upgrade(f"sqlite:///{self._folder}/empty.db")

    async def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class _PostgresqlBench(LoadableBench):
    def __init__(self, url: str, reactor: Any, options: dict[str, Any]) -> None:
        from sqlalchemy import make_url

        parsed = make_url(url)
        given = parsed.query.get("options", "")
        ours = parsed.update_query_dict({"options": f"{given} -csearch_path={SCHEMA}".strip()})
        self._at = ours.render_as_string(hide_password=False)
        super().__init__(
            lambda clock: open_business("sql", self._at, clock=clock, reactor=reactor, **options)
        )
        self._url = url

    async def open(self) -> None:
        from business.sql import upgrade

        _must_be_empty(self._url)
        self._run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", f"CREATE SCHEMA {SCHEMA}")
        upgrade(self._at)

    async def fresh(self, clock: Clock) -> Business:
        from business.sql.models import Base

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

    def _run(self, *statements: str) -> None:
        """The kit has this process for itself: it may wait."""
        from sqlalchemy import create_engine, text

        from business.sql.engine import database_url

        engine = create_engine(database_url(self._url))
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


def _must_be_empty(url: str) -> None:
    """Raises NotATestSystem. Looks only: migrates nothing."""
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import SQLAlchemyError

    from business.sql.engine import database_url

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
