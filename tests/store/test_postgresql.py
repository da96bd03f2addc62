"""The same store on PostgreSQL: everything that is not about a file."""

from __future__ import annotations

from typing import ClassVar

from twisted.internet import reactor
from twisted.internet.defer import gatherResults

from store import Store, StoreInUse, StoreRefused, StoreUnavailable
from tests.business.postgres import Postgres
from tests.peers import needs_peer
from tests.store import test_store
from tests.store.test_store import StoreCase, call, mo


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
    test_health_tells_of_a_disk_that_takes_nothing = None  # the same

    async def test_numbers_and_characters_that_only_this_database_refuses_fail_alone(self) -> None:
        store = await self.opened()
        good = store.receive(mo(1))
        refused = [
            store.keep_call(call("nul", called="100\x0086")),
            store.receive(mo(2)._replace(reference=2**31)),
            store.receive(mo(3)._replace(coding=2**15)),
            store.keep_call(call("".join(map(chr, range(0x4E00, 0x9000))))),  # no index holds such a key
        ]
        other = store.keep_call(call("good"))
        for each in refused:
            await self.assertFailure(each, StoreRefused)
        await gatherResults([good, other])

    async def test_a_server_that_takes_no_writes_is_no_entry_s_fault(self) -> None:
        store = await self.opened()
        await store._open.read(lambda cursor: cursor.execute("SET default_transaction_read_only=on"))
        failed = [store.receive(mo(2)), store.receive(mo(3))]
        for each in failed:
            await self.assertFailure(each, StoreUnavailable)
        await store._open.read(lambda cursor: cursor.execute("SET default_transaction_read_only=off"))
        await store.receive(mo(1))


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
        found = await (await self.reopened()).waiting_in(0, 10)
        self.assertEqual([row.id for row in found], [1, 2])
