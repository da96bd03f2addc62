"""What is read from the store: at a restart, by the list for people, by upkeep. In the writer's thread."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from store.records import (
    CallRow,
    Decision,
    GuessRow,
    Inbound,
    OperationRow,
    Outbound,
    Recovered,
    SessionRow,
    TextDecision,
)
from store.statements import (
    CALL_COLUMNS,
    DECISION_COLUMNS,
    GUESS_COLUMNS,
    INBOX_COLUMNS,
    KEEP_FACT,
    OPERATION_COLUMNS,
    OUTBOX_COLUMNS,
    SESSION_COLUMNS,
    Cursor,
)


def _rows(cursor: Cursor, sql: str, params: tuple[Any, ...], mark: str) -> list[Any]:
    cursor.execute(sql if mark == "?" else sql.replace("?", mark), params)
    return cursor.fetchall()


def highest_ids(cursor: Cursor) -> tuple[int, int]:
    """The highest inbox and outbox ids ever given: purged rows count too (``facts``)."""
    kept = dict(_rows(cursor, "SELECT name,value FROM facts WHERE name IN ('inbox','outbox')", (), "?"))
    inbox = _rows(cursor, "SELECT max(id) FROM inbox", (), "?")[0][0] or 0
    outbox = _rows(cursor, "SELECT max(id) FROM outbox", (), "?")[0][0] or 0
    return max(inbox, int(kept.get("inbox", 0))), max(outbox, int(kept.get("outbox", 0)))


def operation(cursor: Cursor, key: str, mark: str) -> OperationRow | None:
    found = _rows(cursor, f"SELECT {OPERATION_COLUMNS} FROM operations WHERE key=?", (key,), mark)
    return OperationRow(*found[0]) if found else None


def operations(cursor: Cursor, states: tuple[str, ...], mark: str) -> list[OperationRow]:
    marks = ",".join(["?"] * len(states))
    # state != 'finished' lets SQLite use the partial index
    sql = (
        f"SELECT {OPERATION_COLUMNS} FROM operations"
        f" WHERE state != 'finished' AND state IN ({marks}) ORDER BY started"
    )
    return [OperationRow(*row) for row in _rows(cursor, sql, states, mark)]


def decisions(cursor: Cursor, mark: str) -> list[Decision]:
    """What people decided and no hall has taken up yet, oldest first."""
    sql = f"SELECT {DECISION_COLUMNS} FROM decisions WHERE taken IS NULL ORDER BY at"
    found = _rows(cursor, sql, (), mark)
    return [Decision(key, bool(done), who, note, at) for key, done, who, note, at in found]


def session(cursor: Cursor, channel: str, address: str, mark: str) -> SessionRow | None:
    sql = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE channel=? AND address=?"
    found = _rows(cursor, sql, (channel, address), mark)
    return SessionRow(*found[0]) if found else None


def sessions_of(cursor: Cursor, channel: str, since: float, mark: str) -> list[SessionRow]:
    sql = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE channel=? AND touched>=? ORDER BY touched"
    return [SessionRow(*row) for row in _rows(cursor, sql, (channel, since), mark)]


def text_decisions(cursor: Cursor, mark: str) -> list[TextDecision]:
    """What people decided about messages that were given up and no hall has taken up yet, oldest first."""
    sql = "SELECT message,again,who,at FROM text_decisions WHERE taken IS NULL ORDER BY at"
    parts = f"SELECT {OUTBOX_COLUMNS} FROM outbox WHERE message=? AND state=2 ORDER BY id"
    return [
        TextDecision(
            message,
            bool(again),
            who,
            at,
            tuple(Outbound(*row) for row in _rows(cursor, parts, (message,), mark)),
        )
        for message, again, who, at in _rows(cursor, sql, (), mark)
    ]


def hall_text(cursor: Cursor, version: str, mark: str) -> str | None:
    found = _rows(cursor, "SELECT text FROM halls WHERE version=?", (version,), mark)
    return found[0][0] if found else None


def halls_in_use(cursor: Cursor) -> dict[str, str]:
    sql = "SELECT version,text FROM halls WHERE version IN (SELECT hall FROM sessions)"
    return dict(_rows(cursor, sql, (), "?"))


def calls(cursor: Cursor, limit: int, mark: str) -> list[CallRow]:
    sql = f"SELECT {CALL_COLUMNS} FROM calls ORDER BY began DESC LIMIT ?"
    return [CallRow(*row) for row in _rows(cursor, sql, (limit,), mark)]


def noticed(cursor: Cursor, which: tuple[str, str, str, str], mark: str) -> dict[str, float]:
    """Who of a stretch of subscribers was sent a kind of notice, and when."""
    *begin, upto = which
    sql = "SELECT subscriber,sent FROM notices WHERE kind=? AND period=? AND subscriber>?"
    end = " AND subscriber<=?" if upto else ""
    return dict(_rows(cursor, sql + end, (*begin, upto) if upto else tuple(begin), mark))


def guesses(cursor: Cursor, since: float, mark: str) -> list[GuessRow]:
    sql = f"SELECT {GUESS_COLUMNS} FROM guesses WHERE at>=? ORDER BY at,id"
    return [GuessRow(*row) for row in _rows(cursor, sql, (since,), mark)]


def fact(cursor: Cursor, name: str, mark: str) -> str | None:
    found = _rows(cursor, "SELECT value FROM facts WHERE name=?", (name,), mark)
    return str(found[0][0]) if found else None


def recover(cursor: Cursor, since: float, channel: str | None, mark: str) -> Recovered:
    """Everything that a restarted hall goes on from."""
    inbox = f"SELECT {INBOX_COLUMNS} FROM inbox WHERE"
    outbox = f"SELECT {OUTBOX_COLUMNS} FROM outbox WHERE state=0 ORDER BY id"
    sessions = f"SELECT {SESSION_COLUMNS} FROM sessions{'' if channel is None else ' WHERE channel=?'}"
    of_channel = () if channel is None else (channel,)
    references = "SELECT subscriber,udh FROM outbox WHERE udh IS NOT NULL AND created>=? ORDER BY id"
    receipts = "SELECT message_id,id FROM outbox WHERE receipt=1 AND state=1 AND delivery IS NULL"
    promos = "SELECT subscriber,day,count FROM promo_counts"
    refused = "SELECT subscriber FROM promo_wishes WHERE wanted=0"
    failed = (
        "SELECT DISTINCT a.message FROM outbox a JOIN outbox p ON p.waits_for=a.message"
        " WHERE p.state=0 AND a.state IN (2,3)"
    )
    alive = _rows(cursor, "SELECT value FROM facts WHERE name='alive'", (), mark)
    return Recovered(
        dict(_rows(cursor, "SELECT source,count(*) FROM inbox WHERE state=0 GROUP BY source", (), mark)),
        highest_ids(cursor)[0],
        tuple(Inbound(*row) for row in _rows(cursor, f"{inbox} received>=? ORDER BY id", (since,), mark)),
        tuple(Outbound(*row) for row in _rows(cursor, outbox, (), mark)),
        tuple(SessionRow(*row) for row in _rows(cursor, sessions, of_channel, mark)),
        _asked(cursor, mark),
        dict(_rows(cursor, references, (since,), mark)),
        dict(_rows(cursor, receipts, (), mark)),
        {(subscriber, day): n for subscriber, day, n in _rows(cursor, promos, (), mark)},
        frozenset(row[0] for row in _rows(cursor, refused, (), mark)),
        float(alive[0][0]) if alive else None,
        frozenset(row[0] for row in _rows(cursor, failed, (), mark)),
    )


def waiting_in(cursor: Cursor, after: int, limit: int, mark: str) -> list[Inbound]:
    """MOs that are not handled yet, behind the id ``after``, in their order."""
    sql = f"SELECT {INBOX_COLUMNS} FROM inbox WHERE state=0 AND id>? ORDER BY id LIMIT ?"
    return [Inbound(*row) for row in _rows(cursor, sql, (after, limit), mark)]


def _asked(cursor: Cursor, mark: str) -> dict[int, float | None]:
    """When each open question's last part was taken; None while a part waits, or when one never got there.
    Rows already purged count as taken long ago by being absent."""
    sql = (
        "SELECT o.message, min(o.state), max(o.state), max(o.settled) FROM outbox o"
        " JOIN sessions s ON s.asked=o.message GROUP BY o.message"
    )
    return {m: (at if low == high == 1 else None) for m, low, high, at in _rows(cursor, sql, (), mark)}


NOTICES_KEPT = 120 * 86_400.0  # seconds longer than the rest: a month's bill must not go out again
UNMATCHED_KEPT = 30 * 86_400.0  # seconds longer than the rest: editors look once a month
PURGES = (
    ("inbox", "SELECT id FROM inbox WHERE state=1 AND received<? ORDER BY id LIMIT ?"),
    ("outbox", "SELECT id FROM outbox WHERE state!=0 AND settled<? ORDER BY id LIMIT ?"),
    ("sessions", "SELECT channel,address FROM sessions WHERE touched<? LIMIT ?"),
    (
        "operations",
        "SELECT key FROM operations WHERE state IN ('finished','not done') AND finished<? LIMIT ?",
    ),
    ("guesses", "SELECT id FROM guesses WHERE at<? LIMIT ?"),
    # ids rise with time: the oldest alone are looked at, and no index is needed
    ("queries", "SELECT id FROM queries WHERE at<? AND id<(SELECT min(id) FROM queries)+?"),
    ("calls", "SELECT id FROM calls WHERE COALESCE(ended,began)<? LIMIT ?"),
    (
        "halls",
        "SELECT version FROM halls WHERE kept<? AND version NOT IN (SELECT hall FROM sessions) LIMIT ?",
    ),
)


def purge(cursor: Cursor, before: float, limit: int, mark: str) -> int:
    """Delete what is done and old. The highest ids are kept apart, so that no id is ever given twice."""
    gone = 0
    cursor.execute("BEGIN")
    try:
        for name, highest in zip(("inbox", "outbox"), highest_ids(cursor), strict=True):
            KEEP_FACT.run(cursor, [(name, str(highest))], mark)
        for table, select in PURGES:
            key = select.split()[1]
            sql = f"DELETE FROM {table} WHERE ({key}) IN ({select})"
            cursor.execute(sql.replace("?", mark), (before, limit))
            gone += max(cursor.rowcount, 0)
        cursor.execute(f"DELETE FROM notices WHERE sent<{mark}", (before - NOTICES_KEPT,))
        day = datetime.fromtimestamp(before, UTC).date().isoformat()
        cursor.execute(f"DELETE FROM promo_counts WHERE day<{mark}", (day,))
        day = datetime.fromtimestamp(before - UNMATCHED_KEPT, UTC).date().isoformat()
        cursor.execute(f"DELETE FROM unmatched WHERE day<{mark}", (day,))
        cursor.execute("COMMIT")
    except Exception:
        cursor.execute("ROLLBACK")
        raise
    return gone
