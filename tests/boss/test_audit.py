"""The audit trail is only added to, whoever asks; and nothing secret lies at rest anywhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from boss.memory import MemoryBusiness
from boss.rules import Policy
from boss.sql import SqlBusiness
from boss.sql.engine import Database
from business.contract import contract_data
from business.contract.case import CARDS, FIFTY, GOTONE, ID_NUMBER, MZONE, NOW, PASSWORD
from business.port import (
    Change,
    ChangePassword,
    Complain,
    Done,
    Offer,
    OpenProduct,
    Origin,
    RegisterName,
    ResetPassword,
    TopUp,
)
from business.port.stock import BackOfficeData
from store.testing.postgres import Postgres
from tests.peers import needs_peer

NEW, OTHER_ID = "739184", "430102198001011230"
CRBT = OpenProduct("crbt")


async def perform(business: Any, msisdn: str, change: Change, key: str) -> Any:
    offer = await business.offer(msisdn, change)
    assert isinstance(offer, Offer), offer
    return await business.perform(msisdn, change, offer, key, Origin.SMS)


class AuditCase(TestCase):
    async def sql(self, url: str) -> SqlBusiness:
        business = SqlBusiness(url, lambda: NOW, reactor, threads=2, key_file=f"{self.mktemp()}/k")
        await business.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(business.stop()))
        await business.put(contract_data())
        return business


class TestOnlyAddedTo(AuditCase):
    async def test_on_sqlite(self) -> None:
        url = f"sqlite:///{self.mktemp()}/b.db"
        await perform(await self.sql(url), GOTONE, CRBT, "k")
        columns = "id, at, '138', key, change, outcome, channel, what, title, done"
        self._refuses(
            url,
            "UPDATE bo_audit SET done = false",
            "DELETE FROM bo_audit",
            f"REPLACE INTO bo_audit SELECT {columns} FROM bo_audit",
        )

    @needs_peer("postgresql")
    async def test_on_postgresql(self) -> None:
        server = Postgres()
        self.addCleanup(server.stop)
        business = await self.sql(server.url)
        await perform(business, GOTONE, CRBT, "k")
        await business.stop()
        everything = ("UPDATE bo_audit SET done = false", "DELETE FROM bo_audit", "TRUNCATE bo_audit")
        self._refuses(server.url, *everything)

    def _refuses(self, url: str, *statements: str) -> None:
        database = Database(url, 1)
        self.addCleanup(database.close)
        for statement in statements:
            with self.assertRaisesRegex(DBAPIError, "only added to"), database.writing() as connection:
                connection.execute(text(statement))
        with database.reading() as connection:
            rows = connection.execute(text("SELECT key, channel, what, title, done FROM bo_audit")).all()
        self.assertEqual([tuple(row) for row in rows], [("k", "sms", "开通", "彩铃", True)])

    async def test_in_memory(self) -> None:
        business = MemoryBusiness(contract_data(), lambda: NOW)
        await perform(business, GOTONE, CRBT, "k")
        (entry,) = business.audit
        self.assertIsInstance(business.audit, tuple)
        with self.assertRaises(dataclasses.FrozenInstanceError):
            entry.done = False  # type: ignore[misc]
        self.assertEqual((entry.key, entry.what, entry.title, entry.done), ("k", "开通", "彩铃", True))


class TestNothingSecretAtRest(AuditCase):
    """What is written is searched for every secret that passed: a file's own bytes, and what memory keeps."""

    async def pass_secrets(self, business: Any) -> set[str]:
        temporary = await perform(business, GOTONE, ResetPassword(ID_NUMBER), "k1")
        again = await perform(business, GOTONE, ResetPassword(ID_NUMBER), "k1")
        self.assertEqual(again.details, temporary.details)
        wrong = await perform(business, GOTONE, ResetPassword(OTHER_ID), "k2")
        self.assertNotIsInstance(wrong, Done)
        await perform(business, GOTONE, ChangePassword(NEW), "k3")
        await perform(business, GOTONE, TopUp(FIFTY, GOTONE), "k4")
        await perform(business, MZONE, RegisterName("张三", OTHER_ID), "k5")
        return {str(temporary.details["temporary"]), NEW, PASSWORD, ID_NUMBER, OTHER_ID, *CARDS}

    async def test_in_the_file(self) -> None:
        file = Path(self.mktemp()).resolve() / "b.db"
        business = await self.sql(f"sqlite:///{file}")
        secrets = await self.pass_secrets(business)
        await business.stop()
        held = b"".join(path.read_bytes() for path in file.parent.iterdir())
        self.assertIn(GOTONE.encode(), held)
        for secret in secrets:
            self.assertNotIn(secret.encode(), held)

    async def test_in_memory(self) -> None:
        business = MemoryBusiness(contract_data(), lambda: NOW)
        secrets = await self.pass_secrets(business)
        for secret in secrets:
            self.assertNotIn(secret, repr((business.audit, business._operations)))


class TestLimitOfADay(AuditCase):
    """So many changes a day and no more; what helps the customer goes on."""

    async def both(self) -> list[Any]:
        policy = Policy(changes_a_day=3)
        sql = SqlBusiness(f"sqlite:///{self.mktemp()}/b.db", lambda: self.now, reactor, policy=policy)
        await sql.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(sql.stop()))
        both: list[Any] = [sql, MemoryBusiness(BackOfficeData(), lambda: self.now, policy=policy)]
        for business in both:
            await business.put(contract_data())
        return both

    async def test_the_limit_holds_for_what_is_counted_until_midnight(self) -> None:
        self.now = NOW
        for business in await self.both():
            self.now = NOW
            for n in range(3):
                self.assertIsInstance(await perform(business, GOTONE, Complain("信号不好"), f"k{n}"), Done)
            for change in (CRBT, Complain(""), ChangePassword(NEW)):
                refused = await business.offer(GOTONE, change)
                self.assertEqual((refused.why, refused.details["limit"]), ("too many", 3))
            self.assertIsInstance(await perform(business, GOTONE, TopUp(FIFTY, GOTONE), "card"), Done)
            self.assertEqual((await business.offer(GOTONE, OpenProduct("fetion"))).why, "already")
            self.assertIsInstance(await business.offer(MZONE, Complain("")), Offer)
            self.now = NOW.replace(hour=16)  # midnight in Hunan
            self.assertIsInstance(await business.offer(GOTONE, CRBT), Offer)

    async def test_what_was_refused_and_what_was_repeated_is_not_counted(self) -> None:
        self.now = NOW
        for business in await self.both():
            offer = await business.offer(GOTONE, CRBT)
            for key in ("k", "k", "k", "again", "and again"):
                await business.perform(GOTONE, CRBT, offer, key)
            self.assertIsInstance(await business.offer(GOTONE, Complain("")), Offer)
