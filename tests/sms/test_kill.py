"""Kill -9 of the hall while 200 MOs are under way: every MO is answered, every operation was run once."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from twisted.trial.unittest import TestCase

from sms.testing.fakes import FakeSmsc
from tests.sms.killing import FEE, SUBSCRIBERS, PersistentSmsc, fill, killed, killed_and_again, started


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
        await fill(directory)
        smsc = PersistentSmsc()
        port = smsc.listen()
        hall = started(directory, port)
        some = SUBSCRIBERS[:20]
        try:
            await smsc.until(lambda: smsc.connection is not None, 30)
            smsc.mute = lambda message: True
            for text in ("10086", "0101"):
                for number in some:
                    smsc.bring(number, text)
            await smsc.until(lambda: smsc.acknowledged == 40, 60)
            await smsc.until(lambda: len({message.destination for message in smsc.taken}) == 20, 60)
            hall = await killed_and_again(hall, directory, port)
            await smsc.until(lambda: smsc.binds == 2, 30)
            hall = await killed_and_again(hall, directory, port)
            smsc.mute = lambda message: False
            await smsc.until(lambda: all(len(smsc.to(number)) == 2 for number in some), 60)
        finally:
            await killed(hall)
            await smsc.close()
        for number in some:
            menu, answer = smsc.to(number)
            self.assertIn("请回复序号", menu)
            self.assertIn("截至", answer)

    async def _round(self, die_at: int) -> None:
        """``die_at``: how many of the 200 texts are acknowledged when the hall is killed."""
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(parents=True)
        await fill(directory)
        smsc = PersistentSmsc()
        port = smsc.listen()
        hall = started(directory, port)
        try:
            await smsc.until(lambda: smsc.connection is not None, 30)
            await self._ask_all(smsc)
            smsc.acknowledged = 0
            for number in SUBSCRIBERS:
                smsc.bring(number, "1")
                smsc.bring(number, "0101")
            await smsc.until(lambda: smsc.acknowledged >= die_at, 60)
            hall = await killed_and_again(hall, directory, port)
            await smsc.until(lambda: smsc.connection is not None, 30)
            smsc.again()
            await smsc.until(lambda: all(_answered(smsc, number) for number in SUBSCRIBERS), 60)
        finally:
            await killed(hall)
            await smsc.close()
        self._count(directory)

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
