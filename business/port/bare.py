"""A back office that offers nothing yet: the class to begin one's own with.

    class BossBusiness(BareBusiness):
        themes = frozenset({Theme.FEES})

        async def subscriber(self, msisdn): ...
        async def fee(self, msisdn): ...

What is not overridden raises :class:`~business.port.NotOffered`, and the hall says 暂未开放.
"""

from __future__ import annotations

from datetime import date
from typing import NoReturn

from business import port
from business.port import Change, Channel, NotOffered, Offer, Performed, Refused, Theme, theme_of


def _left(what: str) -> NoReturn:
    raise NotOffered(what)


class BareBusiness:
    """A :class:`business.port.Business`; see the head of this file. ``subscriber`` must be overridden."""

    themes: frozenset[Theme] = frozenset()

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing runs on."""

    async def healthy(self) -> bool:
        return True

    # ---- queries ------------------------------------------------------------------------------------------
    async def subscriber(self, msisdn: str) -> port.Subscriber:
        raise NotImplementedError("a back office must know its subscribers")

    async def records(self, msisdn: str) -> tuple[port.Record, ...]:
        _left("records")

    async def fee(self, msisdn: str) -> port.Fee:
        _left("fee")

    async def bill(self, msisdn: str, month: date) -> port.Bill | port.BillPending | None:
        _left("bill")

    async def payments(self, msisdn: str) -> tuple[port.Payment, ...]:
        _left("payments")

    async def details(self, msisdn: str, month: date, limit: int) -> port.Details:
        _left("details")

    async def allowances(self, msisdn: str) -> tuple[port.Allowance, ...]:
        _left("allowances")

    async def points(self, msisdn: str) -> port.Points:
        _left("points")

    async def rewards(self, msisdn: str) -> tuple[port.Reward, ...]:
        _left("rewards")

    async def product(self, msisdn: str, product: str) -> port.Product | None:
        _left("product")

    async def choices(self, msisdn: str, group: str) -> tuple[port.Product, ...]:
        _left("choices")

    async def sp_subscriptions(self, msisdn: str) -> tuple[port.SpSubscription, ...]:
        _left("sp_subscriptions")

    async def check_password(self, msisdn: str, password: str) -> port.PasswordAnswer:
        _left("check_password")

    async def puk(self, msisdn: str) -> str | None:
        _left("puk")

    async def complaints(self, msisdn: str) -> tuple[port.Complaint, ...]:
        _left("complaints")

    async def attribution(self, number: str) -> port.Attribution | None:
        _left("attribution")

    async def places(self, city: str) -> tuple[port.Place, ...]:
        _left("places")

    async def low_balances(self, after: str, limit: int) -> tuple[port.LowBalance, ...]:
        _left("low_balances")

    async def holders(self, product: str, after: str, limit: int) -> tuple[str, ...]:
        _left("holders")

    # ---- changes ------------------------------------------------------------------------------------------
    async def offer(self, msisdn: str, change: Change) -> Offer | Refused:
        _left(theme_of(change))

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Channel = Channel.OTHER
    ) -> Performed:
        _left(theme_of(change))
