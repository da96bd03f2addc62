"""The demo SMSC with its console, and the handset that ``hall10086 text`` is."""

from __future__ import annotations

import json
import socket

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from sms.demo_smsc import DemoSmsc
from sms.handset import HandsetError, text_as
from tests.sms.fakes import CALLER, House, reactor


class DemoCase(TestCase):
    timeout = 40

    async def setUp(self) -> None:
        self.demo = DemoSmsc(reactor, password="secret")
        self.demo.start(("127.0.0.1", 0), ("127.0.0.1", 0))
        self.house = House(receipts=True)
        await self.house.smsc.close()
        self.house.port = self.demo.smpp_port

    async def tearDown(self) -> None:
        await self.demo.stop()

    async def _texted(self, *texts: str, quiet: float = 0.3) -> list[list[str]]:
        port = self.demo.console_port
        exchanges = await deferToThread(lambda: text_as(CALLER, texts, port=port, quiet=quiet, longest=8.0))
        return [[reply.text for reply in exchange.replies] for exchange in exchanges]


class Handset(DemoCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.house.open()

    async def tearDown(self) -> None:
        await self.house.shut()
        await super().tearDown()

    async def test_texts_one_after_another_each_with_its_replies(self) -> None:
        fee, menu, long = await self._texted("0101", "10086", "话费" + "谢谢" * 60)
        self.assertEqual((len(fee), len(menu)), (2, 1), "an answer and a promo; a menu")
        self.assertIn("元", fee[0])
        self.assertIn("元", long[0])

    async def test_receipts_come_back_and_are_matched(self) -> None:
        await self._texted("0101")
        found = await self.house.store.recover(0.0)
        self.assertEqual(found.receipts, {})

    async def test_a_line_that_is_not_understood_is_said_so(self) -> None:
        port = self.demo.console_port
        bad = [b"rubbish", b"[]", b'{"from": 7}', b"\xff\xff", b"[" * 50_000, '{"from": "你好你"}'.encode()]
        bad += [
            b'{"from": "13900000001", "text": "0101", "to": "%s"}' % to for to in (b"1" * 30, b"1\\u0000")
        ]
        bad.append(b'{"from": "13900000001", "text": "%s"}' % (b"x" * 50_000))

        def talk() -> list[bytes]:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as console:
                replies = []
                for line in bad:
                    console.sendall(line + b"\n")
                    replies.append(console.recv(1000))
                return replies

        for reply in await deferToThread(talk):
            self.assertIn("error", json.loads(reply))


class NoHall(DemoCase):
    async def test_texts_wait_until_the_hall_binds(self) -> None:
        texting = self._texted("10086")
        waiting = Deferred.fromCoroutine(texting)
        await self.house.smsc.until(lambda: len(self.demo._queue) == 1)
        await self.house.open()
        (replies,) = await waiting
        self.assertEqual(len(replies), 1)
        await self.house.shut()

    async def test_no_demo_smsc_is_said_in_words(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        try:
            await deferToThread(lambda: text_as(CALLER, ["0101"], port=port))
        except HandsetError as error:
            self.assertIn(str(port), str(error))
        else:
            self.fail("there was none")

    async def test_a_wrong_password_is_not_let_in(self) -> None:
        self.assertFalse(self.demo.may_bind("hall10086", "wrong"))
        self.assertFalse(self.demo.may_bind("other", "secret"))
        self.assertTrue(self.demo.may_bind("hall10086", "secret"))
        self.assertTrue(DemoSmsc(reactor).may_bind("anybody", ""))
