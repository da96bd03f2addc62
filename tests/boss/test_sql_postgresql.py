"""The sql back office on a PostgreSQL that is stopped, stands still, and comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from boss.sql import SqlBusiness
from boss.testing.cases import CRBT, DEADLINE, PostgresCase, now
from business.contract.case import GOTONE
from business.port import Done, NotDone, Performed, Unavailable, Unknown
from tests.peers import needs_peer


@needs_peer("postgresql")
class TestOutage(PostgresCase):
    async def until(self, so: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> float:
        """Wait until ``so``; how long that took."""
        began = reactor.seconds()  # type: ignore[attr-defined]
        while not await so():
            assert reactor.seconds() - began < seconds, "it did not come back"  # type: ignore[attr-defined]
            await deferLater(reactor, 0.05)  # type: ignore[arg-type]
        return float(reactor.seconds() - began)  # type: ignore[attr-defined]

    async def test_a_server_that_is_down_is_unavailable_at_once_and_found_again_by_itself(self) -> None:
        offer = await self.offered()
        await deferToThread(self.server.halt)
        began = reactor.seconds()  # type: ignore[attr-defined]
        for _ in range(20):
            await self.assertFailure(Deferred.fromCoroutine(self.business.fee(GOTONE)), Unavailable)
        self.assertIsInstance(await self.business.perform(GOTONE, CRBT, offer, "k"), NotDone)
        self.assertFalse(await self.business.healthy())
        self.assertLess(reactor.seconds() - began, DEADLINE, "nobody waits")  # type: ignore[attr-defined]
        await deferToThread(self.server.start)
        self.assertTrue(await self.business.healthy())
        self.assertIsInstance(await self.business.perform(GOTONE, CRBT, offer, "k"), Done)
        self.assertEqual(await self.charges(), [-500])

    async def test_a_server_that_stands_still_gives_the_threads_back(self) -> None:
        """SIGSTOP: connections stay open and nothing is answered, which no time-out of the server ends."""
        offer = await self.offered()
        self.server.freeze()
        stuck = [Deferred.fromCoroutine(self.business.fee(GOTONE)) for _ in range(6)]
        for each in stuck:
            await self.assertFailure(each, Unavailable)
        outcome: Performed = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertIsInstance(outcome, Unknown | NotDone)
        self.server.thaw()
        await self.until(self.business.healthy)
        while not isinstance(outcome, Done):
            outcome = await self.business.perform(GOTONE, CRBT, offer, "k")
        self.assertEqual(await self.charges(), [-500])

    async def test_a_restart_between_two_calls_is_not_noticed(self) -> None:
        await self.business.fee(GOTONE)
        await deferToThread(self.server.halt)
        await deferToThread(self.server.start)
        await self.business.fee(GOTONE)

    async def test_starting_without_it_says_unavailable_and_may_be_tried_again(self) -> None:
        await deferToThread(self.server.halt)
        later = SqlBusiness(self.server.url, now, reactor, threads=1, deadline=DEADLINE)
        self.addCleanup(lambda: Deferred.fromCoroutine(later.stop()))
        await self.assertFailure(Deferred.fromCoroutine(later.start()), Unavailable)
        await deferToThread(self.server.start)
        await later.start()
        await later.fee(GOTONE)
