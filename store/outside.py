"""Looking into the store from another process while a hall runs on it, and leaving a decision there.

A hall is the only writer of every table but ``decisions``: a decision is one row, inserted here in a
transaction of its own (SQLite's WAL lets the two take turns; either waits ``WAIT`` seconds at the most), and
the hall takes it up within seconds. Everything here blocks; it is for the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, delete, false, insert, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from store.errors import StoreConflict, StoreUnavailable
from store.records import Decision, OperationRow, Outbound
from store.schema import DECISIONS, OPERATIONS, OUTBOX

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
    again, since ``settled``, for ``reason``. A secret's body is sealed."""

    rows: tuple[Outbound, ...]
    given_up: bool
    reason: str | None
    settled: float | None


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
    return [
        Undelivered(tuple(kept for kept, *_ in parts), *(parts[0][1] == 2, parts[0][2], parts[0][3]))
        for parts in found.values()
    ]


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
