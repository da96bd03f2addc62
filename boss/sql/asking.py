"""The queries of the sql back office as the port has them: :class:`SqlQueries`, the half of
:class:`boss.sql.service.SqlBusiness` that changes nothing. Each runs in a thread, within the deadline: on
SQLite the short ones are gathered (:mod:`boss.sql.gathering`), all others have threads of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from boss.sql import information, queries
from boss.sql.engine import Database, behind_others
from boss.sql.gathering import Readers
from boss.sql.holding import held
from business import port
from business.guards.workers import Late, Stopped, Workers
from business.port import Busy, Unavailable
from business.port.days import Clock
from business.port.stock import Movement

T = TypeVar("T")


def told(error: SQLAlchemyError | sqlite3.Error) -> str:
    """The driver's own words; SQLAlchemy's would add the statement with its parameters, which are private."""
    said = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(said, SQLAlchemyError):
        return type(said).__name__
    return f"{type(said).__name__}: {str(said).splitlines()[0]}"


class SqlQueries:
    """See the head of this file. ``deadline``: seconds a call; ``threads`` is also the size of the pool."""

    def __init__(self, url: str, clock: Clock, reactor: Any, threads: int = 4, deadline: float = 5.0) -> None:
        self._now = clock
        self._deadline = deadline
        self._database = Database(url, 2 * threads + 1, deadline)
        self._workers = Workers(reactor, threads, self._database.lines.cut)
        # Who is asked for our health is not busy.
        self._doctor = Workers(reactor, 1, self._database.lines.cut)
        self._readers = Readers(reactor, self._database, threads, deadline) if self._database.sqlite else None

    async def _told(self, answer: Awaitable[T]) -> T:
        """What goes wrong, in the port's words."""
        try:
            return await answer
        except Late as error:
            raise (Busy if error.busy else Unavailable)(str(error)) from None
        except Stopped as error:
            raise Unavailable(str(error)) from None
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise (Busy if behind_others(error) else Unavailable)(told(error)) from None

    async def _run(self, call: Callable[[], T]) -> T:
        return await self._told(self._workers.run(call, self._deadline))

    async def _read(self, query: Callable[..., T], *arguments: object) -> T:
        """``query(connection, *arguments)``, which takes a few milliseconds at the most."""
        if self._readers is None:
            return await self._read_long(query, *arguments)
        return await self._told(self._readers.run(query, *map(held, arguments)))

    async def _read_long(self, query: Callable[..., T], *arguments: object) -> T:
        """The same of one that may take longer: it stands in no short one's way."""
        asked = tuple(map(held, arguments))

        def call() -> T:
            with self._database.reading() as connection:
                return query(connection, *asked)

        return await self._run(call)

    async def healthy(self) -> bool:
        """Whether the database answers; at once, however many calls wait for a thread."""

        def call() -> None:
            with self._database.reading() as connection:
                queries.answers(connection)

        try:
            await self._doctor.run(call, self._deadline)
        except (Stopped, Late, SQLAlchemyError):
            return False
        return True

    # ---- subscribers --------------------------------------------------------------------------------------
    async def subscriber(self, msisdn: str) -> port.Subscriber:
        return await self._read(queries.subscriber, msisdn, self._now())

    async def records(self, msisdn: str) -> tuple[port.Record, ...]:
        return await self._read(queries.records, msisdn, self._now())

    async def puk(self, msisdn: str) -> str | None:
        return await self._read(queries.puk, msisdn)

    async def complaints(self, msisdn: str) -> tuple[port.Complaint, ...]:
        return await self._read(queries.complaints, msisdn, self._now())

    # ---- accounts -----------------------------------------------------------------------------------------
    async def fee(self, msisdn: str) -> port.Fee:
        return await self._read(queries.fee, msisdn, self._now())

    async def bill(self, msisdn: str, month: date) -> port.Bill | port.BillPending | None:
        return await self._read(queries.bill, msisdn, month, self._now())

    async def payments(self, msisdn: str) -> tuple[port.Payment, ...]:
        return await self._read(queries.payments, msisdn, self._now())

    async def details(self, msisdn: str, month: date, limit: int) -> port.Details:
        return await self._read_long(queries.details, msisdn, month, limit, self._now())

    async def allowances(self, msisdn: str) -> tuple[port.Allowance, ...]:
        return await self._read(queries.allowances, msisdn, self._now())

    # ---- points, products ---------------------------------------------------------------------------------
    async def points(self, msisdn: str) -> port.Points:
        return await self._read(queries.points, msisdn, self._now())

    async def rewards(self, msisdn: str) -> tuple[port.Reward, ...]:
        return await self._read(queries.rewards, msisdn)

    async def product(self, msisdn: str, product: str) -> port.Product | None:
        return await self._read(queries.product, msisdn, product)

    async def choices(self, msisdn: str, group: str) -> tuple[port.Product, ...]:
        return await self._read(queries.choices, msisdn, group)

    async def sp_subscriptions(self, msisdn: str) -> tuple[port.SpSubscription, ...]:
        return await self._read(queries.sp_subscriptions, msisdn)

    # ---- information, care --------------------------------------------------------------------------------
    async def attribution(self, number: str) -> port.Attribution | None:
        return await self._read(information.attribution, number)

    async def places(self, city: str) -> tuple[port.Place, ...]:
        return await self._read(information.places, city)

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        return await self._read_long(information.holders, product, after, limit)

    async def low_balances(self, after: str, limit: int) -> tuple[port.LowBalance, ...]:
        """A stretch at a time, each a call of its own: other queries go on in between."""
        found: tuple[port.LowBalance, ...] = ()
        end: str | None = after
        while end is not None and len(found) < limit:
            more, end = await self._read_long(information.low_balances, end, limit - len(found))
            found += more
        return found

    # ---- loading, tests -----------------------------------------------------------------------------------
    async def empty(self) -> bool:
        return await self._read_long(information.is_empty)

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        """The subscriber's rows of the money ledger, oldest first."""
        return await self._read_long(queries.movements, msisdn)
