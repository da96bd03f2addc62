"""A back office around another, through whose two gates everything passes: for those that measure, keep,
delay, break or fail.

A subclass overrides :meth:`PassingBusiness.ask`, :meth:`~PassingBusiness.pass_change`, or both.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from business.port import Business, Change, Offer, Origin, Performed, Question, Theme

A = TypeVar("A")
Call = Callable[[], Coroutine[Any, Any, A]]


class PassingBusiness(Business):
    """See the head of this file. ``inner`` does the work."""

    def __init__(self, inner: Business) -> None:
        self.inner = inner

    @property
    def themes(self) -> frozenset[Theme]:
        return self.inner.themes

    @property
    def counts_strangers_apart(self) -> bool:
        return self.inner.counts_strangers_apart

    # ---- the gates ----------------------------------------------------------------------------------------
    async def ask(self, question: Question[A]) -> A:
        """Every question, an offer among them."""
        return await self.inner.ask(question)

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        """Every change; ``call`` performs it."""
        return await call()

    async def perform(
        self, msisdn: str, change: Change, offer: Offer, key: str, channel: Origin = Origin.OTHER
    ) -> Performed:
        call = partial(self.inner.perform, msisdn, change, offer, key, channel)
        return await self.pass_change(msisdn, change, call)

    # ---- life ---------------------------------------------------------------------------------------------
    async def start(self) -> None:
        await self.inner.start()

    async def stop(self) -> None:
        await self.inner.stop()

    async def healthy(self) -> bool:
        return await self.inner.healthy()
