"""The back office in a database: :class:`SqlBusiness`, a :class:`business.port.Business`.

    business = SqlBusiness("sqlite:///var/business.db", clock, reactor)
    await business.start()          # migrates, too

Calls run in threads of its own (:mod:`business.sql.workers`), each with a deadline. What a caller gets when
something goes wrong: a query raises Unavailable. ``perform`` gives NotDone when certainly nothing happened
(no thread began it, or the database refused before the commit) and Unknown once a thread had it and the
deadline passed, or the commit itself failed: ask again with the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from business import port, rules
from business.accounts import BackOfficeData, Loaded, Movement
from business.days import Clock
from business.port import Change, NotDone, Offer, Performed, Refused, Unavailable, Unknown
from business.sql import loading, reading, writing
from business.sql.engine import Database, upgrade_database
from business.sql.workers import Late, TooBusy, Workers

T = TypeVar("T")
ATTEMPTS = 3  # of one perform, when the database says that a neighbour was quicker
_TRY_AGAIN = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock


class SqlBusiness:
    """See the head of this file. ``deadline``: seconds a call; ``threads`` is also the size of the pool."""

    def __init__(self, url: str, clock: Clock, reactor: Any, threads: int = 4, deadline: float = 5.0) -> None:
        self._now = clock
        self._deadline = deadline
        self._database = Database(url, threads)
        self._workers = Workers(reactor, threads)

    async def start(self) -> None:
        """Start the threads and bring the schema up to date. Raises what the database raises."""
        self._workers.start()
        await self._workers.run(lambda: upgrade_database(self._database), None)

    async def stop(self) -> None:
        """Let running calls finish (for one deadline), end the threads, close the database."""
        await self._workers.stop(self._deadline)
        self._database.close()

    async def healthy(self) -> bool:
        """Whether the database answers."""
        try:
            await self._read(lambda connection: connection.execute(select(1)).scalar_one())
        except Unavailable:
            return False
        return True

    # ---- queries ------------------------------------------------------------------------------------------
    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await self._workers.run(call, self._deadline)
        except (TooBusy, Late) as error:
            raise Unavailable(str(error)) from None
        except SQLAlchemyError as error:
            raise Unavailable(_told(error)) from None

    async def _read(self, query: Callable[[Connection], T]) -> T:
        def call() -> T:
            with self._database.reading() as connection:
                return query(connection)

        return await self._run(call)

    async def subscriber(self, msisdn: str) -> port.Subscriber:
        now = self._now()
        return await self._read(lambda connection: reading.subscriber(connection, msisdn, now))

    async def fee(self, msisdn: str) -> port.Fee:
        now = self._now()
        return await self._read(lambda connection: reading.fee(connection, msisdn, now))

    async def bill(self, msisdn: str, month: date) -> port.Bill | port.BillPending | None:
        now = self._now()
        return await self._read(lambda connection: reading.bill(connection, msisdn, month, now))

    async def points(self, msisdn: str) -> port.Points:
        now = self._now()
        return await self._read(lambda connection: reading.points(connection, msisdn, now))

    async def product(self, msisdn: str, product: str) -> port.Product | None:
        return await self._read(lambda connection: reading.product(connection, msisdn, product))

    async def sp_subscriptions(self, msisdn: str) -> tuple[port.SpSubscription, ...]:
        return await self._read(lambda connection: reading.sp_subscriptions(connection, msisdn))

    async def check_password(self, msisdn: str, password: str) -> port.PasswordAnswer:
        now = self._now()

        def call() -> port.PasswordAnswer:
            with self._database.writing() as connection:
                answer = writing.check_password(connection, msisdn, password, now)
                connection.commit()
                return answer

        return await self._run(call)

    # ---- changes ------------------------------------------------------------------------------------------
    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        now = self._now()

        def query(connection: Connection) -> Offer | Refused:
            return rules.offer(change, reading.situation(connection, msisdn, change, now))

        return await self._read(query)

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: port.Channel = port.Channel.OTHER
    ) -> Performed:
        """As the port says. Raises UnknownSubscriber."""
        now = self._now()
        try:
            return await self._workers.run(
                lambda: self._perform(msisdn, change, offer, key, now), self._deadline
            )
        except TooBusy as error:
            return NotDone(str(error))
        except Late as error:
            return Unknown(str(error)) if error.begun else NotDone(str(error))

    def _perform(self, msisdn: str, change: Change, offer: Offer, key: str, now: datetime) -> Performed:
        """In a thread: the transaction, again if a neighbour was quicker."""
        for attempt in range(1, ATTEMPTS + 1):
            committing = False
            try:
                with self._database.writing() as connection:
                    outcome = writing.perform(connection, msisdn, change, offer, key=key, now=now)
                    committing = True
                    connection.commit()
                    return outcome
            except SQLAlchemyError as error:
                if _quicker_neighbour(error) and attempt < ATTEMPTS:
                    continue
                return Unknown(_told(error)) if committing else NotDone(_told(error))
        raise AssertionError("the last attempt returns")

    # ---- loading, tests -----------------------------------------------------------------------------------
    async def empty(self) -> bool:
        return await self._read(reading.is_empty)

    async def put(self, data: BackOfficeData) -> Loaded:
        """As :class:`business.accounts.Loadable` says, in one transaction. Raises as the database does."""
        now = self._now()

        def call() -> Loaded:
            with self._database.writing() as connection:
                loaded = loading.put(connection, data, now)
                connection.commit()
                return loaded

        return await self._workers.run(call, None)

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        """The subscriber's rows of the money ledger, oldest first."""
        return await self._read(lambda connection: reading.movements(connection, msisdn))


def _quicker_neighbour(error: SQLAlchemyError) -> bool:
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


def _told(error: SQLAlchemyError) -> str:
    """The driver's own words; SQLAlchemy's would add the statement with its parameters, which are private."""
    if isinstance(error, DBAPIError):
        return f"{type(error.orig).__name__}: {str(error.orig).splitlines()[0]}"
    return type(error).__name__
