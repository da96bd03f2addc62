"""A back office that stands still, dies and comes back while callers call and subscribers text: nothing is
lost, nothing is done twice, whoever was told 正在办理 gets the result, and the hall recovers by itself."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, Self

import psycopg
import pytest
from sqlalchemy import make_url

from peers.handset import text_as
from server.testing.boss import BossProcess
from server.testing.meddling import Meddler, Mode
from server.testing.ports import HOST
from server.testing.running import HallProcess
from server.testing.sipp import Scenario, Sipp
from store.testing.postgres import Postgres
from tests.e2e.chaos import (
    BUSY,
    FAILED,
    WORKING,
    Person,
    back_office,
    everybody,
    reckon,
    settle,
    some_people,
    tally,
)
from tests.peers import needs_peer

pytestmark = needs_peer("sipp")
OPENED, WORKED_ON = "彩铃已开通", "正在处理"
SENDER = "sip:[field0]@[local_ip]"


@pytest.fixture
def server() -> Iterator[Postgres]:
    running = Postgres()
    yield running
    running.stop()


class Backed(Protocol):
    """A back office for the whole story: how the hall finds it, its ledger, and what befalls it."""

    def settings(self) -> str:
        """The [business] table, without data."""

    def fill(self, data: Path) -> str:
        """What more the hall is to be told, so that ``data`` gets in."""

    def ledger(self) -> list[tuple[str, str, int]]: ...

    async def accident(self) -> None:
        """One round of everything that can go wrong."""


def every_question_was_answered(hall: HallProcess, calls: Sipp, count: int) -> None:
    """Each caller heard what he asked for, or that the system is busy and how to go on."""
    for number in range(1, count + 1):
        says = hall.says(f"{calls.call_id}-{number}")
        assert any("账户余额" in words or BUSY in words for words in says), says


def every_change_was_told(
    hall: HallProcess, calls: Sipp, callers: list[Person], movements: list[tuple[str, str, int]]
) -> None:
    """Each who confirmed heard that it is open, that it is not, or that it is being done; and so it is.
    Whoever was told to wait has got one SMS with the result."""
    charged = [number for number, _, amount in movements if amount == -500]
    for order, caller in enumerate(callers, 1):
        says = " ".join(hall.says(f"{calls.call_id}-{order}"))
        heard = [words for words in (OPENED, BUSY, WORKED_ON) if words in says]
        assert heard, says
        assert charged.count(caller.number) <= 1, says
        if OPENED in heard:
            assert charged.count(caller.number) == 1, says
        query = "SELECT count(DISTINCT message) FROM outbox WHERE kind = 'result' AND subscriber = ?"
        (results,) = hall.rows("hall", query, caller.number)
        assert results == (int(WORKED_ON in heard),), says


class OnPostgres:
    """``sql`` on a server whose word on a commit is lost on the way, that stands still for some seconds, is
    killed amid what it has just taken up again, and comes back."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._url = make_url(server.url)
        self._meddler = Meddler(self._url.port or 0)

    def __enter__(self) -> Self:
        self._meddler.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self._meddler.__exit__(None, None, None)

    def settings(self, *, proxied: bool = True) -> str:
        return f'url = "{self._url.set(port=self._meddler.port) if proxied else self._url}"\n'

    def fill(self, data: Path) -> str:
        return f'data = "{data}"\n'

    def ledger(self) -> list[tuple[str, str, int]]:
        with psycopg.connect(self._server.url) as connection:
            return connection.execute("SELECT msisdn, kind, amount FROM bo_ledger ORDER BY id").fetchall()

    async def accident(self) -> None:
        await asyncio.sleep(3)
        self._meddler.meddle(Mode.LOST, b"COMMIT")
        await asyncio.sleep(4)
        self._meddler.meddle(Mode.PASS)
        await asyncio.sleep(1)
        self._server.freeze()
        await asyncio.sleep(5)
        await asyncio.to_thread(self._server.halt)
        await asyncio.sleep(3)
        await asyncio.to_thread(self._server.start)


class OverHttp:
    """``http`` against the reference server, which is killed and started again; and a proxy before it that
    makes it slow, makes it talk rubbish, and cuts it short."""

    def __init__(self, folder: Path) -> None:
        self._boss = BossProcess(folder)
        self._meddler = Meddler(self._boss.port)

    def settings(self) -> str:
        return f'name = "http"\nurl = "http://{HOST}:{self._meddler.port}"\n'

    def fill(self, data: Path) -> str:
        self._boss.data = data
        return ""

    def start(self) -> None:
        self._boss.start()

    def __enter__(self) -> Self:
        self._meddler.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self._meddler.__exit__(None, None, None)
        self._boss.kill()

    def ledger(self) -> list[tuple[str, str, int]]:
        return self._boss.ledger()

    async def accident(self) -> None:
        await asyncio.sleep(3)
        self._boss.kill()
        await asyncio.sleep(2)
        await asyncio.to_thread(self.start)
        for mode in (Mode.RUBBISH, Mode.CUT, Mode.LOST):
            await asyncio.sleep(1)
            self._meddler.meddle(mode, b"/operations")
            await asyncio.sleep(3)
            self._meddler.meddle(Mode.PASS)
        self._meddler.meddle(Mode.SLOW)
        await asyncio.sleep(4)
        self._meddler.meddle(Mode.PASS)


def run(backed: Backed, folder: Path, *, texting: int, calling: int, times: int) -> None:
    """The whole story, ``times`` over. A tenth of the callers open something."""
    people, callers = some_people(texting), some_people(calling, first=50_001)
    data = folder / "data.yaml"
    data.write_text(back_office([*people, *callers]), encoding="utf-8")
    business = "[business]\n" + backed.settings() + backed.fill(data)
    if isinstance(backed, OverHttp):
        backed.start()
    hall = HallProcess(folder / "hall", settings="[sip]\nvanished_after = 60\n" + business)
    try:
        _live_through(hall, backed, people, callers, folder, times)
    except BaseException:
        hall.kill()
        raise
    assert hall.stop() == 0


async def accidents(backed: Backed, times: int) -> None:
    for _ in range(times):
        await backed.accident()


def _live_through(
    hall: HallProcess, backed: Backed, people: list[Person], callers: list[Person], folder: Path, times: int
) -> None:
    seconds = 20.0 * times
    changing = callers[: len(callers) // 10]
    asks = Scenario(sender=SENDER).invite().answered().info("11").pause(12).bye()
    opens = Scenario(sender=SENDER).invite().answered().info("321").pause(10).info("1").pause(12).bye()
    with (
        _calls(hall, asks, callers, folder, seconds) as asking,
        _calls(hall, opens, changing, folder, seconds) as opening,
    ):
        asyncio.run(ended(everybody(hall, people, seconds, lambda: accidents(backed, times)), 240 + seconds))
        asking.finish(60 + seconds)
        opening.finish(60 + seconds)
    settle(hall)
    told = tally(people)
    print(told, f"the slowest answer {max(each.slowest for each in people):.1f} s")
    every_question_was_answered(hall, asking, len(callers))
    every_change_was_told(hall, opening, changing, backed.ledger())
    reckon(hall, people, backed.ledger())
    recovers(hall)
    assert told[FAILED] + told[BUSY] > 0, "nobody noticed"
    assert told[WORKING] > 0, "nobody had to wait for a result"


async def ended(story: Coroutine[object, object, None], seconds: float) -> None:
    """The story, or who in it waits, and where, when it has not ended by then."""
    task = asyncio.ensure_future(story)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    assert done, [each.get_stack() for each in asyncio.all_tasks()]
    task.result()


def _calls(
    hall: HallProcess, scenario: Scenario, callers: list[Person], folder: Path, seconds: float
) -> Sipp:
    """Each of ``callers`` calls once, spread over three quarters of the time."""
    rate = max(1, round(len(callers) / seconds / 0.75))
    numbers = [each.number for each in callers]
    return Sipp(hall, scenario, folder, calls=len(callers), rate=rate, numbers=numbers)


def recovers(hall: HallProcess, seconds: float = 30.0) -> None:
    """Ready again without anybody's help."""
    end = time.monotonic() + seconds
    while hall.get("/health/ready")[0] != 200:
        assert time.monotonic() < end, hall.get("/health/ready")[1]
        time.sleep(0.2)
    assert hall.metric("hall_operations") == 0
    assert "Traceback" not in hall.log.read_text()


@needs_peer("postgresql")
def test_postgresql_stands_still_and_dies_and_one_behind_http_dies_raves_and_dawdles(
    server: Postgres, tmp_path: Path
) -> None:
    """Two halls side by side, each with its own people: either story is mostly waiting."""
    database, web = tmp_path / "database", tmp_path / "web"
    database.mkdir()
    web.mkdir()
    with OnPostgres(server) as one, OverHttp(web) as other, ThreadPoolExecutor(2) as both:
        stories = (
            both.submit(run, one, database, texting=40, calling=60, times=1),
            both.submit(run, other, web, texting=40, calling=60, times=1),
        )
        for story in stories:
            story.result()


@needs_peer("postgresql")
def test_a_hall_starts_before_its_back_office(server: Postgres, tmp_path: Path) -> None:
    """Menus are served at once, health says what is lacking, and nobody need do anything when it comes."""
    (person,) = some_people(1)
    data = tmp_path / "data.yaml"
    data.write_text(back_office([person]), encoding="utf-8")
    server.halt()
    backed = OnPostgres(server)
    hall = HallProcess(
        tmp_path / "hall", settings="[business]\n" + backed.settings(proxied=False) + backed.fill(data)
    )
    try:
        status, body, _ = hall.get("/health/ready")
        assert (status, json.loads(body)["parts"]["business"]) == (503, False)
        assert "话费" in _answer(hall, person, "10086")
        assert BUSY in _answer(hall, person, "0101")
        server.start()
        recovers(hall)
        assert "100元" in _answer(hall, person, "0101")
    finally:
        assert hall.stop() == 0


def _answer(hall: HallProcess, person: Person, text: str) -> str:
    (exchange,) = text_as(person.number, [text], **hall.console, quiet=0.2, longest=20)
    return exchange.replies[0].text


@pytest.mark.soak
@needs_peer("postgresql")
def test_postgresql_again_and_again(server: Postgres, tmp_path: Path) -> None:
    with OnPostgres(server) as backed:
        run(backed, tmp_path, texting=300, calling=500, times=6)


@pytest.mark.soak
def test_http_again_and_again(tmp_path: Path) -> None:
    with OverHttp(tmp_path) as backed:
        run(backed, tmp_path, texting=300, calling=500, times=6)
