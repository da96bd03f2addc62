"""What the agents' desk sends: texts with one key (R117), what was handled (R118), surveys from a number of
their own (R120)."""

from __future__ import annotations

from typing import ClassVar

from menus.model.specs import Action
from sms.agents import NothingToSend, Sent
from sms.testing.cases import GatewayCase
from sms.testing.fakes import CALLER

SURVEY = "1008686"
OTHER = "13900000003"


class Desk(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0, "survey": SURVEY}

    async def test_a_named_text_is_sent_once_a_key(self) -> None:
        desk = self.house.gateway.desk
        self.assertEqual(await desk.hotkey(CALLER, "fee", "k1"), Sent.NOW)
        self.assertEqual(await desk.hotkey(CALLER, "fee", "k1"), Sent.BEFORE)
        self.assertEqual(await desk.hotkey(CALLER, "fee", "k2"), Sent.NOW)
        await self.smsc.until(lambda: len(self.smsc.to()) == 2)
        self.assertIn("发HF到10086", self.smsc.to()[0])

    async def test_what_was_handled_is_told_with_the_way_to_do_it_oneself(self) -> None:
        desk = self.house.gateway.desk
        await desk.handled(CALLER, "crbt", Action.OPEN, "k1")
        await desk.handled(CALLER, "crbt", Action.CANCEL, "k2")
        await desk.hint(CALLER, "bill_month", "k3")
        await self.smsc.until(lambda: len(self.smsc.to()) == 3)
        opened, cancelled, hint = self.smsc.to()
        self.assertEqual(opened, "彩铃已为您办好。以后可直接发0204到10086自助办理，不用排队。")
        self.assertIn("彩铃已为您取消。以后可直接发QXCL", cancelled)
        self.assertIn("发0102到10086", hint)

    async def test_what_cannot_be_sent_says_why(self) -> None:
        desk = self.house.gateway.desk
        for sending in (
            desk.hotkey(CALLER, "no such", "k"),
            desk.hint(CALLER, "no_such", "k"),
            desk.hotkey("13800000099", "fee", "k"),
            desk.handled(CALLER, "fee_realtime", Action.OPEN, "k"),
            desk.handled(CALLER, "recharge", Action.CANCEL, "k"),
            desk.handled(CALLER, "quiz_manyi100", Action.OPEN, "k"),
            desk.handled(CALLER, "complaint", Action.OPEN, "k"),
        ):
            with self.assertRaises(NothingToSend):
                await sending
        self.assertEqual(self.smsc.texts, [])

    async def test_a_score_goes_to_the_surveys_number_and_is_kept(self) -> None:
        self.assertEqual(await self.house.gateway.desk.ask_score(CALLER), Sent.NOW)
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)
        self.assertEqual(self.smsc.taken[0].source, SURVEY)
        self.smsc.send_mo("5", destination=SURVEY)
        await self.smsc.until(lambda: len(self.smsc.to()) == 2)
        self.assertIn("谢谢您的评价", self.smsc.to()[1])
        self.assertEqual(self.smsc.taken[1].source, SURVEY)
        (kept,) = self.house.business.responses
        self.assertEqual((kept.msisdn, kept.form, kept.answers), (CALLER, "survey", ("5",)))

    async def test_a_score_never_answers_what_is_open_at_the_hall_nor_the_other_way_round(self) -> None:
        await self.house.gateway.desk.ask_score(OTHER)
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 1)
        await self.house.says("0204", OTHER)
        self.smsc.send_mo("1", OTHER, destination=SURVEY)
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 3)
        self.assertIn("抱歉", self.smsc.to(OTHER)[2])
        self.assertEqual(len(self.house.business.responses), 1)
        self.assertNotIn("crbt", (await self.house.business.subscriber(OTHER)).opened)
        await self.house.says("1", OTHER)
        self.assertIn("crbt", (await self.house.business.subscriber(OTHER)).opened)
        self.assertEqual(len(self.house.business.responses), 1)

    async def test_nobody_is_asked_while_something_is_open_and_once_a_day(self) -> None:
        desk = self.house.gateway.desk
        await self.house.says("0204", OTHER)
        self.assertEqual(await desk.ask_score(OTHER), Sent.OPEN)
        self.assertEqual(await desk.ask_score(CALLER), Sent.NOW)
        self.assertEqual(await desk.ask_score(CALLER), Sent.BEFORE)

    async def test_a_question_that_was_answered_is_not_open(self) -> None:
        desk = self.house.gateway.desk
        for number, text in ((CALLER, "KTCL"), (OTHER, "0204")):
            await self.house.says(text, number)
            self.assertEqual(await desk.ask_score(number), Sent.OPEN, text)
            await self.house.says("1", number)
            self.assertEqual(await desk.ask_score(number), Sent.NOW, text)

    async def test_a_key_never_swallows_another_message(self) -> None:
        desk = self.house.gateway.desk
        self.assertEqual(await desk.handled(CALLER, "crbt", Action.OPEN, "k"), Sent.NOW)
        for another in (
            desk.handled(CALLER, "crbt", Action.CANCEL, "k"),
            desk.handled(CALLER, "missed_call", Action.OPEN, "k"),
            desk.hint(CALLER, "crbt", "k"),
            desk.hotkey(CALLER, "fee", "k"),
        ):
            with self.assertRaisesRegex(NothingToSend, "another message"):
                await another
        self.assertEqual(await desk.handled(CALLER, "crbt", Action.OPEN, "k"), Sent.BEFORE)
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)

    async def test_a_restart_still_waits_for_the_score(self) -> None:
        await self.house.gateway.desk.ask_score(CALLER)
        await self.smsc.until(lambda: len(self.smsc.to()) == 1)
        await self.house.gateway.turns.lanes.quiet()
        await self.house.shut()
        await self.house.open()
        self.smsc.send_mo("4分", destination=SURVEY)
        self.smsc.send_mo("4", destination=SURVEY)
        await self.smsc.until(lambda: len(self.smsc.to()) == 3)
        self.assertEqual([kept.answers for kept in self.house.business.responses], [("4",)])


class WithoutSurvey(GatewayCase):
    async def test_without_a_number_nobody_is_asked(self) -> None:
        with self.assertRaises(NothingToSend):
            await self.house.gateway.desk.ask_score(CALLER)
