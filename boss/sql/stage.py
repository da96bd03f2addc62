"""Where a load waits before it touches the back office: a private SQLite file without a name.

Everything is gathered here first, in the order of its keys: so duplicates and rows of nobody are found by
file and line before anything is locked, what is merged afterwards is ready and sorted, and memory stays
bounded however long the files are. SQLite unlinks the file as soon as it has opened it (in ``SQLITE_TMPDIR``,
``TMPDIR`` or /var/tmp), so that nothing is left behind by whatever ends the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from boss.loading import Batch, Faults
from boss.sql.models import Base

CACHE_KIB = 192 * 1024
CHUNK = 500
Known = Callable[[str, tuple[str, ...], Sequence[tuple[Any, ...]]], Collection[tuple[Any, ...]]]
"""``known(table, key columns, keys)``: which of these are in the back office."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One table. ``key``: none of its rows stands twice ((): rows without a key); ``of``: it belongs to a
    subscriber, with whom it comes or is left; ``usual``: values of columns that no file named; ``renewed``:
    the columns that ``renew`` brings up to date."""

    table: str
    key: tuple[str, ...]
    of: bool = False
    usual: dict[str, str] = field(default_factory=dict)
    renewed: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the database's own row numbers."""
        every = Base.metadata.tables[self.table].columns
        return tuple(column.name for column in every if column.name != "id" or column.type.python_type is str)

    def selected(self) -> str:
        """The columns as they are merged."""
        return ", ".join(
            f'COALESCE(x."{name}", {self.usual[name]})' if name in self.usual else f'x."{name}"'
            for name in self.columns
        )


_COUNTS = {
    "password_errors": "0",
    "stranger_errors": "0",
    "card_errors": "0",
    "id_errors": "0",
    "changes": "0",
}
_SUBSCRIBER = {
    **_COUNTS,
    **{"vip": "0", "language": "'zh'", "long_sms": "1", "points": "0", "points_this_year": "0"},
}
_ITEMS = dict.fromkeys(("plan", "voice", "data", "messages", "vas", "sp", "other"), "0")
PROFILE = ("brand", "city", "vip", "language", "long_sms", "joined", "name", "puk")


def _reference(table: str, *key: str) -> Staged:
    columns = Staged(table, key).columns
    return Staged(table, key, renewed=tuple(name for name in columns if name not in key))


ORDER = (
    _reference("bo_product", "id"),
    Staged("bo_subscriber", ("msisdn",), usual=_SUBSCRIBER, renewed=PROFILE),
    Staged("bo_usage", ("msisdn", "month"), of=True, usual=_ITEMS),
    Staged("bo_holding", ("msisdn", "product"), of=True),
    Staged("bo_sp", ("msisdn", "id"), of=True),
    Staged("bo_payment", (), of=True),
    Staged("bo_detail", (), of=True, usual={"other": "''", "place": "''"}),
    Staged("bo_allowance", ("msisdn", "month", "place"), of=True),
    Staged("bo_card", ("digest",)),
    _reference("bo_reward", "id"),
    _reference("bo_segment", "prefix"),
    _reference("bo_place", "city", "name"),
)  # fmt: skip
"""Every table that a load fills, none before one that it names."""
STAGED = {staged.table: staged for staged in ORDER}


class Stage:
    """``connection`` is in autocommit mode; the stage is attached to it as ``stage``."""

    def __init__(self, connection: sqlite3.Connection, faults: Faults) -> None:
        self.connection = connection
        self._faults = faults
        self._files: list[str] = []
        connection.execute("ATTACH DATABASE '' AS stage")
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}"):
            connection.execute(f"PRAGMA stage.{pragma}")
        for staged in ORDER:
            connection.execute(_created(staged))
        connection.execute("CREATE TABLE stage.kept (msisdn PRIMARY KEY) WITHOUT ROWID")

    # ---- in -----------------------------------------------------------------------------------------------
    def add(self, batch: Batch) -> None:
        """Take a batch; rows whose key is here already are noted."""
        staged, file = STAGED[batch.table], self._file(batch.file)
        names = ", ".join(f'"{name}"' for name in batch.names)
        marks = ", ".join("?" * (len(batch.names) + 2))
        insert = f'INSERT OR IGNORE INTO stage."{batch.table}" (file, line, {names}) VALUES ({marks})'
        rows = ((file, line, *row) for file, line, row in zip(repeat(file), batch.lines, batch.rows))
        self.connection.execute("BEGIN")
        added = self.connection.executemany(insert, rows).rowcount if batch.rows else 0
        self.connection.execute("COMMIT")
        if added < len(batch.rows):
            self._twice(staged, batch, file)

    def _file(self, name: str) -> int:
        if name not in self._files:
            self._files.append(name)
        return self._files.index(name)

    def _twice(self, staged: Staged, batch: Batch, file: int) -> None:
        """Name the rows of this batch that were not taken, and where their like stands."""
        places = [batch.names.index(name) for name in staged.key]
        where = " AND ".join(f'"{name}" = ?' for name in staged.key)
        query = f'SELECT file, line FROM stage."{staged.table}" WHERE {where}'
        for line, row in zip(batch.lines, batch.rows, strict=True):
            key = tuple(row[place] for place in places)
            first = self.connection.execute(query, key).fetchone()
            if first == (file, line):
                continue
            at = f"{self._files[first[0]]}:{first[1]}" if first[1] else self._files[first[0]]
            what = "this card" if staged.table == "bo_card" else " ".join(map(str, key))
            self._faults.note(batch.file, line, 1, f"{what} stands already in {at}")

    # ---- checks -------------------------------------------------------------------------------------------
    def compare(self, known: Known) -> None:
        """Find out what is in the back office already, and note rows of nobody and of unknown products."""
        for staged in ORDER:
            if staged.key and not staged.of:
                self._mark(staged, known)
        self.connection.execute("INSERT INTO stage.kept SELECT msisdn FROM stage.bo_subscriber WHERE kept")
        for staged in ORDER:
            if staged.of:
                self._orphans(staged, known)
        self._products("bo_holding", "product", known)
        self._products("bo_product", "need", known)

    def _mark(self, staged: Staged, known: Known) -> None:
        where = " AND ".join(f'"{name}" = ?' for name in staged.key)
        update = f'UPDATE stage."{staged.table}" SET kept = 1 WHERE {where}'
        names = ", ".join(f'"{name}"' for name in staged.key)
        for keys in self._chunks(f'SELECT {names} FROM stage."{staged.table}"'):
            self._many(update, known(staged.table, staged.key, keys))

    def _orphans(self, staged: Staged, known: Known) -> None:
        """Rows of subscribers who are in no file: of one who is in the back office, or of nobody."""
        query = (
            f'SELECT DISTINCT x.msisdn FROM stage."{staged.table}" x '
            "WHERE NOT EXISTS (SELECT 1 FROM stage.bo_subscriber s WHERE s.msisdn = x.msisdn) "
            "AND NOT EXISTS (SELECT 1 FROM stage.kept k WHERE k.msisdn = x.msisdn)"
        )
        for keys in self._chunks(query):
            there = set(known("bo_subscriber", ("msisdn",), keys))
            self._many("INSERT INTO stage.kept VALUES (?)", there)
            for (msisdn,) in keys if len(there) < len(keys) else ():
                if (msisdn,) not in there:
                    self._of_nobody(staged, "msisdn", msisdn, f"{msisdn} is no subscriber here")

    def _products(self, table: str, column: str, known: Known) -> None:
        query = (
            f'SELECT DISTINCT "{column}" FROM stage."{table}" x WHERE "{column}" IS NOT NULL '
            f'AND NOT EXISTS (SELECT 1 FROM stage.bo_product p WHERE p.id = x."{column}")'
        )
        for keys in self._chunks(query):
            there = set(known("bo_product", ("id",), keys))
            for (name,) in keys:
                if (name,) not in there:
                    self._of_nobody(STAGED[table], column, name, f"{name!r} is not a product here")

    def _of_nobody(self, staged: Staged, column: str, value: str, told: str) -> None:
        if self._faults.full:  # it would not be shown, and looking for its line takes a while
            self._faults.count += 1
            return
        of = f'FROM stage."{staged.table}" WHERE "{column}" = ?'
        query = f"SELECT file, line, count(*) OVER () {of} ORDER BY file, line LIMIT 1"
        file, line, count = self.connection.execute(query, (value,)).fetchone()
        more = f" ({count} lines)" if count > 1 else ""
        self._faults.note(self._files[file], line or 1, 1, told + more)

    def _chunks(self, query: str) -> Iterator[list[tuple[Any, ...]]]:
        rows = self.connection.execute(query)
        while keys := rows.fetchmany(CHUNK):
            yield keys

    def _many(self, statement: str, rows: Collection[tuple[Any, ...]]) -> None:
        if rows:
            self.connection.execute("BEGIN")
            self.connection.executemany(statement, rows)
            self.connection.execute("COMMIT")

    # ---- out ----------------------------------------------------------------------------------------------
    def count(self, staged: Staged, where: str = "1") -> int:
        query = f'SELECT count(*) FROM stage."{staged.table}" x WHERE {where}'
        found: int = self.connection.execute(query).fetchone()[0]
        return found

    def fresh(self, staged: Staged) -> str:
        """The condition on ``x`` under which a row is merged."""
        if not staged.of:
            return "NOT x.kept"
        any_kept = self.connection.execute("SELECT 1 FROM stage.kept").fetchone()
        return "NOT EXISTS (SELECT 1 FROM stage.kept k WHERE k.msisdn = x.msisdn)" if any_kept else "1"


def _created(staged: Staged) -> str:
    names = ", ".join(f'"{name}"' for name in staged.columns)
    key = ", ".join(f'"{name}"' for name in staged.key)
    end = f", PRIMARY KEY ({key})) WITHOUT ROWID" if key else ")"
    return f'CREATE TABLE stage."{staged.table}" (file, line, kept DEFAULT 0, {names}{end}'
