"""The bench of a back office by its name, and the one for any that is loadable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from business import open_business, plugged_in
from business.contract.bench import GROUP, Bench, NotATestSystem, Unable
from business.contract.case import NOW, PRODUCTS
from business.port import Business, Fen
from business.port.days import Clock
from business.port.stock import BackOfficeData, Movement
from business.reactor import IBackOfficeReactor


def find_bench(name: str, url: str | None, *, reactor: IBackOfficeReactor, **options: Any) -> Bench:
    """The bench of the back office ``name``. Raises LookupError if there is no such back office."""
    factory = plugged_in(GROUP, name)
    if factory is not None:
        return cast(Bench, factory(url, reactor=reactor, **options))
    return LoadableBench(lambda clock: open_business(name, url, clock=clock, reactor=reactor, **options))


class LoadableBench:
    """For a back office that goes by the clock it is given and has ``empty``, ``put`` and ``movements``
    (:class:`business.port.stock.Loadable`). ``make`` opens one; if it comes up with subscribers in it, it is
    no test system."""

    def __init__(self, make: Callable[[Clock], Any]) -> None:
        self._make = make
        self._business: Any = None
        self._filled = False

    async def open(self) -> None:
        """Raises what stands in the way of opening it at all, such as a bad URL."""
        self._make(lambda: NOW)

    async def fresh(self, clock: Clock) -> Business:
        self._business = self._make(clock)
        self._filled = False
        return cast(Business, self._business)

    async def fill(self, data: BackOfficeData) -> None:
        if not hasattr(self._business, "put") or not hasattr(self._business, "empty"):
            raise Unable("it cannot be filled: it names no bench, and has no put()")
        if not self._filled and not await self._business.empty():
            raise NotATestSystem("there are subscribers or products in it already")
        self._filled = True  # from here on what is in it is ours
        await self._business.put(data)

    async def set_now(self, now: datetime) -> None:
        """It has the clock."""

    async def retariff(self, product: str, fee: Fen) -> None:
        terms = next(one for one in PRODUCTS if one.id == product)
        await self._business.put(BackOfficeData((replace(terms, fee=fee),)))

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        if not hasattr(self._business, "movements"):
            raise Unable("its movements of money cannot be read")
        return cast("tuple[Movement, ...]", await self._business.movements(msisdn))

    async def close(self) -> None:
        """Nothing is left."""
