"""The link under faults: what an SMSC or the network does to it, and what becomes of the messages."""

from __future__ import annotations

from struct import pack
from typing import ClassVar

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.trial.unittest import TestCase

from counter.messages import COPY, ShortMessage
from sms.smpp.pdu import (
    DELIVER_SM,
    ENQUIRE_LINK,
    HEADER,
    INVALID_BIND_STATUS,
    RESPONSE,
    UNBIND,
    MessagePdu,
    encode_empty,
    encode_message,
)
from sms.testing.fakes import CALLER, GatewayBench, Muted, reactor
from store import (
    Conclusion,
    Outbound,
)


class LinkCase(TestCase):
    timeout = 120
    link: ClassVar[dict[str, object]] = {}

    async def setUp(self) -> None:
        self.house = GatewayBench(promos_a_day=0)
        self.house.link.update(self.link)
        self.smsc = self.house.smsc
        self.gateway = await self.house.open()

    async def tearDown(self) -> None:
        await self.house.close()
        self.flushLoggedErrors()

    async def post(self, texts: list[str], handset: str = CALLER) -> None:
        rows: list[Outbound] = []
        for text in texts:
            rows += self.gateway.compose(ShortMessage(handset, text, COPY))
        await self.house.store.conclude(Conclusion(outbox=tuple(rows)))
        self.gateway.send(rows)


class Throttling(LinkCase):
    async def test_a_throttled_queue_is_held_in_order_and_recovers(self) -> None:
        for status in (0x58, 0x14):
            self.smsc.texts.clear()
            left = [4]

            def refuse(message: MessagePdu, status: int = status, left: list[int] = left) -> int | None:
                left[0] -= 1
                return status if left[0] >= 0 else None

            self.smsc.refuse = refuse
            began = reactor.seconds()
            texts = [f"text {n}" for n in range(20)]
            await self.post(texts)
            await self.smsc.until(lambda: len(self.smsc.to()) == 20)
            self.assertEqual(self.smsc.to(), texts)
            self.assertGreater(reactor.seconds() - began, 0.1)

    async def test_parts_of_a_long_text_survive_throttling_once_each(self) -> None:
        seen: list[bytes] = []

        def refuse(message: MessagePdu) -> int | None:
            seen.append(message.body)
            return 0x58 if len(seen) == 2 else None

        self.smsc.refuse = refuse
        await self.post(["字" * 180])
        await self.smsc.until(lambda: self.smsc.to() == ["字" * 180])
        self.assertEqual(len(seen), 4, "the refused part came once more, the others once")

    async def test_a_message_that_is_refused_for_good_does_not_hold_up_the_next(self) -> None:
        self.smsc.refuse = lambda message: 0x0B if b"bad" in message.body else None
        await self.post(["bad", "good"])
        await self.smsc.until(lambda: self.smsc.to() == ["good"])
        self.assertEqual(self.gateway.outbox.failed, 1)


class NoAnswer(LinkCase):
    link: ClassVar[dict[str, object]] = {"answer_timeout": 0.3, "window": 1}

    async def test_one_that_is_lost_frees_its_slot_and_goes_again_once_others_are_answered(self) -> None:
        self.smsc.mute = lambda message: b"lost" in message.body
        await self.post(["lost", "behind it"])
        await self.post(["heard"], "13900000002")
        await self.smsc.until(lambda: self.smsc.to("13900000002") == ["heard"])
        await self.smsc.until(lambda: len(self.submitted("lost")) == 2)
        self.smsc.mute = lambda message: False
        await self.post(["heard too"], "13900000002")
        await self.smsc.until(lambda: self.smsc.to() == ["lost", "behind it"], 20.0)
        self.assertEqual({message.body for message in self.submitted("lost")}, {b"lost"})
        self.assertEqual(self.gateway.outbox.failed, 0)

    def submitted(self, text: str) -> list[MessagePdu]:
        return [message for message in self.smsc.taken if text.encode() in message.body]


class Forgotten(LinkCase):
    async def test_an_smsc_that_says_we_are_not_bound_gets_a_new_bind_and_then_the_message(self) -> None:
        binds = self.smsc.binds
        self.smsc.refuse = lambda message: INVALID_BIND_STATUS if self.smsc.binds == binds else None
        await self.post(["one", "two"])
        await self.smsc.until(lambda: len(self.smsc.to()) == 2)
        self.assertEqual(self.smsc.to(), ["one", "two"])
        self.assertEqual((self.smsc.binds, self.gateway.outbox.failed), (binds + 1, 0))


class WrongAnswers(LinkCase):
    async def test_an_answer_of_another_kind_takes_no_message_off_the_queue(self) -> None:
        self.smsc.mute = lambda message: True
        await self.post(["wait for your own answer"])
        await self.smsc.until(lambda: len(self.smsc.taken) == 1)
        assert self.smsc.connection is not None
        for command in (ENQUIRE_LINK, UNBIND, DELIVER_SM):
            answer = encode_empty(command | RESPONSE, self.smsc.taken[0].sequence)
            self.smsc.connection.transport.write(answer)
        self.smsc.send_mo("10086")  # what comes behind those answers has been read after them
        await self.smsc.until(lambda: len(self.smsc.acks) == 1)
        self.assertEqual(self.gateway.outbox.sent, 0)


class Reset(LinkCase):
    async def test_only_what_was_not_answered_is_sent_again_with_the_same_octets(self) -> None:
        answered = [0]

        def mute(message: MessagePdu) -> bool:
            answered[0] += 1
            return answered[0] > 4

        self.smsc.mute = mute
        for n in range(10):
            await self.post([f"text {n}"], f"138000000{n:02}")
        await self.smsc.until(lambda: len(self.smsc.taken) == 10)
        await self.smsc.until(lambda: self.gateway.outbox.sent == 4)
        self.smsc.mute = lambda message: False
        assert self.smsc.connection is not None
        self.smsc.connection.transport.abortConnection()
        await self.smsc.until(lambda: len(self.smsc.texts) == 10)
        self.assertEqual(len(self.smsc.taken), 16)
        self.assertEqual(
            sorted({message.body for message in self.smsc.taken[10:]}),
            [f"text {n}".encode() for n in range(4, 10)],
        )

    async def test_a_restart_sends_what_was_not_taken_with_its_reference(self) -> None:
        self.smsc.mute = lambda message: True
        await self.post(["字" * 100])
        await self.smsc.until(lambda: len(self.smsc.taken) == 2)
        await self.house.shut()
        self.smsc.mute = lambda message: False
        self.gateway = await self.house.open()
        await self.smsc.until(lambda: self.smsc.to() == ["字" * 100])
        bodies = [message.body for message in self.smsc.taken]
        self.assertEqual(bodies[:2], bodies[2:])


class BadPdus(LinkCase):
    async def answers(self, octets: bytes) -> list[tuple[int, int, int]]:
        """(command, status, sequence) of what the hall writes back to these octets."""
        connection = self.smsc.connection
        assert connection is not None
        got: list[tuple[int, int, int]] = []
        frames = connection._frame

        def spy(frame: bytes) -> None:
            got.append(HEADER.unpack_from(frame)[1:])
            frames(frame)

        connection._frame = spy  # type: ignore[method-assign]
        connection.transport.write(octets + pack(">IIII", 16, 0x15, 0, 999))
        await self.smsc.until(lambda: bool(got) and got[-1][2] == 999)
        connection._frame = frames  # type: ignore[method-assign]
        return got[:-1]

    async def test_each_gets_its_status_with_its_own_sequence_and_the_link_stays(self) -> None:
        whole = encode_message(DELIVER_SM, MessagePdu(CALLER, "10086", b"0101"), 41)
        cut = pack(">I", 20) + whole[4:20]
        beyond = bytearray(whole)
        beyond[-5] = 200
        payload = encode_message(DELIVER_SM, MessagePdu(CALLER, "10086", b""), 41) + b"\x04\x24\0\x0901"
        payload = pack(">I", len(payload)) + payload[4:]
        cases = {
            cut: (0x80000005, 0x02, 41),
            bytes(beyond): (0x80000005, 0x01, 41),
            payload: (0x80000005, 0xC0, 41),
            pack(">IIII", 16, 0x7777, 0, 42): (0x80000000, 0x03, 42),
            pack(">IIII", 16, 0x103, 0, 43): (0x80000103, 0x02, 43),
        }
        for octets, expected in cases.items():
            self.assertEqual(await self.answers(octets), [expected])
        for ignored in (pack(">IIII", 16, 0x80000004, 0, 44), pack(">IIII", 16, 0x80007777, 0, 45)):
            self.assertEqual(await self.answers(ignored), [])
        self.assertEqual(self.smsc.binds, 1)
        await self.house.says("0101")

    async def test_a_pdu_in_single_octets_is_a_pdu(self) -> None:
        connection = self.smsc.connection
        assert connection is not None
        for octet in encode_message(DELIVER_SM, MessagePdu(CALLER, "10086", b"0101"), 41):
            connection.transport.write(bytes((octet,)))
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)

    async def test_lost_framing_closes_and_rebinds(self) -> None:
        for length in (15, 70_000):
            binds = self.smsc.binds
            assert self.smsc.connection is not None
            self.smsc.connection.transport.write(pack(">IIII", length, 5, 0, 1))
            await self.smsc.until(lambda binds=binds: self.smsc.binds == binds + 1 and self.gateway.ready)  # type: ignore[misc]
        await self.house.says("0101")

    async def test_an_smsc_that_unbinds_is_answered_and_bound_again(self) -> None:
        assert self.smsc.connection is not None
        self.smsc.connection.transport.write(pack(">IIII", 16, 0x06, 0, 5))
        await self.smsc.until(lambda: self.smsc.binds == 2 and self.gateway.ready)


class Binding(TestCase):
    timeout = 120

    async def test_a_refused_bind_is_said_and_tried_again_with_growing_waits(self) -> None:
        house = GatewayBench()
        house.smsc.password = "another"
        with capturedLogs() as told:
            opened = Deferred.fromCoroutine(house.open())
            await house.smsc.until(lambda: house.smsc.binds >= 3)
        self.assertFalse(house.gateway.ready)
        self.assertIn("bind refused", str([each.get("why") for each in told]))
        self.assertGreater(house.gateway.links[0]._failures, 1)
        house.smsc.password = "secret"
        await opened
        await house.close()

    async def test_a_bind_that_is_never_answered_is_given_up(self) -> None:
        house = GatewayBench()
        house.link["bind_timeout"] = 0.2
        house.smsc.may_bind = _never  # type: ignore[method-assign]
        opened = Deferred.fromCoroutine(house.open())
        await house.smsc.until(lambda: hasattr(house, "gateway") and house.gateway.links[0]._failures >= 2)
        del house.smsc.may_bind  # type: ignore[method-assign]
        await opened
        await house.close()
        self.flushLoggedErrors()

    async def test_a_silent_smsc_is_enquired_and_left(self) -> None:
        house = GatewayBench()
        house.link.update(enquire_every=0.1, bind_timeout=0.2, answer_timeout=0.4)
        await house.open()
        assert house.smsc.connection is not None
        house.smsc.connection.handlers[0x15] = lambda frame: None
        await house.smsc.until(lambda: house.smsc.binds == 2)
        await house.smsc.until(lambda: house.gateway.ready)
        await house.close()

    async def test_a_stopped_hall_unbinds(self) -> None:
        house = GatewayBench()
        await house.open()
        unbound: list[bytes] = []
        assert house.smsc.connection is not None
        answer = house.smsc.connection.handlers[0x06]
        house.smsc.connection.handlers[0x06] = lambda frame: (unbound.append(frame), answer(frame))[1]
        await house.close()
        self.assertEqual(len(unbound), 1)


def _never(system_id: str, password: str) -> bool:
    raise Muted


class Receipts(TestCase):
    timeout = 120

    async def test_a_receipt_is_matched_in_any_spelling_and_never_answered(self) -> None:
        house = GatewayBench(receipts=True, promos_a_day=0)
        await house.open()
        house.smsc.next_id = lambda: "0000ABCD"
        await house.says("0101")
        taken = len(house.smsc.taken)
        house.smsc.send_mo(b"id:43981 sub:001 stat:DELIVRD err:000", coding=0, esm=4)
        await house.smsc.until(lambda: len(house.smsc.acks) == 2)
        rows = await house.store.recover(0.0)
        self.assertEqual(rows.receipts, {})
        self.assertEqual(len(house.smsc.taken), taken)
        await house.close()


class Writings(LinkCase):
    """An SMSC that writes 86 before every number."""

    link: ClassVar[dict[str, object]] = {"prefix": "86"}

    async def test_86_and_eleven_digits_are_one_subscriber_who_is_answered_as_the_smsc_writes_him(
        self,
    ) -> None:
        self.smsc.send_mo("10086", "8613900000001")
        await self.smsc.until(lambda: len(self.smsc.to("8613900000001")) == 1)
        self.smsc.send_mo("2", "+8613900000001")
        await self.smsc.until(lambda: len(self.smsc.to("8613900000001")) == 2)
        menu, second = self.smsc.to("8613900000001")
        self.assertIn("全球通", menu, "who he is was known by his 11 digits")
        self.assertIn("彩铃", second, "and the menu he was in")
