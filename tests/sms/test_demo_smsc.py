"""The demo SMSC with its console, and the handset that ``hall10086 text`` is."""

from __future__ import annotations

import contextlib
import json
import socket

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from peers import demo_console, demo_smsc
from peers.demo_smsc import DemoSmsc
from peers.handset import HandsetError, NotTaken, WrongToken, text_as
from server.testing.ports import free_port
from sms.testing.fakes import CALLER, GatewayBench, reactor


class DemoCase(TestCase):
    timeout = 40

    async def setUp(self) -> None:
        self.demo = DemoSmsc(reactor, number="10086", password="secret")
        self.demo.start(("127.0.0.1", 0), ("127.0.0.1", 0))
        self.house = GatewayBench(receipts=True)
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
        bad = [
            b'{"from": 7}',
            b"{}",
            '{"from": "你好你"}'.encode(),
            b'{"from": "13900000001", "text": "\\ud800"}',
        ]
        bad += [
            b'{"from": "13900000001", "text": "0101", "to": "%s"}' % to for to in (b"1" * 30, b"1\\u0000")
        ]
        bad.append(b'{"from": "13900000001", "text": "%s"}' % (b"x" * 50_000))

        def talk() -> list[bytes]:
            with socket.create_connection(("127.0.0.1", self.demo.console_port), timeout=5) as console:
                replies = []
                for line in bad:
                    console.sendall(line + b"\n")
                    replies.append(console.recv(1000))
                return replies

        for reply in await deferToThread(talk):
            self.assertIn("error", json.loads(reply))

    async def test_a_line_that_is_no_json_object_is_the_last(self) -> None:
        for line in (b"rubbish", b"[]", b"\xff\xff", b"[" * 50_000, b"7", b"", b'"from"'):
            said = await self.said(line + b'\n{"from": "13900000001", "text": "0101"}\n')
            self.assertEqual(said.count(b"\n"), 1, said)
            self.assertIn("error", json.loads(said))

    async def said(self, *octets: bytes, seconds: float = 10.0) -> bytes:
        """All that the console says until it closes."""
        return await deferToThread(talked, self.demo.console_port, octets, seconds)


class Strangers(DemoCase):
    """Pages of the web, other users of this machine, and whoever opens connections without end."""

    TOKEN = "the-token"

    async def setUp(self) -> None:
        await super().setUp()
        self.demo.token = self.TOKEN

    async def said(self, *octets: bytes, seconds: float = 10.0) -> bytes:
        return await deferToThread(talked, self.demo.console_port, octets, seconds)

    def taken(self) -> list[str]:
        return [texted.message.source for texted in self.demo._queue]

    async def test_a_page_of_the_web_texts_in_nobody_s_name(self) -> None:
        line = b'{"token": "%s", "from": "13900000001", "text": "0101"}\n' % self.TOKEN.encode()
        for head in (b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"x\n"):  # fmt: skip
            await self.said(head + line)
            await self.said(head, line)
        self.assertEqual(self.taken(), [])

    async def test_who_has_no_token_texts_in_nobody_s_name(self) -> None:
        for token in (
            '"token": "wrong", ',
            '"token": "", ',
            '"token": null, ',
            '"token": ["the-token"], ',
            "",
        ):
            said = await self.said(b'{%s"from": "13900000001", "text": "0101"}\n' % token.encode())
            self.assertIn("token", json.loads(said)["error"])
            said = await self.said(b'{%s"from": "13900000001"}\n{"from": "13900000001"}\n' % token.encode())
            self.assertEqual(said.count(b"\n"), 1)
        self.assertEqual((self.taken(), self.demo._handsets), ([], {}))

    async def test_the_token_once_is_enough(self) -> None:
        hello = b'{"token": "the-token", "from": "13900000001"}\n'
        await self.said(hello + b'{"from": "13900000002", "text": "0101"}\n' + b"rubbish\n")
        self.assertEqual(self.taken(), ["13900000002"])

    async def test_hall10086_text_is_told_what_is_missing(self) -> None:
        with self.assertRaises(WrongToken):
            port = self.demo.console_port
            await deferToThread(lambda: text_as(CALLER, ["0101"], port=port, token="old"))

    async def test_a_text_that_is_not_taken_is_no_missing_smsc(self) -> None:
        with self.assertRaisesRegex(NotTaken, "the text is too long"):
            port, long = self.demo.console_port, "OK" * 25_000
            await deferToThread(lambda: text_as(CALLER, [long], port=port, token="the-token"))

    async def test_who_says_nothing_is_not_waited_for(self) -> None:
        self.patch(demo_console, "FIRST", 0.2)
        self.assertEqual(await self.said(), b"")
        self.patch(demo_smsc, "BIND", 0.2)
        self.assertEqual(await deferToThread(talked, self.demo.smpp_port, (b"\0\0\0",), 10.0), b"")

    async def test_a_line_without_end_is_the_last(self) -> None:
        self.assertEqual(await self.said(*[b"x" * 65_536] * 50), b"")

    async def test_a_frame_without_end_is_the_last(self) -> None:
        said = await deferToThread(talked, self.demo.smpp_port, (b"\x7f\xff\xff\xff", b"x" * 65_536), 10.0)
        self.assertEqual(said, b"")

    async def test_one_address_has_its_share_of_connections(self) -> None:
        self.patch(demo_smsc, "ESMES", 3)
        other = DemoSmsc(reactor, number="10086")
        other.start(("127.0.0.1", 0), ("127.0.0.1", 0))
        self.addCleanup(lambda: Deferred.fromCoroutine(other.stop()))

        def many() -> tuple[int, int]:
            """How many were closed at once, and then how many of as many more when those have gone."""
            closed = []
            for _ in range(2):
                with contextlib.ExitStack() as stack:
                    made = [stack.enter_context(connected(other.smpp_port)) for _ in range(10)]
                    closed.append(sum(is_closed(each) for each in made))
            return closed[0], closed[1]

        first, second = await deferToThread(many)
        self.assertEqual(first, 7)
        self.assertGreaterEqual(second, 7)

    async def test_who_does_not_read_is_cut_off(self) -> None:
        console = await deferToThread(connected, self.demo.console_port)
        with console:
            console.sendall(b'{"token": "the-token", "from": "13900000001"}\n')
            await self.house.smsc.until(lambda: "13900000001" in self.demo._handsets)
            for _ in range(2000):
                self.demo._show("13900000001", "10086", "x" * 5000, 1)
            await self.house.smsc.until(lambda: not self.demo._handsets)

    async def test_texts_wait_up_to_a_bound(self) -> None:
        self.patch(demo_smsc, "WAITING", 3)
        hello = b'{"token": "the-token", "from": "13900000001"}\n'
        said = await self.said(hello + b'{"from": "13900000001", "text": "0101"}\n' * 5 + b"rubbish\n")
        self.assertEqual(said.count(b"too many texts wait"), 2)
        self.assertEqual(len(self.demo._queue), 3)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side closes it within a moment."""
    connection.settimeout(0.3)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def talked(port: int, pieces: tuple[bytes, ...], seconds: float) -> bytes:
    """All that comes until the other side closes; raises TimeoutError if it never does."""
    got = b""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError), connected(port) as connection:
        connection.settimeout(seconds)
        for piece in pieces:
            connection.sendall(piece)
        while data := connection.recv(65_536):
            got += data
    return got


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
        port = free_port()
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
        self.assertTrue(DemoSmsc(reactor, number="10086").may_bind("anybody", ""))
