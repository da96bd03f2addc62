"""Running promises, one after another, on one bench, in this process and its reactor.

    for verdict in run(promises(), bench, deadline=30.0): ...

Each promise is a trial test: it has a deadline of its own, and what the back office leaves running behind its
``stop`` is found. A back office that blocks the reactor blocks this too; :mod:`business.contract.__main__` is
the process to run it in.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from twisted.internet.defer import TimeoutError as TooLate
from twisted.python.failure import Failure
from twisted.trial.reporter import TestResult
from twisted.trial.unittest import TestCase

from business.contract import BusinessContract
from business.contract.bench import Bench, NotATestSystem
from business.contract.case import NOW, ContractCase
from business.contract.promises import Promise
from business.contract.watched import Notes, WatchedBusiness, unable_noted
from business.port import Business
from business.port.bare import misspelt
from business.port.days import Clock
from business.port.stock import BackOfficeData, Movement


class PromiseStatus(StrEnum):
    HELD = "held"
    BROKEN = "broken"
    NOT_SHOWN = "not shown"  # the bench cannot
    NOT_OFFERED = "not offered"  # the back office leaves that theme


@dataclass(frozen=True, slots=True)
class PromiseResult:
    """What came of one promise; ``why`` is one line, "" where it held."""

    promise: str
    kept: PromiseStatus
    why: str
    seconds: float


class OnBench(ContractCase):
    """The case's ways to the back office, by a bench."""

    bench: Bench
    notes: Notes
    _inner: Business

    async def setUp(self) -> None:  # type: ignore[override]
        self.now: datetime = NOW
        self._inner = await self.bench.fresh(lambda: self.now)
        await super().setUp()

    def make(self, clock: Clock) -> WatchedBusiness:
        return WatchedBusiness(self._inner, self.bench, clock, self.notes)

    async def fill(self, data: BackOfficeData) -> None:
        await unable_noted(self.notes, self.bench.fill(data))

    async def retariff(self, product: str, fee: int) -> None:
        await unable_noted(self.notes, self.bench.retariff(product, fee))

    async def moved(self, msisdn: str) -> list[Movement]:
        rows = await unable_noted(self.notes, self.bench.movements(msisdn))
        return [row for row in rows if row.kind != "opening"]


def run(wanted: Iterable[Promise], bench: Bench, deadline: float) -> Iterator[PromiseResult]:
    """One verdict a promise, as they come. ``deadline``: seconds for each. Raises NotATestSystem before
    anything has been written; ValueError before any promise for a back office that no hall would open."""
    _outside_of_promises("open", bench)
    try:
        _outside_of_promises("look", bench)
        for promise in wanted:
            yield _one(promise, bench, deadline)
    finally:
        _outside_of_promises("close", bench)


def _one(promise: Promise, bench: Bench, deadline: float) -> PromiseResult:
    notes = Notes()
    members = {"bench": bench, "notes": notes, "timeout": deadline}
    case = type("Promised", (OnBench, BusinessContract, TestCase), members)(promise.method)
    result = TestResult()
    begun = time.monotonic()
    case.run(result)
    kept, why = _judge(_failures(result), notes, [str(reason) for _, reason in result.skips], deadline)
    return PromiseResult(promise.id, kept, why, time.monotonic() - begun)


def _failures(result: TestResult) -> list[Failure]:
    both = (*result.errors, *result.failures)
    return [failure for _, failure in both if isinstance(failure, Failure)]


def _judge(
    failures: list[Failure], notes: Notes, skipped: list[str], deadline: float
) -> tuple[PromiseStatus, str]:
    for failure in failures:
        if failure.check(NotATestSystem):
            raise failure.value
    if notes.not_offered is not None:
        return PromiseStatus.NOT_OFFERED, str(notes.not_offered)
    if notes.unable:
        return PromiseStatus.NOT_SHOWN, notes.unable
    if skipped:
        return PromiseStatus.NOT_SHOWN, skipped[0]
    if not failures:
        return PromiseStatus.HELD, ""
    why = _told(failures[0], deadline)
    if notes.clock:
        return PromiseStatus.NOT_SHOWN, f"{notes.clock}; at today's date: {why}"
    return PromiseStatus.BROKEN, why


def _told(failure: Failure, deadline: float) -> str:
    """One line: what was found, and the line of the promise that found it."""
    if failure.check(TooLate):
        return f"no answer within {deadline:g} s"
    text = " ".join(failure.getErrorMessage().split())
    named = failure.type.__name__ if failure.type else "error"
    what = text if failure.check(AssertionError) and text else f"{named}: {text}"
    steps = [(file, line) for _, file, line, *_ in failure.frames if "/business/contract/" in file]
    return f"{what} (at {steps[-1][0].rpartition('/')[2]}:{steps[-1][1]})" if steps else what


class _Outside(TestCase):
    """Opens or closes the bench, or looks at what it makes, in the same reactor."""

    bench: Bench

    async def open(self) -> None:
        await self.bench.open()

    async def look(self) -> None:
        if (fault := misspelt(await self.bench.fresh(lambda: NOW))) is not None:
            raise ValueError(fault)

    async def close(self) -> None:
        await self.bench.close()


def _outside_of_promises(step: str, bench: Bench) -> None:
    case: Any = _Outside(step)
    case.bench = bench
    result = TestResult()
    case.run(result)
    for failure in _failures(result):
        raise failure.value
