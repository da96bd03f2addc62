"""The SMS hall before a back office that hangs, fails, forgets or talks rubbish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from business.port import NotDone, Unavailable
from counter import settling
from counter.conversation import Timeouts
from menus.model.channels import SMS
from sms.smpp.pdu import TEMPORARY_APP_ERROR
from sms.testing.cases import GatewayCase
from sms.testing.fakes import CALLER, GatewayBench, reactor
from sms.throttle import ReplyThrottle
from store import (
    Conclusion,
    Finished,
    OperationRow,
)

OTHER, THIRD = "13900000003", "13900000002"


class Case(GatewayCase):
    """A hall with little patience, whose back office fails as each test has it."""

    config: ClassVar[dict[str, object]] = {"promos_a_day": 0, "settle_every": 0.05, "first_wait": 0.05}
    replies = 30  # a second for one number

    async def setUp(self) -> None:
        self.house = GatewayBench(**self.config)
        self.house.more = {
            "timeouts": Timeouts(wait=0.1, deadline=0.3, facts=0.1),
            "limits": ReplyThrottle(replies=self.replies, seconds=1.0),
        }
        self.smsc = self.house.smsc
        await self.house.open()
        self.addCleanup(self.flushLoggedErrors)

    def business_does(self, name: str, what: Callable[..., Any]) -> None:
        """The back office's method ``name`` is ``what`` from now on."""
        setattr(self.house.business, name, what)

    def mends(self, name: str) -> None:
        delattr(self.house.business, name)

    async def row(self) -> OperationRow:
        """The only operation there is."""
        (key,) = set(self.house.business.asked)
        row = await self.house.store.operation(key)
        assert row is not None
        return row

    async def until_state(self, state: str) -> None:
        end = reactor.seconds() + 8
        while (await self.row()).state != state:
            assert reactor.seconds() < end, await self.row()
            await deferLater(reactor, 0.02)


class NobodyWaitsForEver(Case):
    async def test_a_query_that_hangs_is_answered_with_the_way_out(self) -> None:
        async def hangs(*_: object) -> None:
            await Deferred()

        for name in ("fee", "subscriber"):
            self.business_does(name, hangs)
        (told,) = await self.house.says("0101")
        self.assertIn("系统忙", told)

    async def test_who_texts_on_meanwhile_fills_nobodys_intake_but_his_own(self) -> None:
        self.house.gateway.intake._of_one = 5
        hanging: Deferred[None] = Deferred()
        fee = self.house.business.fee

        async def hangs_for_one(msisdn: str) -> object:
            if msisdn == CALLER:
                await hanging
            return await fee(msisdn)

        self.business_does("fee", hangs_for_one)
        for number in range(8):
            self.smsc.send_mo(f"{'0101' if number % 2 else 'HF'}")
        await self.smsc.until(lambda: len(self.smsc.acks) == 8)
        self.assertEqual([status for _, status in self.smsc.acks].count(TEMPORARY_APP_ERROR), 3)
        (told,) = await self.house.says("0101", OTHER)
        self.assertIn("余额", told)
        hanging.callback(None)
        await self.smsc.until(lambda: len(self.smsc.to()) == 5)
        await self.house.says("0101")  # there is room again
        self.assertEqual(len(self.smsc.to()), 6)


class WhatWasDoneIsTold(Case):
    replies = 2

    async def test_a_change_beyond_the_last_reply_is_told_later(self) -> None:
        """The question is the second and last reply within a second; what was confirmed is told after it."""
        await self.house.says("0101", OTHER)
        await self.house.says("0204", OTHER)
        began = reactor.seconds()
        (told,) = await self.house.says("1", OTHER)
        self.assertIn("彩铃已开通", told)
        self.assertGreater(reactor.seconds() - began, 0.5)
        self.assertEqual(self.house.gateway.answering._later, [])

    async def test_a_hall_that_ends_before_leaves_it_to_the_next(self) -> None:
        await self.house.says("0101", OTHER)
        await self.house.says("0204", OTHER)
        self.smsc.send_mo("1", OTHER)
        await self.smsc.until(lambda: len(self.house.gateway.answering._later) == 1)
        await self.house.shut()
        self.assertEqual(len(self.smsc.to(OTHER)), 2)
        await self.house.open()
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 3)
        self.assertIn("彩铃已开通", self.smsc.to(OTHER)[-1])


class EarlierAttempts(Case):
    async def confirmed(self) -> str:
        """A tone is opened, and the answer to it is lost; what the customer is told."""
        await self.house.says("0204", OTHER)
        perform = self.house.business.perform

        async def loses_the_answer(*given: Any) -> NotDone:
            await perform(*given)
            self.business_does("perform", down)
            raise OSError("the line fell")

        async def down(msisdn: str, change: object, offer: object, key: str, *_: object) -> NotDone:
            self.house.business.asked.append(key)
            return NotDone("connection refused")

        self.business_does("perform", loses_the_answer)
        (told,) = await self.house.says("1", OTHER)
        return told

    async def test_what_may_have_been_done_is_never_called_not_done(self) -> None:
        self.assertIn("正在办理", await self.confirmed())
        asked = len(self.house.business.asked)
        await self.smsc.until(lambda: len(self.house.business.asked) > asked + 2)
        (again,) = await self.house.says("1", OTHER)  # he is told not to, and does
        self.assertIn("正在办理", again)
        self.assertEqual((await self.row()).state, "unknown")
        self.mends("perform")
        await self.until_state("finished")
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 4)
        self.assertIn("彩铃", self.smsc.to(OTHER)[-1])
        self.assertEqual(len(self.house.business.performed), 1)

    async def test_what_is_known_by_then_is_told_also_while_the_back_office_is_down(self) -> None:
        await self.confirmed()
        down = self.house.business.perform
        self.mends("perform")
        await self.until_state("finished")
        self.business_does("perform", down)
        (again,) = await self.house.says("1", OTHER)
        self.assertNotIn("没有办成", again)

    async def test_what_was_certainly_not_done_begins_anew_under_its_key(self) -> None:
        await self.house.says("0204", OTHER)

        async def down(msisdn: str, change: object, offer: object, key: str, *_: object) -> NotDone:
            self.house.business.asked.append(key)
            return NotDone("connection refused")

        self.business_does("perform", down)
        (told,) = await self.house.says("1", OTHER)
        self.assertIn("没有办成", told)
        self.assertEqual((await self.row()).state, "not done")
        self.mends("perform")
        held: Deferred[None] = Deferred()
        self.house.business.before = lambda: held
        self.smsc.send_mo("1", OTHER)
        await self.smsc.until(lambda: len(self.house.business.asked) == 2)
        self.assertEqual((await self.row()).state, "started", "a kill here is taken up at the next start")
        held.callback(None)
        await self.smsc.until(lambda: len(self.smsc.to(OTHER)) == 3)
        self.assertIn("彩铃已开通", self.smsc.to(OTHER)[-1])


class ManyUnknown(Case):
    config: ClassVar[dict[str, object]] = {"promos_a_day": 0, "settle_every": 60.0, "first_wait": 0.01}

    async def test_a_back_office_that_hangs_is_asked_a_few_at_a_time_and_then_about_all(self) -> None:
        store = self.house.store
        await self.house.says("0204", OTHER)

        def fails() -> None:
            raise OSError("half way")

        self.house.business.before = fails  # type: ignore[assignment]
        await self.house.says("1", OTHER)
        row = await self.row()
        for number in range(50):
            key = f"{row.key}-{number}"
            body = row.body.replace(row.key, key)
            await store.operation_started(key, THIRD, "sms", body, row.started + 1)
            await store.conclude(Conclusion(operations=(Finished("unknown", row.started + 1, "null", key),)))
        self.house.business.asked.clear()
        settles = self.house.gateway.settling
        await settles.tick()
        await deferLater(reactor, 0.05)
        await settles.tick()
        self.assertEqual(len(self.house.business.asked), settling.AT_ONCE)
        self.assertEqual(settles.counts, {"unknown": 51})
        self.house.business.before = lambda: None
        await deferLater(reactor, 0.05)
        await settles.tick()
        self.assertEqual(len(set(self.house.business.asked)), 51)
        self.assertEqual(settles.counts, {})


class Rubbish(Case):
    async def test_an_answer_that_makes_no_sense_is_none(self) -> None:
        async def nonsense(*_: object) -> object:
            return "{]"

        for name in ("fee", "subscriber"):
            self.business_does(name, nonsense)
            (told,) = await self.house.says("0101")
            self.assertIn("系统忙", told)

    async def test_another_subscribers_data_is_told_to_nobody(self) -> None:
        of_other = await self.house.business.subscriber(OTHER)

        async def another(_: str) -> object:
            return of_other

        self.business_does("subscriber", another)
        facts = await self.house.gateway.common.facts(CALLER, SMS)
        self.assertEqual((facts.caller, facts.brand), (CALLER, None))

    async def test_a_query_that_fails_says_so_once(self) -> None:
        async def fails(*_: object) -> None:
            raise Unavailable("down")

        self.business_does("fee", fails)
        await self.house.says("0101")
        await self.house.gateway.turns.lanes.quiet()
        self.assertEqual(len(self.smsc.to()), 1)


class AFaultOfOurs(Case):
    """Something raises in the middle of a turn that nobody expects."""

    def breaks(self, whose: Any, name: str, *, after: int = 0) -> list[int]:
        """``whose.name`` raises once, at its use number ``after``; the uses so far."""
        works, uses = getattr(whose, name), [0]

        def broken(*given: Any, **named: Any) -> Any:
            uses[0] += 1
            if uses[0] == after + 1:
                raise LookupError("a fault of ours")
            return works(*given, **named)

        self.patch(whose, name, broken)
        return uses

    async def test_a_query_is_answered_with_the_way_out_and_the_next_one_right(self) -> None:
        for whose, name in (
            (self.house.gateway.answering._common.desk, "run"),
            (self.house.gateway.answering._common.desk, "facts"),
            (self.house.gateway.answering._composer, "compose"),
            (self.house.gateway.answering._subscribers, "matters"),
        ):
            uses = self.breaks(whose, name)
            told = await self.house.says("0101")
            self.assertEqual((len(told), "系统忙" in told[0]), (1, True), name)
            self.assertGreater(uses[0], 0)
            self.assertIn("元", (await self.house.says("0101"))[0])
        self.assertEqual((await self.house.store.recover(0.0)).waiting_in, {})

    async def test_a_change_that_was_begun_is_told_as_under_way_and_its_result_once(self) -> None:
        self.patch(settling, "STALE", 0.2)
        await self.house.says("KTCL")
        self.breaks(self.house.gateway.answering._composer, "compose")
        (told,) = await self.house.says("1")
        self.assertIn("正在办理", told)
        before = len(self.smsc.to(CALLER))
        await self.until_state("finished")
        await self.smsc.until(lambda: len(self.smsc.to(CALLER)) > before)
        self.assertEqual(len(self.smsc.to(CALLER)), before + 1)
        self.assertEqual(len(set(self.house.business.asked)), 1)
        self.assertEqual(len(self.house.business.performed), 1)

    async def test_a_fault_behind_the_commit_is_no_second_answer(self) -> None:
        self.breaks(self.house.gateway.answering, "_committed")
        told = await self.house.says("0101")
        self.assertEqual((len(told), "系统忙" in told[0]), (1, False))
        self.assertEqual(len(await self.house.says("0101")), 1)
