"""From the stage into the back office, in one transaction: into SQLite by its own INSERT ... SELECT, into
PostgreSQL by COPY. Either all of it is there afterwards or nothing, whatever ends the process.

SQLite has one writer: until the transaction ends, changes of a running hall wait (and after five seconds
are told that the system is busy); its queries go on. PostgreSQL lets both go on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from boss.sql.stage import ORDER, PROFILE, Stage, Staged

Progress = Callable[[str, int, int], None]
"""``progress(what, done, of)``."""
_OPENING = "SELECT ?, msisdn, 'opening', balance FROM stage.bo_subscriber x WHERE NOT x.kept"
_LEDGER = '"at", msisdn, kind, amount'


@dataclass(slots=True)
class MergeCount:
    """Of one table: rows that came in, rows that were left as they are, and those that were renewed."""

    new: int = 0
    kept: int = 0
    renewed: int = 0


class MergeTarget(Protocol):
    """A back office's database, in one transaction."""

    def insert(self, table: str, columns: str, query: str, parameters: tuple[Any, ...] = ()) -> int: ...
    def renew(self, staged: Staged) -> int: ...
    def clear_places(self) -> None: ...


def merge(
    stage: Stage, target: MergeTarget, renew: bool, at: str, progress: Progress
) -> dict[str, MergeCount]:
    """What was brought in, by table. ``at``: the moment of the opening rows, as :func:`stored` gives it."""
    total = sum(stage.count(staged) for staged in ORDER)
    done, counts = 0, {}
    for staged in ORDER:
        progress(staged.table, done, total)
        read = stage.count(staged)
        if read:
            counts[staged.table] = _merge_one(stage, target, staged, renew, read)
        if staged.table == "bo_subscriber":
            target.insert("bo_ledger", _LEDGER, _OPENING, (at,))
        done += read
    progress("", total, total)
    return counts


def _merge_one(stage: Stage, target: MergeTarget, staged: Staged, renew: bool, read: int) -> MergeCount:
    where, renewed = stage.fresh(staged), 0
    kept = 0 if staged.of else stage.count(staged, "x.kept")
    if renew and staged.table == "bo_place":  # as a whole, so that a closed one goes
        target.clear_places()
        where = "1"
        renewed, kept = kept, 0
    elif renew and staged.renewed and kept:
        renewed = target.renew(staged)
        kept -= renewed
    names = ", ".join(f'"{name}"' for name in staged.columns)
    query = f'SELECT {staged.selected()} FROM stage."{staged.table}" x WHERE {where}'
    new = target.insert(staged.table, names, query)
    return MergeCount(
        new - (renewed if staged.table == "bo_place" else 0), read - new if staged.of else kept, renewed
    )


def _assigned(staged: Staged) -> str:
    """What a cell does not say stays, in a profile; a tariff is written as a whole."""
    profile = staged.renewed is PROFILE
    return ", ".join(
        f'"{name}" = COALESCE(x."{name}", t."{name}")' if profile else f'"{name}" = x."{name}"'
        for name in staged.renewed
    )


def _differs(staged: Staged, differ: str) -> str:
    """SQL for: one of the columns would change. ``differ`` is the dialect's word."""
    profile = staged.renewed is PROFILE
    some = (
        f'(x."{name}" IS NOT NULL AND x."{name}" {differ} t."{name}")'
        if profile
        else f'x."{name}" {differ} t."{name}"'
        for name in staged.renewed
    )
    return f"({' OR '.join(some)})"


def _same_key(staged: Staged) -> str:
    return " AND ".join(f'x."{name}" = t."{name}"' for name in staged.key)


class SqliteTarget:
    """The stage is attached to ``connection``, which is on the back office's file and in autocommit mode.
    To be used in a ``with``: the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> SqliteTarget:
        self._connection.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: Any, *_error: Any) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")

    def insert(self, table: str, columns: str, query: str, parameters: tuple[Any, ...] = ()) -> int:
        insert = f'INSERT INTO main."{table}" ({columns}) {query}'
        return self._connection.execute(insert, parameters).rowcount

    def renew(self, staged: Staged) -> int:
        update = (
            f'UPDATE main."{staged.table}" AS t SET {_assigned(staged)} FROM stage."{staged.table}" x '
            f"WHERE x.kept AND {_same_key(staged)} AND {_differs(staged, 'IS NOT')}"
        )
        return self._connection.execute(update).rowcount

    def clear_places(self) -> None:
        self._connection.execute("DELETE FROM main.bo_place WHERE city IN (SELECT city FROM stage.bo_place)")

    def analyse(self) -> None:
        """After the transaction: what the query planner should know, from a sample."""
        self._connection.execute("PRAGMA main.analysis_limit=1000")
        self._connection.execute("ANALYZE main")
        self._connection.execute("PRAGMA main.wal_checkpoint(PASSIVE)")


class PostgresTarget:
    """``connection`` is psycopg's; the stage is read from its own. To be used in a ``with``."""

    def __init__(self, connection: Any, stage: Stage) -> None:
        self._connection = connection
        self._stage = stage

    def __enter__(self) -> PostgresTarget:
        self._connection.execute("SET LOCAL timezone TO 'UTC'")  # as moments are staged
        return self

    def __exit__(self, kind: Any, *_error: Any) -> None:
        if kind is None:
            self._connection.commit()
        else:
            self._connection.rollback()

    def insert(self, table: str, columns: str, query: str, parameters: tuple[Any, ...] = ()) -> int:
        return self._copy(f'"{table}" ({columns})', self._stage.connection.execute(query, parameters))

    def _copy(self, into: str, rows: Iterable[tuple[Any, ...]]) -> int:
        with self._connection.cursor() as cursor:
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            copied: int = cursor.rowcount
        return copied

    def renew(self, staged: Staged) -> int:
        names = ", ".join(f'"{name}"' for name in (*staged.key, *staged.renewed))
        new = f"renew_{staged.table}"
        self._connection.execute(
            f'CREATE TEMP TABLE {new} ON COMMIT DROP AS SELECT {names} FROM "{staged.table}" WITH NO DATA'
        )
        query = f'SELECT {names} FROM stage."{staged.table}" x WHERE x.kept'
        self._copy(f"{new} ({names})", self._stage.connection.execute(query))
        update = (
            f'UPDATE "{staged.table}" AS t SET {_assigned(staged)} FROM {new} x '
            f"WHERE {_same_key(staged)} AND {_differs(staged, 'IS DISTINCT FROM')}"
        )
        renewed: int = self._connection.execute(update).rowcount
        return renewed

    def clear_places(self) -> None:
        cities = [
            row[0] for row in self._stage.connection.execute("SELECT DISTINCT city FROM stage.bo_place")
        ]
        self._connection.execute("DELETE FROM bo_place WHERE city = ANY(%s)", (cities,))

    def analyse(self) -> None:
        tables = ", ".join(staged.table for staged in ORDER)
        self._connection.execute(f"ANALYZE {tables}, bo_ledger")
        self._connection.commit()
