"""The back office in the process's own memory: complete and quick, for tests, benchmarks and trying out.

``MemoryBusiness(data, clock)`` keeps nothing when the process ends. Nothing in it awaits, so that every call
is one piece and needs no lock. It owns the accounts of ``data`` from then on and alters them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from boss import rules
from boss.data.numbering import Known, Numbering, unknown
from boss.memory.doing import Doing
from boss.rules import STANDARD, Policy, Situation
from boss.rules.audit import entries
from boss.rules.situation import Responses
from business import port
from business.port import Change, NotDone, Offer, Origin, Performed, Refused
from business.port.days import Clock, today
from business.port.outcomes import fingerprint, from_text, to_text
from business.port.secrecy import SALT, card_digest, password_fits
from business.port.stock import BackOfficeData, LoadSummary, Movement, Terms


class MemoryBusiness(Doing):
    """A :class:`business.port.Business`; see the head of this file. ``randbytes`` gives the salt of what is
    hashed."""

    counts_strangers_apart = True

    def __init__(
        self,
        data: BackOfficeData,
        clock: Clock,
        *,
        policy: Policy = STANDARD,
        randbytes: Callable[[int], bytes] = os.urandom,
        known: Known = unknown,
    ) -> None:
        super().__init__(clock, known)
        self._policy = policy
        self._randbytes = randbytes
        self._operations: dict[str, tuple[str, str]] = {}  # by key: its print, its outcome
        self._put(data)

    # ---- loading ------------------------------------------------------------------------------------------
    async def empty(self) -> bool:
        return not (self._accounts or self._terms)

    async def put(self, data: BackOfficeData) -> LoadSummary:
        """As :class:`business.port.stock.Loadable` says."""
        return self._put(data)

    def _put(self, data: BackOfficeData) -> LoadSummary:
        self._terms.update((terms.id, terms) for terms in data.products)
        new = [account for account in data.accounts if account.msisdn not in self._accounts]
        cards = [card for card in data.cards if card.digest not in self._cards]
        self._cards.update((card.digest, card) for card in cards)
        for account in new:
            self._accounts[account.msisdn] = account
            self._booked(Movement(self._now(), account.msisdn, "opening", account.balance))
        self._put_information(data)
        return LoadSummary(len(data.products), len(new), len(cards), len(data.accounts) - len(new))

    def _put_information(self, data: BackOfficeData) -> None:
        """The halls of a city are renewed as a whole, so that a closed one goes."""
        self._rewards.update((reward.id, reward) for reward in data.rewards)
        self._segments.update((segment.prefix, segment.attribution) for segment in data.segments)
        for city in dict.fromkeys(city for city, _ in data.places):
            self._places[city] = tuple(place for where, place in data.places if where == city)

    # ---- service passwords --------------------------------------------------------------------------------
    async def check_password(self, msisdn: str, password: str, stranger: bool = False) -> port.PasswordAnswer:
        account = self._account(msisdn)
        right = password_fits(password, account.password)
        if stranger:
            answer, account.stranger_errors = rules.check_for_stranger(
                account.stranger_errors, account.password_errors, self._now(), right, account.temporary_until
            )
            return answer
        answer, account.password_errors = rules.check_password(
            account.password_errors, self._now(), right, account.temporary_until
        )
        return answer

    # ---- changes ------------------------------------------------------------------------------------------
    def _situation(self, msisdn: str, change: Change) -> Situation:
        at = Situation(self._now(), self._account(msisdn), policy=self._policy)
        match change:
            case port.TopUp(card, target):
                return replace(at, target=self._accounts.get(target), card=self._cards.get(card_digest(card)))
            case port.Suspend(target) | port.Resume(target):
                return replace(at, target=self._accounts.get(target))
            case port.OpenProduct(product) | port.CancelProduct(product):
                terms = self._terms.get(product)
                needing = tuple(one for one in self._terms.values() if one.need == product)
                return replace(at, terms=terms, group=self._group(terms), dependents=needing)
            case port.ExchangePoints(reward):
                return replace(at, reward=self._rewards.get(reward))
            case port.Respond(form):
                given = [each.msisdn for each in self.responses if each.form == form]
                return replace(at, responses=Responses(given.count(msisdn), len(given)))
            case _:
                return at

    def _group(self, terms: Terms | None) -> tuple[Terms, ...]:
        """The other products of its group."""
        if terms is None or terms.group is None:
            return ()
        return tuple(one for one in self._terms.values() if one.group == terms.group and one is not terms)

    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        return rules.offer(change, self._situation(msisdn, change))

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        at = replace(self._situation(msisdn, change), key=key, channel=channel)
        print_ = fingerprint(msisdn, change, key)
        if key in self._operations:
            first, text = self._operations[key]
            if first != print_:
                return NotDone("the key belongs to another change")
            return rules.recalled(from_text(text), change, at)
        at = replace(at, salt=self._randbytes(SALT), number=self._number_for(change))
        verdict = rules.decide(change, offer, at)
        self._apply(verdict.effects, key)
        text = to_text(verdict.outcome)
        self._operations[key] = (print_, text)
        title = rules.title_of(verdict.outcome, at)
        noted = entries(at.now, msisdn, key, change, verdict.outcome, text=text, channel=channel, title=title)
        for entry in noted:
            self._noted(entry)
        return verdict.outcome

    def _number_for(self, change: Change) -> str:
        return self._next_number(today(self._now())) if isinstance(change, port.Complain) else ""


def factory(
    url: str | None, *, clock: Clock, reactor: object = None, changes_a_day: int = 30, keep_fee: int = 500
) -> MemoryBusiness:
    """For :func:`business.open_business`; empty, to be loaded. There is nothing to name by ``url``; the rest
    as :class:`boss.rules.Policy` has it."""
    return MemoryBusiness(
        BackOfficeData(), clock, policy=Policy(changes_a_day, keep_fee), known=Numbering().find
    )
