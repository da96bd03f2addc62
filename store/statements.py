"""The statements of the hot path, and how a batch of each is run.

``sqlite3`` lets the GIL go at every step and takes it back after; a thread that does so row by row beside a
busy reactor waits up to the interpreter's switch interval (5 ms) for each row. So a batch is one step where
it can be: INSERT with many VALUES, UPDATE with ``id IN (…)`` or from VALUES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

from store.errors import StoreConflict

Params = Sequence[Any]
MOST_ROWS = 400  # in one statement: 400 rows of 14 columns are far within SQLite's 32,766 parameters


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    rowcount: int

    def execute(self, sql: str, params: Sequence[Any] = ..., /) -> Any: ...

    def executemany(self, sql: str, params: Sequence[Sequence[Any]], /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


def chunks(rows: Sequence[Params]) -> list[Sequence[Params]]:
    """``rows`` in pieces of at most MOST_ROWS. A size that was not seen lately costs the driver a parse, less
    than another hand-over of the GIL would."""
    return [rows[at : at + MOST_ROWS] for at in range(0, len(rows), MOST_ROWS)]


@lru_cache(maxsize=256)
def _values(head: str, tail: str, width: int, count: int, mark: str) -> str:
    row = "(" + ",".join([mark] * width) + ")"
    return f"{head} {','.join([row] * count)}{tail}"


@lru_cache(maxsize=256)
def _in(head: str, count: int, mark: str) -> str:
    return f"{head} ({','.join([mark] * count)})"


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT of many rows. With ``upsert`` (the tail after VALUES) only the last row of each key is written:
    one statement may not touch a row twice (PostgreSQL)."""

    rank: int
    head: str
    width: int
    upsert: str = ""
    key: int = 1  # how many leading columns are the key

    def run(self, cursor: Cursor, rows: Sequence[Params], mark: str) -> None:
        if self.upsert and len(rows) > 1:
            rows = list({tuple(islice(row, self.key)): row for row in rows}.values())
        for piece in chunks(rows):
            flat = [value for row in piece for value in row]
            cursor.execute(_values(self.head, self.upsert, self.width, len(piece), mark), flat)


@dataclass(frozen=True, slots=True)
class MarkAll:
    """UPDATE … WHERE … id IN (…) of rows that must all be there; a row is ``(id,)``."""

    rank: int
    head: str

    def run(self, cursor: Cursor, rows: Sequence[Params], mark: str) -> None:
        for piece in chunks(rows):
            cursor.execute(_in(self.head, len(piece), mark), [row[0] for row in piece])
            if cursor.rowcount != len(piece):
                raise StoreConflict(f"{len(piece) - cursor.rowcount} rows were not there: {self.head}")


@dataclass(frozen=True, slots=True)
class MarkFrom:
    """UPDATE … FROM (VALUES …): a value of its own for each row, in one step."""

    rank: int
    head: str
    tail: str
    width: int

    def run(self, cursor: Cursor, rows: Sequence[Params], mark: str) -> None:
        for piece in chunks(rows):
            flat = [value for row in piece for value in row]
            cursor.execute(_values(self.head, self.tail, self.width, len(piece), mark), flat)


@dataclass(frozen=True, slots=True)
class Each:
    """A statement run row by row. With ``strict`` every row must hit exactly one."""

    rank: int
    sql: str
    strict: bool = False

    def run(self, cursor: Cursor, rows: Sequence[Params], mark: str) -> None:
        sql = self.sql if mark == "?" else self.sql.replace("?", mark)
        for row in rows:
            cursor.execute(sql, row)
            if self.strict and cursor.rowcount != 1:
                raise StoreConflict(f"{cursor.rowcount} rows: {self.sql}")


Statement = Insert | MarkAll | MarkFrom | Each
Write = tuple[Statement, Params]
Read = Callable[[Cursor], Any]
_TABLE = re.compile(r"(?:INTO|UPDATE|FROM) (\w+)")


def tables(writes: Sequence[Write]) -> str:
    """Which tables they write, for people."""
    heads = (each.sql if isinstance(each, Each) else each.head for each, _ in writes)
    return ", ".join(dict.fromkeys(_TABLE.findall(" ".join(heads))))


def _insert(rank: int, table: str, columns: str, upsert: str = "", key: int = 1) -> Insert:
    width = len(columns.split(","))
    return Insert(rank, f"INSERT INTO {table} ({columns}) VALUES", width, upsert, key)


INBOX_COLUMNS = (
    "id,link,received,source,destination,digest,sequence,reference,message_id,coding,esm,body,sar,state"
)
OUTBOX_COLUMNS = (
    "id,message,subscriber,sender,coding,esm,body,kind,waits_for,created,expires,udh,receipt,link"
)
OPERATION_COLUMNS = "key,subscriber,channel,body,state,started,finished,outcome,tries"
DECISION_COLUMNS = "key,done,who,note,at"
CALL_COLUMNS = "id,caller,called,began,answered,ended,outcome,journey"
GUESS_COLUMNS = "id,what,caller,trunk,victim,at"
SESSION_COLUMNS = "channel,address,hall,state,touched,asked"

# Within a batch statements run by rank: rows are made before they are marked, in whatever order they came.
RECEIVE = _insert(1, "inbox", INBOX_COLUMNS)
# A key that is there is the same operation; one that was certainly not done begins anew
START_OPERATION = _insert(
    2,
    "operations",
    OPERATION_COLUMNS,
    " ON CONFLICT (key) DO UPDATE SET state=excluded.state,started=excluded.started"
    " WHERE operations.state='not done'",
)
KEEP_HALL = _insert(
    2, "halls", "version,text,kept", " ON CONFLICT (version) DO UPDATE SET kept=excluded.kept"
)
ENQUEUE = _insert(3, "outbox", OUTBOX_COLUMNS + ",state")
KEEP_SESSION = _insert(
    4,
    "sessions",
    SESSION_COLUMNS,
    " ON CONFLICT (channel,address) DO UPDATE SET hall=excluded.hall,state=excluded.state,"
    "touched=excluded.touched,asked=excluded.asked",
    key=2,
)
END_SESSION = Each(4, "DELETE FROM sessions WHERE channel=? AND address=?")
END_SESSIONS = Each(4, "DELETE FROM sessions WHERE channel=? AND touched<?")
COUNT_PROMO = _insert(
    5,
    "promo_counts",
    "subscriber,day,count",
    " ON CONFLICT (subscriber,day) DO UPDATE SET count=excluded.count",
    key=2,
)
# one row either way: of two wishes in one batch the later one stands
KEEP_WISH = _insert(
    5,
    "promo_wishes",
    "subscriber,wanted,at",
    " ON CONFLICT (subscriber) DO UPDATE SET wanted=excluded.wanted,at=excluded.at",
)
KEEP_QUERY = _insert(5, "queries", "at,subscriber,channel,service,action,outcome")
# one by one: two equal texts of one batch are counted twice
COUNT_UNMATCHED = Each(
    5,
    "INSERT INTO unmatched (day,text,how,count) VALUES (?,?,?,1)"
    " ON CONFLICT (day,text) DO UPDATE SET how=excluded.how,count=unmatched.count+1",
)
# only the one that was read: another hall may have sent it again since, and that one stands
FORGET_NOTICE = Each(2, "DELETE FROM notices WHERE kind=? AND period=? AND subscriber=? AND sent=?")
# no ON CONFLICT: a second one fails, with the messages beside it
KEEP_NOTICE = _insert(3, "notices", "kind,period,subscriber,sent")
KEEP_FACT = _insert(5, "facts", "name,value", " ON CONFLICT (name) DO UPDATE SET value=excluded.value")
KEEP_CALL = _insert(
    5,
    "calls",
    CALL_COLUMNS,
    " ON CONFLICT (id) DO UPDATE SET answered=excluded.answered,ended=excluded.ended,"
    "outcome=excluded.outcome,journey=excluded.journey",
)
KEEP_GUESS = _insert(5, "guesses", GUESS_COLUMNS)
FORGET_GUESS = Each(8, "DELETE FROM guesses WHERE id=?")
INBOX_DONE = MarkAll(7, "UPDATE inbox SET state=1,body=NULL WHERE state=0 AND id IN")
ACCEPTED = MarkFrom(
    8,
    "UPDATE outbox SET state=1,body=NULL,settled=CAST(v.column2 AS DOUBLE PRECISION),"
    "message_id=CAST(v.column3 AS TEXT) FROM (VALUES",
    ") AS v WHERE outbox.id=CAST(v.column1 AS BIGINT)",
    3,
)
# its body stays, for people, until it is purged: nobody has read it
GIVEN_UP = Each(8, "UPDATE outbox SET state=2,settled=?,reason=? WHERE id=?")
DROPPED = Each(8, "UPDATE outbox SET state=3,body=NULL,settled=?,reason=? WHERE id=?")
DELIVERED = Each(8, "UPDATE outbox SET delivery=? WHERE id=?")
FINISH_OPERATION = Each(
    8, "UPDATE operations SET state=?,finished=?,outcome=?,tries=tries+1 WHERE key=?", strict=True
)
LEAVE_OPEN = Each(
    8,
    "UPDATE operations SET state=?,finished=?,outcome=?,tries=tries+1 WHERE key=? AND state!='finished'",
)
TAKE_TEXT_DECISION = Each(8, "UPDATE text_decisions SET taken=? WHERE message=? AND taken IS NULL")
TAKE_DECISION = Each(8, "UPDATE decisions SET taken=? WHERE key=? AND taken IS NULL")
