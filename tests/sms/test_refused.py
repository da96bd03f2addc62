"""Entries that the store refuses for themselves: their own text fails, or is told with less; nobody else's,
and nothing is tried for ever. A trigger of the database stands for whatever it has no place for."""

from __future__ import annotations

from typing import ClassVar

from menus.model.channels import VOICE
from sms.testing.cases import GatewayCase
from sms.testing.fakes import CALLER
from store import (
    Conclusion,
    Finished,
    StoreRefused,
)

OTHER, THIRD = "13900000003", "13900000002"
PERMANENT = 0x65  # ESME_RX_P_APPN: the SMSC does not bring it again


class RefusedCase(GatewayCase):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0, "settle_every": 0.05, "first_wait": 0.05}

    async def refuse(self, table: str, when: str, what: str = "INSERT") -> None:
        """The database takes no row of ``table`` that is so."""
        name = f"no_{table}_{what}"
        trigger = f"CREATE TRIGGER {name} BEFORE {what} ON {table} WHEN {when}"
        sql = trigger + " BEGIN SELECT RAISE(ABORT,'no place for it'); END"
        await self.house.store._open.read(lambda cursor: cursor.execute(sql))

    async def handled(self) -> None:
        await self.house.gateway.turns.lanes.quiet()
        await self.smsc.until(lambda: len(self.house.gateway.outbox) == 0)


class OneText(RefusedCase):
    async def test_an_mo_that_can_never_be_kept_is_refused_for_good_and_nobody_elses(self) -> None:
        await self.refuse("inbox", f"NEW.source='{OTHER}'")
        bad = self.smsc.send_mo("0101", OTHER)
        good = [self.smsc.send_mo("0101", source) for source in (CALLER, THIRD)]
        await self.smsc.until(lambda: len(self.smsc.acks) == 3)
        await self.handled()
        self.assertEqual(dict(self.smsc.acks), {bad: PERMANENT, **dict.fromkeys(good, 0)})
        self.assertEqual([len(self.smsc.to(who)) for who in (CALLER, THIRD, OTHER)], [1, 1, 0])

    async def test_a_reply_is_sent_though_its_session_cannot_be_kept(self) -> None:
        await self.refuse("sessions", f"NEW.address='{OTHER}'")
        first = await self.house.says("10086", OTHER)
        again = await self.house.says("10086", OTHER)
        self.assertEqual(first, again)
        self.assertIn("元", (await self.house.says("0101", OTHER))[0])
        self.assertEqual((await self.house.store.recover(0.0)).waiting_in, {})

    async def test_a_question_whose_session_was_not_kept_is_not_open(self) -> None:
        await self.refuse("sessions", f"NEW.address='{OTHER}'")
        for text in ("0204", "1"):
            await self.house.says(text, OTHER)
        self.assertEqual(self.house.business.asked, [])

    async def test_a_reply_that_can_never_be_kept_holds_no_lane(self) -> None:
        await self.refuse("outbox", f"NEW.subscriber='{OTHER}'")
        for _ in range(3):
            self.smsc.send_mo("0101", OTHER)
        await self.house.says("0101")
        await self.smsc.until(lambda: self.house.gateway.turns.handled == 4)
        await self.handled()
        self.assertEqual((await self.house.store.recover(0.0)).waiting_in, {})
        self.assertEqual(self.smsc.to(OTHER), [])


class OneChange(RefusedCase):
    async def test_a_change_that_cannot_be_written_down_is_not_begun_and_the_lane_goes_on(self) -> None:
        await self.house.says("0204", OTHER)
        await self.refuse("operations", f"NEW.subscriber='{OTHER}'")
        (told,) = await self.house.says("1", OTHER)
        self.assertIn("没有办成", told)
        self.assertEqual(self.house.business.asked, [])
        self.assertEqual((await self.house.store.recover(0.0)).waiting_in, {})
        self.assertIn("元", (await self.house.says("0101", OTHER))[-1])

    async def test_a_result_whose_words_cannot_be_kept_is_left_for_people(self) -> None:
        await self.house.says("0204", OTHER)
        await self.refuse("operations", "NEW.state='finished'", "UPDATE")
        self.smsc.send_mo("1", OTHER)
        await self.smsc.until(lambda: len(self.house.business.performed) == 1)
        await self.handled()
        (row,) = await self.house.store.unsettled()
        self.assertEqual(row.state, "started")
        settling = self.house.gateway.settling
        operation = settling._read(row)
        outcome = await settling._ask(operation)
        await settling.tell(operation, outcome, OTHER)
        (row,) = await self.house.store.for_people()
        self.assertEqual(row.subscriber, OTHER)
        self.assertEqual(len(self.house.business.performed), 1)

    async def test_one_operation_that_cannot_be_settled_holds_up_no_other_nor_the_start(self) -> None:
        store = self.house.store
        await store.operation_started("k", CALLER, VOICE.name, "not json", 1.0)
        await self.refuse("operations", "NEW.state='people'", "UPDATE")
        await self.house.gateway.stop()
        await store.stop()
        await self.house.open()
        with self.assertRaises(StoreRefused):
            await self.house.store.conclude(Conclusion(operations=(Finished("people", 2.0, "null", "k"),)))
        await self.house.says("0204", OTHER)
        tries: list[int] = []

        def fails_once() -> None:
            tries.append(1)
            if len(tries) == 1:
                raise OSError("half way")

        self.house.business.before = fails_once  # type: ignore[assignment]
        texts = await self.house.says("1", OTHER, replies=2)
        self.assertIn("正在", texts[0])
        self.assertIn("彩铃", texts[1])
        self.flushLoggedErrors()
