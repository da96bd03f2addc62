"""The server that ``bench_sms`` measures: gateway, store, conversation and menu, on the ``memory`` business.

python -m benchmarks.sms_server DIRECTORY SMSC_PORT SUBSCRIBERS [PROFILE]
"""

from __future__ import annotations

import cProfile
import os
import signal
import sys
from dataclasses import replace
from datetime import datetime
from random import SystemRandom
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred

import handlers
from boss.data import demo_text, read_data
from boss.memory import MemoryBusiness
from business.port.days import SHANGHAI
from counter.desk import Desk
from counter.testing.house import FixedHalls, the_hall
from server.collector import freeze_start_up_objects
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.link import LinkConfig
from sms.throttle import ReplyThrottle
from store import Store

reactor: Any = global_reactor


def now() -> datetime:
    return datetime.now(SHANGHAI)


def business(count: int) -> MemoryBusiness:
    """``count`` subscribers, each like the demo's first."""
    data = read_data(demo_text(), "demo.yaml", now())
    first = data.accounts[0]
    return MemoryBusiness(
        replace(data, accounts=tuple(replace(first, msisdn=f"138{n:08}") for n in range(count))), now
    )


async def serve(directory: str, port: int, count: int) -> None:
    store = Store(f"sqlite:///{directory}/hall.db", reactor)
    await store.start()
    gateway = Gateway(
        store=store,
        halls=FixedHalls(the_hall()),
        desk=Desk(business(count), handlers.FUNCTIONS, now),
        reactor=reactor,
        random=SystemRandom(),
        links=[LinkConfig("127.0.0.1", port, window=200)],
        config=GatewayConfig(promos_a_day=1_000_000),  # a promo behind every answer
        limits=ReplyThrottle(replies=1_000_000),
    )
    await gateway.start()
    freeze_start_up_objects()  # as hall10086 serve does


def main(directory: str, port: str, count: str, profile: str | None = None) -> None:
    os.sched_setaffinity(0, {1})  # before any thread is made, so that all of them are there
    signal.signal(signal.SIGTERM, lambda *_: reactor.callFromThread(reactor.stop))
    Deferred.fromCoroutine(serve(directory, int(port), int(count))).addErrback(_failed)
    if profile is None:
        reactor.run(installSignalHandlers=False)
        return
    profiler = cProfile.Profile()
    profiler.runcall(reactor.run, installSignalHandlers=False)
    profiler.dump_stats(profile)


def _failed(failure: Any) -> None:
    failure.printTraceback()
    reactor.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
