"""Kill -9 of the hall while 200 MOs are under way: every MO is answered, every operation was run once."""

from __future__ import annotations

import random
import signal
import sqlite3
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from boss.sql import SqlBusiness
from business.port import Brand
from business.port.stock import Account, BackOfficeData, Terms
from sms.testing.fakes import FakeSmsc

ROOT = Path(__file__).resolve().parents[2]
SUBSCRIBERS = [f"138{n:08}" for n in range(1, 101)]
FEE = 500


class _Hall(ProcessProtocol):
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
        from sms.smpp.pdu import Message

        message = Message(source, "10086", text.encode("utf-16-be"), 8)
        self.connection.deliver(message, lambda status: self._answered(source, text, status), 60.0)

    def _answered(self, source: str, text: str, status: int) -> None:
        if status == 0:
            self.open.pop((source, text), None)
            self.acknowledged += 1

    def again(self) -> None:
        for source, text in list(self.open):
            self.bring(source, text)


class KillNine(TestCase):
    timeout = 900

    async def test_two_hundred_texts_and_a_kill(self) -> None:
        await self._round(random.Random(7).randrange(5, 150))

    @pytest.mark.soak
    async def test_fifty_kills(self) -> None:
        chance = random.Random(10086)
        for _ in range(50):
            await self._round(chance.randrange(1, 200))

    async def test_a_kill_in_the_middle_of_a_silence(self) -> None:
        """The SMSC brings texts and answers no message: the next hall's replies arrive, once and in order."""
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(parents=True)
        await self._fill(directory)
        smsc = PersistentSmsc()
        port = smsc.listen()
        hall = self._hall(directory, port)
        some = SUBSCRIBERS[:20]
        try:
            await smsc.until(lambda: smsc.connection is not None, 30)
            smsc.mute = lambda message: True
            for text in ("10086", "0101"):
                for number in some:
                    smsc.bring(number, text)
            await smsc.until(lambda: smsc.acknowledged == 40, 60)
            await smsc.until(lambda: len({message.destination for message in smsc.taken}) == 20, 60)
            hall = await self._killed_and_again(hall, directory, port)
            await smsc.until(lambda: smsc.binds == 2, 30)
            hall = await self._killed_and_again(hall, directory, port)
            smsc.mute = lambda message: False
            await smsc.until(lambda: all(len(smsc.to(number)) == 2 for number in some), 60)
        finally:
            await self._kill(hall)
            await smsc.close()
        for number in some:
            menu, answer = smsc.to(number)
            self.assertIn("请回复序号", menu)
            self.assertIn("截至", answer)

    async def _round(self, die_at: int) -> None:
        """``die_at``: how many of the 200 texts are acknowledged when the hall is killed."""
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(parents=True)
        await self._fill(directory)
        smsc = PersistentSmsc()
        port = smsc.listen()
        hall = self._hall(directory, port)
        try:
            await smsc.until(lambda: smsc.connection is not None, 30)
            await self._ask_all(smsc)
            smsc.acknowledged = 0
            for number in SUBSCRIBERS:
                smsc.bring(number, "1")
                smsc.bring(number, "0101")
            await smsc.until(lambda: smsc.acknowledged >= die_at, 60)
            hall = await self._killed_and_again(hall, directory, port)
            await smsc.until(lambda: smsc.connection is not None, 30)
            smsc.again()
            await smsc.until(lambda: all(_answered(smsc, number) for number in SUBSCRIBERS), 60)
        finally:
            await self._kill(hall)
            await smsc.close()
        self._count(directory)

    async def _fill(self, directory: Path) -> None:
        business = SqlBusiness(f"sqlite:///{directory}/business.db", lambda: datetime.now(UTC), reactor)
        await business.start()
        terms = (Terms("crbt", "彩铃", FEE, charged_at_once=True),)
        accounts = tuple(Account(number, Brand.GOTONE, "长沙", True, 10_000) for number in SUBSCRIBERS)
        await business.put(BackOfficeData(terms, accounts, ()))
        await business.stop()

    def _hall(self, directory: Path, port: int) -> _Hall:
        hall = _Hall()
        arguments = [sys.executable, "-m", "tests.sms.kill_child", str(directory), str(port)]
        hall.process = reactor.spawnProcess(hall, sys.executable, arguments, env=None, path=str(ROOT))  # type: ignore[attr-defined]
        return hall

    async def _kill(self, hall: _Hall) -> None:
        if not hall.gone.called:
            hall.process.signalProcess(signal.SIGKILL)  # type: ignore[attr-defined]
        await hall.gone
        assert b"Traceback" not in hall.said, hall.said.decode()

    async def _killed_and_again(self, hall: _Hall, directory: Path, port: int) -> _Hall:
        await self._kill(hall)
        return self._hall(directory, port)

    async def _ask_all(self, smsc: PersistentSmsc) -> None:
        """Everybody stands before the question whether to open the tone."""
        for number in SUBSCRIBERS:
            smsc.bring(number, "0204")
        await smsc.until(lambda: all(len(smsc.to(number)) == 1 for number in SUBSCRIBERS), 60)

    def _count(self, directory: Path) -> None:
        business = sqlite3.connect(directory / "business.db")
        done = Counter(row[0] for row in business.execute("SELECT msisdn FROM bo_operation"))
        charged = Counter(
            row[0] for row in business.execute("SELECT msisdn FROM bo_ledger WHERE amount=?", (-FEE,))
        )
        business.close()
        self.assertEqual(done, Counter(SUBSCRIBERS), "one operation each")
        self.assertEqual(charged, Counter(SUBSCRIBERS), "one fee each")
        store = sqlite3.connect(directory / "hall.db")
        waiting = store.execute("SELECT count(*) FROM inbox WHERE state=0").fetchone()[0]
        unsettled = store.execute("SELECT count(*) FROM operations WHERE state!='finished'").fetchone()[0]
        store.close()
        self.assertEqual((waiting, unsettled), (0, 0))


def _answered(smsc: FakeSmsc, number: str) -> bool:
    """Both texts: that the tone is open, and what has been spent."""
    texts = smsc.to(number)[1:]
    return any("开通" in text for text in texts) and any("截至" in text for text in texts)
