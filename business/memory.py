"""The back office in the process's own memory: complete and quick, for tests, benchmarks and trying out.

``MemoryBusiness(data, clock)`` keeps nothing when the process ends. Nothing in it awaits, so that every call
is one piece and needs no lock. It owns the accounts of ``data`` from then on and alters them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from business import port, rules
from business.accounts import (
    NOTHING_USED,
    Account,
    BackOfficeData,
    Card,
    Loaded,
    Movement,
    Terms,
    bill_kept,
    bill_of,
    bill_waits,
    fee_of,
    points_of,
    product_of,
    subscriber_of,
)
from business.days import Clock, month_of, today
from business.outcomes import again, fingerprint
from business.port import Change, Channel, Done, NotDone, Offer, Performed, Refused, UnknownSubscriber
from business.rules import Charge, CountCardError, Credit, Effect, EndSp, Hold, Resume, Situation
from business.secrecy import card_digest, password_fits


class MemoryBusiness:
    """A :class:`business.port.Business`; see the head of this file. ``ledger`` is every movement of money."""

    def __init__(self, data: BackOfficeData, clock: Clock) -> None:
        self._now = clock
        self._accounts: dict[str, Account] = {}
        self._terms: dict[str, Terms] = {}
        self._cards: dict[str, Card] = {}
        self._operations: dict[str, tuple[str, Done | Refused]] = {}
        self.ledger: list[Movement] = []
        self._put(data)

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing runs on."""

    async def healthy(self) -> bool:
        return True

    # ---- loading ------------------------------------------------------------------------------------------
    async def empty(self) -> bool:
        return not (self._accounts or self._terms)

    async def put(self, data: BackOfficeData) -> Loaded:
        """As :class:`business.accounts.Loadable` says."""
        return self._put(data)

    def _put(self, data: BackOfficeData) -> Loaded:
        self._terms.update((terms.id, terms) for terms in data.products)
        new = [account for account in data.accounts if account.msisdn not in self._accounts]
        cards = [card for card in data.cards if card.digest not in self._cards]
        self._cards.update((card.digest, card) for card in cards)
        for account in new:
            self._accounts[account.msisdn] = account
            self.ledger.append(Movement(self._now(), account.msisdn, "opening", account.balance))
        return Loaded(len(data.products), len(new), len(cards), len(data.accounts) - len(new))

    # ---- queries ------------------------------------------------------------------------------------------
    def _account(self, msisdn: str) -> Account:
        account = self._accounts.get(msisdn)
        if account is None:
            raise UnknownSubscriber(f"{msisdn[:3]}****{msisdn[-4:]}")
        return account

    async def subscriber(self, msisdn: str) -> port.Subscriber:
        return subscriber_of(self._account(msisdn), self._now())

    async def fee(self, msisdn: str) -> port.Fee:
        account, now = self._account(msisdn), self._now()
        used = account.usage.get(month_of(today(now)), NOTHING_USED)
        return fee_of(account.prepaid, account.balance, used, now)

    async def bill(self, msisdn: str, month: date) -> port.Bill | port.BillPending | None:
        account, now = self._account(msisdn), self._now()
        pending = bill_waits(month, now)
        if pending or not bill_kept(month, now):
            return pending
        return bill_of(month, account.usage.get(month, NOTHING_USED))

    async def points(self, msisdn: str) -> port.Points:
        return points_of(self._account(msisdn), self._now())

    async def product(self, msisdn: str, product: str) -> port.Product | None:
        account, terms = self._account(msisdn), self._terms.get(product)
        return product_of(terms, account.brand, account.holdings.get(product)) if terms else None

    async def sp_subscriptions(self, msisdn: str) -> tuple[port.SpSubscription, ...]:
        return self._account(msisdn).sp

    async def check_password(self, msisdn: str, password: str) -> port.PasswordAnswer:
        account, day = self._account(msisdn), today(self._now())
        right = password_fits(password, account.password)
        answer, account.password_errors = rules.check_password(account.password_errors, day, right)
        return answer

    async def records(self, msisdn: str) -> tuple[port.Record, ...]:
        self._account(msisdn)
        return ()

    async def payments(self, msisdn: str) -> tuple[port.Payment, ...]:
        return self._account(msisdn).payments

    async def details(self, msisdn: str, month: date, limit: int) -> port.Details:
        self._account(msisdn)
        return port.Details(month, (), 0, 0)

    async def allowances(self, msisdn: str) -> tuple[port.Allowance, ...]:
        return self._account(msisdn).allowances.get(month_of(today(self._now())), ())

    async def rewards(self, msisdn: str) -> tuple[port.Reward, ...]:
        self._account(msisdn)
        return ()

    async def choices(self, msisdn: str, group: str) -> tuple[port.Product, ...]:
        self._account(msisdn)
        return ()

    async def puk(self, msisdn: str) -> str | None:
        return self._account(msisdn).puk

    async def complaints(self, msisdn: str) -> tuple[port.Complaint, ...]:
        return self._account(msisdn).complaints

    async def attribution(self, number: str) -> port.Attribution | None:
        return None

    async def places(self, city: str) -> tuple[port.Place, ...]:
        return ()

    async def low_balances(self, after: str, limit: int) -> tuple[port.LowBalance, ...]:
        return ()

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        return ()

    # ---- changes ------------------------------------------------------------------------------------------
    def _situation(self, msisdn: str, change: Change) -> Situation:
        account = self._account(msisdn)
        match change:
            case port.TopUp(card, target):
                card_held = self._cards.get(card_digest(card))
                return Situation(self._now(), account, target=self._accounts.get(target), card=card_held)
            case port.CancelSp():
                return Situation(self._now(), account)
            case port.OpenProduct(product) | port.CancelProduct(product):
                return Situation(self._now(), account, terms=self._terms.get(product))
            case _:
                return Situation(self._now(), account)

    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        return rules.offer(change, self._situation(msisdn, change))

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Channel = Channel.OTHER
    ) -> Performed:
        at = self._situation(msisdn, change)
        print_ = fingerprint(msisdn, change, key)
        if key in self._operations:
            first, outcome = self._operations[key]
            return again(outcome) if first == print_ else NotDone("the key belongs to another change")
        verdict = rules.decide(change, offer, at)
        self._apply(verdict.effects, key)
        self._operations[key] = (print_, verdict.outcome)
        return verdict.outcome

    def _apply(self, effects: Iterable[Effect], key: str) -> None:
        for effect in effects:
            account = self._accounts[effect.msisdn]
            match effect:
                case Charge(msisdn, amount, product, month):
                    used = account.usage.get(month, NOTHING_USED)
                    account.usage[month] = replace(used, vas=used.vas + amount)
                    self._move(account, Movement(self._now(), msisdn, "charge", -amount, key, product))
                case Credit(msisdn, amount, digest):
                    self._cards[digest] = replace(self._cards[digest], used=True)
                    self._move(account, Movement(self._now(), msisdn, "top_up", amount, key))
                case Hold(_, product, holding):
                    account.holdings[product] = holding
                case EndSp(_, ids):
                    account.sp = tuple(one for one in account.sp if one.id not in ids)
                case CountCardError(_, errors):
                    account.card_errors = errors
                case Resume():
                    account.suspended = None

    def _move(self, account: Account, movement: Movement) -> None:
        account.balance += movement.amount
        self.ledger.append(movement)

    # ---- for tests and the contract kit -------------------------------------------------------------------
    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        """The subscriber's rows of the money ledger, oldest first."""
        return tuple(row for row in self.ledger if row.msisdn == msisdn)


def factory(url: str | None, *, clock: Clock, reactor: object = None) -> MemoryBusiness:
    """For :func:`business.open_business`; empty, to be loaded. There is nothing to name by ``url``."""
    return MemoryBusiness(BackOfficeData(), clock)
