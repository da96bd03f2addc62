"""What the kit puts around a back office under test: it tells the bench the time before a call, and sees what
is not offered."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from unittest import SkipTest

from business.contract.bench import Bench, Unable
from business.guards.passing import Call, PassingBusiness
from business.port import Business, Change, Performed, Question, Theme, theme_of
from business.port.days import Clock
from business.port.stock import BackOfficeData, Movement

A = TypeVar("A")
T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """Why a promise may not have been shown. ``clock``: it ran at today's date."""

    not_offered: Theme | None = None
    unable: str = ""
    clock: str = ""


async def unable_noted(notes: Notes, call: Coroutine[Any, Any, T]) -> T:
    """What ``call`` gives; why it is unable is noted, whatever the promise then makes of it."""
    try:
        return await call
    except Unable as why:
        notes.unable = str(why)
        raise SkipTest(str(why)) from None


class WatchedBusiness(PassingBusiness):
    """A back office as a promise sees it. ``clock`` is the promise's."""

    def __init__(self, inner: Business, bench: Bench, clock: Clock, notes: Notes) -> None:
        super().__init__(inner)
        self._bench = bench
        self._clock = clock
        self._notes = notes
        self._told: datetime | None = None

    @property
    def unwatched(self) -> Business:
        return self.inner

    async def start(self) -> None:
        await super().start()
        try:
            await self._tell()
        except Unable as why:  # then it is seen how far it comes on today's date
            self._notes.clock = str(why)

    async def _tell(self) -> None:
        now = self._clock()
        if self._told != now:
            self._told = now
            await self._bench.set_now(now)

    async def _enter(self, theme: Theme | None) -> None:
        if theme is not None and theme not in self.themes:
            self._notes.not_offered = theme
            raise SkipTest(f"not offered: {theme}")
        await unable_noted(self._notes, self._tell())

    async def ask(self, question: Question[A]) -> A:
        await self._enter(question.needs())
        return await self.inner.ask(question)

    async def pass_change(self, msisdn: str, change: Change, call: Call[Performed]) -> Performed:
        await self._enter(theme_of(change))
        return await call()

    # ---- what the port has not ----------------------------------------------------------------------------
    async def put(self, data: BackOfficeData) -> None:
        await unable_noted(self._notes, self._bench.fill(data))

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        return await unable_noted(self._notes, self._bench.movements(msisdn))
