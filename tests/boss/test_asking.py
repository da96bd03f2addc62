"""Odd questions to the back offices of ours, and how the one in a database finds its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import event
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from boss.sql import SqlBusiness, information
from boss.sql.models import Base
from business.contract import contract_data
from business.contract.case import GOTONE, MONTH, NOW, POOR
from business.port import Brand, Details, LowBalance
from business.port.stock import Account, BackOfficeData, Holding

ASKED_OF_ONE = (
    *("subscriber", "records", "puk", "complaints", "fee", "payments"),
    *("allowances", "points", "rewards", "sp_subscriptions"),
)
TABLES = set(Base.metadata.tables)
SMALL = {"bo_product", "bo_reward"}  # a few dozen rows


class OddQuestions:
    business: Any

    async def test_a_limit_of_nothing_or_less_gives_no_items(self: Any) -> None:
        for limit in (0, -1):
            self.assertEqual(await self.business.details(GOTONE, MONTH, limit), Details(MONTH, (), 3, 460))
            self.assertEqual(await self.business.holders("fetion", "", limit), ())
            self.assertEqual(await self.business.low_balances("", limit), ())

    async def test_a_month_begins_on_its_first_day(self: Any) -> None:
        day = date(2026, 11, 20)
        self.assertEqual(await self.business.details(GOTONE, day, 5), Details(day, (), 0, 0))


class TestMemory(OddQuestions, TestCase):
    def setUp(self) -> None:
        self.business = MemoryBusiness(contract_data(), lambda: NOW)

    def test_nobody_alters_the_audit(self) -> None:
        self.assertIsInstance(self.business.audit, tuple)
        with self.assertRaises(AttributeError):
            self.business.audit = ()


class TestSqlite(OddQuestions, TestCase):
    async def setUp(self) -> None:  # type: ignore[override]
        self.asked: list[str] = []  # as SQLite is asked, with its values
        self.business = SqlBusiness(f"sqlite:///{self.mktemp()}/b.db", lambda: NOW, reactor)
        event.listen(self.business._database.engine, "connect", self._watch)
        await self.business.start()
        self.addCleanup(self.business.stop)
        await self.business.put(contract_data())
        self.asked.clear()

    def _watch(self, driver: Any, _record: Any) -> None:
        driver.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        if statement.startswith("SELECT"):
            self.asked.append(statement)

    async def test_every_query_finds_its_rows_by_an_index(self) -> None:
        for name in ASKED_OF_ONE:
            await getattr(self.business, name)(GOTONE)
        await self.business.details(GOTONE, MONTH, 5)
        await self.business.bill(GOTONE, date(2026, 10, 1))
        await self.business.product(GOTONE, "crbt")
        await self.business.choices(GOTONE, "pack")
        await self.business.attribution(GOTONE)
        await self.business.holders("fetion", "", 5)
        await self.business.low_balances("", 5)
        asked = list(self.asked)
        self.assertGreater(len(asked), len(ASKED_OF_ONE))
        with self.business._database.reading() as connection:
            for statement in asked:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
                scanned = {step.split()[1] for *_, step in plan if step.startswith("SCAN")}
                self.assertLessEqual(scanned & TABLES, SMALL, statement)

    async def test_a_query_that_finds_something_is_one_statement(self) -> None:
        for name, most in (("fee", 1), ("payments", 1), ("complaints", 1), ("puk", 1), ("subscriber", 1)):
            self.asked.clear()
            await getattr(self.business, name)(GOTONE)
            self.assertEqual(len(self.asked), most, name)

    async def test_low_balances_are_found_behind_a_long_stretch_of_high_ones(self) -> None:
        self.patch(information, "_STRETCH", information._stretch(10))
        held = {"balance_remind": Holding(True, date(2026, 1, 1))}
        poor = Account(POOR, Brand.EASYOWN, "岳阳", True, 5000, holdings=held)
        rich = tuple(replace(poor, msisdn=f"137{n:08}") for n in range(25))
        last = replace(poor, msisdn="13799999999", balance=0)
        await self.business.put(BackOfficeData(accounts=(*rich, last)))
        (low, *_) = await self.business.low_balances("", 5)
        self.assertEqual(low, LowBalance(last.msisdn, 0, 1000))
