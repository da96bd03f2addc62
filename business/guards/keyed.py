"""Keys, and offers that are bound to what they offered, for a billing system that knows neither.

    KeyedBusiness(BossBusiness(…), "var/boss-keys.db", reactor)

The back office inside only has to say what a change would cost (``offer``) and to do it when it is told
(``perform``). Around it, here:

* what an offer said is checked again just before it is done: a changed tariff is refused, nothing done;
* a key is written down, on the disk, *before* its change is given to the billing system, and its outcome
  after it; the same key again gives that outcome, and never does it twice;
* a key whose outcome did not come (a crash, a time-out) is not tried again, for it may have been done. The
  back office inside is asked, if it has ``recall(msisdn, change, key)``, which looks it up by the reference
  that it gave the billing system and answers as ``perform`` does; otherwise it stays unknown, for people.

What it keeps is the key, a print of the change that tells nothing of its secrets, and the outcome without
what is secret in it: the temporary password of a reset is told the first time only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from business.guards.passing import PassingBusiness
from business.guards.workers import Stopped, Workers
from business.port import (
    AskOffer,
    Business,
    Busy,
    Change,
    Done,
    NotDone,
    NotOffered,
    Offer,
    Origin,
    Performed,
    Question,
    Refused,
    Unknown,
    UnknownSubscriber,
    Why,
)
from business.port.outcomes import again, fingerprint, from_text, is_print_of, summary, to_text
from business.reactor import IBackOfficeReactor

A = TypeVar("A")
T = TypeVar("T")
_OTHER = "the key belongs to another change"
STOP_WITHIN = 5.0  # seconds for what is being written
_TABLE = "CREATE TABLE IF NOT EXISTS keyed (key TEXT PRIMARY KEY, print TEXT NOT NULL, outcome TEXT)"


class _Book:
    """The table of keys, used by one thread at a time. A row without an outcome: given to the billing system,
    and what came of it is not known."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._rows = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5.0)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _TABLE):
            self._rows.execute(statement)

    def begin(self, key: str, print_: str) -> tuple[bool, str, str | None]:
        """Whether the key is new (it is then on the disk), and its print and outcome."""
        new = self._rows.execute("INSERT OR IGNORE INTO keyed VALUES (?, ?, NULL)", (key, print_)).rowcount
        (first, outcome) = self._rows.execute(
            "SELECT print, outcome FROM keyed WHERE key = ?", (key,)
        ).fetchone()
        return bool(new), first, outcome

    def end(self, key: str, outcome: str) -> None:
        self._rows.execute("UPDATE keyed SET outcome = ? WHERE key = ?", (outcome, key))

    def drop(self, key: str) -> None:
        """Nothing was done under it: it may be tried again."""
        self._rows.execute("DELETE FROM keyed WHERE key = ? AND outcome IS NULL", (key,))

    def close(self) -> None:
        self._rows.close()


class KeyedBusiness(PassingBusiness):
    """See the head of this file. ``file`` is SQLite's, on a local disk."""

    log = Logger()

    def __init__(self, inner: Business, file: str | Path, reactor: IBackOfficeReactor) -> None:
        super().__init__(inner)
        self._file = Path(file)
        self._workers = Workers(reactor, 1)
        self._book: _Book | None = None
        self._under_way: dict[str, _Flight] = {}

    async def start(self) -> None:
        """Raises sqlite3.Error if the keys cannot be kept: nothing may be changed then."""
        self._workers.start()
        self._book = await self._workers.run(lambda: _Book(self._file), None)
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        if self._book is not None:
            await self._write(self._book.close)
            self._book = None
        await self._workers.stop(STOP_WITHIN)

    async def _write(self, call: Callable[[], T]) -> T:
        return await self._workers.run(call, None)

    # ---- offers -------------------------------------------------------------------------------------------
    async def ask(self, question: Question[A]) -> A:
        answer = await self.inner.ask(question)
        if isinstance(question, AskOffer) and isinstance(answer, Offer):
            return cast(A, replace(answer, token=_token(question.change, answer)))
        return answer

    # ---- changes ------------------------------------------------------------------------------------------
    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        """As the port says. Whoever gives up waiting for it does not stop it."""
        flight = self._under_way.get(key)
        if flight is not None:
            if (flight.msisdn, flight.change) != (msisdn, change):
                return NotDone(_OTHER)
            return _repeated(await flight.join())
        flight = self._under_way[key] = _Flight(msisdn, change)
        joined = flight.join()

        def landed(result: Performed | Failure) -> None:
            del self._under_way[key]
            flight.land(result)

        Deferred.fromCoroutine(self._once(msisdn, change, offer, key, channel)).addBoth(landed)
        return await joined

    async def _once(self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin) -> Performed:
        try:
            new, outcome = await self._write(lambda: self._begin(msisdn, change, key))
        except (sqlite3.Error, Stopped) as error:
            return NotDone(f"the key was not kept: {type(error).__name__}")
        if outcome is None and not new:
            outcome = await self._recalled(msisdn, change, key)
            if isinstance(outcome, NotDone):
                outcome = None
        elif outcome is not None:
            return outcome
        if outcome is None:
            outcome = await self._give(msisdn, change, offer, key, channel)
        else:
            outcome = _repeated(outcome)
        await self._keep(key, outcome)
        return outcome

    def _begin(self, msisdn: str, change: Change, key: str) -> tuple[bool, Performed | None]:
        """In a thread: whether the key is new, and what came of it before."""
        assert self._book is not None
        print_ = fingerprint(msisdn, change, key)
        new, first, outcome = self._book.begin(key, print_)
        if not is_print_of(first, print_, msisdn, change, key):
            return new, NotDone(_OTHER)
        return new, from_text(outcome) if outcome is not None else None

    async def _recalled(self, msisdn: str, change: Change, key: str) -> Performed:
        """What the billing system says became of a key whose outcome did not come."""
        recall = getattr(self.inner, "recall", None)
        if recall is None:
            return Unknown("no outcome came, and the billing system cannot be asked for it")
        try:
            outcome: Performed = await recall(msisdn, change, key)
        except Exception as error:
            return Unknown(f"no outcome came, and asking for it failed: {type(error).__name__}")
        return outcome

    async def _give(self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin) -> Performed:
        """Do it, if it still is what was offered. What fails before the billing system was told to do
        anything is not done; afterwards it is unknown."""
        try:
            fresh = await self.inner.offer(msisdn, change)
        except (UnknownSubscriber, NotOffered):
            await self._keep(key, NotDone("nobody"))
            raise
        except Exception as error:
            return NotDone(f"not offered: {type(error).__name__}", busy=isinstance(error, Busy))
        if isinstance(fresh, Refused):
            return fresh
        if _token(change, fresh) != offer.token:
            titled = {"title": fresh.details["title"]} if "title" in fresh.details else {}
            return Refused(Why.OFFER_CHANGED, {"fee": fresh.fee, **titled})
        try:
            return await self.inner.perform(msisdn, change, fresh, key, channel)
        except Exception as error:
            return Unknown(f"{type(error).__name__} while it was done")

    async def _keep(self, key: str, outcome: Performed) -> None:
        """Write down what came of it. If that fails it is found unknown next time, not done twice."""
        book = self._book
        assert book is not None
        try:
            if isinstance(outcome, Done | Refused):
                text = to_text(outcome)
                await self._write(lambda: book.end(key, text))
            elif isinstance(outcome, NotDone):
                await self._write(lambda: book.drop(key))
        except (sqlite3.Error, Stopped) as error:
            self.log.error("the outcome of a key was not kept: {why}", why=type(error).__name__)


class _Flight:
    """A change under way, and who waits for it."""

    def __init__(self, msisdn: str, change: Change) -> None:
        self.msisdn = msisdn
        self.change = change
        self._waiting: list[Deferred[Performed]] = []

    def join(self) -> Deferred[Performed]:
        joined: Deferred[Performed] = Deferred(self._waiting.remove)
        self._waiting.append(joined)
        return joined

    def land(self, result: Performed | Failure) -> None:
        for one in self._waiting:
            one.callback(result)


def _repeated(outcome: Performed) -> Performed:
    return again(outcome) if isinstance(outcome, Done | Refused) else outcome


def _token(change: Change, made: Offer) -> str:
    """What the offer is bound to: this change, at this price, and what the back office inside binds it to."""
    return json.dumps([summary(change), made.fee, made.charged, made.token], ensure_ascii=False)
