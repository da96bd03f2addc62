"""The hall bound to an SMSC that is not ours and not smpplib: the npm package smpp."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from business.http.tls import client_options
from business.testing.certificates import Authority
from counter.messages import RESULT, ShortMessage
from sms.testing.fakes import CALLER, GatewayBench, reactor
from sms.text import split
from tests.peers import needs_peer

HOST = "127.0.0.1"
SCRIPT = Path(__file__).resolve().parents[1] / "peers" / "smsc.js"

FOUR = [f"1390000000{n}" for n in (1, 2, 3, 4)]


class ForeignSmsc(ProcessProtocol):
    """The foreign process; ``texts`` are what handsets got, joined."""

    def __init__(self) -> None:
        self.port: Deferred[int] = Deferred()
        self.gone: Deferred[None] = Deferred()
        self.said: list[dict[str, Any]] = []
        self.texts: list[tuple[str, str]] = []
        self._parts: dict[tuple[str, int], dict[int, str]] = {}
        self._rest = b""

    def outReceived(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            self.said.append(said)
            if "port" in said:
                self.port.callback(said["port"])
            if "submit" in said:
                self._submitted(**said["submit"])

    def _submitted(self, source: str, destination: str, text: str, udh: list[str]) -> None:
        """One part as the package read it; 00 03 reference total number heads those of a long text."""
        if not udh:
            self.texts.append((destination, text))
            return
        name, length, reference, total, number = bytes.fromhex(udh[0])
        assert (name, length) == (0, 3)
        parts = self._parts.setdefault((destination, reference), {})
        parts[number] = text
        if len(parts) == total:
            self.texts.append((destination, "".join(parts[n] for n in sorted(parts))))
            del self._parts[(destination, reference)]

    def tell(self, **what: Any) -> None:
        assert self.transport is not None
        self.transport.write(json.dumps(what).encode() + b"\n")

    def text(self, source: str, text: str, **more: Any) -> None:
        for piece in split(text, reference=len(self.said)):
            about = {"source": source, "destination": "10086", "coding": piece.coding, "esm": piece.esm}
            self.tell(deliver={**about, "body": piece.body.hex(), **more})

    def count(self, what: str) -> int:
        return sum(what in said for said in self.said)

    def to(self, handset: str) -> list[str]:
        return [text for destination, text in self.texts if destination == handset]

    def processEnded(self, reason: Failure) -> None:
        self.gone.callback(None)


def started(*arguments: str) -> tuple[ForeignSmsc, Any]:
    """One more such SMSC, and its process."""
    smsc, node = ForeignSmsc(), shutil.which("node")
    assert node is not None
    return smsc, reactor.spawnProcess(smsc, node, [node, str(SCRIPT), *arguments], env=None)


@needs_peer("node-smpp")
class TwoForeignSmscs(TestCase):
    """One of them over TLS."""

    timeout = 120

    async def setUp(self) -> None:
        self.house = house = GatewayBench(promos_a_day=0)
        await house.smsc.close()
        authority = Authority(house.directory, "ca")
        cert, key = authority.sign("smsc", HOST)
        (self.plain, one), (self.secure, other) = started(), started(key, cert)
        self.processes = {self.plain: one, self.secure: other}
        house.port = await self.plain.port
        house.link |= {"name": "plain", "answer_timeout": 5.0}

        def tls() -> Any:
            return client_options(HOST, str(authority.file), None)

        house.others = [{"name": "secure", "port": await self.secure.port, "tls": tls}]
        self.until = house.smsc.until
        await house.open()
        await self.until(lambda: all(link.bound for link in house.gateway.links))

    async def tearDown(self) -> None:
        await self.house.shut()
        for smsc, process in self.processes.items():
            process.closeStdin()
            await smsc.gone

    async def test_each_is_answered_by_the_one_that_asked_also_after_a_restart(self) -> None:
        self.plain.text("13900000001", "10086")
        self.secure.text("8613900000002", "话费" + "谢谢" * 50)
        await self.until(lambda: self.plain.count("submit") > 0 and len(self.secure.texts) == 1)
        await self.house.shut()
        await self.house.open()
        await self.until(lambda: all(link.bound for link in self.house.gateway.links))
        for number in ("13900000001", "13900000002"):
            await self.house.gateway.post(ShortMessage(number, "结果" * 50, RESULT))
        await self.until(lambda: len(self.plain.texts) == 2 and len(self.secure.texts) == 2)
        self.assertEqual({to for to, _ in self.plain.texts}, {"13900000001"})
        self.assertEqual({to for to, _ in self.secure.texts}, {"8613900000002"}, "as that SMSC writes him")

    async def test_one_that_is_gone_is_stood_in_for(self) -> None:
        self.secure.text("13900000002", "10086")
        await self.until(lambda: len(self.secure.texts) == 1)
        self.processes.pop(self.secure).signalProcess("KILL")
        await self.secure.gone
        await self.until(lambda: sum(link.bound for link in self.house.gateway.links) == 1)
        await self.house.gateway.post(ShortMessage("13900000002", "结果", RESULT))
        await self.until(lambda: self.plain.texts == [("13900000002", "结果")])

    async def test_a_certificate_of_somebody_else_is_not_believed(self) -> None:
        await self.house.shut()
        stranger = Authority(self.house.directory, "stranger")
        self.house.others[0]["tls"] = lambda: client_options(HOST, str(stranger.file), None)
        bound = self.secure.count("bound")
        await self.house.open()
        await self.until(lambda: self.house.gateway.links[1]._failures >= 2)
        self.assertEqual(self.secure.count("bound"), bound)


@needs_peer("node-smpp")
class ForeignSmscTest(TestCase):
    timeout = 120

    async def setUp(self) -> None:
        self.smsc, self.process = started()
        self.house = GatewayBench(promos_a_day=1, receipts=True)
        self.house.link["answer_timeout"] = 1.0
        await self.house.smsc.close()
        self.house.port = await self.smsc.port
        self.until = self.house.smsc.until
        await self.house.open()

    async def tearDown(self) -> None:
        await self.house.shut()
        await self.until(lambda: self.smsc.count("unbound") == 1)
        self.process.closeStdin()
        await self.smsc.gone

    async def test_texts_long_texts_throttling_and_a_reset(self) -> None:
        await self._answered("0101", CALLER, 2)
        await self._answered("HF", CALLER, 1)
        await self._answered("话费" + "谢谢" * 50, CALLER, 1)
        await self._answered("10086", "13900000009", 1)
        self.smsc.tell(enquire=True)
        await self.until(lambda: {"enquired": 0} in self.smsc.said)
        self.smsc.tell(reset=True)
        await self.until(lambda: self.smsc.count("bound") == 2 and self.house.gateway.ready)
        await self._answered("0102", CALLER, 1)
        acknowledged = [said["acknowledged"]["status"] for said in self.smsc.said if "acknowledged" in said]
        self.assertEqual(acknowledged, [0] * 6, "five texts, one of them in two parts")

    async def _answered(self, text: str, handset: str, replies: int) -> None:
        before = len(self.smsc.to(handset))
        self.smsc.text(handset, text)
        await self.until(lambda: len(self.smsc.to(handset)) == before + replies)
        self.assertRegex(self.smsc.to(handset)[before], "话费|余额|主菜单|账单|业务")

    async def test_a_silence_in_which_it_takes_nothing_and_one_after_which_it_takes_everything(self) -> None:
        await self._through_a_silence("swallows", submits=16)
        await self._through_a_silence("later", submits=8)
        self.assertEqual(self.house.gateway.outbox.failed, 0)

    async def _through_a_silence(self, silence: str, submits: int) -> None:
        """Four texts, each with an answer of two parts; a text may be read after the silence began."""
        before = {handset: len(self.smsc.to(handset)) for handset in FOUR}
        unanswered = self.smsc.count("unanswered")
        self.smsc.tell(silent=silence)
        for handset in FOUR:
            self.smsc.text(handset, "10086")
        await self.until(lambda: self.smsc.count("unanswered") >= unanswered + 4)
        await self.until(lambda: self.house.gateway.links[0].silent_for > 1.0)
        self.smsc.tell(silent=False)
        await self.until(lambda: all(len(self.smsc.to(each)) > before[each] for each in FOUR), 30.0)
        await self.until(lambda: len(self.house.gateway.outbox) == 0, 30.0)
        for handset in FOUR:
            came = self.smsc.to(handset)[before[handset] :]
            self.assertEqual(len(came), 1, (silence, handset))
            self.assertIn("请回复序号", came[0])
        self.assertLessEqual(self.smsc.count("unanswered") - unanswered, submits)

    async def test_the_tone_is_opened_through_the_menu(self) -> None:
        handset = "13900000003"
        for text in ("10086", "2", "4"):
            await self._answered(text, handset, 1)
        self.smsc.text(handset, "1")
        await self.until(lambda: any("开通" in text for text in self.smsc.to(handset)[3:]))
        self.assertEqual(len(self.house.business.performed), 1)

    # ---- what SMSCs do -------------------------------------------------------------------------------------
    async def test_parts_of_a_long_text_in_any_order_and_dress_are_one_text(self) -> None:
        text = "我想查一下这个月的话费" + "，谢谢" * 40
        halves = [
            text[:60].encode("utf-16-be"),
            text[60:120].encode("utf-16-be"),
            text[120:].encode("utf-16-be"),
        ]
        wide = [bytes([6, 8, 4, 0x12, 0x34, 3, n]) + half for n, half in enumerate(halves, 1)]
        narrow = [bytes([5, 0, 3, 0x77, 3, n]) + half for n, half in enumerate(halves, 1)]

        def deliver(source: str, body: bytes, **more: Any) -> None:
            self.smsc.tell(
                deliver={"source": source, "destination": "10086", "coding": 8, "body": body.hex(), **more}
            )

        for body in (wide[2], wide[0], wide[0], wide[1]):  # from behind, and one twice
            deliver(FOUR[0], body, esm=0x40)
        for body in (narrow[1], narrow[2], narrow[0]):
            deliver(FOUR[1], body, esm=0x40, data=True)
        for n in (3, 1, 2):
            sar = {"sar_msg_ref_num": 9, "sar_total_segments": 3, "sar_segment_seqnum": n}
            deliver(FOUR[2], halves[n - 1], tlvs=sar)
        deliver(FOUR[3], b"".join(halves), payload=True)
        await self.until(lambda: all(len(self.smsc.to(each)) == 2 for each in FOUR))  # and the day's promo
        await self._answered("0102", FOUR[0], 1)
        for each in FOUR:
            came = [reply for reply in self.smsc.to(each) if "消费" in reply]
            self.assertEqual(len(came), 1, each)

    async def test_a_text_that_is_brought_again_is_answered_once_and_a_second_one_again(self) -> None:
        self.smsc.text(FOUR[2], "0101", sequence=4711)
        self.smsc.tell(hangup=True)
        await self.until(lambda: self.smsc.count("bound") == 2 and self.house.gateway.ready)
        self.smsc.text(FOUR[2], "0101", sequence=4711)
        self.smsc.text(FOUR[2], "10086")
        await self.until(lambda: any("请回复序号" in text for text in self.smsc.to(FOUR[2])))
        answers = [text for text in self.smsc.to(FOUR[2]) if "本月已消费" in text]
        self.assertEqual(len(answers), 1)
        self.smsc.text(FOUR[2], "0101")
        await self.until(lambda: len([t for t in self.smsc.to(FOUR[2]) if "本月已消费" in t]) == 2)

    async def test_what_it_refuses_for_now_comes_later_what_it_refuses_for_good_never(self) -> None:
        queue_full, no_such_handset = 0x14, 0x0B
        self.smsc.tell(refuse=[queue_full, queue_full])
        await self._answered("10086", FOUR[0], 1)
        self.assertEqual([said["refused"] for said in self.smsc.said if "refused" in said], [queue_full] * 2)
        self.smsc.tell(refuse=[no_such_handset])
        self.smsc.text(FOUR[1], "0104")
        await self.until(lambda: self.house.gateway.outbox.failed == 1)
        await self._answered("10086", FOUR[0], 1)
        self.assertEqual(self.smsc.to(FOUR[1]), [])

    async def test_pdus_that_are_none_leave_the_link_and_are_answered_under_their_numbers(self) -> None:
        unknown = bytes.fromhex("0000001000000fff0000000000000101")
        short = bytes.fromhex("0000001400000005000000000000010200010131")
        stray = bytes.fromhex("00000010800000040000000000000103")  # a response that nobody waits for
        self.smsc.tell(octets=(unknown + short + stray).hex())
        await self._answered("10086", FOUR[0], 1)
        nacked = [said["nacked"] for said in self.smsc.said if "nacked" in said]
        self.assertEqual(nacked, [{"sequence": 0x101, "status": 3}])
        self.assertEqual(self.smsc.count("bound"), 1)

    async def test_a_bind_that_is_refused_or_never_answered_is_tried_again(self) -> None:
        for how in ("refused", "unanswered"):
            tried = self.smsc.count("binding")
            self.smsc.tell(binds=how)
            self.smsc.tell(reset=True)
            await self.until(lambda tried=tried: self.smsc.count("binding") >= tried + 2, 30.0)
            self.assertFalse(self.house.gateway.ready)
            self.smsc.tell(binds=True)
            await self.until(lambda: self.house.gateway.ready, 30.0)
            await self._answered("10086", FOUR[0], 1)

    async def test_receipts_in_any_form_are_matched_and_answered_by_nothing(self) -> None:
        forms: tuple[dict[str, Any], ...] = (
            {"form": "hex"},
            {"form": "decimal"},
            {"form": "tlv"},
            {"form": "hex", "early": True},
        )
        for handset, form in zip(FOUR, forms, strict=True):
            self.smsc.tell(receipts=form)
            self.smsc.text(handset, "10086")
            await self.until(lambda handset=handset: bool(self.smsc.to(handset)))
        self.smsc.tell(receipts=None)
        with closing(sqlite3.connect(self.house.directory / "hall.db")) as store:

            def delivered() -> int:
                query = "SELECT count(DISTINCT subscriber) FROM outbox WHERE delivery = 'DELIVRD'"
                (many,) = store.execute(query).fetchone()
                return int(many)

            await self.until(lambda: delivered() == len(FOUR))
        self.assertEqual([len(self.smsc.to(each)) for each in FOUR], [1] * len(FOUR))
