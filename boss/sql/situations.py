"""What :mod:`boss.rules` decide on, read from the tables. Synchronous; nothing here writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, String, bindparam, case, func, select, text

from boss.rules import STANDARD, Policy, Situation
from boss.rules.complaints import day_of_numbers, number_of
from boss.rules.situation import Responses
from boss.sql import queries
from boss.sql.models import ComplaintRow, ProductRow, ResponseRow, RewardRow
from boss.sql.reading import ID, Reads, accounts, card, terms, terms_of
from business import port
from business.port import Change, UnknownSubscriber, masked
from business.port.days import this_month
from business.port.stock import Terms

_GROUP = select(ProductRow.__table__).where(
    ProductRow.group == bindparam("group", type_=String()), ProductRow.id != ID
)
_NEEDING = select(ProductRow.__table__).where(ProductRow.need == ID)
_REWARD = select(RewardRow.__table__).where(RewardRow.id == ID)
_FIRST, _LAST = bindparam("first", type_=String()), bindparam("last", type_=String())
_FILED = select(func.count()).where(ComplaintRow.number >= _FIRST, ComplaintRow.number <= _LAST)
_THERE = select(ComplaintRow.number).where(ComplaintRow.number == ID)
_NUMBERS_LOCK = 10086_02  # PostgreSQL's advisory lock of whoever takes the next number
_FORMS_LOCK = 10086_03
_MINE = ResponseRow.msisdn == bindparam("who", type_=String())
_RESPONSES = select(func.sum(case((_MINE, 1), else_=0)).label("own"), func.count().label("every")).where(
    ResponseRow.form == bindparam("form", type_=String())
)


def situation(  # noqa: PLR0911
    connection: Reads,
    msisdn: str,
    change: Change,
    now: datetime,
    *,
    policy: Policy = STANDARD,
    lock: bool = False,
) -> Situation:
    """Raises UnknownSubscriber. ``lock`` holds the rows of the subscriber, of the target and of the card
    until the transaction ends, as :func:`boss.sql.reading.accounts` says."""
    other = change.target if isinstance(change, port.TopUp | port.Suspend | port.Resume) else msisdn
    found = accounts(connection, {msisdn, other}, this_month(now), lock)
    if msisdn not in found:
        raise UnknownSubscriber(masked(msisdn))
    at = Situation(now, found[msisdn], policy=policy)
    match change:
        case port.TopUp(number, target):
            return replace(at, target=found.get(target), card=card(connection, number, lock))
        case port.Suspend(target) | port.Resume(target):
            return replace(at, target=found.get(target))
        case port.OpenProduct(product):
            wanted = terms(connection, product)
            return replace(at, terms=wanted, group=_group(connection, wanted))
        case port.CancelProduct(product):
            wanted = terms(connection, product)
            needing = tuple(map(terms_of, connection.execute(_NEEDING, {"id": product})))
            return replace(at, terms=wanted, group=_group(connection, wanted), dependents=needing)
        case port.ExchangePoints(reward):
            return replace(at, reward=_reward(connection, reward))
        case port.Respond(form):
            return replace(at, responses=_responses(connection, msisdn, form))
        case port.Urge():
            at.account.complaints = queries.complaints(connection, msisdn, now)
    return at


def _responses(connection: Reads, msisdn: str, form: str) -> Responses:
    row = connection.execute(_RESPONSES, {"form": form, "who": msisdn}).first()
    return Responses(int(row.own or 0), row.every) if row else Responses()


def lock_forms(connection: Connection) -> None:
    """Nobody else answers a form until the transaction ends, so that no two answers have one number: SQLite
    has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _FORMS_LOCK})


def _group(connection: Reads, wanted: Terms | None) -> tuple[Terms, ...]:
    """The other products of its group."""
    if wanted is None or wanted.group is None:
        return ()
    return tuple(map(terms_of, connection.execute(_GROUP, {"group": wanted.group, "id": wanted.id})))


def _reward(connection: Reads, reward: str) -> port.Reward | None:
    row = connection.execute(_REWARD, {"id": reward}).first()
    return port.Reward(row.id, row.title, row.points, row.worth) if row else None


def next_number(connection: Connection, day: date) -> str:
    """The number that the day's next complaint gets; those that were loaded keep theirs.

    Until the transaction ends nobody else gets one: SQLite has one writer anyhow, PostgreSQL is told so.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NUMBERS_LOCK})
    first = day_of_numbers(day)
    running = connection.execute(_FILED, {"first": first, "last": f"{first}999999999"}).scalar_one() + 1
    while connection.execute(_THERE, {"id": number_of(day, running)}).first() is not None:
        running += 1
    return number_of(day, running)
