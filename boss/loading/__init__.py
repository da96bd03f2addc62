"""Reads what a back office is filled with, from files of any size: one CSV file a table, or YAML.

    with Passwords(threads=2) as passwords:
        for batch in LoadReader(faults, passwords, now).batches(paths):
            ...                     # rows as the tables want them, some thousand at a time

Nothing here knows a database. :mod:`boss.sql.bulk` takes the batches and brings them in. Files are read
piece by piece, so that a million subscribers need no more memory than a thousand; every mistake is noted
with file, line and column in :class:`Faults`, and reading goes on.
"""

from __future__ import annotations

from boss.loading.faults import Faults
from boss.loading.passwords import Passwords
from boss.loading.reader import Batch, LoadReader
from boss.loading.tables import Column, Table, tables

__all__ = ["Batch", "Column", "Faults", "LoadReader", "Passwords", "Table", "tables"]
