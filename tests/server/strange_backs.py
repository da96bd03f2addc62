"""Back offices that are each strange in one way, as another distribution might bring them.

The tests install this file's text under a name of its own; it is not imported from here.
"""

from __future__ import annotations

import itertools
import os
import time
from datetime import UTC, datetime
from typing import Any

from boss.memory import MemoryBusiness
from business.contract.bench import NotATestSystem, Unable
from business.contract.benches import LoadableBench
from business.port import Fee, NotOffered, Theme, UnknownSubscriber
from business.port.bare import BareBusiness
from business.port.stock import BackOfficeData

COUNT = itertools.count()


def good(url: str | None, *, clock: Any, reactor: Any, **options: Any) -> MemoryBusiness:
    return MemoryBusiness(BackOfficeData(), clock)


class _Forgets(MemoryBusiness):
    async def perform(self, msisdn: Any, change: Any, offer: Any, key: str, *channel: Any) -> Any:
        return await super().perform(msisdn, change, offer, f"{key}-{next(COUNT)}", *channel)


def forgets(url: str | None, *, clock: Any, reactor: Any, **options: Any) -> MemoryBusiness:
    return _Forgets(BackOfficeData(), clock)


class _Leaves(MemoryBusiness):
    themes = frozenset(Theme) - {Theme.FEES}

    async def fee(self, msisdn: str) -> Fee:
        raise NotOffered("fee")


def leaves(url: str | None, *, clock: Any, reactor: Any, **options: Any) -> MemoryBusiness:
    return _Leaves(BackOfficeData(), clock)


class _Boasts(MemoryBusiness):
    async def fee(self, msisdn: str) -> Fee:
        raise NotOffered("fee")


def boasts(url: str | None, *, clock: Any, reactor: Any, **options: Any) -> MemoryBusiness:
    return _Boasts(BackOfficeData(), clock)


class _Blocks(MemoryBusiness):
    async def fee(self, msisdn: str) -> Fee:
        time.sleep(3600)
        raise AssertionError


def blocks(url: str | None, *, clock: Any, reactor: Any, **options: Any) -> MemoryBusiness:
    return _Blocks(BackOfficeData(), clock)


class _Crashes(MemoryBusiness):
    async def fee(self, msisdn: str) -> Fee:
        print("out of memory")  # must not be taken for a verdict
        os._exit(3)


def crashes(url: str | None, *, clock: Any, reactor: Any, **options: Any) -> MemoryBusiness:
    return _Crashes(BackOfficeData(), clock)


class _ItsOwnTime(LoadableBench):
    """Its back office goes by the wall clock, and keeps its ledger to itself."""

    async def set_now(self, now: datetime) -> None:
        raise Unable("its clock cannot be set")

    async def movements(self, msisdn: str) -> Any:
        raise Unable("its movements cannot be read")


def own_time(url: str | None, *, reactor: Any, **options: Any) -> LoadableBench:
    return _ItsOwnTime(lambda _: MemoryBusiness(BackOfficeData(), lambda: datetime.now(UTC)))


class _Slips(BareBusiness):
    """It has a bench of its own, as one that is nowhere else opened; nothing may be asked of it."""

    themes = frozenset({Theme.POINTS})

    async def start(self) -> None:
        os._exit(4)

    async def subscriber(self, msisdn: str) -> Any:
        raise UnknownSubscriber("nobody")

    async def point(self, msisdn: str) -> Any:
        raise UnknownSubscriber("nobody")


class _Unlooked(LoadableBench):
    async def open(self) -> None:
        """It opens nothing yet."""


def slips(url: str | None, *, reactor: Any, **options: Any) -> LoadableBench:
    return _Unlooked(lambda _: _Slips())


class _Live(LoadableBench):
    async def open(self) -> None:
        raise NotATestSystem("3120000 subscribers are in it")


def live(url: str | None, *, reactor: Any, **options: Any) -> LoadableBench:
    return _Live(lambda clock: MemoryBusiness(BackOfficeData(), clock))
