"""A change and its key in one transaction, and the errors of a service password.

Synchronous. Every function gets a connection on which a writing transaction is begun; the caller commits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, insert, select

from boss import rules
from boss.rules import Policy, Situation
from boss.rules.audit import AuditEntry, entries
from boss.sql.applying import apply, set_subscriber
from boss.sql.models import AuditRow, PerformedRow, SubscriberRow
from boss.sql.reading import aware
from boss.sql.situations import lock_forms, next_number, situation
from business.port import (
    Change,
    Complain,
    NotDone,
    Offer,
    Origin,
    PasswordAnswer,
    PasswordCheck,
    Performed,
    Respond,
    UnknownSubscriber,
    masked,
)
from business.port.days import DayCount
from business.port.outcomes import from_text, is_print_of, to_text
from business.port.secrecy import DEAR, QUICK, cost_of, hash_password, password_fits

# Built once, as in reading.py.
_OPERATION, _AUDIT = insert(PerformedRow), insert(AuditRow)
_STORED = select(PerformedRow.fingerprint, PerformedRow.outcome).where(
    PerformedRow.key == bindparam("key", type_=String())
)

_KEPT = select(SubscriberRow.password).where(SubscriberRow.msisdn == bindparam("msisdn", type_=String()))
_GUARDED = (
    select(
        SubscriberRow.password,
        SubscriberRow.password_errors,
        SubscriberRow.password_errors_on,
        SubscriberRow.stranger_errors,
        SubscriberRow.stranger_errors_on,
        SubscriberRow.temporary_until,
    )
    .where(SubscriberRow.msisdn == bindparam("msisdn", type_=String()))
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class PerformRun:
    """One run of the port's ``perform``. ``salt``: 16 random bytes."""

    msisdn: str
    change: Change
    offer: Offer
    key: str
    channel: Origin
    now: datetime
    salt: bytes
    print: str  # its fingerprint, which takes a while and so is made before the transaction


def perform(connection: Connection, what: PerformRun, policy: Policy) -> Performed:
    """Do the change once. The subscriber's row is locked first, so that a second run of the key, however
    close, waits and then finds the first one's row. Raises UnknownSubscriber."""
    if isinstance(what.change, Respond):
        lock_forms(connection)
    at = situation(connection, what.msisdn, what.change, what.now, policy=policy, lock=True)
    at = replace(at, key=what.key, channel=what.channel, salt=what.salt)
    stored = _stored(connection, what, at)
    if stored is not None:
        return stored
    if isinstance(what.change, Complain):
        at = replace(at, number=next_number(connection, at.day))
    verdict = rules.decide(what.change, what.offer, at)
    now, text = what.now.astimezone(UTC), to_text(verdict.outcome)
    row = {"key": what.key, "msisdn": what.msisdn, "fingerprint": what.print, "outcome": text, "at": now}
    connection.execute(_OPERATION, row)
    apply(connection, verdict.effects, what.key, now)
    title = rules.title_of(verdict.outcome, at)
    noted = entries(
        now, what.msisdn, what.key, what.change, verdict.outcome, text=text, channel=what.channel, title=title
    )
    _note(connection, noted)
    return verdict.outcome


def _stored(connection: Connection, what: PerformRun, at: Situation) -> Performed | None:
    row = connection.execute(_STORED, {"key": what.key}).first()
    if row is None:
        return None
    if not is_print_of(row.fingerprint, what.print, what.msisdn, what.change, what.key):
        return NotDone("the key belongs to another change")
    return rules.recalled(from_text(row.outcome), what.change, at)


def _note(connection: Connection, noted: Iterable[AuditEntry]) -> None:
    for each in noted:
        connection.execute(_AUDIT, {**asdict(each), "channel": each.channel.value})


# ---- service passwords -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Tried:
    """A password that was tried outside of any transaction, for it takes a while. ``kept``: the hash that it
    was held against; ``dearer``: a better hash of the right one than that."""

    kept: bytes | None
    right: bool
    dearer: bytes | None


def kept_password(connection: Connection, msisdn: str) -> bytes | None:
    """None: there is no such number, or no password of it."""
    kept: bytes | None = connection.execute(_KEPT, {"msisdn": msisdn}).scalar()
    return kept


def try_password(password: str, kept: bytes | None, salt: bytes) -> Tried:
    """``salt``: 16 random bytes. The time that it takes tells neither whether there is such a number, or a
    password of it, nor how that was hashed: once quickly and once dearly, whichever counts."""
    right = password_fits(password, kept)
    cheap = kept is None or cost_of(kept) < DEAR
    other = hash_password(password, salt, DEAR if cheap else QUICK)
    return Tried(kept, right, other if right and cheap else None)


def check_password(
    connection: Connection, msisdn: str, tried: Tried, now: datetime, stranger: bool
) -> PasswordAnswer | None:
    """Count and answer under the row's lock, so that guesses side by side are counted one by one. None: it is
    another password by now; try anew.

    Raises UnknownSubscriber.
    """
    row = connection.execute(_GUARDED, {"msisdn": msisdn}).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    if row.password != tried.kept:
        return None
    answer = _counted(connection, msisdn, row, now, right=tried.right, stranger=stranger)
    if answer.check is PasswordCheck.RIGHT and tried.dearer is not None:
        set_subscriber(connection, msisdn, password=tried.dearer)
    return answer


def _counted(
    connection: Connection, msisdn: str, row: Any, now: datetime, *, right: bool, stranger: bool
) -> PasswordAnswer:
    until = row.temporary_until and aware(row.temporary_until)
    before = DayCount(row.password_errors_on, row.password_errors)
    if stranger:
        strangers = DayCount(row.stranger_errors_on, row.stranger_errors)
        answer, after = rules.check_for_stranger(strangers, before, now, right, until)
        if after != strangers:
            set_subscriber(connection, msisdn, stranger_errors=after.count, stranger_errors_on=after.day)
        return answer
    answer, after = rules.check_password(before, now, right, until)
    if after != before:
        set_subscriber(connection, msisdn, password_errors=after.count, password_errors_on=after.day)
    return answer
