"""The SMS hall from the link to the back office and back, as subscribers and an SMSC see it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any, ClassVar

from alembic import command
from twisted.internet.defer import Deferred, succeed

from counter.messages import COPY, ShortMessage
from counter.testing.house import FixedHalls
from menus.dialogue.session import Given, Session
from menus.model.channels import VOICE, WEB
from sms.intake import Intake
from sms.redelivery import First, digest
from sms.smpp.pdu import TEMPORARY_APP_ERROR
from sms.subscribers import OpenSessions
from sms.testing.cases import GatewayCase
from sms.testing.fakes import CALLER, HALL, reactor
from sms.text import split, udh
from store import Conclusion, Finished, Inbound, SessionRow
from store.engine import versions
from store.seal import Sealer

OTHER = "13900000003"


class Texting(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 3}

    async def test_0101_is_answered_and_one_promo_follows_behind_it(self) -> None:
        answer, promo = await self.house.says("0101", replies=2)
        self.assertIn("元", answer)
        self.assertEqual(self.smsc.acks, [(1, 0)])
        rows = [message for message in self.smsc.taken if message.destination == CALLER]
        self.assertEqual(rows[0].source, "10086")
        self.assertNotEqual(answer, promo)

    async def test_the_same_wish_in_other_writings_gets_the_same_answer(self) -> None:
        first = (await self.house.says("0101", replies=2))[0].split(",")[1:]
        for text in ("０１０１", "hf", "HF ", "话费"):
            self.assertEqual((await self.house.says(text))[0].split(",")[1:], first, text)
            await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
            self.smsc.texts.clear()

    async def test_the_menu_leads_to_the_tone_and_it_is_opened_once(self) -> None:
        for text in ("10086", "2", "4"):
            await self.house.says(text, OTHER)
        await self.house.says("1", OTHER)
        await self.house.says("1", OTHER)
        self.assertEqual(len(self.house.business.performed), 1)
        who = await self.house.business.subscriber(OTHER)
        self.assertIn("crbt", who.opened)

    async def test_a_one_sent_before_the_question_was_taken_opens_nothing(self) -> None:
        held: list[object] = []
        self.smsc.mute = lambda message: not held.append(message)  # the question is never answered
        self.smsc.send_mo("0204", OTHER)
        await self.smsc.until(lambda: bool(held))
        self.smsc.send_mo("1", OTHER)
        await self.smsc.until(lambda: len(self.smsc.acks) == 2)
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual(self.house.business.asked, [])
        self.smsc.mute = lambda message: False

    async def test_the_question_counts_once_the_smsc_has_taken_it(self) -> None:
        await self.house.says("0204", OTHER)
        await self.house.says("1", OTHER)
        self.assertEqual(len(self.house.business.performed), 1)

    async def test_texts_of_one_subscriber_are_handled_in_order(self) -> None:
        for text in ("10086", "1", "0"):
            self.smsc.send_mo(text)
        await self.smsc.until(lambda: len(self.smsc.to()) == 3)
        first, second, third = self.smsc.to()
        self.assertEqual(first, third, "0 is the main menu again")
        self.assertNotEqual(first, second)

    async def test_promos_stop_at_the_days_limit(self) -> None:
        for _ in range(3):
            await self.house.says("0101", replies=2)
        await self.house.says("0101")
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        self.assertEqual(len(self.smsc.to()), 7)

    async def test_qxxc_stops_promos_and_ktxc_brings_them_back(self) -> None:
        await self.house.says("QXXC", replies=1)
        await self.house.says("0101", replies=1)
        await self.house.says("KTXC", replies=1)
        await self.house.says("0101", replies=2)
        self.assertEqual(len(self.smsc.to()), 5)

    async def test_no_promo_behind_a_menu(self) -> None:
        await self.house.says("10086")
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        self.assertEqual(len(self.smsc.to()), 1)


class Silence(GatewayCase):
    async def test_empty_texts_receipts_and_own_numbers_are_acknowledged_and_not_answered(self) -> None:
        self.smsc.send_mo("")
        self.smsc.send_mo("   ")
        self.smsc.send_mo("0101", "10086")
        self.smsc.send_mo(b"id:1 stat:DELIVRD", coding=0, esm=4)
        await self.smsc.until(lambda: len(self.smsc.acks) == 4)
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual({status for _, status in self.smsc.acks}, {0})
        self.assertEqual(self.smsc.taken, [])

    async def test_the_third_same_nonsense_is_the_last_answered(self) -> None:
        for _ in range(3):
            await self.house.says("zzqqxx")
        self.smsc.send_mo("zzqqxx")
        await self.smsc.until(lambda: self.house.gateway.answering.unanswered == 1)
        self.assertEqual(len(self.smsc.to()), 3)
        await self.house.says("0101")

    async def test_a_robot_gets_thirty_replies_in_thirty_seconds(self) -> None:
        for _ in range(35):
            self.smsc.send_mo("10086")
        await self.smsc.until(lambda: self.house.gateway.turns.handled == 35)
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        self.assertEqual(len(self.smsc.to()), 30)

    async def test_a_question_that_was_not_sent_cannot_be_confirmed(self) -> None:
        for _ in range(30):
            self.smsc.send_mo("0104", OTHER)
        for text in ("0204", "1"):  # the thirty replies are used up
            self.smsc.send_mo(text, OTHER)
        await self.smsc.until(lambda: self.house.gateway.turns.handled == 32)
        self.assertEqual(self.house.business.asked, [])
        self.assertFalse([text for text in self.smsc.to(OTHER) if "彩铃" in text])


class LongTexts(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0}

    async def test_parts_in_any_order_with_copies_are_one_text(self) -> None:
        long = "查话费" + "谢谢" * 60
        for wide in (False, True):
            self.smsc.texts.clear()
            pieces = split(long, reference=300 if wide else 7, wide=wide)
            self.assertEqual(len(pieces), 2)
            for piece in (pieces[1], pieces[1], pieces[0]):
                self.smsc.send_mo(piece.body, coding=piece.coding, esm=piece.esm)
            await self.smsc.until(lambda: len(self.smsc.to()) == 1)
            await self.house.gateway.turns.lanes.quiet()
            self.assertEqual(len(self.smsc.to()), 1)
        self.assertEqual({status for _, status in self.smsc.acks}, {0})

    async def test_sar_tlvs_join_too(self) -> None:
        for number, text in ((2, "费"), (1, "话")):
            tlvs = {0x020C: b"\x00\x09", 0x020E: b"\x02", 0x020F: bytes((number,))}
            self.smsc.send_mo(text, tlvs=tlvs)
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)
        self.assertIn("元", self.smsc.to()[0])

    async def test_a_part_that_never_comes_is_waited_for_sixty_seconds(self) -> None:
        piece = split("0101" + "。" * 80, reference=3)[0]
        self.smsc.send_mo(piece.body, coding=piece.coding, esm=piece.esm)
        await self.smsc.until(lambda: len(self.smsc.acks) == 1)
        intake = self.house.gateway.intake
        received = self.house.store._reactor.seconds()
        intake.tick(received + 55)
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual(self.smsc.to(), [])
        intake.tick(received + 61)
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)

    async def test_message_payload_is_a_text_like_any(self) -> None:
        self.smsc.send_mo("", tlvs={0x0424: "话费".encode("utf-16-be")})
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)

    async def test_a_handset_that_does_not_join_gets_numbered_texts(self) -> None:
        rows = self.house.gateway.compose(ShortMessage(CALLER, "长" * 100, COPY), joins=False)
        self.assertEqual([row.esm for row in rows], [0, 0])
        await self.house.store.conclude(Conclusion(outbox=tuple(rows)))
        self.house.gateway.send(rows)
        await self.smsc.until(lambda: len(self.smsc.to()) == 2)
        self.assertTrue(self.smsc.to()[0].startswith("(1/2)"))
        self.assertTrue(self.smsc.to()[1].startswith("(2/2)"))


class Redelivery(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0}

    async def test_two_wanted_texts_are_two(self) -> None:
        await self.house.says("0101")
        await self.house.says("0101")

    async def test_the_same_reference_is_the_same_text(self) -> None:
        for _ in range(2):
            self.smsc.send_mo("0101", tlvs={0x0204: b"\x00\x07"})
        await self.smsc.until(lambda: len(self.smsc.acks) == 2)
        await self.house.gateway.turns.lanes.quiet()
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        self.assertEqual((len(self.smsc.to()), self.smsc.acks[1][1]), (1, 0))

    async def test_a_text_again_after_the_link_fell_is_acknowledged_and_not_answered_twice(self) -> None:
        self.smsc.mute = lambda message: True  # nothing says that our response to the text arrived
        self.smsc.send_mo("0101")
        await self.smsc.until(lambda: len(self.smsc.taken) == 1)
        await self._falls_and_binds_again()
        self.smsc.send_mo("0101")
        await self.smsc.until(lambda: len(self.smsc.acks) == 2)
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual(self.house.gateway.intake.repeats, 1)
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)  # the first answer goes again

    async def test_a_text_again_after_one_whose_answer_the_smsc_took_is_a_wish_of_its_own(self) -> None:
        """It took what we sent behind our response, so that the response had arrived before the link fell."""
        await self.house.says("0101")
        await self._falls_and_binds_again()
        await self.house.says("0101")
        self.assertEqual(self.house.gateway.intake.repeats, 0)

    async def test_a_response_that_was_never_sent_has_not_arrived(self) -> None:
        """The link fell before the text was on the disk; what was proved to be there is what went before."""
        await self.house.says("0101")
        (known,) = self.house.gateway.intake._memory._firsts[CALLER, "10086", self.digest()]
        carrier: Any = known.carrier
        first = First(known.evidence, reactor.seconds(), carrier)
        await self._falls_and_binds_again()
        assert carrier.arrived == carrier.sent
        first.answered_at(reactor.seconds(), carrier, sent=carrier.answer(1, 0))
        self.assertTrue(first.cut_off())

    async def _falls_and_binds_again(self) -> None:
        assert self.smsc.connection is not None
        self.smsc.mute = lambda message: False
        self.smsc.connection.transport.abortConnection()
        await self.smsc.until(lambda: self.smsc.binds == 2 and self.house.gateway.ready)
        self.smsc.connection._sequence = 77

    async def test_a_new_connection_counts_anew_and_its_first_text_is_a_wish_of_its_own(self) -> None:
        await self.house.says("0101")
        assert self.smsc.connection is not None
        (first,) = self.house.gateway.intake._memory._firsts[CALLER, "10086", self.digest()]
        first.received, first.answered = first.received - 60, reactor.seconds() - 60  # well before the fall
        self.smsc.connection.transport.abortConnection()
        await self.smsc.until(lambda: self.smsc.binds == 2 and self.house.gateway.ready)
        self.smsc.connection._sequence = 0
        (told,) = await self.house.says("0101")
        self.assertIn("余额", told)

    def digest(self) -> bytes:
        return digest("0101".encode("utf-16-be"), 0, 8)

    async def test_the_same_after_a_restart(self) -> None:
        await self.house.says("0101")
        await self.house.shut()
        await self.house.open()
        assert self.smsc.connection is not None
        self.smsc.connection._sequence = 500
        self.smsc.send_mo("0101")
        await self.smsc.until(lambda: len(self.smsc.acks) == 2)
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual(len(self.smsc.to()), 1)


class TheDisk(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0}

    async def test_a_full_disk_refuses_the_mo_and_its_redelivery_is_answered(self) -> None:
        raw = self.house.store._open._connection.raw
        raw.execute("PRAGMA query_only=ON")
        self.smsc.send_mo("0101")
        await self.smsc.until(lambda: len(self.smsc.acks) == 1)
        self.assertEqual(self.smsc.acks[0][1], TEMPORARY_APP_ERROR)
        raw.execute("PRAGMA query_only=OFF")
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual(self.smsc.to(), [])
        await self.house.says("0101")
        self.flushLoggedErrors()

    async def test_a_long_text_of_which_a_part_was_not_kept_is_answered_when_it_comes_again(
        self,
    ) -> None:
        raw = self.house.store._open._connection.raw
        pieces = split("查话费" + "谢谢" * 60, reference=7)
        for full, number in ((True, 0), (False, 0), (True, 1), (False, 1)):
            acks = len(self.smsc.acks)
            raw.execute(f"PRAGMA query_only={'ON' if full else 'OFF'}")
            self.smsc.send_mo(pieces[number].body, coding=pieces[number].coding, esm=pieces[number].esm)
            await self.smsc.until(lambda acks=acks: len(self.smsc.acks) > acks)  # type: ignore[misc]
            self.assertEqual(self.smsc.acks[-1][1], TEMPORARY_APP_ERROR if full else 0)
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)
        self.flushLoggedErrors()

    async def test_unfinished_long_texts_keep_nobody_out(self) -> None:
        self.house.gateway.intake._most = 20
        for number in range(1, 31):
            body = udh(7, 255, number, False) + b"."
            self.smsc.send_mo(body, "13800000002", coding=0, esm=0x40)
        await self.smsc.until(lambda: len(self.smsc.acks) == 30)
        await self.house.says("0101")


class Operations(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0, "settle_every": 0.05, "first_wait": 0.05}

    async def test_a_change_in_the_middle_of_a_restart_is_done_once_and_told(self) -> None:
        await self.house.says("0204", OTHER)
        never: Deferred[None] = Deferred()
        self.house.business.before = lambda: never
        self.smsc.send_mo("1", OTHER)
        await self.smsc.until(lambda: len(self.house.business.asked) == 1)
        found = await self.house.store.unsettled()
        self.assertEqual([row.state for row in found], ["started"])
        copy = await self._crashed()
        self.house.business.before = lambda: None
        await self.house.open()
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 2)
        self.assertEqual(len(self.house.business.performed), 1)
        self.assertEqual(await self.house.store.unsettled(), [])
        never.callback(None)  # the dead hall's own call comes to its end: the key was used
        self.assertEqual(len(self.house.business.performed), 1)
        await copy()

    async def test_what_was_done_but_never_told_is_told_as_the_first_time(self) -> None:
        (first,) = (await self.house.says("0204", CALLER), await self.house.says("1", CALLER))[1]
        await self.house.says("0204", OTHER)
        perform = self.house.business.perform
        dies: Deferred[None] = Deferred()

        async def done(*given: Any) -> Any:
            result = await perform(*given)
            await dies
            return result

        self.house.business.perform = done  # type: ignore[method-assign]
        self.smsc.send_mo("1", OTHER)
        await self.smsc.until(lambda: len(self.house.business.performed) == 2)
        copy = await self._crashed()
        self.house.business.perform = perform  # type: ignore[method-assign]
        await self.house.open()
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 2)
        self.assertEqual(self.smsc.to(OTHER)[1], first)
        self.assertEqual(len(self.house.business.performed), 2)
        dies.callback(None)  # the dead hall's own call comes to its end
        await copy()

    async def _crashed(self):  # type: ignore[no-untyped-def]
        """Leave the hall as a kill would; what is given back lets go of it in the end."""
        gateway, store = self.house.gateway, self.house.store
        for link in gateway.links:
            await link.stop()
        for timer in gateway._timers:
            timer.stop()
        connection = store._open._connection
        assert connection.lock is not None
        connection.lock.close()
        self.house.directory = self.house.directory
        return store.stop

    async def test_a_question_asked_before_there_were_channels_is_still_open(self) -> None:
        await self.house.says("0204", OTHER)
        await self.house.shut()
        command.downgrade(versions(f"sqlite:///{self.house.directory}/hall.db"), "0005")
        await self.house.open()
        await self.house.says("1", OTHER)
        self.assertEqual(len(self.house.business.performed), 1)

    async def test_what_somebody_does_on_another_channel_leaves_the_question_open(self) -> None:
        await self.house.says("0204", OTHER)
        elsewhere = Session.new(HALL.version, WEB, OTHER, "w1")
        row = SessionRow(WEB.name, OTHER, HALL.version, elsewhere.to_json(), reactor.seconds(), None)
        await self.house.store.conclude(Conclusion((), row))
        await self.house.shut()
        await self.house.open()
        await self.house.says("1", OTHER)
        self.assertEqual(len(self.house.business.performed), 1)

    async def test_what_is_unknown_is_asked_again_and_told_by_one_text(self) -> None:
        await self.house.says("0204", OTHER)
        tries = []

        def fails() -> None:
            tries.append(1)
            if len(tries) < 3:
                raise OSError("half way")

        self.house.business.before = fails  # type: ignore[assignment]
        texts = await self.house.says("1", OTHER, replies=2)
        self.assertIn("正在", texts[0])
        self.assertEqual(len(self.house.business.performed), 1)
        self.assertEqual(len(set(self.house.business.asked)), 1)
        self.assertEqual(await self.house.store.unsettled(), [])
        self.flushLoggedErrors()

    async def test_whose_number_was_topped_up_hears_of_it_when_it_is_known(self) -> None:
        owner = "13900000002"
        await self.house.says(f"CZ501000000000000014 {owner}", OTHER)
        tries = []

        def fails() -> None:
            tries.append(1)
            if len(tries) < 3:
                raise OSError("half way")

        self.house.business.before = fails  # type: ignore[assignment]
        busy, done = await self.house.says("1", OTHER, replies=2)
        await self.smsc.until(lambda: bool(self.smsc.to(owner)))
        self.assertIn("正在办理", busy)
        self.assertEqual(done, f"已给{owner}充值50元。")
        self.assertEqual(self.smsc.to(owner), ["有人给您的手机充值50元。查余额发0103。"])
        self.flushLoggedErrors()

    async def test_an_operation_that_nobody_can_read_is_left_for_people(self) -> None:
        store = self.house.store
        await store.operation_started("k", CALLER, VOICE.name, "not json", 1.0)
        await store.conclude(Conclusion(operations=(Finished("unknown", 2.0, "null", "k"),)))
        await self.house.gateway.settling.tick()
        await self.smsc.until(lambda: not self.house.gateway.settling._asking)
        for _ in range(40):
            if await store.for_people():
                break
            await self.smsc.until(lambda: True)
            await self.house.gateway.settling.tick()
            from twisted.internet.task import deferLater

            await deferLater(store._reactor, 0.02)
        self.assertEqual([row.key for row in await store.for_people()], ["k"])
        self.flushLoggedErrors()


class Secrets(GatewayCase):
    async def test_a_secret_in_a_session_is_sealed_on_the_disk(self) -> None:
        sealer = Sealer(self.house.directory / "hall.key")
        known = OpenSessions(FixedHalls(HALL), Random(1), sealer.seal, sealer.unseal)
        card = Given("card", "123456789012345678", True)
        session = replace(known[CALLER].session, proved=(card,))
        row = known.row(CALLER, session, None, 1.0)
        self.assertNotIn("123456789012345678", row.state)
        await self.house.store.conclude(Conclusion((), row))
        again = OpenSessions(FixedHalls(HALL), Random(2), sealer.seal, sealer.unseal)
        again.recover(await self.house.store.recover(0.0))
        self.assertEqual(again[CALLER].session, session)

    async def test_a_password_is_sealed_however_it_is_written(self) -> None:
        sealer = Sealer(self.house.directory / "hall.key")
        await self.house.shut()
        self.house.more = {"sealer": sealer}
        await self.house.open()
        kept: list[Inbound] = []
        receive = self.house.store.receive
        self.house.gateway.intake._disk = SimpleNamespace(
            next_inbox_id=self.house.store.next_inbox_id,
            receive=lambda row: (kept.append(row), receive(row))[1],
        )
        for text in (
            "二五八零三六",
            "2/5/8/0/3/6",
            "２５８０３６",
            "两五八〇三幺",
            "258和036",
            "贰伍捌零叁陆",
        ):
            kept.clear()
            await self.house.says(text)
            self.assertNotIn(text.encode("utf-16-be"), [row.body for row in kept], text)

    async def test_a_card_that_was_texted_is_nowhere_on_the_disk_and_survives_a_kill(self) -> None:
        sealer = Sealer(self.house.directory / "hall.key")
        await self.house.shut()
        self.house.more = {"sealer": sealer}
        await self.house.open()
        card = "CZ123456789012345678"
        kept: list[Inbound] = []
        receive = self.house.store.receive
        self.house.gateway.intake._disk = SimpleNamespace(
            next_inbox_id=self.house.store.next_inbox_id,
            receive=lambda row: (kept.append(row), receive(row))[1],
        )
        await self.house.says(card)
        await self.house.says("0104")
        for file in self.house.directory.iterdir():
            octets = file.read_bytes()
            self.assertFalse(card.encode() in octets or card.encode("utf-16-be") in octets, file.name)
        self.assertEqual([row.body == "0104".encode("utf-16-be") for row in kept], [False, True])
        texts: list[str] = []
        intake = Intake(
            self.house.store,
            reactor,
            lambda arrival: texts.append(arrival.text),
            own=frozenset(),
            sealer=sealer,
        )
        found = await self.house.store.recover(0.0)
        self.house.store.waiting_in = lambda after, limit: succeed(kept)  # type: ignore[method-assign]
        intake.recover(replace(found, waiting_in={CALLER: 2}), None)
        self.assertEqual(texts, [card, "0104"])


class Calls(GatewayCase):
    async def test_a_copy_from_a_call_is_kept_and_sent(self) -> None:
        await self.house.gateway.post(ShortMessage(CALLER, "您的话费余额52.35元。", COPY))
        await self.smsc.until(lambda: self.smsc.to() == ["您的话费余额52.35元。"])
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)
        found = await self.house.store.recover(0.0)
        self.assertEqual(found.waiting_out, ())
