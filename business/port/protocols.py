"""The protocols, by theme, and :class:`Business`, which is all of them.

Any method that takes ``msisdn`` raises UnknownSubscriber; any query raises Unavailable, and Resting where the
back office has hours in which it rests.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol, cast

from business.port.changes import Change, Offer, Performed, Refused
from business.port.people import Channel, PasswordAnswer, Subscriber
from business.port.shown import (
    Allowance,
    Attribution,
    Bill,
    BillPending,
    Complaint,
    Details,
    Fee,
    LowBalance,
    Payment,
    Place,
    Points,
    Product,
    Record,
    Reward,
    SpSubscription,
)


class Subscribers(Protocol):
    async def subscriber(self, msisdn: str) -> Subscriber: ...

    async def records(self, msisdn: str) -> tuple[Record, ...]:
        """办理记录: the changes of the last six months, on all channels, the newest first; at most 200."""


class Accounts(Protocol):
    async def fee(self, msisdn: str) -> Fee: ...

    async def bill(self, msisdn: str, month: date) -> Bill | BillPending | None:
        """The bill of the month that begins on ``month``; None: nothing was spent."""

    async def payments(self, msisdn: str) -> tuple[Payment, ...]:
        """The payments of the last six months, the newest first; at most 200."""

    async def details(self, msisdn: str, month: date, limit: int) -> Details:
        """The detail list of one of the last five months or the running one; at most ``limit`` items, which
        are 1 to 1000."""

    async def allowances(self, msisdn: str) -> tuple[Allowance, ...]:
        """What this month's plans include and how much is used; empty: no plan."""


class Rewards(Protocol):
    async def points(self, msisdn: str) -> Points: ...

    async def rewards(self, msisdn: str) -> tuple[Reward, ...]:
        """Everything that points are exchanged for here, the cheapest first, affordable or not."""


class Products(Protocol):
    async def product(self, msisdn: str, product: str) -> Product | None:
        """None: there is no such product."""

    async def choices(self, msisdn: str, group: str) -> tuple[Product, ...]:
        """The products of a group that this subscriber may have, the cheapest first; empty: none."""

    async def sp_subscriptions(self, msisdn: str) -> tuple[SpSubscription, ...]:
        """In the order in which they are shown."""


class Passwords(Protocol):
    async def check_password(self, msisdn: str, password: str) -> PasswordAnswer: ...

    async def puk(self, msisdn: str) -> str | None:
        """The PUK code of the SIM card, for whoever has proved the service password; None: not known here."""


class CountsStrangers(Protocol):
    """What a back office may offer beside :class:`Passwords`, and says so: errors of strangers, that is of
    anybody but the owner on his own telephone, are counted apart from his and lock him out of nothing. One
    that does not counts them in common; the hall asks it for strangers less often than it takes to lock."""

    counts_strangers_apart: bool

    async def check_password(self, msisdn: str, password: str, stranger: bool = False) -> PasswordAnswer: ...


def counts_strangers_apart(business: object) -> bool:
    return getattr(business, "counts_strangers_apart", False) is True


async def check_for_stranger(business: Passwords, msisdn: str, password: str) -> PasswordAnswer:
    """Check a password that a stranger gives."""
    if counts_strangers_apart(business):
        return await cast(CountsStrangers, business).check_password(msisdn, password, True)
    return await business.check_password(msisdn, password)


class Complaints(Protocol):
    async def complaints(self, msisdn: str) -> tuple[Complaint, ...]:
        """Those of the last six months, with their history, the newest first."""


class Information(Protocol):
    async def attribution(self, number: str) -> Attribution | None:
        """``number``: eleven digits, or the first seven. None: not known."""

    async def places(self, city: str) -> tuple[Place, ...]:
        """The operator's own halls in a city."""


class Care(Protocol):
    """What a scheduler asks for whom to write to. ``after``: the last number of the page before ("" first);
    pages are in the order of the numbers and hold at most ``limit``."""

    async def low_balances(self, after: str, limit: int) -> tuple[LowBalance, ...]:
        """Who has ``balance_remind`` open and is below its threshold."""

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        """Numbers that have ``product`` open."""


class Changes(Protocol):
    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        """Changes nothing."""

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Channel = Channel.OTHER
    ) -> Performed:
        """Once a key; the same key again gives the first result. Raises UnknownSubscriber only."""


class Business(
    Subscribers, Accounts, Rewards, Products, Passwords, Complaints, Information, Care, Changes, Protocol
):
    """The whole port. ``start`` connects and migrates, ``stop`` lets running work finish."""

    async def start(self) -> None:
        """Raises Unavailable where it cannot be reached now: it will be started again. Anything else that it
        raises keeps the hall from starting."""

    async def stop(self) -> None: ...

    async def healthy(self) -> bool: ...
