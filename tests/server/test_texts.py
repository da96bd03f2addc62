"""``hall10086 texts --undelivered`` on the store of a hall that runs."""

from __future__ import annotations

import json
import time

import pytest
from click.testing import CliRunner, Result
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
        self.house = GatewayBench(promos_a_day=0)
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
        await self.house.store.healthy()  # what was written before it is written

    async def test_what_was_refused_is_listed_with_its_text_and_reason_and_no_number(self) -> None:
        await self.refused("您的彩铃已开通" * 20)
        result = self.run_command("--undelivered")
        self.assertEqual(result.exit_code, 1)
        self.assertIn("139****0003", result.output)
        self.assertIn("已放弃：refused, ESME_RINVDSTADR (0x0b)", result.output)
        self.assertIn("您的彩铃已开通" * 20, result.output)
        self.assertNotIn(REFUSED, result.output)

    async def test_a_secret_is_listed_without_it(self) -> None:
        await self.refused("您的新密码是482915", secret=True)
        (line,) = self.run_command("--undelivered", "--json").output.splitlines()
        self.assertEqual((json.loads(line)["kind"], json.loads(line)["text"]), ("secret", None))
        self.assertNotIn("482915", self.run_command("--undelivered").output)
        for file in self.house.directory.iterdir():
            self.assertNotIn("482915".encode("utf-16-be"), file.read_bytes())

    async def test_what_waits_is_listed_once_it_is_late(self) -> None:
        self.house.smsc.mute = lambda message: True
        rows = self.gateway.compose(ShortMessage(SILENT, "waits", COPY))
        await self.house.store.conclude(Conclusion(outbox=tuple(rows)))
        self.gateway.send(rows)
        await self.house.smsc.until(lambda: len(self.house.smsc.taken) == 1)
        result = self.run_command("--undelivered")
        self.assertEqual((result.exit_code, result.output), (0, "没有未送出的短信\n"))
        old = [
            row._replace(created=row.created - 61)
            for row in self.gateway.compose(ShortMessage(SILENT, "old", COPY))
        ]
        await self.house.store.conclude(Conclusion(outbox=tuple(old)))
        (line,) = self.run_command("--undelivered", "--json").output.splitlines()
        said = json.loads(line)
        self.assertEqual((said["text"], said["state"], said["reason"]), ("old", "waiting", None))
        self.assertEqual(self.gateway.outbox.undelivered()[0], 0, reactor.seconds())

    async def test_it_says_what_to_do_where_there_is_no_store(self) -> None:
        result = CliRunner().invoke(command, ["--undelivered", "--database", "sqlite:////nowhere/hall.db"])
        self.assertEqual(result.exit_code, 2)
        self.assertEqual(self.run_command().exit_code, 2, "it has to be said what is to be listed")


def test_times_in_lists_are_chinas_whatever_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert written(1795652000.0) == "2026-11-26T08:13:20+08:00"
    finally:
        monkeypatch.undo()
        time.tzset()
