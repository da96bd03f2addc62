"""The same store on PostgreSQL: everything that is not about a file."""

from __future__ import annotations

from typing import ClassVar

from twisted.internet import reactor

from store import Store, StoreInUse, StoreUnavailable
from tests.business.postgres import Postgres
from tests.peers import needs_peer
from tests.store import test_store
from tests.store.test_store import StoreCase, mo


class OnPostgresql:
    """Puts a store of :mod:`tests.store.test_store` into an empty PostgreSQL database."""

    server: ClassVar[Postgres]

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Postgres()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()

    def setUp(self) -> None:
        self.server.empty()
        self.url = self.server.url


@needs_peer("postgresql")
class WhatIsKeptOnPostgresql(OnPostgresql, test_store.WhatIsKept):
    """What is committed is there after a restart."""


@needs_peer("postgresql")
class WhatGoesWrongOnPostgresql(OnPostgresql, test_store.WhatGoesWrong):
    """One bad request fails alone; a second hall is kept out."""

    test_a_full_disk_fails_the_request_and_the_store_goes_on_when_there_is_room = (
        None  # the server's own disk
    )
    test_a_database_locked_by_another_fails_as_unavailable = None  # no lock on a whole file


@needs_peer("postgresql")
class AServerThatGoes(OnPostgresql, StoreCase):
    """PostgreSQL is stopped and started beneath a hall."""

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
        found = await (await self.reopened()).recover(0.0)
        self.assertEqual([row.id for row in found.waiting_in], [1, 2])
