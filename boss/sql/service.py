"""The back office in a database: :class:`SqlBusiness`, a :class:`business.port.Business`.

    business = SqlBusiness("sqlite:///var/business.db", clock, reactor)
    await business.start()          # migrates, too

Calls run in threads of its own (:mod:`business.guards.workers`), each with a deadline. What a caller gets
when something goes wrong: a query raises Unavailable (Busy, if others were answered until its deadline
passed). ``perform`` gives NotDone when certainly nothing happened (no thread began it, or the database
refused before the commit) and Unknown once a thread had it and the deadline passed, or the commit itself
failed: ask again with the same key.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from boss import rules
from boss.data.numbering import Known, unknown
from boss.rules import STANDARD, Policy
from boss.sql import loading, performing
from boss.sql.asking import SqlQueries, told
from boss.sql.engine import STUCK, NoTurn, behind_others, upgrade_database
from boss.sql.holding import held, held_change
from boss.sql.performing import PerformRun
from boss.sql.puks import puks_of
from boss.sql.reading import Reads
from boss.sql.situations import situation
from business import port
from business.guards.workers import Late, Stopped
from business.port import Change, NotDone, Offer, Performed, Refused, Unavailable, Unknown
from business.port.days import Clock
from business.port.outcomes import fingerprint
from business.port.secrecy import SALT
from business.port.stock import BackOfficeData, LoadSummary
from business.reactor import IBackOfficeReactor

ATTEMPTS = 3  # of one perform, when the database says that a neighbour was quicker
_TRY_AGAIN = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock


class SqlBusiness(SqlQueries):
    """See the head of this file; the queries are :class:`boss.sql.asking.SqlQueries`'s. ``policy`` is
    what an operator sets otherwise; ``key_file`` as :func:`boss.sql.puks.puks_of` has it; ``randbytes`` gives
    the salt of what is hashed."""

    counts_strangers_apart = True

    def __init__(
        self,
        url: str,
        clock: Clock,
        reactor: IBackOfficeReactor,
        threads: int = 4,
        deadline: float = 5.0,
        *,
        policy: Policy = STANDARD,
        key_file: str | None = None,
        randbytes: Callable[[int], bytes] = os.urandom,
        known: Known = unknown,
    ) -> None:
        super().__init__(url, clock, reactor, threads, deadline, puks=puks_of(url, key_file), known=known)
        self._policy = policy
        self._randbytes = randbytes

    @property
    def _grace(self) -> float:
        """Seconds behind the deadline for which a change that was begun may run on."""
        return self._deadline * (STUCK - 1)

    async def start(self) -> None:
        """Start the threads and bring the schema up to date. Raises Unavailable while the database cannot be
        reached (start again later), and what else it raises."""
        self._workers.start()
        self._doctor.start()
        try:
            await self._workers.run(lambda: upgrade_database(self._database, self._puks), None)
        except (OperationalError, NoTurn) as error:
            if self._database.sqlite and "locked" not in str(error):
                raise  # a file that cannot be opened will not be better later
            raise Unavailable(told(error)) from None

    async def stop(self) -> None:
        """Let running calls finish (for one deadline), end the threads, close the database."""
        if self._readers is not None:
            await self._readers.stop()
        await self._workers.stop(self._deadline)
        await self._doctor.stop(self._deadline)
        self._database.close()

    # ---- service passwords --------------------------------------------------------------------------------
    async def check_password(self, msisdn: str, password: str, stranger: bool = False) -> port.PasswordAnswer:
        """The hash is made outside of the transaction, where nobody waits for it."""
        now, salt = self._now(), self._randbytes(SALT)
        msisdn, password = held(msisdn), held(password)

        def call() -> port.PasswordAnswer:
            answer = None
            while answer is None:
                with self._database.reading() as connection:
                    kept = performing.kept_password(connection, msisdn)
                tried = performing.try_password(password, kept, salt)
                with self._database.writing() as connection:
                    answer = performing.check_password(connection, msisdn, tried, now, stranger)
                    connection.commit()
            return answer

        return await self._run(call)

    # ---- changes ------------------------------------------------------------------------------------------
    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        now, change = self._now(), held_change(change)

        def query(connection: Reads, msisdn: str) -> Offer | Refused:
            return rules.offer(change, situation(connection, msisdn, change, now, policy=self._policy))

        return await self._read(query, msisdn)

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: port.Origin = port.Origin.OTHER
    ) -> Performed:
        """As the port says. Raises UnknownSubscriber."""
        now, salt = self._now(), self._randbytes(SALT)
        msisdn, change, key = held(msisdn), held_change(change), held(key)

        def call() -> Performed:
            print_ = fingerprint(msisdn, change, key)
            return self._perform(PerformRun(msisdn, change, offer, key, channel, now, salt, print_))

        try:
            return await self._workers.run(call, self._deadline, self._grace)
        except Stopped as error:
            return NotDone(str(error))
        except Late as error:
            return Unknown(str(error)) if error.begun else NotDone(str(error), error.busy)

    def _perform(self, what: PerformRun) -> Performed:
        """In a thread: the transaction, again if a neighbour was quicker."""
        for attempt in range(1, ATTEMPTS + 1):
            committing = False
            try:
                with self._database.writing() as connection:
                    outcome = performing.perform(connection, what, self._policy)
                    committing = True
                    connection.commit()
                    return outcome
            except SQLAlchemyError as error:
                if _quicker_neighbour(error) and attempt < ATTEMPTS:
                    continue
                if committing:
                    return Unknown(told(error))
                return NotDone(told(error), busy=behind_others(error))
        raise AssertionError("the last attempt returns")

    # ---- loading ----------------------------------------------------------------------------------
    async def put(self, data: BackOfficeData) -> LoadSummary:
        """As :class:`business.port.stock.Loadable` says, in one transaction. Raises as the database does."""
        now = self._now()

        def call() -> LoadSummary:
            with self._database.writing(patiently=True) as connection:
                loaded = loading.put(connection, data, now, self._puks)
                connection.commit()
                return loaded

        return await self._workers.run(call, None)


def _quicker_neighbour(error: SQLAlchemyError) -> bool:
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _TRY_AGAIN
