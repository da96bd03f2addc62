"""What a driver's error means: is it the store's own state, or the fault of the one entry?

=============================  ==================================================  =====================
SQLite (extended result code)  PostgreSQL (SQLSTATE)                               here
=============================  ==================================================  =====================
FULL, BUSY, IOERR, READONLY …  connection gone, 08, 25, 28, 40, 53, 55, 57, 58 …   ``StoreUnavailable``
CONSTRAINT_UNIQUE …            23505, 23503, 23P01                                 ``StoreConflict``
TOOBIG, MISMATCH, NOTNULL …    22, 23, 54, NUL in a text                           ``StoreRefused``
lone surrogates, integers over 63 bits (Python's own errors)                       ``StoreRefused``
=============================  ==================================================  =====================

A table or column that is not there, or that we may not touch, is the store's state, too: no entry is guilty.
What the drivers say of an entry may quote it, so no text of theirs in quotation marks goes on.
"""

from __future__ import annotations

import re
import sqlite3

from store.errors import StoreConflict, StoreError, StoreRefused, StoreUnavailable

_UNIQUE = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    }
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TAKEN = frozenset({"23505", "23503", "23P01"})  # unique, foreign key, exclusion
_STATE = frozenset({"08", "25", "28", "3D", "3F", "40", "53", "55", "57", "58", "F0"})
_STATE_ALONE = frozenset({"42501", "42P01", "42703", "XX001", "XX002"})  # privilege, table, column, damage
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']{12,}'")
LONGEST = 200


def reason(error: Exception) -> StoreError:
    """The driver's error in our words."""
    if isinstance(error, StoreError):
        return error
    if _is_state(error):
        return StoreUnavailable(said(error))
    if _is_conflict(error):
        return StoreConflict(said(error))
    return StoreRefused(f"{type(error).__name__}: {said(error)}")


def said(error: Exception) -> str:
    """The first line of what the driver says, without what it quotes of the entry."""
    return _QUOTED.sub("…", str(error).partition("\n")[0])[:LONGEST]


def _is_state(error: Exception) -> bool:
    if isinstance(error, MemoryError | OSError):
        return True
    if isinstance(error, sqlite3.Error):
        return _is_state_of_sqlite(error)
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return state[:2] in _STATE or state in _STATE_ALONE
    names = {each.__name__ for each in type(error).__mro__ if each.__module__.startswith("psycopg")}
    return not names.isdisjoint({"OperationalError", "InterfaceError"})  # the connection is gone


def _is_state_of_sqlite(error: sqlite3.Error) -> bool:
    """Only what SQLite itself says bears a code; Python's own words about an entry bear none."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return "closed database" in str(error)
    return isinstance(error, sqlite3.OperationalError) or code & 0xFF in _DAMAGED


def _is_conflict(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in _UNIQUE
    return getattr(error, "sqlstate", None) in _TAKEN
