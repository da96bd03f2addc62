"""Files in, batches of rows out; mistakes go to :class:`Faults`.

A batch is read column by column: a reader runs over all cells of a column at once, which costs a tenth of
going cell by cell. Only where that fails is the batch gone through line by line, to name every mistake.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from boss.loading.faults import Faults
from boss.loading.passwords import Passwords
from boss.loading.tables import Column, Table, held_since, tables
from boss.loading.text import BadText, CsvText
from business.port.days import this_month, today
from business.port.secrecy import why_weak

SIZE = 2000
LONGEST_NAME = 60  # characters of a column's name that an error repeats
Known = Callable[[Sequence[str]], Collection[str]]
_HASHED = (("password", "password_hash"), ("id_number", "id_hash"))


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table of the database: ``names`` of the columns, the values in this order, and the line
    of each. ``position``: bytes of the file read so far."""

    table: str
    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    lines: Sequence[int]
    file: str
    position: int


class LoadReader:
    """``passwords`` None: nothing is hashed (a check). ``known`` says which numbers are there already: their
    passwords, which would be kept anyway, are not hashed. ``now`` is aware. ``notes`` are for people."""

    def __init__(self, faults: Faults, passwords: Passwords | None, now: datetime, known: Known) -> None:
        self.faults = faults
        self._passwords = passwords
        self._known = known
        self._tables = tables(today(now))
        self._held = held_since(this_month(now))
        self.notes: list[str] = []

    def batches(self, path: Path) -> Iterator[Batch]:
        """One CSV file. Raises OSError."""
        text = None
        try:
            text = CsvText(path)
            if text.encoding != "utf-8-sig":
                self.notes.append(f"{path}: read as GBK, for it is not UTF-8")
            yield from self._file(text, path)
        except BadText as bad:
            self.faults.note(str(path), bad.line, 1, str(bad))
        finally:
            if text is not None:
                text.close()

    def _file(self, text: CsvText, path: Path) -> Iterator[Batch]:
        records = text.records()
        line, header = next(records, (1, []))
        file = _File(str(path), self.faults)
        table = file.table_of(path.stem, header, line, self._tables)
        columns = file.columns_of(table, header, line) if table else None
        if table is None or columns is None:
            return
        while some := list(islice(records, SIZE)):
            yield from self._batch(file, table, columns, some, text.position)

    def _batch(
        self, file: _File, table: Table, columns: Sequence[Column], some: list[tuple[int, list[str]]], at: int
    ) -> Iterator[Batch]:
        lines, values = file.values(columns, some)
        found: dict[str, Sequence[Any]] = dict(zip((column.to for column in columns), values, strict=True))
        if table.to == "bo_subscriber":
            self._seal(file, found, lines)
            opened = found.pop("opened", None)
            if opened is not None:
                yield self._opened(file, found["msisdn"], opened, lines, at)
        if table.finish:
            found, lines = file.finished(table, found, lines)
        for name, value in table.fixed.items():
            found.setdefault(name, [value] * len(lines))
        if table.line_as:
            found[table.line_as] = lines
        yield Batch(table.to, tuple(found), list(zip(*found.values(), strict=True)), lines, file.name, at)

    def _opened(
        self,
        file: _File,
        who: Sequence[str],
        opened: Sequence[tuple[str, ...]],
        lines: Sequence[int],
        at: int,
    ) -> Batch:
        usual = tuple(self._held.values())
        every = [
            (line, (number, name, *usual))
            for line, number, names in zip(lines, who, opened, strict=True)
            for name in names
        ]
        names = ("msisdn", "product", *self._held)
        return Batch("bo_holding", names, [row for _, row in every], [ln for ln, _ in every], file.name, at)

    def _seal(self, file: _File, found: dict[str, Sequence[Any]], lines: Sequence[int]) -> None:
        """Put hashes in the place of what is secret."""
        if "password" in found:
            file.weak(found["msisdn"], found["password"], lines)
        there: Collection[str] | None = None
        for plain, given in _HASHED:
            hashes = found.pop(given, None)
            if plain not in found:
                if hashes is not None:
                    found[plain] = hashes
                continue
            there = self._known(found["msisdn"]) if there is None else there
            texts = [
                None if text is None or who in there else text.upper().replace("X", "0")
                for text, who in zip(found[plain], found["msisdn"], strict=True)
            ]
            wanted = self._passwords if not self.faults.count else None  # else nothing is loaded anyway
            made = wanted.hashed(texts) if wanted else [None] * len(texts)
            found[plain] = [one or two for one, two in zip(hashes or [None] * len(made), made, strict=True)]


class _File:
    """One file's name and mistakes."""

    def __init__(self, name: str, faults: Faults) -> None:
        self.name = name
        self._faults = faults

    # ---- the header ---------------------------------------------------------------------------------------
    def table_of(self, stem: str, header: list[str], line: int, known: dict[str, Table]) -> Table | None:
        """By the file's name (``usage``, ``usage-2``, ``usage.2026-11``), else by the columns."""
        if not header:
            self._faults.note(self.name, line, 1, "the file is empty; its first line names the columns")
            return None
        named = re.match("[a-z]+", stem.lower())
        if named and named[0] in known:
            return known[named[0]]
        names = {_plain(name) for name in header}
        fit = [
            table
            for table in known.values()
            if names.issuperset(table.must) and names.issubset(column.name for column in table.columns)
        ]
        if len(fit) == 1:
            return fit[0]
        every = ", ".join(f"{name}.csv" for name in known)
        told = f"which table is this? Its first line names the columns, its name the table: {every}"
        self._faults.note(self.name, line, 1, told)
        return None

    def columns_of(self, table: Table, header: list[str], line: int) -> list[Column] | None:
        known, found, good = {column.name: column for column in table.columns}, [], True
        if not any(_plain(name) in known or _near(name, known) for name in header):
            self._faults.note(self.name, line, 1, _no_header(header, table))
            return None
        for place, name in enumerate(header, 1):
            column = known.get(_plain(name))
            if column is None or column in found:
                told = f"{name!r} stands here twice" if column else _unknown(name, known, table.name)
                self._faults.note(self.name, line, place, told)
                good = False
            else:
                found.append(column)
        for lacking in set(table.must) - {column.name for column in found} if good else ():
            self._faults.note(self.name, line, 1, f"{table.name}: the column {lacking!r} is missing")
            good = False
        return found if good else None

    # ---- the cells ----------------------------------------------------------------------------------------
    def values(
        self, columns: Sequence[Column], some: list[tuple[int, list[str]]]
    ) -> tuple[Sequence[int], Sequence[Sequence[Any]]]:
        """(lines, values of each column) of the good records; the others are noted."""
        try:
            cells = list(zip(*(record for _, record in some), strict=True))
            made = [list(map(column.read, texts)) for column, texts in zip(columns, cells, strict=True)]
            return [line for line, _ in some], made
        except ValueError:
            good = [(ln, row) for ln, record in some if (row := self._row(columns, ln, record)) is not None]
            rows = [row for _, row in good]
            return [line for line, _ in good], [[row[n] for row in rows] for n in range(len(columns))]

    def _row(self, columns: Sequence[Column], line: int, record: list[str]) -> list[Any] | None:
        if len(record) != len(columns):
            told = f"{len(record)} cells stand here, and the header has {len(columns)}"
            self._faults.note(self.name, line, min(len(record), len(columns)) + 1, told)
            return None
        row: list[Any] = []
        for place, (column, text) in enumerate(zip(columns, record, strict=True), 1):
            try:
                row.append(column.read(text))
            except ValueError as error:
                self._faults.note(self.name, line, place, f"{column.name}: {error}")
        return row if len(row) == len(columns) else None

    def finished(
        self, table: Table, found: dict[str, Sequence[Any]], lines: Sequence[int]
    ) -> tuple[dict[str, Sequence[Any]], Sequence[int]]:
        assert table.finish is not None
        rows, good = [], []
        for line, values in zip(lines, zip(*found.values(), strict=True), strict=True):
            try:
                rows.append(table.finish(dict(zip(found, values, strict=True))))
                good.append(line)
            except ValueError as error:
                self._faults.note(self.name, line, 1, str(error))
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}, good

    def weak(self, who: Sequence[str], passwords: Sequence[str | None], lines: Sequence[int]) -> None:
        for line, msisdn, password in zip(lines, who, passwords, strict=True):
            why = why_weak(password, msisdn) if password else None
            if why:  # the password itself is not repeated
                self._faults.note(self.name, line, 1, f"password: this service password {why}")


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())


def _near(name: str, known: Collection[str]) -> str:
    """The column that is probably meant; "": none is."""
    return next(iter(difflib.get_close_matches(_plain(name[:LONGEST_NAME]), known, 1, 0.6)), "")


def _unknown(name: str, known: Collection[str], table: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"{table} has no column of this name; it has {', '.join(known)}"
    near = _near(name, known)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
    return f"{table} has no column {name!r}; {hint}"


def _no_header(header: Sequence[str], table: Table) -> str:
    """Of a file that begins with its first row, as one does that was written by hand."""
    stands = "" if len(header[0]) > LONGEST_NAME else f", and {header[0]!r} is none of them"
    return (
        f"the first line must name the columns of {table.name}{stands}; "
        f"write above it, for example: {','.join(table.must)}"
    )
