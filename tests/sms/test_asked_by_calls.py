"""What a call's SMS asks is answered by SMS: a password that was reset by voice (R063)."""

from __future__ import annotations

import re

from twisted.trial.unittest import TestCase

import handlers
from counter.conversation import Conversation
from counter.copying import Copying
from counter.desk import Desk
from counter.journal import Journal
from counter.operations import Operation
from counter.owing import Owing
from counter.testing.house import FixedHalls
from menus.dialogue.session import Session
from menus.model.channels import VOICE
from menus.model.events import Key, Outcome, Started
from server.backoffice import now
from sms.testing.fakes import CALLER, HALL, GatewayBench, reactor
from store.seal import Sealer

KEYS = "3 1 2 43019919800214001*"


class PasswordByVoice(TestCase):
    timeout = 120

    async def setUp(self) -> None:
        self.house = GatewayBench()
        self.house.more = {"sealer": Sealer(self.house.directory / "hall.key")}
        self.smsc = self.house.smsc
        await self.house.open()

    async def tearDown(self) -> None:
        await self.house.close()

    async def reset(self, caller: str = CALLER) -> None:
        """By voice, as far as the SMS in the store."""

        async def late(operation: Operation, outcome: Outcome) -> None:
            raise AssertionError("nothing is late")

        desk = Desk(self.house.business, handlers.FUNCTIONS, now, facts_live=0.0)
        gateway, store = self.house.gateway, self.house.store
        policy = Owing(store, reactor)
        journal = Journal(
            store, policy, reactor.seconds, promos=gateway.promos, unsettled=desk.unsettled, late=late
        )
        copying = Copying(journal, gateway, reactor.seconds)
        session = Session.new(HALL.version, VOICE, caller, "call-1")
        conversation = Conversation(FixedHalls(HALL), session, desk, journal, reactor)
        for given in (Started(), *(Key(key) for key in KEYS.replace(" ", ""))):
            turn = await conversation.turn(given)
            await copying.conclude(turn, caller)

    async def sent(self, handset: str = CALLER) -> str:
        await self.smsc.until(lambda: len(self.smsc.to(handset)) == 1)
        found = re.search(r"[0-9]{6}", self.smsc.to(handset)[0])
        assert found is not None
        return found[0]

    async def test_the_new_password_is_texted_twice_and_good(self) -> None:
        await self.reset()
        await self.sent()
        await self.house.gateway.turns.lanes.quiet()
        (again,) = await self.house.says("147963")
        self.assertIn("再回复一次", again)
        (changed,) = await self.house.says("147963")
        self.assertIn("服务密码已修改", changed)
        answer = await self.house.business.check_password(CALLER, "147963")
        self.assertEqual((answer.check, answer.temporary), ("right", False))

    async def test_it_is_answered_from_another_writing_of_the_number_too(self) -> None:
        await self.reset()
        await self.sent()
        await self.house.gateway.turns.lanes.quiet()
        self.smsc.send_mo("147963", f"86{CALLER}")
        await self.smsc.until(lambda: "再回复一次" in "".join(self.smsc.to(f"86{CALLER}")))

    async def test_it_is_waited_for_across_a_restart(self) -> None:
        await self.reset()
        await self.sent()
        await self.house.gateway.turns.lanes.quiet()
        await self.house.shut()
        await self.house.open()
        (again,) = await self.house.says("147963")
        self.assertIn("再回复一次", again)

    async def test_it_stands_in_clear_nowhere_and_is_sent_after_a_restart(self) -> None:
        refused: list[object] = []
        self.smsc.mute = lambda message: not refused.append(message)
        await self.reset()
        await self.smsc.until(lambda: bool(refused))
        await self.house.gateway.turns.lanes.quiet()
        await self.house.shut()
        self.smsc.mute = lambda message: False
        self.smsc.texts.clear()
        disk = {file.name: file.read_bytes() for file in self.house.directory.iterdir()}
        await self.house.open()
        password = await self.sent()
        self.assertTrue(any(b"sealed:" in octets for octets in disk.values()))
        for name, octets in disk.items():
            self.assertNotIn(password.encode(), octets, name)
            self.assertNotIn(password.encode("utf-16-be"), octets, name)
