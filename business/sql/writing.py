"""What is written: a change and its key in one transaction, errors of a service password, loaded data.

Synchronous. Every function gets a connection on which a writing transaction is begun; the caller commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, String, bindparam, insert, select, update

from business import rules
from business.accounts import Account, BackOfficeData, Loaded, Terms
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
    ProductRow,
    SpRow,
    SubscriberRow,
    UsageRow,
)
from business.sql.reading import masked, situation

CHUNK = 500
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


# ---- loading -----------------------------------------------------------------------------------------------
def put(connection: Connection, data: BackOfficeData, now: datetime) -> Loaded:
    """As :class:`business.accounts.Loadable` says."""
    for one in data.products:
        _write(connection, ProductRow, {"id": one.id}, _terms_values(one))
    there = _there(connection, SubscriberRow.msisdn, [one.msisdn for one in data.accounts])
    new = [one for one in data.accounts if one.msisdn not in there]
    used = _there(connection, CardRow.digest, [card.digest for card in data.cards])
    cards = [card for card in data.cards if card.digest not in used]
    _insert(connection, CardRow, [{"digest": card.digest, "face": card.face} for card in cards])
    _insert_accounts(connection, new, now.astimezone(UTC))
    return Loaded(len(data.products), len(new), len(cards), len(data.accounts) - len(new))


def _there(connection: Connection, column: Any, values: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(values), CHUNK):
        query = select(column).where(column.in_(values[start : start + CHUNK]))
        found.update(connection.execute(query).scalars())
    return found


def _insert(connection: Connection, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(model), rows)


def _terms_values(terms: Terms) -> dict[str, Any]:
    return {
        "title": terms.title,
        "fee": terms.fee,
        "charged_at_once": terms.charged_at_once,
        "cancel_asked": terms.cancel_asked,
        "fees": " ".join(f"{brand.value}={fee}" for brand, fee in terms.fees),
        "brands": " ".join(brand.value for brand in terms.brands),
        "cities": " ".join(terms.cities),
        "need": terms.need,
        "next_month": terms.next_month,
        "closed_from": terms.closed_from,
    }


def _insert_accounts(connection: Connection, accounts: Sequence[Account], now: datetime) -> None:
    _insert(connection, SubscriberRow, [_account_values(one) for one in accounts])
    opening = [
        {"at": now, "msisdn": one.msisdn, "kind": "opening", "amount": one.balance} for one in accounts
    ]
    _insert(connection, LedgerRow, opening)
    usage = [
        {"msisdn": one.msisdn, "month": month, **asdict(used)}
        for one in accounts
        for month, used in one.usage.items()
    ]
    _insert(connection, UsageRow, usage)
    held = [
        {"msisdn": one.msisdn, "product": product, **asdict(holding)}
        for one in accounts
        for product, holding in one.holdings.items()
    ]
    _insert(connection, HoldingRow, held)
    ordered = [
        {"msisdn": one.msisdn, "place": place, **asdict(sp), "category": sp.category.value}
        for one in accounts
        for place, sp in enumerate(one.sp)
    ]
    _insert(connection, SpRow, ordered)


def _account_values(account: Account) -> dict[str, Any]:
    return {
        "msisdn": account.msisdn,
        "brand": account.brand.value,
        "city": account.city,
        "prepaid": account.prepaid,
        "balance": account.balance,
        "vip": account.vip,
        "suspended": account.suspended.value if account.suspended else None,
        "language": account.language,
        "long_sms": account.long_sms,
        "points": account.points,
        "points_this_year": account.points_this_year,
        "password": account.password,
        "password_errors": account.password_errors.count,
        "password_errors_on": account.password_errors.day,
        "card_errors": account.card_errors.count,
        "card_errors_on": account.card_errors.day,
    }
