"""The hall that the kill test kills: the real gateway, store and conversation on the ``sql`` business.

python -m tests.sms.kill_child DIRECTORY SMSC_PORT [--promos N] [--dies-in TABLE] [--dies-after N]

``--dies-in``: it kills itself when a row of TABLE is written that is not committed yet;
``--dies-after``: when the N-th commit that holds a message is on the disk, before anything else is done.
"""

from __future__ import annotations

import argparse
import os
import signal
from datetime import datetime
from random import SystemRandom

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import react

import handlers
from boss.sql import SqlBusiness
from business.port.days import SHANGHAI
from counter.desk import Desk
from counter.testing.house import FixedHalls, the_hall
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.link import LinkConfig
from store import Conclusion, Store


def now() -> datetime:
    return datetime.now(SHANGHAI)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(Store):
    """``left``: commits with a message until it dies; None: it lives."""

    left: int | None = None

    def conclude(self, conclusion: Conclusion) -> Deferred[None]:
        written = super().conclude(conclusion)
        return written.addCallback(self._counted) if conclusion.outbox else written

    def _counted(self, _: None) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                die()

    def dies_in(self, table: str) -> None:
        raw = self._open._connection.raw
        raw.create_function("die", 0, die)
        raw.execute(f"CREATE TEMP TRIGGER dies AFTER INSERT ON {table} BEGIN SELECT die(); END")


async def main(directory: str, port: int, promos: int, dies_in: str, dies_after: int | None) -> None:
    business = SqlBusiness(f"sqlite:///{directory}/business.db", now, reactor)
    await business.start()
    store = Mortal(f"sqlite:///{directory}/hall.db", reactor)
    store.left = dies_after
    await store.start()
    if dies_in:
        store.dies_in(dies_in)
    gateway = Gateway(
        store=store,
        halls=FixedHalls(the_hall()),
        desk=Desk(business, handlers.FUNCTIONS, now),
        reactor=reactor,
        random=SystemRandom(),
        links=[LinkConfig("127.0.0.1", port, password="secret", first_delay=0.05)],
        config=GatewayConfig(promos_a_day=promos),
    )
    await gateway.start()
    await Deferred()  # until it is killed


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("directory")
    words.add_argument("port", type=int)
    words.add_argument("--promos", type=int, default=0)
    words.add_argument("--dies-in", default="")
    words.add_argument("--dies-after", type=int)
    given = vars(words.parse_args())
    react(lambda _: Deferred.fromCoroutine(main(**given)), ())
