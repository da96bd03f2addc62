"""A hall of its own process that a test kills, and an SMSC that brings every text until it is taken."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from boss.sql import SqlBusiness
from business.port import Brand
from business.port.stock import Account, BackOfficeData, Terms
from sms.smpp.pdu import MessagePdu
from sms.testing.fakes import FakeSmsc

ROOT = Path(__file__).resolve().parents[2]
SUBSCRIBERS = [f"138{n:08}" for n in range(1, 101)]
FEE = 500


class Hall(ProcessProtocol):
    def __init__(self) -> None:
        self.gone: Deferred[None] = Deferred()
        self.said = b""

    def errReceived(self, data: bytes) -> None:
        self.said += data

    def processEnded(self, reason: Failure) -> None:
        self.gone.callback(None)


class PersistentSmsc(FakeSmsc):
    """Brings every text until it is acknowledged, also over a rebind, as an SMSC does."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[tuple[str, str], int] = {}  # (source, text): times brought
        self.acknowledged = 0

    def bring(self, source: str, text: str) -> None:
        self.open[(source, text)] = self.open.get((source, text), 0) + 1
        if self.connection is None:
            return
        message = MessagePdu(source, "10086", text.encode("utf-16-be"), 8)
        self.connection.deliver(message, lambda status: self._answered(source, text, status), 60.0)

    def _answered(self, source: str, text: str, status: int) -> None:
        if status == 0:
            self.open.pop((source, text), None)
            self.acknowledged += 1

    def again(self) -> None:
        for source, text in list(self.open):
            self.bring(source, text)


async def fill(directory: Path) -> None:
    business = SqlBusiness(f"sqlite:///{directory}/business.db", lambda: datetime.now(UTC), reactor)
    await business.start()
    terms = (Terms("crbt", "彩铃", FEE, charged_at_once=True),)
    accounts = tuple(Account(number, Brand.GOTONE, "长沙", True, 10_000) for number in SUBSCRIBERS)
    await business.put(BackOfficeData(terms, accounts, ()))
    await business.stop()


def started(directory: Path, port: int, *more: str) -> Hall:
    hall = Hall()
    arguments = [sys.executable, "-m", "tests.sms.kill_child", str(directory), str(port), *more]
    hall.process = reactor.spawnProcess(hall, sys.executable, arguments, env=None, path=str(ROOT))  # type: ignore[attr-defined]
    return hall


async def killed(hall: Hall) -> None:
    if not hall.gone.called:
        hall.process.signalProcess(signal.SIGKILL)  # type: ignore[attr-defined]
    await hall.gone
    assert b"Traceback" not in hall.said, hall.said.decode()


async def killed_and_again(hall: Hall, directory: Path, port: int) -> Hall:
    await killed(hall)
    return started(directory, port)
