"""PUK codes lie sealed in the database; whoever lost the key has lost them, and nothing else."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.trial.unittest import TestCase

from boss.sql import SqlBusiness, upgrade
from boss.sql.bulk import load_files
from boss.sql.engine import _MIGRATIONS, Database
from boss.sql.puks import Locked, Puks, puks_of
from business.contract.case import GOTONE, NOW, PUK, contract_data
from business.port import NotOffered
from store.testing.postgres import Postgres, find
from tests.peers import needs_peer

ANNA = "13600000001"
CSV = "number,brand,city,pays,balance,puk\n"


# ---- the seal ----------------------------------------------------------------------------------------------
def test_the_same_code_of_the_same_number_is_the_same_text_and_of_another_another(tmp_path: Path) -> None:
    puks = Puks(tmp_path / "business.key")
    sealed = puks.seal(ANNA, PUK)
    assert Puks(tmp_path / "business.key").seal(ANNA, PUK) == sealed
    assert PUK not in sealed
    assert puks.seal(GOTONE, PUK) != sealed
    assert puks.open(ANNA, sealed) == PUK
    with pytest.raises(Locked):
        puks.open(GOTONE, sealed)  # nobody gets a code by copying another's row


def test_the_longest_code_fits_its_column(tmp_path: Path) -> None:
    assert len(Puks(tmp_path / "business.key").seal("1" * 15, "9" * 16)) <= 64


def test_the_key_is_its_owners_alone_and_made_whole(tmp_path: Path) -> None:
    Puks(tmp_path / "a" / "business.key").seal(ANNA, PUK)
    (key,) = (tmp_path / "a").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_looking_makes_no_key(tmp_path: Path) -> None:
    """Else one that was only mislaid would be followed by another."""
    with pytest.raises(Locked, match=r"business\.key: No such file"):
        Puks(tmp_path / "business.key").open(ANNA, "AAAA")
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_a_sqlite_database_lies_beside_it_and_postgresqls_is_named() -> None:
    assert puks_of("sqlite:////srv/hall/business.db").file == Path("/srv/hall/business.key")
    assert puks_of("sqlite:////srv/hall/business.db", "/etc/k").file == Path("/etc/k")
    with pytest.raises(ValueError, match=r"business\.options\.key_file"):
        puks_of("postgresql://hall@db/hall").seal(ANNA, PUK)


# ---- in the database ---------------------------------------------------------------------------------------
class AtRest:
    """On every database. ``url`` names an empty one; ``dumped`` is all that lies in it."""

    def business(self: Any) -> SqlBusiness:
        business = SqlBusiness(self.url, lambda: NOW, reactor, key_file=str(self.key))
        self.addCleanup(lambda: Deferred.fromCoroutine(business.stop()))
        return business

    async def test_what_the_hall_puts_in_lies_sealed(self: Any) -> None:
        business = self.business()
        await business.start()
        await business.put(contract_data())
        self.assertEqual(await business.puk(GOTONE), PUK)
        dumped = await deferToThread(self.dumped)
        self.assertIn(GOTONE.encode(), dumped)
        self.assertNotIn(PUK.encode(), dumped)

    async def test_what_a_load_brings_lies_sealed_and_is_known_again(self: Any) -> None:
        first = await deferToThread(
            self.load, f"{CSV}{ANNA},全球通,长沙,before,1,{PUK}\n{GOTONE},全球通,长沙,before,1,\n"
        )
        self.assertEqual(first.counts["bo_subscriber"].new, 2)
        self.assertNotIn(PUK.encode(), await deferToThread(self.dumped))
        again = await deferToThread(self.load, f"{CSV}{ANNA},全球通,长沙,before,1,{PUK}\n")
        self.assertEqual(again.counts["bo_subscriber"].renewed, 0)
        other = await deferToThread(self.load, f"{CSV}{ANNA},全球通,长沙,before,1,87654321\n")
        self.assertEqual(other.counts["bo_subscriber"].renewed, 1)
        business = self.business()
        await business.start()
        self.assertEqual(await business.puk(ANNA), "87654321")
        self.assertIsNone(await business.puk(GOTONE))

    def load(self: Any, content: str) -> Any:
        file = self.folder / "subscribers.csv"
        file.write_text(content, encoding="utf-8")
        try:
            return load_files(
                [file], self.url, NOW, threads=1, progress=lambda *_: None, renew=True, key_file=self.key
            )
        finally:
            file.unlink()

    async def test_an_older_database_is_sealed_when_it_is_upgraded(self: Any) -> None:
        await deferToThread(self.as_before)
        self.assertIn(PUK.encode(), await deferToThread(self.dumped))
        await deferToThread(upgrade, self.url, self.key)
        self.assertNotIn(PUK.encode(), await deferToThread(self.dumped))
        business = self.business()
        await business.start()
        for number in range(1, 1502):
            if number % 500 == 1:
                self.assertEqual(await business.puk(f"1360000{number:04}"), PUK)

    def as_before(self: Any) -> None:
        """Of the version before, with more rows than are sealed at a time."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        database = Database(self.url, 1)
        with database.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "r0006")
            row = text(
                "INSERT INTO bo_subscriber (msisdn, brand, city, prepaid, balance, vip, language, long_sms,"
                " points, points_this_year, password_errors, card_errors, id_errors, changes, puk)"
                " VALUES (:who, '全球通', '长沙', true, 1, false, 'zh', true, 0, 0, 0, 0, 0, 0, :puk)"
            )
            rows = [{"who": f"1360000{number:04}", "puk": PUK} for number in range(1, 1502)]
            connection.execute(row, rows)
            connection.commit()
        database.close()

    async def test_without_its_key_the_code_alone_is_not_offered(self: Any) -> None:
        business = self.business()
        await business.start()
        await business.put(contract_data())
        mislaid = self.key.rename(self.folder / "mislaid")
        after = self.business()
        await after.start()
        with capturedLogs() as said:
            for _ in range(3):
                await self.assertFailure(Deferred.fromCoroutine(after.puk(GOTONE)), NotOffered)
        self.assertTrue(await after.healthy())
        self.assertEqual((await after.subscriber(GOTONE)).brand.value, "全球通")
        (line,) = said
        self.assertIn(str(self.key), line["why"])
        mislaid.rename(self.key)
        self.assertEqual(await after.puk(GOTONE), PUK)


class TestSqlite(AtRest, TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).resolve()
        self.folder.mkdir()
        self.key = self.folder / "business.key"
        self.url = f"sqlite:///{self.folder}/business.db"

    def dumped(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.iterdir())


@needs_peer("postgresql")
class TestPostgresql(AtRest, TestCase):
    timeout = 120

    async def setUp(self) -> None:
        self.folder = Path(self.mktemp()).resolve()
        self.folder.mkdir()
        self.key = self.folder / "business.key"
        server = await deferToThread(Postgres)
        self.addCleanup(lambda: deferToThread(server.stop))
        self.url = server.url

    def dumped(self) -> bytes:
        program = find("pg_dump") or "pg_dump"
        return subprocess.run([program, self.url], check=True, capture_output=True).stdout
