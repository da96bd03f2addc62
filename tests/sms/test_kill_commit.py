"""Kill -9 in the middle of the commit after a turn, or right behind it: the wish and the answer that confirms
it, the promo and its count, the session and what was said, all stand, or none of it; then all of it comes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.sms.killing import SUBSCRIBERS, PersistentSmsc, fill, killed, started

ONE, TWO = SUBSCRIBERS[:2]
PROMOS = ("--promos", "3")


class Killed(TestCase):
    timeout = 120

    async def setUp(self) -> None:  # type: ignore[override]
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(parents=True)
        await fill(self.directory)
        self.smsc = PersistentSmsc()
        self.port = self.smsc.listen()

    async def tearDown(self) -> None:
        await killed(self.hall)
        await self.smsc.close()

    async def hall_runs(self, *dies: str) -> None:
        self.hall = started(self.directory, self.port, *PROMOS, *dies)
        await self.smsc.until(lambda: self.smsc.connection is not None, 30)

    async def says(self, text: str, who: str, replies: int = 1) -> list[str]:
        """Text the hall, and wait for so many messages."""
        before = len(self.smsc.to(who))
        self.smsc.bring(who, text)
        await self.smsc.until(lambda: len(self.smsc.to(who)) >= before + replies, 30)
        return self.smsc.to(who)[before:]

    async def is_killed_by(self, text: str, who: str) -> None:
        """The text's own commit is the hall's last; the SMSC brings the text again if that was not taken."""
        self.smsc.bring(who, text)
        await self.hall.gone
        await self.smsc.until(lambda: self.smsc.connection is None, 30)

    def rows(self, sql: str, *given: object) -> list[tuple[object, ...]]:
        store = sqlite3.connect(self.directory / "hall.db")
        found = store.execute(sql, given).fetchall()
        store.close()
        return found

    def stands(self, who: str) -> tuple[int, int, int, int]:
        """Texts that wait to be handled, questions that are open, promos counted, answers and promos kept."""
        return (
            int(str(self.rows("SELECT count(*) FROM inbox WHERE state=0 AND source=?", who)[0][0])),
            len(self.rows("SELECT 1 FROM sessions WHERE address=? AND asked IS NOT NULL", who)),
            len(self.rows("SELECT 1 FROM promo_counts WHERE subscriber=? AND count=1", who)),
            len(self.rows("SELECT 1 FROM outbox WHERE kind IN ('answer','promo') AND subscriber=?", who)),
        )

    async def test_whoever_reads_that_promos_are_stopped_gets_none_whenever_the_hall_was_killed(self) -> None:
        await self.hall_runs("--dies-after", "1")
        await self.is_killed_by("QXXC", ONE)
        await self.hall_runs()
        await self.smsc.until(lambda: len(self.smsc.to(ONE)) == 1, 30)
        self.assertIn("已停发", self.smsc.to(ONE)[0])
        await self.says("0101", TWO, replies=2)  # others get their promo
        (answer,) = await self.says("0101", ONE)
        (menu,) = await self.says("10086", ONE)
        self.assertIn("截至", answer)
        self.assertIn("请回复序号", menu)
        self.assertEqual(self.rows("SELECT 1 FROM promo_counts WHERE subscriber=?", ONE), [])
        self.assertEqual(len(self.smsc.to(ONE)), 3)

    async def test_nothing_is_told_of_a_wish_that_is_not_written(self) -> None:
        await self.hall_runs("--dies-in", "promo_wishes")
        await self.is_killed_by("QXXC", ONE)
        self.assertEqual(self.rows("SELECT 1 FROM outbox"), [])
        await self.hall_runs()
        self.smsc.again()
        await self.smsc.until(lambda: len(self.smsc.to(ONE)) == 1, 30)
        self.assertEqual(self.rows("SELECT wanted FROM promo_wishes WHERE subscriber=?", ONE), [(0,)])

    async def test_a_promo_is_counted_with_the_session_and_the_answer_or_not_at_all(self) -> None:
        await self.hall_runs("--dies-in", "promo_counts")
        await self.says("0204", ONE)
        await self.is_killed_by("0101", ONE)
        _, sessions, promos, messages = self.stands(ONE)
        self.assertEqual((sessions, promos, messages), (1, 0, 0), "the question is open still")
        await self.hall_runs("--dies-after", "1")
        self.smsc.again()
        await self.hall.gone
        waits, _, promos, messages = self.stands(ONE)
        self.assertEqual((waits, promos, messages), (0, 1, 2), "the answer and its promo wait to be sent")
        await self.smsc.until(lambda: self.smsc.connection is None, 30)
        await self.hall_runs()
        await self.smsc.until(lambda: any("截至" in text for text in self.smsc.to(ONE)), 30)
        self.smsc.bring(ONE, "10086")
        await self.smsc.until(lambda: "请回复序号" in self.smsc.to(ONE)[-1], 30)
        self.assertEqual(self.stands(ONE)[2], 1)
