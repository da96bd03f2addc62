"""What is written: a change and its key in one transaction, errors of a service password.

Synchronous. Every function gets a connection on which a writing transaction is begun; the caller commits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, String, bindparam, insert, select, update

from business import rules
from business.days import DayCount, today
from business.outcomes import fingerprint, from_text, summary, to_text
from business.port import Change, Done, NotDone, Offer, PasswordAnswer, Performed, Refused, UnknownSubscriber
from business.rules import Charge, CountCardError, Credit, Effect, EndSp, Hold, Resume
from business.secrecy import password_fits
from business.sql.models import (
    AuditRow,
    CardRow,
    HoldingRow,
    LedgerRow,
    OperationRow,
    SpRow,
    SubscriberRow,
    UsageRow,
)
from business.sql.reading import masked, situation

# Built once, as in reading.py. ``amount`` and ``who`` are parameters of each run.
_WHO = bindparam("who", type_=String())
_AMOUNT = bindparam("amount", type_=BigInteger())
_OPERATION, _LEDGER, _AUDIT = insert(OperationRow), insert(LedgerRow), insert(AuditRow)
_STORED = select(OperationRow.fingerprint, OperationRow.outcome).where(OperationRow.key == _WHO)
_BALANCE = (
    update(SubscriberRow).where(SubscriberRow.msisdn == _WHO).values(balance=SubscriberRow.balance + _AMOUNT)
)


# ---- changes -----------------------------------------------------------------------------------------------
def perform(
    connection: Connection, msisdn: str, change: Change, offer: Offer, *, key: str, now: datetime
) -> Performed:
    """Do the change once. The subscriber's row is locked first, so that a second run of the key, however
    close, waits and then finds the first one's row. Raises UnknownSubscriber."""
    at = situation(connection, msisdn, change, now, lock=True)
    print_ = fingerprint(msisdn, change, key)
    stored = _stored(connection, key, print_)
    if stored is not None:
        return stored
    verdict = rules.decide(change, offer, at)
    text = to_text(verdict.outcome)
    moment = now.astimezone(UTC)
    connection.execute(
        _OPERATION,
        {"key": key, "msisdn": msisdn, "fingerprint": print_, "outcome": text, "at": moment},
    )
    _apply(connection, verdict.effects, key, moment)
    audit = {"at": moment, "msisdn": msisdn, "key": key, "change": summary(change), "outcome": text}
    connection.execute(_AUDIT, audit)
    return verdict.outcome


def _stored(connection: Connection, key: str, print_: str) -> Done | Refused | NotDone | None:
    row = connection.execute(_STORED, {"who": key}).first()
    if row is None:
        return None
    return (
        from_text(row.outcome) if row.fingerprint == print_ else NotDone("the key belongs to another change")
    )


def _apply(connection: Connection, effects: Iterable[Effect], key: str, now: datetime) -> None:
    for effect in effects:
        match effect:
            case Charge(msisdn, amount, product, month):
                _use(connection, msisdn, month, amount)
                row = {"kind": "charge", "amount": -amount, "product": product}
                _move(connection, {"at": now, "msisdn": msisdn, "key": key, **row})
            case Credit(msisdn, amount, digest):
                connection.execute(update(CardRow).where(CardRow.digest == digest).values(used=now))
                row = {"kind": "top_up", "amount": amount, "product": None}
                _move(connection, {"at": now, "msisdn": msisdn, "key": key, **row})
            case Hold(msisdn, product, holding):
                _write(connection, HoldingRow, {"msisdn": msisdn, "product": product}, asdict(holding))
            case EndSp(msisdn, ids):
                ended = update(SpRow).where(SpRow.msisdn == msisdn, SpRow.id.in_(ids)).values(ended=now)
                connection.execute(ended)
            case CountCardError(msisdn, errors):
                _set(connection, msisdn, card_errors=errors.count, card_errors_on=errors.day)
            case Resume(msisdn):
                _set(connection, msisdn, suspended=None)


def _use(connection: Connection, msisdn: str, month: Any, amount: int) -> None:
    where = (UsageRow.msisdn == msisdn, UsageRow.month == month)
    if not connection.execute(update(UsageRow).where(*where).values(vas=UsageRow.vas + amount)).rowcount:
        connection.execute(insert(UsageRow), {"msisdn": msisdn, "month": month, "vas": amount})


def _move(connection: Connection, row: dict[str, Any]) -> None:
    """Write a ledger row and let the balance follow it."""
    connection.execute(_BALANCE, {"who": row["msisdn"], "amount": row["amount"]})
    connection.execute(_LEDGER, row)


def _set(connection: Connection, msisdn: str, **values: Any) -> None:
    connection.execute(update(SubscriberRow).where(SubscriberRow.msisdn == msisdn).values(**values))


def _write(connection: Connection, model: Any, keys: dict[str, Any], values: dict[str, Any]) -> None:
    """Update the row with these keys, or insert it. Safe because the subscriber (or the load) is locked."""
    where = [getattr(model, name) == value for name, value in keys.items()]
    if not connection.execute(update(model).where(*where).values(**values)).rowcount:
        connection.execute(insert(model), {**keys, **values})


# ---- service passwords -------------------------------------------------------------------------------------
def check_password(connection: Connection, msisdn: str, password: str, now: datetime) -> PasswordAnswer:
    """Count and answer under the row's lock, so that guesses side by side are counted one by one.

    Raises UnknownSubscriber.
    """
    names = (SubscriberRow.password, SubscriberRow.password_errors, SubscriberRow.password_errors_on)
    row = connection.execute(select(*names).where(SubscriberRow.msisdn == msisdn).with_for_update()).first()
    if row is None:
        raise UnknownSubscriber(masked(msisdn))
    kept, count, day = row
    before = DayCount(day, count)
    answer, after = rules.check_password(before, today(now), password_fits(password, kept))
    if after != before:
        _set(connection, msisdn, password_errors=after.count, password_errors_on=after.day)
    return answer
