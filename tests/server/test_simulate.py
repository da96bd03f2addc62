"""``hall10086 simulate`` against the real thing: whatever is texted, to the SMS hall behind an SMSC and a
disk and to the simulator, every reply is the same; promos, their cap, 拒收宣传 and passing days included."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

import handlers
from boss.memory import MemoryBusiness
from business.port.days import SHANGHAI
from counter.desk import Desk
from counter.testing.house import MZONE, NOW, FixedHalls, demo_data, the_hall
from server.simulate import simulate_sms
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.link import LinkConfig
from sms.testing.clockwork import ClockReactor, ClockSmsc
from sms.throttle import UNLIMITED
from store import Store
from store.engine import connect, upgrade
from store.writer import Writer

CALLER = MZONE
PROMOS = 2
TEXTS = (
    *("10086", "0", "1", "2", "3", "4", "9", "Y", "1,3", "N"),
    *("0101", "0102", "0104", "0204", "0000", "0706", "0202", "HF", "话费", "积分", "账单"),
    *("KTCL", "QXCL", "开通彩铃", "取消彩铃", "不要开通彩铃", "QXXC", "KTXC", "拒收宣传", "接收宣传"),
    *("CZ501000000000000014", "CZ501000000000000015", "", "  ", "天气真好", "ABC" * 20, "0109 13900000003"),
)
LATER = (30.0, 700.0, 8_000.0, 90_000.0)
"""Seconds: a pause; a menu is forgotten; a question is; a day."""
dialogues = st.lists(st.sampled_from(TEXTS) | st.sampled_from(LATER) | st.text(max_size=8), max_size=14)
PROMOTED = ["0101", "0101", "0101", "QXXC", "0101", 90_000.0, "0101", "KTXC", "0101", "0204", "1", "0101"]


class Turned(ClockReactor):
    """A reactor that the test turns: links to SMSCs of the test, a store's thread, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.rightNow = NOW.timestamp()
        self._came: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def callFromThread(self, call: Callable[..., object], *given: object) -> None:  # type: ignore[override]
        self._came.put(lambda: call(*given))

    def turn(self, seconds: float, patience: float = 0.0) -> None:
        """Let ``seconds`` go by; the store's thread is waited for, for so many real ones."""
        self.advance(seconds)
        for _ in range(4):
            self.advance(0)
        try:
            while True:
                self._came.get(timeout=patience)()
        except Empty:
            return

    def until(self, so: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not so():
            assert time.monotonic() < end, "it did not come"
            self.turn(0.005, 0.002)

    def result(self, waited: Any) -> Any:
        came: list[Any] = []
        Deferred.fromCoroutine(waited).addBoth(came.append)
        self.until(lambda: bool(came))
        if isinstance(came[0], Failure):
            came[0].raiseException()
        return came[0]


class RealHall:
    """The gateway over a link, a store on the disk, and the demo's back office."""

    def __init__(self, directory: Path) -> None:
        self.reactor = Turned()
        self.now = NOW
        self.smsc = self.reactor.smscs[1] = ClockSmsc(self.reactor)
        self.smsc.password = ""
        url = f"sqlite:///{directory}/hall.db"
        self.store = Store(url, self.reactor)
        self.store._writer = Writer(connect(url), self.reactor)
        self.gateway = Gateway(
            store=self.store,
            halls=FixedHalls(the_hall()),
            desk=Desk(_business(self.clock), handlers.FUNCTIONS, self.clock, facts_live=0.0),
            reactor=self.reactor,
            random=Random(7),
            links=[LinkConfig("127.0.0.1", 1, first_delay=0.05)],
            config=GatewayConfig(promos_a_day=PROMOS),
            limits=UNLIMITED,
        )
        self.reactor.result(self.gateway.start())
        self.reactor.until(lambda: self.gateway.ready)

    def clock(self) -> datetime:
        """Stands still while a text is answered."""
        return self.now

    def later(self, seconds: float) -> None:
        end = self.reactor.seconds() + seconds
        while self.reactor.seconds() < end:
            self.reactor.turn(min(20.0, end - self.reactor.seconds()))
        self.reactor.until(lambda: self.gateway.ready)
        self.now = datetime.fromtimestamp(self.reactor.seconds(), SHANGHAI)

    def says(self, text: str) -> tuple[list[str], int]:
        """Its replies, and in how many parts they came."""
        replies, parts, handled = len(self.smsc.to(CALLER)), len(self.smsc.taken), len(self.smsc.acks)
        self.smsc.send_mo(text, CALLER)
        self.reactor.until(lambda: len(self.smsc.acks) > handled)
        quiet: list[object] = []
        self.gateway.turns.lanes.quiet().addCallback(quiet.append)
        self.reactor.until(lambda: bool(quiet) and len(self.gateway.outbox) == 0)
        return self.smsc.to(CALLER)[replies:], len(self.smsc.taken) - parts

    def close(self) -> None:
        self.reactor.result(self.gateway.stop())
        self.reactor.result(_awaited(self.store.stop()))


async def _awaited(waited: Any) -> Any:
    return await waited


def _business(clock: Callable[[], datetime]) -> MemoryBusiness:
    return MemoryBusiness(deepcopy(demo_data()), clock)


def test_the_simulator_answers_as_the_hall_does() -> None:
    """Once, and then with whatever comes to anybody's mind."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        upgrade(f"sqlite:///{empty}/hall.db")

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @example(steps=PROMOTED)
        @given(steps=dialogues)
        def both(steps: list[str | float]) -> None:
            own = Path(tempfile.mkdtemp(dir=folder))
            shutil.copytree(empty, own, dirs_exist_ok=True)
            _same(RealHall(own), steps)

        both()


def _same(hall: RealHall, steps: list[str | float]) -> None:
    texts: list[str] = []

    try:
        simulated = simulate_sms(
            iter(texts.pop, None),
            hall=the_hall(),
            business=_business(hall.clock),
            now=hall.clock,
            caller=CALLER,
            promos_a_day=PROMOS,
        )
        for step in steps:
            if not isinstance(step, str):
                hall.later(step)
                continue
            texts.append(step)
            answer = next(simulated)
            replies, parts = hall.says(step)
            assert [each.text for each in answer.replies] == replies
            assert sum(each.parts for each in answer.replies) == parts
    finally:
        hall.close()


def test_promos_have_their_cap_a_day_and_stop_when_they_are_refused() -> None:
    assert list(_promoted(["0101"] * 4)) == [True, True, False, False]
    told = list(_promoted(["0101", "QXXC", "0101", "KTXC", "0101"]))
    assert told == [True, False, False, False, True]


def _promoted(texts: list[str]) -> Iterator[bool]:
    """Which of the texts is followed by a promo."""
    business = _business(lambda: NOW)
    for answer in simulate_sms(
        texts, hall=the_hall(), business=business, now=lambda: NOW, caller=CALLER, promos_a_day=PROMOS
    ):
        yield any(reply.kind == "promo" for reply in answer.replies)
