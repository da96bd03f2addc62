"""A back office around another, through whose two gates every call passes: for those that measure, keep,
delay, break or fail calls.

A subclass overrides :meth:`PassingBusiness.pass_query`, :meth:`~PassingBusiness.pass_perform`, or both.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any, TypeVar

from business import port
from business.port import Business, Change, Channel, Offer, Performed, Refused

T = TypeVar("T")
Call = Callable[[], Coroutine[Any, Any, T]]


class PassingBusiness:
    """A :class:`business.port.Business`; see the head of this file. ``inner`` does the work."""

    def __init__(self, inner: Business) -> None:
        self.inner = inner

    @property
    def themes(self) -> frozenset[port.Theme]:
        """What is offered behind it."""
        return port.themes_of(self.inner)

    @property
    def counts_strangers_apart(self) -> bool:
        return port.counts_strangers_apart(self.inner)

    # ---- the gates ----------------------------------------------------------------------------------------
    async def pass_query(self, name: str, arguments: tuple[object, ...], call: Call[T]) -> T:
        """Every call that changes nothing but counters: queries, offers, password checks. ``arguments``: the
        first is the number asked about, where there is one."""
        return await call()

    async def pass_perform(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        """Every change."""
        return await call()

    # ---- life ---------------------------------------------------------------------------------------------
    async def start(self) -> None:
        await self.inner.start()

    async def stop(self) -> None:
        await self.inner.stop()

    async def healthy(self) -> bool:
        return await self.inner.healthy()

    # ---- queries ------------------------------------------------------------------------------------------
    async def subscriber(self, msisdn: str) -> port.Subscriber:
        return await self.pass_query("subscriber", (msisdn,), lambda: self.inner.subscriber(msisdn))

    async def records(self, msisdn: str) -> tuple[port.Record, ...]:
        return await self.pass_query("records", (msisdn,), lambda: self.inner.records(msisdn))

    async def fee(self, msisdn: str) -> port.Fee:
        return await self.pass_query("fee", (msisdn,), lambda: self.inner.fee(msisdn))

    async def bill(self, msisdn: str, month: date) -> port.Bill | port.BillPending | None:
        return await self.pass_query("bill", (msisdn, month), lambda: self.inner.bill(msisdn, month))

    async def payments(self, msisdn: str) -> tuple[port.Payment, ...]:
        return await self.pass_query("payments", (msisdn,), lambda: self.inner.payments(msisdn))

    async def details(self, msisdn: str, month: date, limit: int) -> port.Details:
        return await self.pass_query(
            "details", (msisdn, month, limit), lambda: self.inner.details(msisdn, month, limit)
        )

    async def allowances(self, msisdn: str) -> tuple[port.Allowance, ...]:
        return await self.pass_query("allowances", (msisdn,), lambda: self.inner.allowances(msisdn))

    async def points(self, msisdn: str) -> port.Points:
        return await self.pass_query("points", (msisdn,), lambda: self.inner.points(msisdn))

    async def rewards(self, msisdn: str) -> tuple[port.Reward, ...]:
        return await self.pass_query("rewards", (msisdn,), lambda: self.inner.rewards(msisdn))

    async def product(self, msisdn: str, product: str) -> port.Product | None:
        return await self.pass_query(
            "product", (msisdn, product), lambda: self.inner.product(msisdn, product)
        )

    async def choices(self, msisdn: str, group: str) -> tuple[port.Product, ...]:
        return await self.pass_query("choices", (msisdn, group), lambda: self.inner.choices(msisdn, group))

    async def sp_subscriptions(self, msisdn: str) -> tuple[port.SpSubscription, ...]:
        return await self.pass_query(
            "sp_subscriptions", (msisdn,), lambda: self.inner.sp_subscriptions(msisdn)
        )

    async def complaints(self, msisdn: str) -> tuple[port.Complaint, ...]:
        return await self.pass_query("complaints", (msisdn,), lambda: self.inner.complaints(msisdn))

    async def attribution(self, number: str) -> port.Attribution | None:
        return await self.pass_query("attribution", (number,), lambda: self.inner.attribution(number))

    async def places(self, city: str) -> tuple[port.Place, ...]:
        return await self.pass_query("places", (city,), lambda: self.inner.places(city))

    async def low_balances(self, after: str, limit: int) -> tuple[port.LowBalance, ...]:
        return await self.pass_query(
            "low_balances", (after, limit), lambda: self.inner.low_balances(after, limit)
        )

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        return await self.pass_query(
            "holders", (product, after, limit), lambda: self.inner.holders(product, after, limit)
        )

    async def check_password(self, msisdn: str, password: str, stranger: bool = False) -> port.PasswordAnswer:
        def call() -> Coroutine[Any, Any, port.PasswordAnswer]:
            if stranger:
                return port.check_for_stranger(self.inner, msisdn, password)
            return self.inner.check_password(msisdn, password)

        return await self.pass_query("check_password", (msisdn,), call)

    async def puk(self, msisdn: str) -> str | None:
        return await self.pass_query("puk", (msisdn,), lambda: self.inner.puk(msisdn))

    # ---- changes ------------------------------------------------------------------------------------------
    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        return await self.pass_query("offer", (msisdn, change), lambda: self.inner.offer(msisdn, change))

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Channel = Channel.OTHER
    ) -> Performed:
        return await self.pass_perform(
            msisdn, change, lambda: self.inner.perform(msisdn, change, offer, key, channel)
        )
