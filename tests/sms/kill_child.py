"""The hall that the kill test kills: the real gateway, store and conversation on the ``sql`` business.

python -m tests.sms.kill_child DIRECTORY SMSC_PORT
"""

from __future__ import annotations

import sys
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
from store import Store


def now() -> datetime:
    return datetime.now(SHANGHAI)


async def main(directory: str, port: int) -> None:
    business = SqlBusiness(f"sqlite:///{directory}/business.db", now, reactor)
    await business.start()
    store = Store(f"sqlite:///{directory}/hall.db", reactor)
    await store.start()
    gateway = Gateway(
        store=store,
        halls=FixedHalls(the_hall()),
        desk=Desk(business, handlers.FUNCTIONS, now),
        reactor=reactor,
        random=SystemRandom(),
        links=[LinkConfig("127.0.0.1", port, password="secret", first_delay=0.05)],
        config=GatewayConfig(promos_a_day=0),
    )
    await gateway.start()
    await Deferred()  # until it is killed


if __name__ == "__main__":
    react(lambda _, directory, port: Deferred.fromCoroutine(main(directory, int(port))), sys.argv[1:])
