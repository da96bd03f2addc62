"""What the back office in memory knows, and what it answers: :class:`Recall`, the half of
:class:`boss.memory.MemoryBusiness` that changes nothing.

What belongs to one subscriber is kept by number: a query costs the same among ten and among a million.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from boss.data.numbering import Known, unknown
from boss.rules.audit import AuditEntry
from boss.rules.complaints import HANDLED
from boss.rules.effects import KeepResponse
from boss.rules.figures import (
    bill_kept,
    bill_of,
    bill_waits,
    fee_of,
    opened_by,
    points_of,
    product_of,
    subscriber_of,
)
from boss.rules.showing import (
    REMINDER,
    cheapest_first,
    check_awake,
    is_payment,
    low_balance,
    may_have,
    month_span,
    newest,
    past_since,
    payment_of,
    place_of,
    record_of,
    segment_of,
)
from business import port
from business.port import UnknownSubscriber, masked
from business.port.bare import BareBusiness
from business.port.days import Clock, this_month
from business.port.stock import NOTHING_USED, Account, Card, Movement, Terms
from business.port.themes import ALL_THEMES


class Recall(BareBusiness):
    """The queries of the port, each the method of its name; see the head of this file. ``ledger`` is every
    movement of money; ``known`` says where numbers of other segments belong."""

    themes = ALL_THEMES

    def __init__(self, clock: Clock, known: Known = unknown) -> None:
        self._now = clock
        self._known = known
        self._accounts: dict[str, Account] = {}
        self._terms: dict[str, Terms] = {}
        self._cards: dict[str, Card] = {}
        self._rewards: dict[str, port.Reward] = {}
        self._segments: dict[str, port.Attribution] = {}
        self._places: dict[str, tuple[port.Place, ...]] = {}
        self._audit: list[AuditEntry] = []
        self._audit_of: dict[str, list[AuditEntry]] = defaultdict(list)
        self._moved: dict[str, list[Movement]] = defaultdict(list)
        self.ledger: list[Movement] = []
        self.responses: list[KeepResponse] = []

    # ---- what the other half writes -----------------------------------------------------------------------
    @property
    def audit(self) -> tuple[AuditEntry, ...]:
        """Every decided change, oldest first; nobody can alter it from outside."""
        return tuple(self._audit)

    def _noted(self, entry: AuditEntry) -> None:
        self._audit.append(entry)
        self._audit_of[entry.msisdn].append(entry)

    def _booked(self, movement: Movement) -> None:
        self.ledger.append(movement)
        self._moved[movement.msisdn].append(movement)

    def _account(self, msisdn: str) -> Account:
        account = self._accounts.get(msisdn)
        if account is None:
            raise UnknownSubscriber(masked(msisdn))
        return account

    # ---- subscribers --------------------------------------------------------------------------------------
    async def subscriber(self, msisdn: str) -> port.Subscriber:
        account = self._account(msisdn)
        return subscriber_of(account, opened_by(account), self._now())

    async def records(self, msisdn: str) -> tuple[port.Record, ...]:
        self._account(msisdn)
        return newest(map(record_of, self._audit_of.get(msisdn, ())), past_since(self._now()))

    async def puk(self, msisdn: str) -> str | None:
        return self._account(msisdn).puk

    async def complaints(self, msisdn: str) -> tuple[port.Complaint, ...]:
        return newest(self._account(msisdn).complaints, past_since(self._now()), "opened")

    # ---- accounts -----------------------------------------------------------------------------------------
    async def fee(self, msisdn: str) -> port.Fee:
        account, now = self._account(msisdn), self._now()
        used = account.usage.get(this_month(now), NOTHING_USED)
        return fee_of(account.prepaid, account.balance, used, now)

    async def bill(self, msisdn: str, month: date) -> port.Bill | port.BillPending | None:
        account, now = self._account(msisdn), self._now()
        pending = bill_waits(month, now)
        if pending or not bill_kept(month, now):
            return pending
        return bill_of(month, account.usage.get(month, NOTHING_USED))

    async def payments(self, msisdn: str) -> tuple[port.Payment, ...]:
        account, now = self._account(msisdn), self._now()
        check_awake(now)
        own = map(payment_of, filter(is_payment, self._moved.get(msisdn, ())))
        return newest((*account.payments, *own), past_since(now))

    async def details(self, msisdn: str, month: date, limit: int) -> port.Details:
        account, now = self._account(msisdn), self._now()
        check_awake(now)
        span = month_span(month, now)
        if span is None:
            return port.Details(month, (), 0, 0)
        found = [one for one in account.details if span[0] <= one.at < span[1]]
        found.reverse()  # of two at the same moment the later one stands first
        found.sort(key=lambda one: one.at, reverse=True)
        total = sum(one.fee for one in found)
        return port.Details(month, tuple(found[: max(0, limit)]), len(found), total)

    async def allowances(self, msisdn: str) -> tuple[port.Allowance, ...]:
        return self._account(msisdn).allowances.get(this_month(self._now()), ())

    # ---- points, products ---------------------------------------------------------------------------------
    async def points(self, msisdn: str) -> port.Points:
        return points_of(self._account(msisdn), self._now())

    async def rewards(self, msisdn: str) -> tuple[port.Reward, ...]:
        self._account(msisdn)
        return tuple(sorted(self._rewards.values(), key=lambda one: (one.points, one.id)))

    async def product(self, msisdn: str, product: str) -> port.Product | None:
        account, terms = self._account(msisdn), self._terms.get(product)
        return product_of(terms, account.brand, account.holdings.get(product)) if terms else None

    async def choices(self, msisdn: str, group: str) -> tuple[port.Product, ...]:
        account = self._account(msisdn)
        return cheapest_first(
            product_of(terms, account.brand, account.holdings.get(terms.id))
            for terms in self._terms.values()
            if terms.group == group and may_have(terms.brands, terms.cities, account.brand, account.city)
        )

    async def sp_subscriptions(self, msisdn: str) -> tuple[port.SpSubscription, ...]:
        return self._account(msisdn).sp

    # ---- information, care --------------------------------------------------------------------------------
    async def attribution(self, number: str) -> port.Attribution | None:
        segment = segment_of(number)
        return (self._segments.get(segment) or self._known(number)) if segment else None

    async def places(self, city: str) -> tuple[port.Place, ...]:
        return self._places.get(city, ())

    async def low_balances(self, after: str, limit: int) -> tuple[port.LowBalance, ...]:
        lows = (low_balance(one, one.holdings[REMINDER]) for one in self._having(REMINDER, after))
        found = (low for low in lows if low is not None)
        return tuple(heapq.nsmallest(max(0, limit), found, key=lambda one: one.msisdn))

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        found = (one.msisdn for one in self._having(product, after))
        return tuple(heapq.nsmallest(max(0, limit), found))

    async def numbers(self, city: str, after: str, limit: int) -> tuple[str, ...]:
        found = (one.msisdn for one in self._accounts.values() if one.city == city and one.msisdn > after)
        return tuple(heapq.nsmallest(max(0, limit), found))

    async def handled_reports(self, after: str, limit: int) -> tuple[port.HandledReport, ...]:
        found = (
            port.HandledReport(place_of(one.steps[-1].at, one.number), one.number, account.msisdn, one.opened)
            for account in self._accounts.values()
            for one in account.complaints
            if one.kind is port.ComplaintKind.SPAM and one.state in HANDLED and one.steps
        )
        behind = (one for one in found if one.place > after)
        return tuple(heapq.nsmallest(max(0, limit), behind, key=lambda one: one.place))

    def _having(self, product: str, after: str) -> Iterator[Account]:
        for account in self._accounts.values():
            held = account.holdings.get(product)
            if held is not None and held.open and account.msisdn > after:
                yield account

    # ---- for tests and the contract kit -------------------------------------------------------------------
    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        """The subscriber's rows of the money ledger, oldest first."""
        return tuple(self._moved.get(msisdn, ()))
