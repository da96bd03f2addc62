"""``hall10086 contract``: every back office of ours is green, and what is strange is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from business.contract.promises import only, promises
from business.contract.run import PromiseStatus
from server.contracting import Job, run_promises
from server.testing.installed import install
from server.testing.ports import free_port
from store.testing.postgres import Postgres
from tests.peers import needs_peer

ROOT = Path(__file__).resolve().parents[2]
STRANGE = (Path(__file__).parent / "strange_backs.py").read_text(encoding="utf-8")
OWN_BENCH = ("own_time", "live", "slips")
BACKS = ("good", "forgets", "leaves", "boasts", "blocks", "crashes", *OWN_BENCH)


def contract(*words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command, with what is installed in ``path``."""
    return subprocess.run(
        [sys.executable, "-c", "from server.cli import main; main()", "contract", *words],
        capture_output=True, check=False, text=True, timeout=300, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(path or ""), str(ROOT))))},
    )  # fmt: skip


def kept(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """What it says in JSON, by the promise's words."""
    assert done.stdout, done.stderr
    return {row["words"]: row for row in json.loads(done.stdout)["promises"]}


@pytest.fixture(scope="module")
def backs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the strange ones are installed."""
    folder = tmp_path_factory.mktemp("installed")
    factories = {name: f"strange_backs:{name}" for name in BACKS if name not in OWN_BENCH}
    shared = dict.fromkeys(OWN_BENCH, "strange_backs:good")
    benches = {name: f"strange_backs:{name}" for name in OWN_BENCH}
    points = {"hall10086.business": factories | shared, "hall10086.bench": benches}
    install(folder, "strange_backs", STRANGE, points)
    return folder


# ---- ours --------------------------------------------------------------------------------------------------
def all_held(done: subprocess.CompletedProcess[str], words: str = "") -> None:
    told = kept(done)
    assert {words: row["why"] for words, row in told.items() if row["kept"] != "held"} == {}
    assert len(told) == len(only(promises(), words.split())) > 10
    assert done.returncode == 0


SOME = pytest.param(("--only", "groups of products"), id="some")
ALL = pytest.param((), id="all", marks=pytest.mark.soak)
"""By another process; tests/business holds every back office to all of them in its own."""


def test_memory_keeps_every_promise() -> None:
    all_held(contract("--business", "memory", "--json"))


def test_sqlite_keeps_every_promise() -> None:
    all_held(contract("--business", "sql", "--json"))


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@needs_peer("postgresql")
@pytest.mark.parametrize("some", [SOME, ALL])
def test_postgresql_keeps_them_in_a_schema_of_its_own(postgres: Postgres, some: tuple[str, ...]) -> None:
    import psycopg

    done = contract("--business", "sql", "--business-database", postgres.url, "--json", *some)
    all_held(done, *some[1:])
    with psycopg.connect(postgres.url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'bo_%'").fetchone()
    assert tables == (0,)


@contextmanager
def boss(folder: Path, *flags: str) -> Iterator[str]:
    """The reference server in a process of its own: its address."""
    port = free_port()
    words = ["boss", "--listen", f"127.0.0.1:{port}", "--database", f"sqlite:///{folder}/boss.db", *flags]
    with subprocess.Popen(
        [sys.executable, "-c", "from server.cli import main; main()", *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            assert "is ready" in next(line for line in process.stdout if line.strip())
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.parametrize("some", [SOME, ALL])
def test_http_keeps_them_against_the_reference_server(tmp_path: Path, some: tuple[str, ...]) -> None:
    with boss(tmp_path, "--bench") as address:
        done = contract("--business", "http", "--business-database", address, "--json", *some)
    all_held(done, *some[1:])


def test_a_server_without_a_bench_is_left_alone(tmp_path: Path) -> None:
    with boss(tmp_path) as address:
        done = contract("--business", "http", "--business-database", address)
    assert done.returncode == 2
    assert "this is no empty test system: there is no /bench at that address" in done.stderr


# ---- told to people ----------------------------------------------------------------------------------------
def test_the_table_names_theme_promise_and_verdict() -> None:
    done = contract("--business", "memory", "--only", "own products same key many")
    assert "Opening and cancelling the operator's own products" in done.stdout
    assert "  held        the same key many at once" in done.stdout
    assert done.stdout.rstrip().endswith("memory: 1 held, 0 broken")


def test_a_broken_promise_is_told_with_its_reason(backs: Path) -> None:
    done = contract("--business", "forgets", "--only", "same key", path=backs)
    assert done.returncode == 1
    assert "  BROKEN      the same key many at once" in done.stdout
    assert "changes.py:" in done.stdout


def test_no_such_promise_and_no_such_back_office(backs: Path) -> None:
    assert contract("--business", "memory", "--only", "sesame").returncode == 2
    done = contract("--business", "sesame", path=backs)
    assert done.returncode == 2
    assert "no back office is called 'sesame'; there are:" in done.stderr
    assert "forgets" in done.stderr


# ---- strange ones ------------------------------------------------------------------------------------------
def test_one_that_is_installed_is_found(backs: Path) -> None:
    assert contract("--business", "good", "--only", "who is calling", path=backs).returncode == 0


def test_what_is_not_offered_is_listed_so_and_is_no_fault(backs: Path) -> None:
    done = contract("--business", "leaves", "--only", "Who, fee", "--json", path=backs)
    told = kept(done)
    assert told["fee of prepaid and post paid"]["kept"] == "not offered"
    assert told["fee of prepaid and post paid"]["why"] == "fees"
    assert told["who is calling"]["kept"] == "held"
    assert done.returncode == 0


def test_whoever_claims_a_theme_must_have_it(backs: Path) -> None:
    done = contract("--business", "boasts", "--only", "every query answers", path=backs)
    assert done.returncode == 1
    assert "fees is offered" in done.stdout


def test_what_the_bench_cannot_do_is_never_held(backs: Path) -> None:
    done = contract("--business", "own_time", "--json", path=backs)
    told = kept(done)
    assert done.returncode == 1
    assert told["who is calling"]["kept"] == "held"
    assert told["opening charges once and shows"]["kept"] == "not shown"
    assert told["opening charges once and shows"]["why"] == "its movements cannot be read"
    assert told["the lock ends at midnight in hunan"]["why"] == "its clock cannot be set"
    assert told["fee of prepaid and post paid"]["why"].startswith("its clock cannot be set; at today's date:")
    assert {row["kept"] for row in told.values()} == {"held", "not shown"}


def test_one_that_no_hall_would_open_is_told_before_any_promise(backs: Path) -> None:
    done = contract("--business", "slips", path=backs)
    assert (done.returncode, done.stdout) == (2, "")
    told = "strange_backs._Slips.point answers nothing that a hall asks; did you mean points?"
    assert done.stderr.splitlines() == [f"hall10086: {told}"]


def test_nothing_is_written_into_a_live_system(backs: Path) -> None:
    done = contract("--business", "live", path=backs)
    assert done.returncode == 2
    assert "this is no empty test system: 3120000 subscribers are in it" in done.stderr


def test_a_database_with_subscribers_in_it_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    load = (
        "import sys; from twisted.internet import reactor; from business import open_business\n"
        "from business.contract import contract_data; from datetime import datetime, UTC\n"
        "from twisted.internet.defer import Deferred\n"
        "async def go():\n"
        "    b = open_business('sql', sys.argv[1], clock=lambda: datetime.now(UTC), reactor=reactor)\n"
        "    await b.start(); await b.put(contract_data()); await b.stop()\n"
        "Deferred.fromCoroutine(go()).addBoth(lambda _: reactor.stop()); reactor.run()\n"
    )
    subprocess.run([sys.executable, "-c", load, url], check=True, cwd=ROOT)
    before = (tmp_path / "live.db").read_bytes()
    done = contract("--business", "sql", "--business-database", url)
    assert done.returncode == 2
    assert "that database has subscribers in it" in done.stderr
    assert (tmp_path / "live.db").read_bytes() == before


def test_one_that_blocks_or_crashes_breaks_its_promise_and_the_rest_goes_on(
    backs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(backs))
    wanted = only(promises(), ("who is calling",)) + only(promises(), ("fee of",))
    wanted += only(promises(), ("products", "Who,"))[-1:]
    for name, why in (
        ("blocks", "it blocks the reactor for good"),
        ("crashes", "it ended the process: out of"),
    ):
        job = Job(name, None, {}, tuple(dict.fromkeys(wanted)), deadline=1.0, grace=1.0)
        verdicts = list(run_promises(job))
        assert PromiseStatus.HELD is verdicts[0].kept is verdicts[-1].kept
        (broken,) = [one for one in verdicts if one.kept is PromiseStatus.BROKEN]
        assert broken.why.startswith(why)
