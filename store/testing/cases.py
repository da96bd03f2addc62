"""A store in a directory of its own, and rows to put into it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar, cast

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from store import (
    CallRow,
    Inbound,
    Outbound,
    SessionRow,
    Store,
)
from store.testing.postgres import Postgres
from store.writer import IStoreReactor

CALLER = "13900000001"


def mo(id: int, received: float = 1000.0) -> Inbound:
    return Inbound(id, "a", received, CALLER, "10086", b"d" * 16, id, None, None, 0, 0, b"0101", None)


def mt(id: int, message: int | None = None, **more: object) -> Outbound:
    row = Outbound(id, message or id, CALLER, "10086", 8, 0, b"\x00a", "answer", None, 1000.0, None, None)
    return row._replace(**more)  # type: ignore[arg-type]


def call(id: str, called: Any = "10086") -> CallRow:
    return CallRow(id, CALLER, called, 1.0, 2.0, 3.0, "ended", "[]")


def session(state: str = "{}", asked: int | None = None, touched: float = 1000.0) -> SessionRow:
    return SessionRow("sms", CALLER, "v1", state, touched, asked)


class StoreCase(TestCase):
    """A store in a directory of its own."""

    timeout = 120

    async def opened(self) -> Store:
        store = Store(self.url, cast(IStoreReactor, reactor), gather=0)
        await store.start()
        self.store = store
        return store

    async def reopened(self) -> Store:
        await self.store.stop()
        return await self.opened()

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.url = f"sqlite:///{self.directory}/hall.db"

    async def tearDown(self) -> None:  # type: ignore[override]
        await self.store.stop()


class OnPostgresql:
    """Puts a store of a case into an empty PostgreSQL database."""

    server: ClassVar[Postgres]

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Postgres()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()

    def setUp(self) -> None:
        self.server.empty()
        self.url = self.server.url
