"""What the tests of outages are made of: subscribers with cards, handsets that go on texting, and the sums
that must come out whatever happened.

    people = [Person(...)]; data = back_office(people)
    asyncio.run(everybody(hall, people, outage))
    reckon(hall, people, ledger)
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from server.testing.ports import HOST
from server.testing.running import HallProcess

PATIENCE = 60.0
"""Seconds for which a text is waited for; no text of a hall takes that long."""
OPEN, FUNDED = "彩铃已开通", "充值50元成功"
HAS = "已开通"  # also where it is told once more
WORKING, FAILED, BUSY = "正在办理", "没有办成", "系统忙"
BY_HAND = "已办好"


@dataclass
class Person:
    """One subscriber with a handset. ``texts``: sent; ``got``: everything that came, in order."""

    number: str
    card: str
    texts: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def heard(self, words: str) -> int:
        return sum(words in text for text in self.got)


def some_people(count: int, first: int = 1) -> list[Person]:
    return [Person(f"139000{n:05}", f"50{n:016}") for n in range(first, first + count)]


def back_office(people: Sequence[Person]) -> str:
    """A data file with all of them: money enough, and a card of 50 yuan for each."""
    lines = ["products:", "  crbt:", "    title: 彩铃", "    fee: 5", "    charged: at once"]
    lines += ["    cancel: asked", "subscribers:"]
    for each in people:
        lines += [f"  {each.number}:", "    brand: 全球通", "    city: 长沙"]
        lines += ["    pays: before", "    balance: 100.00", "    spent:", "      0: 1.00 0 0 0 0 0 0"]
    lines += ["cards:", "  50: " + " ".join(each.card for each in people), ""]
    return "\n".join(lines)


class Handset:
    """A person's handset on the demo SMSC's console. A reply is whatever comes next; results may come at any
    time between."""

    def __init__(self, hall: HallProcess, person: Person) -> None:
        self._hall, self.person = hall, person
        self._came = asyncio.Condition()

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._hall.handsets)
        hello = {"token": self._hall.token, "from": self.person.number}
        self._writer.write(json.dumps(hello).encode() + b"\n")
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            message = json.loads(line)
            assert "error" not in message, message
            if "text" in message:
                async with self._came:
                    self.person.got.append(str(message["text"]))
                    self._came.notify_all()

    async def text(self, text: str) -> str:
        """The first thing that comes behind it."""
        before, began = len(self.person.got), time.monotonic()
        self.person.texts.append(text)
        line = json.dumps({"from": self.person.number, "text": text}, ensure_ascii=False)
        self._writer.write(line.encode() + b"\n")
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: len(self.person.got) > before)
        self.person.slowest = max(self.person.slowest, time.monotonic() - began)
        return self.person.got[before]

    async def close(self) -> None:
        self._listening.cancel()
        self._writer.close()


async def live(handset: Handset, chance: random.Random, until: float) -> None:
    """Asks what it spent, opens the tone, tops up, and asks on: with pauses, again where nothing was done."""
    await handset.text("QXXC")  # no promos, so that what comes is answers and results
    await asyncio.sleep(chance.uniform(0, 8))
    opened = funded = False
    while time.monotonic() < until or not (opened and funded):
        await asyncio.sleep(chance.uniform(0.5, 4))
        wish = chance.choice(("fee", "tone", "card"))
        if wish == "tone" and not opened:
            opened = await _tone(handset)
        elif wish == "card" and not funded:
            told = await handset.text(f"CZ{handset.person.card}")
            funded = FAILED not in told and BUSY not in told
        else:
            await handset.text("0101")


async def _tone(handset: Handset) -> bool:
    """Whether it is opened, or will be."""
    asked = await handset.text("0204")
    if HAS in asked:  # a result that came between was taken for the answer to what was done
        return True
    if "确认" not in asked:
        return False
    told = await handset.text("1")
    if FAILED in told:
        told = await handset.text("1")  # the same question, the same key
    return HAS in told or WORKING in told


async def everybody(
    hall: HallProcess, people: Sequence[Person], seconds: float, accidents: Callable[[], Awaitable[None]]
) -> None:
    """All of them live for ``seconds`` and the accidents happen; then whatever is still to come comes."""
    handsets = [Handset(hall, person) for person in people]
    for handset in handsets:
        await handset.open()
    until = time.monotonic() + seconds
    lives = [live(handset, random.Random(n), until) for n, handset in enumerate(handsets)]
    await asyncio.gather(accidents(), *lives)
    await asyncio.to_thread(settle, hall)
    await asyncio.sleep(1.0)  # what the SMSC has taken is on its way to the handset
    for handset in handsets:
        await handset.close()


def settle(hall: HallProcess, seconds: float = 120.0) -> None:
    """Nothing is unknown any more, and nothing waits to be sent."""
    end = time.monotonic() + seconds
    while True:
        open_ = hall.rows("hall", "SELECT state, count(*) FROM operations GROUP BY state")
        waiting = hall.rows("hall", "SELECT count(*) FROM outbox WHERE state = 0")[0][0]
        if waiting == 0 and {state for state, _ in open_} <= {"finished", "not done"}:
            return
        assert time.monotonic() < end, (open_, waiting)
        time.sleep(0.2)


Movements = Sequence[tuple[str, str, int]]
"""Number, kind, fen: the back office's ledger."""


def reckon(hall: HallProcess, people: Sequence[Person], ledger: Movements) -> None:
    """Nothing lost, nothing done twice, everybody told the truth."""
    for each in people:
        mine = [(kind, amount) for number, kind, amount in ledger if number == each.number]
        story = f"{each.number}: {each.texts}\n{each.got}\n{mine}"
        results = each.heard(WORKING)
        assert len(each.got) == len(each.texts) + results, (
            f"each text one answer, each unknown one result\n{story}"
        )
        tones = sum(1 for kind, amount in mine if amount == -500)
        cards = sum(1 for kind, amount in mine if kind == "top_up")
        assert tones == 1, f"opened once\n{story}"
        assert cards == 1, f"topped up once\n{story}"
        assert each.heard(OPEN) >= 1, story
        assert each.heard(FUNDED) >= 1 or each.heard("已用过"), story
        for text in each.got:
            assert re.search("[一-龥]", text), story
    assert hall.rows("hall", "SELECT count(*) FROM inbox WHERE state = 0") == [(0,)]


def tally(people: Sequence[Person]) -> dict[str, int]:
    """How often what was told: a test of an outage that nobody noticed would show nothing."""
    counted = {words: sum(each.heard(words) for each in people) for words in (WORKING, FAILED, BUSY, OPEN)}
    return {**counted, "texts": sum(len(each.texts) for each in people)}
