"""What a load writes. :func:`rows_of` says what stands in which table (pure); :func:`put` writes it.

Synchronous. :func:`put` gets a connection on which a writing transaction is begun; the caller commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from boss.sql.models import (
    AllowanceRow,
    Base,
    CardRow,
    ComplaintRow,
    ComplaintStepRow,
    DetailRow,
    HoldingRow,
    LedgerRow,
    PaymentRow,
    PlaceRow,
    ProductRow,
    RewardRow,
    SegmentRow,
    SpRow,
    SubscriberRow,
    UsageRow,
)
from boss.sql.puks import Puks
from business import port
from business.port.stock import Account, BackOfficeData, LoadSummary, Segment, Terms

CHUNK = 500
Table = type[Base]
Row = dict[str, Any]
Rows = dict[Table, list[Row]]


def put(connection: Connection, data: BackOfficeData, now: datetime, puks: Puks) -> LoadSummary:
    """As :class:`business.port.stock.Loadable` says. Raises ValueError, OSError as ``puks`` does."""
    for one in data.products:
        _write(connection, ProductRow, {"id": one.id}, terms_row(one))
    _renew(connection, RewardRow, RewardRow.id, [asdict(one) for one in data.rewards])
    _renew(connection, SegmentRow, SegmentRow.prefix, [segment_row(one) for one in data.segments])
    _renew_places(connection, data.places)
    there = _there(connection, SubscriberRow.msisdn, [one.msisdn for one in data.accounts])
    new = [one for one in data.accounts if one.msisdn not in there]
    known = _there(connection, CardRow.digest, [card.digest for card in data.cards])
    cards = [card for card in data.cards if card.digest not in known]
    _insert(connection, CardRow, [{"digest": card.digest, "face": card.face} for card in cards])
    written = rows_of(new, now)
    for row in written[SubscriberRow]:
        row["puk"] = row["puk"] and puks.seal(row["msisdn"], row["puk"])
    for table, rows in written.items():
        _insert(connection, table, rows)
    return LoadSummary(len(data.products), len(new), len(cards), len(data.accounts) - len(new))


def rows_of(accounts: Iterable[Account], now: datetime) -> Rows:
    """The rows of these subscribers by table, in an order in which no row stands before one that it names.
    Times are UTC, PUK codes are clear; an opening row of the ledger holds the balance."""
    rows: Rows = {table: [] for table in _TABLES}
    for one in accounts:
        rows[SubscriberRow].append(account_row(one))
        opening = {"at": _utc(now), "msisdn": one.msisdn, "kind": "opening", "amount": one.balance}
        rows[LedgerRow].append(opening)
        for table, of in _OF.items():
            rows[table] += ({"msisdn": one.msisdn, **row} for row in of(one))
        for complaint in one.complaints:
            rows[ComplaintRow].append(_complaint(one.msisdn, complaint))
            rows[ComplaintStepRow] += (_step(complaint.number, step) for step in complaint.steps)
    return rows


# ---- writing -----------------------------------------------------------------------------------------------
def _write(connection: Connection, model: Any, keys: Row, values: Row) -> None:
    """Update the row with these keys, or insert it."""
    where = [getattr(model, name) == value for name, value in keys.items()]
    if not connection.execute(update(model).where(*where).values(**values)).rowcount:
        connection.execute(insert(model), {**keys, **values})


def _insert(connection: Connection, model: Any, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(model), rows)


def _there(connection: Connection, column: Any, values: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(values), CHUNK):
        query = select(column).where(column.in_(values[start : start + CHUNK]))
        found.update(connection.execute(query).scalars())
    return found


def _renew(connection: Connection, model: Any, key: Any, rows: Sequence[Row]) -> None:
    """Put these rows in the place of those with the same keys."""
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        connection.execute(delete(model).where(key.in_([row[key.key] for row in chunk])))
        connection.execute(insert(model), chunk)


def _renew_places(connection: Connection, places: Sequence[tuple[str, port.Place]]) -> None:
    """The halls of a city are renewed as a whole, so that a closed one goes."""
    cities = list({city for city, _ in places})
    for start in range(0, len(cities), CHUNK):
        connection.execute(delete(PlaceRow).where(PlaceRow.city.in_(cities[start : start + CHUNK])))
    _insert(connection, PlaceRow, [{"city": city, **asdict(place)} for city, place in places])


# ---- rows --------------------------------------------------------------------------------------------------
def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def terms_row(terms: Terms) -> Row:
    """All columns but the id."""
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
        "group": terms.group,
        "option": terms.option.value if terms.option else None,
        "option_default": terms.option_default,
    }


def segment_row(segment: Segment) -> Row:
    return {"prefix": segment.prefix, **asdict(segment.attribution)}


def account_row(account: Account) -> Row:
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
        "stranger_errors": account.stranger_errors.count,
        "stranger_errors_on": account.stranger_errors.day,
        "card_errors": account.card_errors.count,
        "card_errors_on": account.card_errors.day,
        "joined": account.joined,
        "suspended_since": account.suspended_since,
        "id_number": account.id_number,
        "id_errors": account.id_errors.count,
        "id_errors_on": account.id_errors.day,
        "name": account.name,
        "puk": account.puk,
        "temporary_until": _utc(account.temporary_until) if account.temporary_until else None,
        "changes": account.changes.count,
        "changes_on": account.changes.day,
    }


def _usage(account: Account) -> Iterator[Row]:
    for month, used in account.usage.items():
        yield {"month": month, **asdict(used)}


def _holdings(account: Account) -> Iterator[Row]:
    for product, held in account.holdings.items():
        yield {"product": product, **asdict(held)}


def _sp(account: Account) -> Iterator[Row]:
    for place, one in enumerate(account.sp):
        yield {"place": place, **asdict(one), "category": one.category.value}


def _payments(account: Account) -> Iterator[Row]:
    for one in account.payments:
        yield {**asdict(one), "at": _utc(one.at)}


def _details(account: Account) -> Iterator[Row]:
    for one in account.details:
        yield {**asdict(one), "at": _utc(one.at), "kind": one.kind.value}


def _allowances(account: Account) -> Iterator[Row]:
    for month, plans in account.allowances.items():
        for place, one in enumerate(plans):
            yield {"month": month, "place": place, **asdict(one), "kind": one.kind.value}


_OF = {
    UsageRow: _usage,
    HoldingRow: _holdings,
    SpRow: _sp,
    PaymentRow: _payments,
    DetailRow: _details,
    AllowanceRow: _allowances,
}
_TABLES = (SubscriberRow, LedgerRow, *_OF, ComplaintRow, ComplaintStepRow)


def _complaint(msisdn: str, one: port.Complaint) -> Row:
    """A complaint that another system took: its text stayed there, and its desk is the last step's."""
    desk = one.steps[-1].desk if one.steps else ""
    return {
        "number": one.number,
        "msisdn": msisdn,
        "kind": one.kind.value,
        "text": "",
        "channel": port.Origin.OTHER.value,
        "state": one.state.value,
        "opened": _utc(one.opened),
        "due": _utc(one.due),
        "desk": desk,
        "desk_due": _utc(one.due),
        "urged": one.urged,
        "answer": one.answer,
    }


def _step(number: str, one: port.ComplaintStep) -> Row:
    return {"number": number, **asdict(one), "at": _utc(one.at)}
