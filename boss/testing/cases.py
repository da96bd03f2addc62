"""The sql back office on SQLite and on a PostgreSQL of its own, filled with the contract's data."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import literal_column, select
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from boss.sql import SqlBusiness
from business.contract.case import GOTONE, NOW, contract_data
from business.port import (
    Offer,
    OpenProduct,
)
from business.reactor import IBackOfficeReactor
from store.testing.postgres import Postgres

DEADLINE = 2.0  # seconds
CRBT = OpenProduct("crbt")

ENDLESS: Any = select(
    literal_column("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)")
)


REACTOR = cast(IBackOfficeReactor, reactor)


def lost(connection: Any) -> Any:
    """A query without end."""
    return connection.execute(ENDLESS, {}).first()


class _FilledCase(TestCase):
    business: SqlBusiness

    async def offered(self) -> Offer:
        offer = await self.business.offer(GOTONE, CRBT)
        assert isinstance(offer, Offer)
        return offer

    async def charges(self) -> list[int]:
        return [row.amount for row in await self.business.movements(GOTONE) if row.kind != "opening"]


class SqlCase(_FilledCase):
    """On a SQLite file of its own."""

    deadline = 5.0

    async def setUp(self) -> None:  # type: ignore[override]
        self.file = Path(self.mktemp()).resolve() / "business.db"
        self.url = f"sqlite:///{self.file}"
        self.business = SqlBusiness(self.url, lambda: NOW, REACTOR, threads=2, deadline=self.deadline)
        await self.business.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.business.stop()))
        await self.business.put(contract_data())

    @contextmanager
    def sqlite(self) -> Iterator[sqlite3.Connection]:
        """A connection of somebody else's."""
        connection = sqlite3.connect(self.file, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    def break_table(self, name: str) -> None:
        with self.sqlite() as connection:
            connection.execute(f"ALTER TABLE {name} RENAME TO broken")


def now() -> datetime:
    return NOW


class PostgresCase(_FilledCase):
    """On a PostgreSQL of its own, which a test may stop."""

    timeout = 120

    async def setUp(self) -> None:  # type: ignore[override]
        self.server: Postgres = await deferToThread(Postgres)
        self.addCleanup(lambda: deferToThread(self.server.stop))
        self.business = SqlBusiness(
            self.server.url, now, REACTOR, threads=2, deadline=DEADLINE, key_file=f"{self.mktemp()}/k"
        )
        await self.business.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.business.stop()))
        await self.business.put(contract_data())
