"""The store: what the hall itself must not lose. See the head of ``store/__init__.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from store import recovery
from store.engine import StoreConnection, connect, upgrade
from store.records import (
    CallRow,
    Conclusion,
    Decision,
    GuessRow,
    Inbound,
    Notice,
    OperationRow,
    Outbound,
    Recovered,
    SessionRow,
    TextDecision,
)
from store.seal import PLAIN, Plain, Sealer, sealed, unsealed
from store.statements import (
    ACCEPTED,
    COUNT_PROMO,
    COUNT_UNMATCHED,
    DELIVERED,
    DROPPED,
    END_SESSION,
    END_SESSIONS,
    ENQUEUE,
    FINISH_OPERATION,
    FORGET_GUESS,
    FORGET_NOTICE,
    GIVEN_UP,
    INBOX_DONE,
    KEEP_CALL,
    KEEP_FACT,
    KEEP_GUESS,
    KEEP_HALL,
    KEEP_NOTICE,
    KEEP_QUERY,
    KEEP_SESSION,
    KEEP_WISH,
    LEAVE_OPEN,
    RECEIVE,
    START_OPERATION,
    TAKE_DECISION,
    TAKE_TEXT_DECISION,
    Write,
)
from store.writer import IStoreReactor, Writer

WAITING = 0  # outbox state


class Store:
    """One hall's store. Every method may be called from the reactor's thread only; each Deferred fires after
    the commit, or fails with :class:`store.errors.StoreError`, nothing written."""

    def __init__(
        self, url: str, reactor: IStoreReactor, *, gather: float = 0.002, sealer: Sealer | Plain = PLAIN
    ) -> None:
        self._url = url
        self._sealer = sealer
        self._reactor = reactor
        self._gather = gather
        self._writer: Writer | None = None
        self._mark = "?" if url.startswith("sqlite") else "%s"  # asked for in the writer's thread, to its end
        self._inbox_ids = count(1)
        self._outbox_ids = count(1)

    async def start(self) -> None:
        """Migrate and open. Raises StoreUnavailable, or StoreInUse when another hall has it."""
        await deferToThread(upgrade, self._url)
        connection: StoreConnection = await deferToThread(connect, self._url)
        self._writer = Writer(connection, self._reactor, self._gather)
        inbox, outbox = await self._writer.read(recovery.highest_ids)
        self._inbox_ids, self._outbox_ids = count(inbox + 1), count(outbox + 1)

    async def stop(self) -> None:
        """Write what has gathered and close."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            await writer.stop()

    @property
    def commits(self) -> int:
        """Transactions since the start (metrics)."""
        return self._open.commits

    @property
    def refused(self) -> Mapping[str, int]:
        """Entries that the database had no place for, by the tables that they were for (metrics)."""
        return self._open.refused

    @property
    def _open(self) -> Writer:
        assert self._writer is not None, "the store is not started"
        return self._writer

    def next_inbox_id(self) -> int:
        return next(self._inbox_ids)

    def next_outbox_id(self) -> int:
        """Also numbers messages: a message bears the id of its first part."""
        return next(self._outbox_ids)

    # ---- messages ------------------------------------------------------------------------------------------
    def receive(self, row: Inbound) -> Deferred[None]:
        """Keep an MO; it may be acknowledged when this fires."""
        return self._open.submit(((RECEIVE, row),))

    def waiting_in(self, after: int, limit: int) -> Deferred[list[Inbound]]:
        """The first ``limit`` MOs behind the id ``after`` that no turn has concluded, in their order. What
        :meth:`receive` was given before is among them."""
        return self._open.read(lambda cursor: recovery.waiting_in(cursor, after, limit, self._mark))

    def conclude(self, conclusion: Conclusion) -> Deferred[None]:
        """All that one input left, or nothing of it."""
        writes: list[Write] = [(INBOX_DONE, (id,)) for id in conclusion.inbox]
        if conclusion.decision is not None:
            writes.append((TAKE_DECISION, conclusion.decision))
        writes.extend(
            (FINISH_OPERATION if each.state == "finished" else LEAVE_OPEN, each)
            for each in conclusion.operations
        )
        if conclusion.session is not None:
            writes.append((KEEP_SESSION, conclusion.session))
        writes.extend(self._enqueued(conclusion.outbox))
        if conclusion.promos is not None:
            writes.append((COUNT_PROMO, conclusion.promos))
        if conclusion.unmatched is not None:
            writes.append((COUNT_UNMATCHED, conclusion.unmatched))
        writes.extend((KEEP_WISH, each) for each in conclusion.wishes)
        writes.extend((KEEP_QUERY, each) for each in conclusion.queries)
        return self._open.submit(writes)

    def _enqueued(self, rows: Sequence[Outbound]) -> list[Write]:
        """What hides a secret lies sealed on the disk until it is sent."""
        return [(ENQUEUE, (*sealed(row, self._sealer), WAITING)) for row in rows]

    def accepted(self, id: int, message_id: str, at: float, *, lazily: bool = True) -> Deferred[None]:
        """The SMSC took the part. Not ``lazily``: its answer may come at any moment, and stands or falls with
        this mark."""
        return self._open.submit(((ACCEPTED, (id, at, message_id)),), lazily=lazily)

    def given_up(self, id: int, at: float, reason: str, *, dropped: bool = False) -> Deferred[None]:
        """The part will not be sent: refused by the SMSC for good, not taken for too long, or (``dropped``)
        worth nothing any more. ``reason`` is for people."""
        return self._open.submit(((DROPPED if dropped else GIVEN_UP, (at, reason, id)),))

    def delivered(self, id: int, status: str) -> Deferred[None]:
        """A delivery receipt came."""
        return self._open.submit(((DELIVERED, (status, id)),), lazily=True)

    # ---- operations ----------------------------------------------------------------------------------------
    def operation_started(
        self,
        key: str,
        subscriber: str,
        channel: str,
        body: str,
        at: float,
        *,
        session: SessionRow | None = None,
        inbox: Sequence[int] = (),
    ) -> Deferred[None]:
        """The one commit before a change: the operation, and by SMS the session and its inbox rows done: from
        here on the operation stands for the text. A key that is there already is the same operation."""
        writes: list[Write] = [(INBOX_DONE, (id,)) for id in inbox]
        writes.append((START_OPERATION, (key, subscriber, channel, body, "started", at, None, None, 0)))
        if session is not None:
            writes.append((KEEP_SESSION, session))
        return self._open.submit(writes)

    def operation(self, key: str) -> Deferred[OperationRow | None]:
        return self._open.read(lambda cursor: recovery.operation(cursor, key, self._mark))

    def unsettled(self) -> Deferred[list[OperationRow]]:
        """Operations that are started or unknown, oldest first."""
        return self._open.read(lambda cursor: recovery.operations(cursor, ("started", "unknown"), self._mark))

    def for_people(self) -> Deferred[list[OperationRow]]:
        """Operations that stayed unknown."""
        return self._open.read(lambda cursor: recovery.operations(cursor, ("people",), self._mark))

    def decisions(self) -> Deferred[list[Decision]]:
        """What people decided (another process wrote it) and this hall has not taken up yet."""
        return self._open.read(lambda cursor: recovery.decisions(cursor, self._mark))

    # ---- sessions that are read one by one -----------------------------------------------------------------
    def session(self, channel: str, address: str) -> Deferred[SessionRow | None]:
        return self._open.read(lambda cursor: recovery.session(cursor, channel, address, self._mark))

    def sessions_of(self, channel: str, since: float) -> Deferred[list[SessionRow]]:
        """Those of a channel that were touched since then, the longest untouched first."""
        return self._open.read(lambda cursor: recovery.sessions_of(cursor, channel, since, self._mark))

    def end_session(self, channel: str, address: str) -> Deferred[None]:
        return self._open.submit(((END_SESSION, (channel, address)),))

    def end_sessions(self, channel: str, before: float) -> Deferred[None]:
        """All of a channel that were not touched since then."""
        return self._open.submit(((END_SESSIONS, (channel, before)),))

    # ---- messages that were given up -----------------------------------------------------------------------
    def text_decisions(self) -> Deferred[list[TextDecision]]:
        """What people decided (another process wrote it) and this hall has not taken up yet. A part that was
        sealed with a key that is lost has no body."""
        found = self._open.read(lambda cursor: recovery.text_decisions(cursor, self._mark))
        return found.addCallback(lambda all: [each._replace(rows=self._opened(each.rows)) for each in all])

    def text_decided(self, decision: TextDecision, rows: Sequence[Outbound], at: float) -> Deferred[None]:
        """The decision is taken up: the old message's end, and ``rows``, which are sent in its place, in one
        commit."""
        reason = f"sent again as {rows[0].message}" if rows else "dropped"
        writes: list[Write] = [(DROPPED, (at, f"{reason}: {decision.who}", old.id)) for old in decision.rows]
        writes += [*self._enqueued(rows), (TAKE_TEXT_DECISION, (at, decision.message))]
        return self._open.submit(writes)

    # ---- halls, calls, facts -------------------------------------------------------------------------------
    def keep_hall(self, version: str, text: str, at: float) -> Deferred[None]:
        """Keep the menu's text by its version, so that sessions survive a restart on it."""
        return self._open.submit(((KEEP_HALL, (version, text, at)),))

    def hall_text(self, version: str) -> Deferred[str | None]:
        return self._open.read(lambda cursor: recovery.hall_text(cursor, version, self._mark))

    def halls_in_use(self) -> Deferred[dict[str, str]]:
        """Version to text of every hall that a session stands on, for the start."""
        return self._open.read(recovery.halls_in_use)

    def keep_call(self, call: CallRow) -> Deferred[None]:
        """Write a call's record; again with the same id as the call goes on and ends."""
        return self._open.submit(((KEEP_CALL, call),))

    def calls(self, limit: int = 100) -> Deferred[list[CallRow]]:
        """The latest calls, newest first."""
        return self._open.read(lambda cursor: recovery.calls(cursor, limit, self._mark))

    # ---- notices -------------------------------------------------------------------------------------------
    def notify(
        self,
        notices: Sequence[Notice],
        outbox: Sequence[Outbound],
        progress: tuple[str, str],
        *,
        forget: Sequence[Notice] = (),
    ) -> Deferred[None]:
        """A page of notices: that they are sent, the messages, and how far the run has come (a name and a
        text), all or nothing. Fails with StoreConflict where one of them was sent before. ``forget``: those
        that may be sent once more, as :meth:`noticed` told them."""
        writes: list[Write] = [(FORGET_NOTICE, each) for each in forget]
        writes.extend((KEEP_NOTICE, each) for each in notices)
        writes.extend(self._enqueued(outbox))
        writes.append((KEEP_FACT, progress))
        return self._open.submit(writes)

    def noticed(self, kind: str, period: str, after: str, upto: str) -> Deferred[dict[str, float]]:
        """Subscribers in (``after``, ``upto``] who were sent it, and when. ``upto`` "" has no end."""
        return self._open.read(
            lambda cursor: recovery.noticed(cursor, (kind, period, after, upto), self._mark)
        )

    def progress(self, name: str) -> Deferred[str | None]:
        """What :meth:`notify` kept under ``name``."""
        return self._open.read(lambda cursor: recovery.fact(cursor, name, self._mark))

    # ---- tries at secrets of other people's numbers --------------------------------------------------------
    def keep_guess(self, row: GuessRow) -> Deferred[None]:
        """A try, before it is looked at."""
        return self._open.submit(((KEEP_GUESS, row),))

    def forget_guess(self, id: int) -> Deferred[None]:
        """It was none."""
        return self._open.submit(((FORGET_GUESS, (id,)),), lazily=True)

    def guesses(self, since: float) -> Deferred[list[GuessRow]]:
        """Those of ``since`` and later, the oldest first."""
        return self._open.read(lambda cursor: recovery.guesses(cursor, since, self._mark))

    def alive(self, at: float) -> Deferred[None]:
        """Leave a sign of life: a restart learns how long ago the hall was last here."""
        return self._open.submit(((KEEP_FACT, ("alive", repr(at))),))

    # ---- restart and upkeep --------------------------------------------------------------------------------
    def recover(self, since: float, channel: str | None = None) -> Deferred[Recovered]:
        """What a restart finds: sessions of ``channel`` (None: of all), evidence of redelivery and UDH
        references since ``since``."""
        found: Deferred[Recovered] = self._open.read(
            lambda cursor: recovery.recover(cursor, since, channel, self._mark)
        )
        return found.addCallback(self._unsealed)

    def _unsealed(self, found: Recovered) -> Recovered:
        """What was sealed with a key that is lost has no body: it can be sent to nobody."""
        return replace(found, waiting_out=self._opened(found.waiting_out))

    def _opened(self, rows: Iterable[Outbound]) -> tuple[Outbound, ...]:
        return tuple(unsealed(row, self._sealer) or row._replace(body=None) for row in rows)

    def purge(self, before: float, limit: int = 1000) -> Deferred[int]:
        """Delete settled rows and idle sessions from before ``before``, ``limit`` of a kind at the most (so
        that commits do not wait long); how many went. Call again while it returns ``limit`` or more."""
        return self._open.read(lambda cursor: recovery.purge(cursor, before, limit, self._mark))

    def healthy(self) -> Deferred[bool]:
        """Whether the disk still takes a write; at once, however many wait to be written."""
        return self._open.proved(((KEEP_FACT, ("health", "")),))
