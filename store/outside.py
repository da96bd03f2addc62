"""Looking into the store from another process while a hall runs on it, and leaving a decision there.

A hall is the only writer of every table but ``decisions`` and ``text_decisions``: a decision is one row,
inserted here in a transaction of its own (SQLite's WAL lets the two take turns; either waits ``WAIT`` seconds
at the most), and the hall takes it up within seconds. Everything here blocks; it is for the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, create_engine, delete, false, insert, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from store.errors import StoreConflict, StoreUnavailable
from store.records import Decision, OperationRow, Outbound, TextDecision
from store.schema import DECISIONS, OPERATIONS, OUTBOX, TEXT_DECISIONS, UNMATCHED

WAIT = 10.0
OPEN = ("started", "unknown", "people")
MAY_BE_DECIDED = frozenset({"unknown", "people"})


@dataclass(frozen=True, slots=True)
class Found:
    """An operation, and the decision about it, if there is one; ``taken``: a hall has taken that up."""

    row: OperationRow
    decision: Decision | None
    taken: bool


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """A connection to the store at ``url``, in a transaction. Raises StoreUnavailable: there is none, or not
    of this version."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", error)).splitlines()[0]
        raise StoreUnavailable(f"the store cannot be used: {why}") from error
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    """Raises StoreUnavailable, without a word of the address, which may hold a password."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise StoreUnavailable("the store's address is none, like sqlite:///var/hall.db") from None
    more: dict[str, object] = {}
    if parsed.get_backend_name() == "sqlite":
        more = {"timeout": WAIT}
        if not Path(str(parsed.database)).exists():
            raise StoreUnavailable(f"there is no store {parsed.database}")
    elif parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        more = {"connect_timeout": int(WAIT)}
    try:
        return create_engine(parsed, poolclass=NullPool, connect_args=more)
    except (SQLAlchemyError, ImportError):
        raise StoreUnavailable(f"there is no driver for {parsed.drivername}") from None


def look(connection: Connection, states: Sequence[str] = OPEN, key: str | None = None) -> list[Found]:
    """Operations in ``states`` and those that people decided about, oldest first; or only the one of
    ``key``, whatever its state."""
    about = OPERATIONS.outerjoin(DECISIONS, OPERATIONS.c.key == DECISIONS.c.key)
    wanted = (
        OPERATIONS.c.state.in_(states) | DECISIONS.c.key.is_not(None)
        if key is None
        else OPERATIONS.c.key == key
    )
    decision = (DECISIONS.c.done, DECISIONS.c.who, DECISIONS.c.note, DECISIONS.c.at, DECISIONS.c.taken)
    query = select(OPERATIONS, *(column.label(f"d_{column.name}") for column in decision))
    found = []
    for row in connection.execute(query.select_from(about).where(wanted).order_by(OPERATIONS.c.started)):
        operation = OperationRow(*row[: len(OperationRow._fields)])
        done, who, note, at, taken = row[len(OperationRow._fields) :]
        made = None if at is None else Decision(operation.key, bool(done), who, note, at)
        found.append(Found(operation, made, taken is not None))
    return found


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message of which ``rows`` were not taken; the others were. ``given_up``: they will not be tried
    again, since ``settled``, for ``reason``, unless people decide otherwise: ``decision``, which no hall has
    taken up yet. A secret's body is sealed."""

    rows: tuple[Outbound, ...]
    given_up: bool
    reason: str | None
    settled: float | None
    decision: TextDecision | None = None


def undelivered(connection: Connection, before: float) -> list[Undelivered]:
    """Messages that wait since before ``before``, and all that were given up and not purged, oldest first."""
    columns = [OUTBOX.c[name] for name in Outbound._fields]
    waits = (OUTBOX.c.state == 0) & (OUTBOX.c.created < before)
    query = select(*columns, OUTBOX.c.state, OUTBOX.c.reason, OUTBOX.c.settled)
    found: dict[int, list[tuple[Outbound, int, str | None, float | None]]] = {}
    for row in connection.execute(query.where(waits | (OUTBOX.c.state == 2)).order_by(OUTBOX.c.id)):
        *fields, state, reason, settled = row
        kept = Outbound(*fields)
        found.setdefault(kept.message, []).append((kept, state, reason, settled))
    decided = _text_decisions(connection)
    return [
        Undelivered(
            tuple(kept for kept, *_ in parts),
            *(parts[0][1] == 2, parts[0][2], parts[0][3]),
            decision=decided.get(message),
        )
        for message, parts in found.items()
    ]


def _text_decisions(connection: Connection) -> dict[int, TextDecision]:
    """Those that no hall has taken up yet, by message."""
    query = select(TEXT_DECISIONS).where(TEXT_DECISIONS.c.taken.is_(None))
    return {
        row.message: TextDecision(row.message, bool(row.again), row.who, row.at)
        for row in connection.execute(query)
    }


def decide_texts(connection: Connection, decisions: Sequence[TextDecision]) -> None:
    """Leave ``decisions`` for the hall, all or none. Raises StoreConflict: one was not given up, or is
    decided already."""
    connection.execute(delete(TEXT_DECISIONS).where(false()))  # from here on nobody else decides (SQLite)
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE text_decisions IN SHARE ROW EXCLUSIVE MODE"))
    before = _text_decisions(connection)
    for one in decisions:
        rows = OUTBOX.c.id, OUTBOX.c.state
        given_up = (OUTBOX.c.message == one.message) & (OUTBOX.c.state == 2)
        if connection.execute(select(*rows).where(given_up)).first() is None:
            raise StoreConflict(f"{one.message} is no message that was given up")
        if earlier := before.get(one.message):
            what = "sent again" if earlier.again else "dropped"
            raise StoreConflict(f"{one.message} is to be {what} already, says {earlier.who}")
        connection.execute(
            insert(TEXT_DECISIONS).values(message=one.message, again=int(one.again), who=one.who, at=one.at)
        )


def decide(connection: Connection, decision: Decision) -> None:
    """Leave ``decision`` for the hall. Raises StoreConflict: there is no such operation, it is settled, still
    being done, or decided already."""
    _hold(connection, decision.key)
    found = look(connection, key=decision.key)
    if not found:
        raise StoreConflict(f"there is no operation {decision.key}")
    row, before = found[0].row, found[0].decision
    if before is not None and not found[0].taken:
        raise StoreConflict(f"{decision.key} is decided already, by {before.who}: {before.note}")
    if row.state not in MAY_BE_DECIDED:
        raise StoreConflict(f"{decision.key} is {row.state}: there is nothing to decide")
    connection.execute(delete(DECISIONS).where(DECISIONS.c.key == decision.key))  # an earlier one, taken up
    connection.execute(
        insert(DECISIONS).values(
            key=decision.key, done=int(decision.done), who=decision.who, note=decision.note, at=decision.at
        )
    )


def _hold(connection: Connection, key: str) -> None:
    """From here to the end of the transaction nobody else decides about ``key``: what is seen stays so."""
    connection.execute(select(OPERATIONS.c.key).where(OPERATIONS.c.key == key).with_for_update())
    connection.execute(delete(DECISIONS).where(false()))  # SQLite knows no FOR UPDATE: it locks to write


class Counted(NamedTuple):
    """A text that was not understood on a day, or asked back, and how often."""

    text: str
    how: str
    times: int


def unmatched(connection: Connection, day: str) -> list[Counted]:
    """What was not understood, or asked back, on a ``day`` (YYYY-MM-DD), the most frequent first."""
    text, times = UNMATCHED.c.text, UNMATCHED.c.count
    found = select(text, UNMATCHED.c.how, times).where(UNMATCHED.c.day == day).order_by(times.desc(), text)
    return [Counted(*row) for row in connection.execute(found)]


def unmatched_days(connection: Connection) -> list[str]:
    """The days that have any, the newest first."""
    found = select(UNMATCHED.c.day).distinct().order_by(UNMATCHED.c.day.desc())
    return [day for (day,) in connection.execute(found)]
