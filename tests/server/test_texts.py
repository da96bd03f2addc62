"""``hall10086 texts`` on the store of a hall that runs."""

from __future__ import annotations

import json
import sqlite3
import time

import pytest
from click.testing import CliRunner, Result
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from counter.messages import COPY, ShortMessage
from server.commands.texts import command
from server.stored import written
from sms.testing.fakes import GatewayBench, reactor
from store import Conclusion
from store.seal import SECRET, Sealer

REFUSED, SILENT = "13900000003", "13900000002"


class Texts(TestCase):
    timeout = 60

    async def setUp(self) -> None:
        self.house = GatewayBench(promos_a_day=0, settle_every=0.05)
        self.house.more = {"sealer": Sealer(self.house.directory / "hall.key")}
        self.gateway = await self.house.open()

    async def tearDown(self) -> None:
        await self.house.close()
        self.flushLoggedErrors()

    def run_command(self, *words: str) -> Result:
        url = f"sqlite:///{self.house.directory}/hall.db"
        return CliRunner().invoke(command, ["--database", url, *words])

    async def refused(self, text: str, secret: bool = False) -> None:
        self.house.smsc.refuse = lambda message: 0x0B if message.destination == REFUSED else None
        given_up = self.gateway.outbox.refused
        rows = self.gateway.compose(ShortMessage(REFUSED, text, SECRET if secret else COPY))
        await self.house.store.conclude(Conclusion(outbox=tuple(rows)))
        self.gateway.send(rows)
        await self.house.smsc.until(lambda: self.gateway.outbox.refused > given_up)
        while not self.run_command().exit_code:  # what was noted is written soon
            await deferLater(reactor, 0.05)

    async def test_what_was_refused_is_listed_with_its_text_and_reason_and_no_number(self) -> None:
        await self.refused("您的彩铃已开通" * 20)
        result = self.run_command()
        self.assertEqual(result.exit_code, 1)
        self.assertIn("139****0003", result.output)
        self.assertIn("已放弃：refused, ESME_RINVDSTADR (0x0b)", result.output)
        self.assertIn("您的彩铃已开通" * 20, result.output)
        self.assertNotIn(REFUSED, result.output)

    async def test_a_secret_is_listed_without_it(self) -> None:
        await self.refused("您的新密码是482915", secret=True)
        (line,) = self.run_command("--json").output.splitlines()
        self.assertEqual((json.loads(line)["kind"], json.loads(line)["text"]), ("secret", None))
        self.assertNotIn("482915", self.run_command().output)
        for file in self.house.directory.iterdir():
            self.assertNotIn("482915".encode("utf-16-be"), file.read_bytes())

    async def test_what_waits_is_listed_once_it_is_late(self) -> None:
        self.house.smsc.mute = lambda message: True
        rows = self.gateway.compose(ShortMessage(SILENT, "waits", COPY))
        await self.house.store.conclude(Conclusion(outbox=tuple(rows)))
        self.gateway.send(rows)
        await self.house.smsc.until(lambda: len(self.house.smsc.taken) == 1)
        result = self.run_command()
        self.assertEqual((result.exit_code, result.output), (0, "没有未送出的短信\n"))
        old = [
            row._replace(created=row.created - 61)
            for row in self.gateway.compose(ShortMessage(SILENT, "old", COPY))
        ]
        await self.house.store.conclude(Conclusion(outbox=tuple(old)))
        (line,) = self.run_command("--json").output.splitlines()
        said = json.loads(line)
        self.assertEqual((said["text"], said["state"], said["reason"]), ("old", "waiting", None))
        self.assertEqual(self.gateway.outbox.undelivered()[0], 0, reactor.seconds())

    async def test_it_says_what_to_do_where_there_is_no_store(self) -> None:
        result = CliRunner().invoke(command, ["--database", "sqlite:////nowhere/hall.db"])
        self.assertEqual(result.exit_code, 2)

    # ---- settling the list ---------------------------------------------------------------------------------
    async def given_up(self, text: str, secret: bool = False) -> int:
        """Of a message that was refused for good its number on the list; from now on everything is taken."""
        await self.refused(text, secret=secret)
        self.house.smsc.refuse = lambda message: None
        (line,) = self.run_command("--json").output.splitlines()
        return int(json.loads(line)["message"])

    async def nothing_left(self) -> None:
        while self.run_command().exit_code:
            await deferLater(reactor, 0.05)

    async def test_what_was_given_up_is_sent_once_more(self) -> None:
        text = "您的彩铃已开通" * 20
        number = await self.given_up(text)
        before = len(self.house.smsc.to(REFUSED))
        result = self.run_command("--again", str(number), "--by", "小王")
        self.assertEqual((result.exit_code, result.output), (0, f"{number}：系统会再发一次，小王。\n"))
        await self.house.smsc.until(lambda: len(self.house.smsc.to(REFUSED)) > before)
        await self.nothing_left()
        self.assertEqual(self.house.smsc.to(REFUSED)[before:], [text])
        with sqlite3.connect(self.house.directory / "hall.db") as database:
            row = database.execute(
                "SELECT message, again, who, taken IS NOT NULL FROM text_decisions"
            ).fetchone()
            (reason,) = database.execute("SELECT DISTINCT reason FROM outbox WHERE state = 3").fetchone()
        self.assertEqual(row, (number, 1, "小王", 1))
        self.assertRegex(reason, r"^sent again as [0-9]+: 小王$")

    async def test_a_secret_is_sent_again_without_being_shown(self) -> None:
        number = await self.given_up("您的新密码是482915", secret=True)
        before = len(self.house.smsc.to(REFUSED))
        result = self.run_command("--again", str(number))
        self.assertNotIn("482915", result.output)
        await self.house.smsc.until(lambda: len(self.house.smsc.to(REFUSED)) > before)
        self.assertIn("482915", self.house.smsc.to(REFUSED)[-1])

    async def test_what_is_dropped_leaves_the_list_unsent(self) -> None:
        number = await self.given_up("您的彩铃已开通")
        before = len(self.house.smsc.to(REFUSED))
        self.assertEqual(self.run_command("--drop", str(number)).exit_code, 0)
        await self.nothing_left()
        self.assertEqual(len(self.house.smsc.to(REFUSED)), before)

    async def test_all_or_none_and_nobody_decides_twice(self) -> None:
        number = await self.given_up("您的彩铃已开通")
        self.house.gateway.given_up._busy = True  # no hall takes anything up meanwhile
        result = self.run_command("--again", str(number), "999999")
        self.assertEqual(result.exit_code, 1)
        self.assertIn("999999 is no message that was given up; nothing was decided", result.output)
        self.assertEqual(self.run_command("--drop", str(number), "--by", "甲").exit_code, 0)
        result = self.run_command("--again", str(number))
        self.assertEqual(result.exit_code, 1)
        self.assertIn(f"{number} is to be dropped already, says 甲", result.output)
        self.assertRegex(self.run_command().output, "甲 .*：不再发送（等系统处理）")

    async def test_it_lists_as_it_did_when_that_had_to_be_said(self) -> None:
        number = await self.given_up("您的彩铃已开通")
        self.assertIn(str(number), self.run_command().output)
        self.assertEqual(self.run_command("--undelivered").output, self.run_command().output)
        self.assertNotIn("--undelivered", self.run_command("--help").output)

    async def test_messages_and_what_becomes_of_them_are_said_together(self) -> None:
        for words in (("--again",), ("4711",), ("--again", "--drop", "4711")):
            self.assertEqual(self.run_command(*words).exit_code, 2, words)


def test_times_in_lists_are_chinas_whatever_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert written(1795652000.0) == "2026-11-26T08:13:20+08:00"
    finally:
        monkeypatch.undo()
        time.tzset()
