"""The back office in the process's own memory: complete and quick, for tests, benchmarks and trying out.

``MemoryBusiness(data, clock)`` keeps nothing when the process ends. Nothing in it awaits, so that every call
is one piece and needs no lock. It owns the accounts of ``data`` from then on and alters them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from business import port, rules
from business.accounts import (
    NOTHING_USED,
    Account,
    BackOfficeData,
    Loaded,
    Movement,
)
from business.days import Clock, today
from business.outcomes import again, fingerprint
from business.port import Change, Channel, Done, NotDone, Offer, Performed, Refused
from business.recall import Recall
from business.rules import Charge, CountCardError, Credit, Effect, EndSp, Hold, Resume, Situation
from business.secrecy import card_digest, password_fits


class MemoryBusiness(Recall):
    """A :class:`business.port.Business`; see the head of this file."""

    def __init__(self, data: BackOfficeData, clock: Clock) -> None:
        super().__init__(clock)
        self._operations: dict[str, tuple[str, Done | Refused]] = {}
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
            self._booked(Movement(self._now(), account.msisdn, "opening", account.balance))
        self._put_information(data)
        return Loaded(len(data.products), len(new), len(cards), len(data.accounts) - len(new))

    def _put_information(self, data: BackOfficeData) -> None:
        """The halls of a city are renewed as a whole, so that a closed one goes."""
        self._rewards.update((reward.id, reward) for reward in data.rewards)
        self._segments.update((segment.prefix, segment.attribution) for segment in data.segments)
        for city in dict.fromkeys(city for city, _ in data.places):
            self._places[city] = tuple(place for where, place in data.places if where == city)

    # ---- service passwords --------------------------------------------------------------------------------
    async def check_password(self, msisdn: str, password: str) -> port.PasswordAnswer:
        account, day = self._account(msisdn), today(self._now())
        right = password_fits(password, account.password)
        answer, account.password_errors = rules.check_password(account.password_errors, day, right)
        return answer

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
        self._booked(movement)


def factory(url: str | None, *, clock: Clock, reactor: object = None) -> MemoryBusiness:
    """For :func:`business.open_business`; empty, to be loaded. There is nothing to name by ``url``."""
    return MemoryBusiness(BackOfficeData(), clock)
