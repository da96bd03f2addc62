"""How the sql back office is asked: :class:`SqlQueries`, the half of :class:`boss.sql.service.SqlBusiness`
that changes nothing. Which question is which query stands in :data:`boss.sql.queries.ASKED`. Each runs in a
thread, within the deadline: on SQLite the short ones are gathered (:mod:`boss.sql.gathering`), all others
have threads of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from twisted.logger import Logger

from boss.data.numbering import Known, unknown
from boss.rules.showing import segment_of
from boss.sql import information, queries
from boss.sql.engine import Database, behind_others
from boss.sql.gathering import Readers
from boss.sql.holding import held
from boss.sql.puks import Locked, Puks
from boss.sql.queries import ASKED
from business import port
from business.guards.workers import Late, Stopped, Workers
from business.port import Busy, NotOffered, Question, Unavailable
from business.port.bare import BareBusiness
from business.port.days import Clock
from business.port.stock import Movement
from business.port.themes import ALL_THEMES
from business.reactor import IBackOfficeReactor

A = TypeVar("A")
T = TypeVar("T")


def told(error: SQLAlchemyError | sqlite3.Error) -> str:
    """The driver's own words; SQLAlchemy's would add the statement with its parameters, which are private."""
    said = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(said, SQLAlchemyError):
        return type(said).__name__
    return f"{type(said).__name__}: {str(said).splitlines()[0]}"


class SqlQueries(BareBusiness):
    """See the head of this file. ``deadline``: seconds a call; ``threads`` is also the size of the pool."""

    themes = ALL_THEMES
    log = Logger()

    def __init__(
        self,
        url: str,
        clock: Clock,
        reactor: IBackOfficeReactor,
        threads: int = 4,
        deadline: float = 5.0,
        *,
        puks: Puks,
        known: Known = unknown,
    ) -> None:
        self._known = known
        self._now = clock
        self._deadline = deadline
        self._puks = puks
        self._locked = False
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

    # ---- questions ----------------------------------------------------------------------------------------
    async def ask(self, question: Question[A]) -> A:
        query = ASKED.get(type(question))
        if query is None:
            return await super().ask(question)
        arguments = question.arguments()
        if query.dated:
            arguments = (*arguments, self._now())
        answer: Any = await (self._read_long if query.long else self._read)(query.run, *arguments)
        if isinstance(question, port.AskPuk) and answer is not None:
            answer = self._opened(question.msisdn, answer)
        elif isinstance(question, port.AskAttribution) and answer is None:
            answer = await self._elsewhere(question.number)
        return cast(A, answer)

    async def _elsewhere(self, number: str) -> port.Attribution | None:
        """Of a segment that the table does not have; the first time that reads the tables of the country."""
        segment = segment_of(number)
        return None if segment is None else await self._run(lambda: self._known(segment))

    def _opened(self, msisdn: str, sealed: str) -> str:
        """Raises NotOffered where the key is not there; the log says so once."""
        try:
            puk = self._puks.open(msisdn, sealed)
        except Locked as error:
            if not self._locked:
                self.log.error("PUK codes cannot be shown: {why}; put the key file back", why=str(error))
            self._locked = True
            raise NotOffered("puk") from None
        self._locked = False
        return puk

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
