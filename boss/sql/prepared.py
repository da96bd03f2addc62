"""Queries on SQLite's own cursor: :class:`Prepared`, a connection that only reads.

SQLAlchemy's Core spends 80 to 120 µs on a query that SQLite answers in 10. So a statement (built once, as in
:mod:`boss.sql.reading`) is compiled once to its SQL, to what is done to its parameters, and to what is
done to each column of its rows; from then on it is the driver's. The columns' own types do the converting, as
they do in Core, so the rows are the same.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.types import TypeEngine

_SQLITE = sqlite_dialect()
_Convert = Callable[[Any], Any]


class Rows(list[Any]):
    """What a query found; named as a result of Core names it."""

    def all(self) -> list[Any]:
        return self

    def first(self) -> Any:
        return self[0] if self else None

    def scalar_one_or_none(self) -> Any:
        return self[0][0] if self else None

    def scalars(self) -> list[Any]:
        return [row[0] for row in self]


class Prepared:
    """Runs statements on ``driver``, a connection of its own to SQLite."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def execute(self, statement: Any, values: Mapping[str, Any] | None = None, /) -> Rows:
        """The rows of a select that is built once: it is kept for ever. Raises sqlite3.Error."""
        one = _prepared(statement)
        return one.rows(self._driver.execute(one.sql, one.given(values or {})).fetchall())


@dataclass(frozen=True, slots=True)
class _Statement:
    """``parameters``: in the statement's order, each with what is done to it; ``fixed``: those that it brings
    itself. ``columns``: which cells are converted, and how."""

    sql: str
    parameters: tuple[tuple[str, _Convert | None], ...]
    fixed: Mapping[str, Any]
    columns: tuple[tuple[int, _Convert], ...]
    make: _Convert

    def given(self, values: Mapping[str, Any]) -> list[Any]:
        known = {**self.fixed, **values} if self.fixed else values
        return [known[name] if how is None else how(known[name]) for name, how in self.parameters]

    def rows(self, found: list[Any]) -> Rows:
        if not self.columns:
            return Rows(map(self.make, found))
        return Rows(self.make(self._converted(row)) for row in found)

    def _converted(self, row: tuple[Any, ...]) -> list[Any]:
        cells = list(row)
        for at, how in self.columns:
            cells[at] = how(cells[at])
        return cells


@cache
def _prepared(statement: Any) -> _Statement:
    compiled = statement.compile(dialect=_SQLITE)
    names = tuple(compiled.positiontup)
    columns = tuple(statement.selected_columns)
    converts = ((at, _reads(column.type)) for at, column in enumerate(columns))
    keys = " ".join(column.key for column in columns)
    row: Any = namedtuple("Row", keys, rename=True)  # type: ignore[misc]
    return _Statement(
        sql=str(compiled),
        parameters=tuple((name, _writes(compiled.binds[name].type)) for name in names),
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        columns=tuple((at, how) for at, how in converts if how is not None),
        make=row._make,
    )


def _writes(kind: TypeEngine[Any]) -> _Convert | None:
    return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)


def _reads(kind: TypeEngine[Any]) -> _Convert | None:
    return kind.dialect_impl(_SQLITE).result_processor(_SQLITE, None)
