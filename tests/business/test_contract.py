"""Every back office of ours keeps the port's promises: memory, sql on SQLite, sql on PostgreSQL."""

from __future__ import annotations

from typing import ClassVar

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from business import contract
from business.accounts import BackOfficeData
from business.days import Clock
from business.memory import MemoryBusiness
from business.sql import SqlBusiness
from tests.business.postgres import Postgres
from tests.peers import needs_peer


class TestMemory(contract.BusinessContract, TestCase):
    def make(self, clock: Clock) -> MemoryBusiness:
        return MemoryBusiness(BackOfficeData(), clock)


class TestSqlite(contract.BusinessContract, TestCase):
    def make(self, clock: Clock) -> SqlBusiness:
        return SqlBusiness(f"sqlite:///{self.mktemp()}/business.db", clock, reactor)


@needs_peer("postgresql")
class TestPostgresql(contract.BusinessContract, TestCase):
    server: ClassVar[Postgres]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = Postgres()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        super().tearDownClass()

    def make(self, clock: Clock) -> SqlBusiness:
        self.server.empty()
        return SqlBusiness(self.server.url, clock, reactor)
