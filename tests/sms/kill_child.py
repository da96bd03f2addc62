"""The hall that the kill test kills: the real gateway, store and conversation on the ``sql`` business.

python -m tests.sms.kill_child DIRECTORY SMSC_PORT
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import react

import handlers
from boss.sql import SqlBusiness
from business.port.days import SHANGHAI
from counter.desk import Desk
from menus.reading.reader import read
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.link import LinkConfig
from store import Store

MENU = Path(__file__).resolve().parents[2] / "menus.yaml"


class OneHall:
    """The menu as it is in the tree."""

    def __init__(self) -> None:
        hall = read(MENU.read_text(encoding="utf-8"), handlers.SPECS).hall
        assert hall is not None
        self.newest = hall

    def __getitem__(self, version: str) -> Any:
        if version != self.newest.version:
            raise KeyError(version)
        return self.newest


def now() -> datetime:
    return datetime.now(SHANGHAI)


async def main(directory: str, port: int) -> None:
    business = SqlBusiness(f"sqlite:///{directory}/business.db", now, reactor)
    await business.start()
    store = Store(f"sqlite:///{directory}/hall.db", reactor)
    await store.start()
    gateway = Gateway(
        store=store,
        halls=OneHall(),
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
