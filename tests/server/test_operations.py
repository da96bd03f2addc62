"""``hall10086 operations`` on the store of a hall that runs: what is not known, and what people find out."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from click.testing import CliRunner, Result
from twisted.trial.unittest import TestCase

from counter.operations import outcome_from_json
from menus.model.events import Answered, NotDone
from server.commands.operations import command
from sms.testing.fakes import GatewayBench
from store.seal import Sealer

OTHER, CARD = "13900000003", "501000000000000014"


class Operations(TestCase):
    """A hall whose back office never says how a change ended."""

    timeout = 60
    config: ClassVar[dict[str, Any]] = {"promos_a_day": 0, "settle_every": 0.05, "first_wait": 0.05}

    async def setUp(self) -> None:
        self.house = GatewayBench(**self.config)
        self.house.more = {"sealer": Sealer(self.house.directory / "hall.key")}
        await self.house.open()
        self.house.business.before = self.fails  # type: ignore[assignment]
        self.addCleanup(self.flushLoggedErrors)

    async def tearDown(self) -> None:
        await self.house.close()

    def fails(self) -> None:
        raise OSError("half way")

    def run_command(self, *words: str) -> Result:
        url = f"sqlite:///{self.house.directory}/hall.db"
        return CliRunner().invoke(command, ["--database", url, *words])

    async def unknown(self) -> str:
        """A tone is asked for and confirmed, and nobody knows what came of it; the operation's key."""
        await self.house.says("0204", OTHER)
        (told,) = await self.house.says("1", OTHER)
        self.assertIn("正在办理", told)
        (row,) = [row for row in await self.house.store.unsettled() if row.state == "unknown"]
        return row.key

    async def settled(self, *words: str) -> Result:
        """The command's result, once the hall has taken it up and written to the customer."""
        texts = len(self.house.smsc.to(OTHER))
        result = self.run_command("settle", *words)
        await self.house.smsc.until(lambda: len(self.house.smsc.to(OTHER)) > texts)
        return result

    async def test_the_list_says_what_a_person_needs_and_nothing_private(self) -> None:
        key = await self.unknown()
        result = self.run_command()
        for words in (key, "139****0003", "短信", "办理彩铃", "结果未知", "Unknown: OSError"):
            self.assertIn(words, result.output)
        self.assertNotIn(OTHER, result.output)
        self.assertEqual(result.exit_code, 0, "the hall still asks: nobody need do anything")
        (line,) = self.run_command("--json").output.splitlines()
        described = json.loads(line)
        self.assertEqual((described["key"], described["service"], described["action"]), (key, "crbt", "open"))

    async def test_a_card_stands_in_no_list(self) -> None:
        await self.house.says(f"CZ{CARD}", OTHER)
        result = self.run_command("--json")
        self.assertIn("recharge", result.output)
        self.assertNotIn(CARD, result.output)

    async def test_what_is_left_for_people_is_an_exit_status(self) -> None:
        self.house.gateway.settling._people_after = 0.0
        await self.unknown()
        while not await self.house.store.for_people():
            await self.house.gateway.settling.tick()
        result = self.run_command()
        self.assertEqual(result.exit_code, 1)
        self.assertIn("等人工处理", result.output)
        self.assertEqual(self.house.gateway.settling.counts["people"], 1)

    async def test_done_is_told_and_asked_no_more(self) -> None:
        key = await self.unknown()
        result = await self.settled(key, "--as", "done", "--note", "后台有记录", "--by", "wang")
        self.assertEqual(result.exit_code, 0, result.output)
        self.assertIn("彩铃已办好", self.house.smsc.to(OTHER)[-1])
        self.assertEqual(await self.house.store.unsettled(), [])
        self.assertNotIn(key, self.run_command().output)
        decided = self.run_command("--all").output
        for words in (key, "wang", "已办成", "后台有记录", "已告知客户"):
            self.assertIn(words, decided)

    async def test_not_done_is_told_and_the_customer_may_confirm_again(self) -> None:
        key = await self.unknown()
        await self.settled(key, "--as", "not-done", "--note", "后台没有")
        self.assertIn("未收费", self.house.smsc.to(OTHER)[-1])
        row = await self.house.store.operation(key)
        assert row is not None
        self.assertIsInstance(outcome_from_json(row.outcome or ""), NotDone)
        self.house.business.before = lambda: None
        (told,) = await self.house.says("1", OTHER)
        self.assertEqual(len(self.house.business.performed), 1, told)

    async def test_a_decision_is_taken_up_by_the_next_hall(self) -> None:
        key = await self.unknown()
        await self.house.shut()
        self.assertEqual(self.run_command("settle", key, "--as", "done", "--note", "x").exit_code, 0)
        again = self.run_command("settle", key, "--as", "not-done", "--note", "y")
        self.assertEqual(again.exit_code, 1)
        self.assertIn("is decided already", again.output)
        texts = len(self.house.smsc.to(OTHER))
        await self.house.open()
        await self.house.smsc.until(lambda: len(self.house.smsc.to(OTHER)) > texts)
        self.assertIn("彩铃已办好", self.house.smsc.to(OTHER)[-1])

    async def test_the_back_offices_own_word_counts_where_it_came_first(self) -> None:
        key = await self.unknown()
        settling = self.house.gateway.settling
        settling._asking = True  # the hall is in the middle of asking
        self.assertEqual(self.run_command("settle", key, "--as", "not-done", "--note", "x").exit_code, 0)
        self.house.business.before = lambda: None
        (row,) = await self.house.store.unsettled()
        settling._due[key] = (0.0, 1.0)
        await settling._round([row])
        settling._asking = False
        await settling.tick()
        await self.house.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        self.assertEqual(await self.house.store.decisions(), [])
        row_now = await self.house.store.operation(key)
        assert row_now is not None
        self.assertEqual(row_now.state, "finished")
        self.assertFalse([text for text in self.house.smsc.to(OTHER) if "没有办成" in text])

    async def test_the_back_offices_own_word_counts_where_it_came_amid_the_decision(self) -> None:
        key = await self.unknown()
        settling = self.house.gateway.settling
        settling._asking = True
        (row,) = await self.house.store.unsettled()
        operation = settling._read(row)
        assert operation is not None
        desk = settling._common.desk
        facts = desk.facts

        async def slow(*whose: Any) -> Any:
            desk.facts = facts  # type: ignore[method-assign]
            await settling.late(operation, Answered(""))
            return await facts(*whose)

        desk.facts = slow  # type: ignore[method-assign]
        self.assertEqual(self.run_command("settle", key, "--as", "not-done", "--note", "x").exit_code, 0)
        settling._asking = False
        await settling.tick()
        await self.house.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        row_now = await self.house.store.operation(key)
        assert row_now is not None
        self.assertEqual((row_now.state, await self.house.store.decisions()), ("finished", []))
        self.assertFalse([text for text in self.house.smsc.to(OTHER) if "没有办成" in text])

    async def test_what_is_settled_or_not_there_cannot_be_decided(self) -> None:
        for key in ("nobody:1", "", "\udcff", "a\x1b[2J"):
            result = self.run_command("settle", key, "--as", "done", "--note", "x")
            self.assertEqual((result.exit_code, "there is no operation" in result.output), (1, True))
            self.assertNotIn("\x1b", result.output)
        for words in (
            ("--note", " "),
            ("--note", "\udcff"),
            ("--note", "x", "--by", "\udcff"),
            ("--note", "x\0"),
        ):
            self.assertEqual(self.run_command("settle", "k", "--as", "done", *words).exit_code, 2)

    def test_a_store_that_is_not_there_is_not_made(self) -> None:
        nowhere = self.house.directory / "nowhere.db"
        result = CliRunner().invoke(command, ["--database", f"sqlite:///{nowhere}"])
        self.assertEqual(result.exit_code, 2)
        self.assertFalse(nowhere.exists())

    def test_an_address_that_is_none_is_told_without_its_password(self) -> None:
        for url in (
            "postgresql://hall:hidden@127.0.0.1:x/hall",
            "hall:hidden@x",
            "nosuch://hall:hidden@x/hall",
        ):
            result = CliRunner().invoke(command, ["--database", url])
            self.assertEqual(result.exit_code, 2, result.exception)
            self.assertNotIn("hidden", result.output)

    def test_a_store_that_no_hall_ever_opened_says_what_to_do(self) -> None:
        fresh = self.house.directory / "fresh.db"
        fresh.touch()
        for words in ([], ["settle", "k", "--as", "done", "--note", "x"]):
            result = CliRunner().invoke(command, ["--database", f"sqlite:///{fresh}", *words])
            self.assertEqual(result.exit_code, 2)
            self.assertIn('run "hall10086 db upgrade" or start the hall', result.output)
