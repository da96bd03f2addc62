"""The effects of a decided change, written. Synchronous, on a connection on which a writing transaction is
begun and the subscriber's row (and the target's) is locked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Date, String, bindparam, insert, update

from boss.rules import (
    Charge,
    ConvertPoints,
    Count,
    Credit,
    Effect,
    EndSp,
    FileComplaint,
    Hold,
    KeepResponse,
    LiftLock,
    Register,
    ResumeService,
    SetPassword,
    SuspendService,
    UrgeComplaint,
)
from boss.sql.models import (
    CardRow,
    ComplaintRow,
    ComplaintStepRow,
    HoldingRow,
    LedgerRow,
    ResponseRow,
    SpRow,
    SubscriberRow,
    UsageRow,
)
from boss.sql.reading import ITEMS
from business.port import ComplaintStep
from business.port.stock import Holding, Suspension

# Built once, as in reading.py. ``amount`` and ``who`` are parameters of each run.
_WHO = bindparam("who", type_=String())
_AMOUNT = bindparam("amount", type_=BigInteger())
_MONTH = bindparam("of_month", type_=Date())
_WHICH = bindparam("which", type_=String())
_LEDGER, _FIRST_USE, _FIRST_HOLDING = insert(LedgerRow), insert(UsageRow), insert(HoldingRow)
# What is set is named by the parameters of the run.
_SUBSCRIBER = update(SubscriberRow.__table__).where(SubscriberRow.msisdn == _WHO)  # type: ignore[arg-type]
_POINTS = _SUBSCRIBER.values(points=SubscriberRow.points - _AMOUNT)
_CARD = update(CardRow.__table__).where(CardRow.digest == _WHICH)  # type: ignore[arg-type]
_HOLDING = update(HoldingRow.__table__).where(  # type: ignore[arg-type]
    HoldingRow.msisdn == _WHO, HoldingRow.product == _WHICH
)
_USED = {
    column.key: update(UsageRow)
    .where(UsageRow.msisdn == _WHO, UsageRow.month == _MONTH)
    .values({column.key: column + _AMOUNT})
    for column in ITEMS
}
_BALANCE = (
    update(SubscriberRow).where(SubscriberRow.msisdn == _WHO).values(balance=SubscriberRow.balance + _AMOUNT)
)


def apply(connection: Connection, effects: Iterable[Effect], key: str, now: datetime) -> None:
    """All of them; whatever a database raises ends the transaction, and so undoes them all."""
    for effect in effects:
        if isinstance(effect, Charge | Credit | ConvertPoints):
            _pay(connection, effect, key, now)
        elif isinstance(effect, Hold | EndSp):
            _write_entry(connection, effect, now)
        elif isinstance(effect, FileComplaint | UrgeComplaint):
            _complain(connection, effect)
        elif isinstance(effect, KeepResponse):
            _keep_response(connection, effect, now)
        else:
            set_subscriber(connection, effect.msisdn, **_subscriber_values(effect))


# ---- money, points -----------------------------------------------------------------------------------------
def _pay(connection: Connection, effect: Charge | Credit | ConvertPoints, key: str, now: datetime) -> None:
    row: dict[str, Any] = {"at": now, "msisdn": effect.msisdn, "key": key}
    match effect:
        case Charge(msisdn, amount, product, month, kind, item):
            _use(connection, msisdn, month, item, amount)
            _move(connection, row | {"kind": kind, "amount": -amount, "product": product})
        case Credit(_, amount, digest):
            connection.execute(_CARD, {"which": digest, "used": now})
            _move(connection, row | {"kind": "top_up", "amount": amount, "product": None})
        case ConvertPoints(msisdn, points, worth):
            connection.execute(_POINTS, {"who": msisdn, "amount": points})
            _move(connection, row | {"kind": "exchange", "amount": worth, "product": None})


def _use(connection: Connection, msisdn: str, month: date, item: str, amount: int) -> None:
    run = {"who": msisdn, "of_month": month, "amount": amount}
    if not connection.execute(_USED[item], run).rowcount:
        connection.execute(_FIRST_USE, {"msisdn": msisdn, "month": month, item: amount})


def _move(connection: Connection, row: dict[str, Any]) -> None:
    """Write a ledger row and let the balance follow it."""
    connection.execute(_BALANCE, {"who": row["msisdn"], "amount": row["amount"]})
    connection.execute(_LEDGER, row)


# ---- products, subscriptions -------------------------------------------------------------------------------
def _write_entry(connection: Connection, effect: Hold | EndSp, now: datetime) -> None:
    match effect:
        case Hold(msisdn, product, holding):
            values = {name: getattr(holding, name) for name in Holding.__slots__}
            if not connection.execute(_HOLDING, {"who": msisdn, "which": product, **values}).rowcount:
                connection.execute(_FIRST_HOLDING, {"msisdn": msisdn, "product": product, **values})
        case EndSp(msisdn, ids):
            ended = update(SpRow).where(SpRow.msisdn == msisdn, SpRow.id.in_(ids)).values(ended=now)
            connection.execute(ended)


# ---- the number itself -------------------------------------------------------------------------------------
def set_subscriber(connection: Connection, msisdn: str, **values: Any) -> None:
    connection.execute(_SUBSCRIBER, {"who": msisdn, **values})


def _subscriber_values(
    effect: SuspendService | ResumeService | Count | SetPassword | LiftLock | Register,
) -> dict[str, Any]:
    match effect:
        case SuspendService(_, since):
            return {"suspended": Suspension.ASKED.value, "suspended_since": since}
        case ResumeService():
            return {"suspended": None, "suspended_since": None}
        case Count(_, counter, count):
            return {counter: count.count, f"{counter}_on": count.day}
        case SetPassword(_, password, until):
            return {"password": password, "temporary_until": until and until.astimezone(UTC)}
        case LiftLock():
            return {"password_errors": 0, "password_errors_on": None}
        case Register(_, name, id_number):
            return {"name": name, "id_number": id_number}


# ---- complaints --------------------------------------------------------------------------------------------
def _complain(connection: Connection, effect: FileComplaint | UrgeComplaint) -> None:
    match effect:
        case FileComplaint(msisdn, complaint, text, channel, desk, desk_due):
            row = {
                "number": complaint.number,
                "msisdn": msisdn,
                "kind": complaint.kind.value,
                "text": text,
                "channel": channel.value,
                "state": complaint.state.value,
                "opened": complaint.opened.astimezone(UTC),
                "due": complaint.due.astimezone(UTC),
                "desk": desk,
                "desk_due": desk_due.astimezone(UTC),
                "urged": 0,
                "answer": "",
            }
            connection.execute(insert(ComplaintRow), row)
            _step(connection, complaint.number, *complaint.steps)
        case UrgeComplaint(_, number, step):
            where = ComplaintRow.number == number
            connection.execute(update(ComplaintRow).where(where).values(urged=ComplaintRow.urged + 1))
            _step(connection, number, step)


def _step(connection: Connection, number: str, *steps: ComplaintStep) -> None:
    rows = [{"number": number, **asdict(step), "at": step.at.astimezone(UTC)} for step in steps]
    connection.execute(insert(ComplaintStepRow), rows)


# ---- forms -------------------------------------------------------------------------------------------------
def _keep_response(connection: Connection, effect: KeepResponse, now: datetime) -> None:
    row = {"form": effect.form, "msisdn": effect.msisdn, "words": effect.words, "at": now}
    answers = json.dumps(effect.answers, ensure_ascii=False)
    connection.execute(insert(ResponseRow), row | {"answers": answers, "channel": effect.channel.value})
