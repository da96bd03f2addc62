"""Loading from files: all of it or nothing, the same on SQLite and PostgreSQL, and money is never touched."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import text
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from boss.data import demo_text, read_data
from boss.sql import SqlBusiness
from boss.sql.bulk import BulkReport, LoadFailed, load_files
from boss.sql.engine import Database
from boss.sql.models import Base
from boss.testing.files import ANNA, BERT, CARD, FILES
from business.port import Bill, Offer, OpenProduct, PasswordCheck, TopUp
from store.testing.postgres import Postgres
from tests.peers import needs_peer

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class LoadCase(TestCase):
    """``url`` names an empty database."""

    url: str

    async def setUp(self) -> None:  # type: ignore[override]
        self.folder = Path(self.mktemp()).resolve()
        self.folder.mkdir()
        self.key = self.folder / "business.key"
        self.url = self.database()

    def database(self) -> str:
        return f"sqlite:///{self.folder}/business.db"

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def all_files(self, **changed: str) -> list[Path]:
        return [self.file(f"{name}.csv", content) for name, content in {**FILES, **changed}.items()]

    def load(self, *paths: Path, **how: Any) -> BulkReport:
        how = {"progress": lambda *_: None, "key_file": self.key, **how}
        return load_files(paths, self.url, NOW, threads=1, **how)

    def counts(self, report: BulkReport) -> dict[str, tuple[int, int, int]]:
        return {name: (one.new, one.kept, one.renewed) for name, one in report.counts.items()}

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables, without salted hashes and row numbers."""
        database = Database(self.url, 1)
        found = {}
        with database.reading() as connection:
            for name, table in Base.metadata.tables.items():
                rows = [dict(row._mapping) for row in connection.execute(table.select())]
                for row in rows:
                    for hidden in ("password", "id_number"):
                        if hidden in row:
                            row[hidden] = row[hidden] is not None
                    if table.columns.get("id") is not None and table.c.id.type.python_type is int:
                        del row["id"]
                found[name] = sorted(rows, key=repr)
        database.close()
        return found

    async def business(self) -> SqlBusiness:
        business = SqlBusiness(self.url, lambda: NOW, reactor, key_file=str(self.key))
        await business.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(business.stop()))
        return business


class Loading:
    """What holds on every database."""

    async def test_what_was_loaded_is_answered(self: Any) -> None:
        report = self.load(*self.all_files())
        self.assertEqual(report.faults.errors, [])
        self.assertEqual(report.counts["bo_subscriber"].new, 2)
        business = await self.business()
        anna = await business.subscriber(ANNA)
        self.assertEqual((anna.brand.value, anna.prepaid, anna.opened), ("全球通", True, {"gprs"}))
        self.assertEqual((anna.language, anna.long_sms, anna.vip), ("zh", True, False))
        fee = await business.fee(ANNA)
        self.assertEqual((fee.balance, fee.spent), (5235, 2050))
        self.assertEqual((await business.fee(BERT)).owed, 350)
        bill = await business.bill(ANNA, date(2026, 10, 1))
        assert isinstance(bill, Bill)
        self.assertEqual(bill.total, 8920)
        self.assertEqual([one.id for one in await business.sp_subscriptions(ANNA)], ["s2", "s1"])
        self.assertEqual((await business.check_password(ANNA, "258036")).check, PasswordCheck.RIGHT)
        self.assertEqual(await business.puk(ANNA), "12345678")
        self.assertEqual([one.amount for one in await business.payments(ANNA)], [5000])
        self.assertEqual((await business.details(ANNA, date(2026, 11, 1), 9)).total, 40)
        self.assertEqual((await business.allowances(ANNA))[0].left, 130)
        self.assertEqual([one.id for one in await business.rewards(ANNA)], ["r10"])
        where = await business.attribution(ANNA)
        self.assertEqual(where.city if where else None, "长沙")
        self.assertEqual(len(await business.places("长沙")), 2)
        self.assertEqual([row.amount for row in await business.movements(ANNA)], [5235])

    async def test_yaml_comes_in_as_by_put(self: Any) -> None:
        business = await self.business()
        await business.put(read_data(demo_text(), "demo", NOW))
        expected = self.everything()
        await business.stop()
        self.url = self.database()
        report = self.load(self.file("demo.yaml", demo_text()))
        self.assertEqual(report.faults.errors, [])
        self.assertEqual(self.everything(), expected)

    async def test_loading_again_changes_nothing(self: Any) -> None:
        self.load(*self.all_files())
        before = self.everything()
        dearer = FILES["products"].replace("彩铃,5", "彩铃,7")
        report = self.load(*self.all_files(products=dearer))
        self.assertEqual(self.everything(), before)
        self.assertEqual({(new, renewed) for new, _, renewed in self.counts(report).values()}, {(0, 0)})
        self.assertEqual(self.counts(report)["bo_usage"], (0, 3, 0))

    async def test_renew_brings_tariffs_and_profiles_never_money(self: Any) -> None:
        self.load(*self.all_files())
        business = await self.business()
        card = TopUp(CARD, ANNA)
        offer = await business.offer(ANNA, card)
        assert isinstance(offer, Offer)
        await business.perform(ANNA, card, offer, "k")
        before = self.everything()
        report = self.load(
            self.file("products.csv", "id,title,fee,charged\ncrbt,彩铃,7,at once\ngprs,手机上网,0,\n"),
            self.file("subscribers.csv", "number,brand,city,pays,balance,vip,password,puk,points\n"
                      f"{ANNA},动感地带,长沙,after,999,yes,741963,,7\n{BERT},神州行,株洲,after,-3.5,,,,\n"
                      "13600000003,神州行,株洲,before,1,,,,\n"),
            self.file("halls.csv", "city,name,address,phone,hours\n长沙,五一路厅,五一大道2号,0731,8-18点\n"),
            renew=True,
        )  # fmt: skip
        self.assertEqual(self.counts(report)["bo_product"], (0, 1, 1))
        self.assertEqual(self.counts(report)["bo_subscriber"], (1, 1, 1))
        anna = await business.subscriber(ANNA)
        self.assertEqual((anna.brand.value, anna.vip, anna.prepaid), ("动感地带", True, True))
        self.assertEqual((await business.fee(ANNA)).balance, 10235)
        self.assertEqual((await business.check_password(ANNA, "258036")).check, PasswordCheck.RIGHT)
        self.assertEqual(await business.puk(ANNA), "12345678")
        crbt = await business.product(ANNA, "crbt")
        self.assertEqual(crbt.fee if crbt else None, 700)
        self.assertEqual([one.address for one in await business.places("长沙")], ["五一大道2号"])
        after = self.everything()
        for table in ("bo_operation", "bo_audit", "bo_usage", "bo_holding", "bo_card"):
            self.assertEqual(after[table], before[table], table)

    async def test_every_fault_of_all_files_is_named_and_nothing_is_loaded(self: Any) -> None:
        self.load(self.file("halls.csv", FILES["halls"]))  # the schema
        before = self.everything()
        more = self.file(
            "subscribers-2.csv", f"number,brand,city,pays,balance\n{ANNA},神州行,株洲,before,1\n"
        )
        files = self.all_files(
            usage=f"number,month,plan\n{ANNA},1,1\n{ANNA},2026-10,2\n13699999999,1,1\n13699999999,2,1\n",
            holdings=f"number,product\n{BERT},nothing\n",
            cards=f"card,face\n{CARD},50\n{CARD},100\n",
        )
        report = self.load(*files, more)
        told = [str(error).removeprefix(f"{self.folder}/") for error in report.faults.errors]
        self.assertEqual(
            told,
            [
                f"usage.csv:3:1: {ANNA} 2026-10-01 stands already in {self.folder}/usage.csv:2",
                f"cards.csv:3:1: this card stands already in {self.folder}/cards.csv:2",
                f"subscribers-2.csv:2:1: {ANNA} stands already in {self.folder}/subscribers.csv:3",
                "usage.csv:4:1: 13699999999 is no subscriber here (2 lines)",
                "holdings.csv:2:1: 'nothing' is not a product here",
            ],
        )
        self.assertEqual(self.everything(), before)
        self.assertEqual(report.counts, {})

    async def test_a_check_changes_nothing(self: Any) -> None:
        self.load(self.file("products.csv", FILES["products"]))
        before = self.everything()
        self.assertEqual(self.load(*self.all_files(), check=True).read["bo_usage"], 3)
        self.assertEqual(self.everything(), before)

    async def test_what_breaks_in_the_middle_leaves_nothing(self: Any) -> None:
        self.load(self.file("halls.csv", FILES["halls"]))
        before = self.everything()

        def breaks(what: str, _done: int, _of: int) -> None:
            if what == "bo_segment":  # nearly everything has been written
                raise KeyboardInterrupt

        self.assertRaises(KeyboardInterrupt, self.load, *self.all_files(), progress=breaks)
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.load(*self.all_files()).counts["bo_subscriber"].new, 2)

    async def test_queries_go_on_while_it_writes(self: Any) -> None:
        self.load(*self.all_files())
        business = await self.business()
        seen: list[int] = []

        def looks(what: str, _done: int, _of: int) -> None:
            if what == "bo_card":
                database = Database(self.url, 1)
                with database.reading() as connection:
                    seen.append(connection.execute(text("SELECT count(*) FROM bo_subscriber")).scalar_one())
                database.close()

        third = "number,brand,city,pays,balance\n13600000003,神州行,株洲,before,1\n"
        self.load(self.file("more.csv", third), progress=looks)
        self.assertEqual(seen, [2], "the third is not seen before all of it is there")
        self.assertEqual((await business.fee("13600000003")).balance, 100)


class TestSqlite(Loading, LoadCase):
    async def test_a_check_makes_no_file(self) -> None:
        report = self.load(*self.all_files(), check=True)
        self.assertEqual((report.faults.errors, report.read["bo_subscriber"]), ([], 2))
        self.assertFalse((self.folder / "business.db").exists())

    async def test_kill_9_while_it_writes_leaves_nothing(self) -> None:
        self.load(self.file("halls.csv", FILES["halls"]))
        before = self.everything()
        self.all_files()
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, self.url, str(self.folder)],
            cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, env=env,
        ) as child:  # fmt: skip
            assert child.stdout is not None
            self.assertEqual(child.stdout.readline(), b"bo_segment\n")
            child.kill()
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.load(*self.all_files()).counts["bo_subscriber"].new, 2)

    async def test_a_database_that_stays_locked_is_told_and_nothing_private(self) -> None:
        self.load(self.file("halls.csv", FILES["halls"]))
        self.patch(sys.modules["boss.sql.bulk"], "BUSY_MILLISECONDS", 10)
        lock = sqlite3.connect(self.folder / "business.db", isolation_level=None)
        self.addCleanup(lock.close)

        def locks(what: str, _done: int, _of: int) -> None:
            if what == "products.csv" and not lock.in_transaction:
                lock.execute("BEGIN IMMEDIATE")

        error = self.assertRaises(LoadFailed, self.load, *self.all_files(), progress=locks)
        self.assertEqual(str(error), "OperationalError: database is locked")


_WRITER = """
import sys
from pathlib import Path
from business.port.days import SHANGHAI
from boss.sql.bulk import load_files
from datetime import datetime

def stops(what, done, of):
    if what == "bo_segment":
        print(what, flush=True)
        sys.stdin.read()

files = sorted(Path(sys.argv[2]).glob("*.csv"))
load_files(files, sys.argv[1], datetime.now(SHANGHAI), threads=1, progress=stops)
"""


@needs_peer("postgresql")
class TestPostgresql(Loading, LoadCase):
    server: ClassVar[Postgres]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = Postgres()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        super().tearDownClass()

    def database(self) -> str:
        self.server.empty()
        return self.server.url

    async def test_changes_go_on_while_it_writes(self) -> None:
        self.load(*self.all_files())
        business = await self.business()
        offer = await business.offer(ANNA, OpenProduct("crbt"))
        assert isinstance(offer, Offer)
        statement = text("UPDATE bo_subscriber SET points = 7 WHERE msisdn = :who")

        def changes(what: str, _done: int, _of: int) -> None:
            if what == "bo_card":
                database = Database(self.url, 1)
                with database.writing() as connection:
                    connection.execute(text("SET LOCAL lock_timeout = '1s'"))
                    connection.execute(statement, {"who": ANNA})
                    connection.commit()
                database.close()

        third = "number,brand,city,pays,balance\n13600000003,神州行,株洲,before,1\n"
        self.load(self.file("more.csv", third), progress=changes)
        self.assertEqual((await business.points(ANNA)).available, 7)

    async def test_a_subscriber_who_came_meanwhile_is_told_and_nothing_private(self) -> None:
        self.load(self.file("halls.csv", FILES["halls"]))

        def meanwhile(what: str, _done: int, _of: int) -> None:
            if what == "bo_product":
                load_files([self.folder / "one.csv"], self.url, NOW, threads=1, progress=lambda *_: None)

        self.file("one.csv", f"number,brand,city,pays,balance\n{ANNA},神州行,株洲,before,1\n")
        error = self.assertRaises(LoadFailed, self.load, *self.all_files(), progress=meanwhile)
        self.assertIn("duplicate key", str(error))
        self.assertNotIn(ANNA, str(error))
