"""A store on a PostgreSQL that goes, and comes back."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from store import Store, StoreInUse, StoreUnavailable
from store.testing.cases import OnPostgresql, StoreCase, mo
from tests.peers import needs_peer


@needs_peer("postgresql")
class AServerThatGoes(OnPostgresql, StoreCase):
    """PostgreSQL is stopped and started beneath a hall."""

    async def test_the_lock_of_a_hall_that_is_just_ending_is_waited_for(self) -> None:
        first = await self.opened()
        second = Store(self.url, reactor)
        begun = Deferred.fromCoroutine(second.start())
        await deferLater(
            reactor, 0.3
        )  # the server sees some time after the hall that its connection is closed
        self.assertFalse(begun.called)
        await first.stop()
        await begun
        await second.receive(mo(1))
        await second.stop()

    async def test_the_store_is_reached_again_and_still_keeps_a_second_hall_out(self) -> None:
        store = await self.opened()
        await store.receive(mo(1))
        self.server.halt()
        try:
            for _ in range(2):
                await self.assertFailure(store.receive(mo(2)), StoreUnavailable)
        finally:
            self.server.start()
        await store.receive(mo(2))
        with self.assertRaises(StoreInUse):
            await Store(self.url, reactor).start()
        found = await (await self.reopened()).waiting_in(0, 10)
        self.assertEqual([row.id for row in found], [1, 2])
