"""The page on services, followed to the letter: a new question is asked of every back office, through the
guards, over HTTP, and by a text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from server.testing.page import DocsPage, run

PAGE = DocsPage("services.md")
FILES_AT_MOST = 8

ASKING = """
import sys
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from boss.memory import MemoryBusiness
from boss.sql import SqlBusiness
from business.contract.case import GOTONE, NOBODY, NOW, contract_data
from business.guards.breaker import CircuitBreaker
from business.guards.cached import CachedBusiness
from business.guards.deadline import DeadlineBusiness
from business.guards.measured import MeasuredBusiness
from business.guards.queue import Queue, QueuedBusiness, Rank
from business.http.client import HttpBusiness
from business.http.client_options import ClientOptions
from business.http.reference import reference_site
from business.port import AskBills, UnknownSubscriber


async def asked(name: str, business: Any, reactor: Any) -> None:
    seen: list[str] = []

    def observe(name: str, outcome: str, seconds: float) -> None:
        seen.append(f"{name} {outcome}")

    guarded = DeadlineBusiness(business, reactor, 10.0)
    guarded = CachedBusiness(CircuitBreaker(guarded, reactor.seconds), reactor.seconds, live=60.0)
    outer = MeasuredBusiness(guarded, observe, reactor.seconds)
    outer = QueuedBusiness(outer, Queue(lambda: 8), Rank.CALLER)
    bills = await outer.bills(GOTONE)
    assert bills == await outer.ask(AskBills(GOTONE)), bills
    try:
        await outer.bills(NOBODY)
    except UnknownSubscriber:
        pass
    assert seen == ["bills answered", "bills answered", "bills unknown subscriber"], seen
    print(name, [(f"{bill.month:%Y-%m}", bill.total) for bill in bills], guarded.hits)


async def main(reactor: Any) -> None:
    memory = MemoryBusiness(contract_data(), lambda: NOW)
    await asked("memory", memory, reactor)
    sql = SqlBusiness("sqlite:///" + sys.argv[1], lambda: NOW, reactor)
    await sql.start()
    await sql.put(contract_data())
    await asked("sql", sql, reactor)
    port = reactor.listenTCP(0, reference_site(sql, seconds=reactor.seconds), interface="127.0.0.1")
    http = HttpBusiness(f"http://127.0.0.1:{port.getHost().port}", reactor, ClientOptions())
    await asked("http", http, reactor)
    await http.stop()
    await port.stopListening()
    await sql.stop()


react(lambda reactor: Deferred.fromCoroutine(main(reactor)))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "tree"
    PAGE.follow(folder)
    return folder


def test_the_page_names_every_file_and_they_are_eight_at_the_most(tmp_path: Path) -> None:
    new, changed = PAGE.follow(tmp_path / "tree")
    assert new | changed == PAGE.told
    assert len(PAGE.told) <= FILES_AT_MOST


def test_every_back_office_is_asked_it_through_the_guards(tree: Path, tmp_path: Path) -> None:
    bills = "[('2026-10', 5920)]"
    said = run(tree, "-c", ASKING, str(tmp_path / "business.db"))
    assert said.splitlines() == [f"{name} {bills} 1" for name in ("memory", "sql", "http")]


def test_the_house_agrees_with_itself(tree: Path) -> None:
    """Port, description and code say the same; the kit asks the new question; the menu has no mistake."""
    tests = ("tests/business/test_http_description.py", "tests/business/test_questions.py")
    run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    promise = "every query answers"
    for name in ("memory", "sql"):
        words = ("contract", "--business", name, "--only", promise)
        assert "1 held" in run(tree, "-c", "from server.cli import main; main()", *words)
    said = run(tree, "-c", "from server.cli import main; main()", "check", status=1)
    assert "0 个错误" in said
    warned = [line for line in said.splitlines() if "警告" in line and "fee_trend" in line]
    assert {"[no-audio]" in line for line in warned} == {True}, said


def test_a_text_is_answered_by_it(tree: Path) -> None:
    words = ("simulate", "sms", "--as", "13900000001", "--json", "近月消费")
    line = json.loads(run(tree, "-c", "from server.cli import main; main()", *words))
    assert line["service"] == "fee_trend"
    assert re.search(r"平均每月消费[0-9.]+元", line["replies"][0]["text"]), line
