"""The hall's own disk: what must survive a kill -9 at any instant.

    store = Store("sqlite:///var/hall.db", reactor)
    await store.start()                          # migrates, opens, keeps a second hall out
    await store.receive(Inbound(...))            # an MO; acknowledge it when this has fired
    await store.operation_started(key, subscriber, channel, body_json, at, session=..., inbox=...)
    await store.conclude(Conclusion(inbox=..., session=..., operations=..., outbox=..., promos=...,
                                    wishes=..., queries=...))    # all that one input left: one commit
    await store.accepted(id, smsc_message_id, at);  given_up(id, at, dropped=...);  delivered(id, status)
    await store.unsettled(); for_people(); operation(key)
    await store.decisions()                      # people's word: store.outside
    await store.keep_hall(version, text, at); hall_text(version); halls_in_use()
    await store.keep_call(CallRow(...)); calls()
    await store.notify([Notice(...)], [Outbound(...)], (name, progress)); noticed(...); progress(name)
    await store.keep_guess(GuessRow(...)); forget_guess(id); guesses(since)
    await store.recover(since) -> Recovered;  purge(before);  alive(at);  healthy()
    await store.stop()

Every method returns a Deferred that fires after the commit (group commit, ``store/writer.py``) or fails
with :class:`StoreError`: ``StoreUnavailable`` (disk full, locked: ``retryable``), ``StoreConflict``,
``StoreRefused`` (the database has no place for this entry, nor ever will have; those beside it are kept).
Times are seconds since the epoch. Ids of inbox and outbox rows are taken from ``next_inbox_id()`` and
``next_outbox_id()``; they rise and are never given twice. ``upgrade(url)`` migrates without opening
(``hall10086 db upgrade``).
"""

from store.engine import upgrade
from store.errors import StoreConflict, StoreError, StoreInUse, StoreRefused, StoreUnavailable
from store.records import (
    CallRow,
    Conclusion,
    Decision,
    Finished,
    GuessRow,
    Inbound,
    Notice,
    OperationRow,
    Outbound,
    QueryRow,
    Recovered,
    SessionRow,
    TextDecision,
    UnmatchedRow,
    WishRow,
)
from store.store import Store

__all__ = [
    "CallRow",
    "Conclusion",
    "Decision",
    "Finished",
    "GuessRow",
    "Inbound",
    "Notice",
    "OperationRow",
    "Outbound",
    "QueryRow",
    "Recovered",
    "SessionRow",
    "Store",
    "StoreConflict",
    "StoreError",
    "StoreInUse",
    "StoreRefused",
    "StoreUnavailable",
    "TextDecision",
    "UnmatchedRow",
    "WishRow",
    "upgrade",
]
