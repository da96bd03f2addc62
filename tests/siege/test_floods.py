"""Floods of SIP from one address, and from several, with an honest caller beside each: he is served as ever.

The floods are :mod:`tests.siege.sip_floods`, short here. Each comes from an address of its own (127.0.2.x),
the honest caller from 127.0.0.3; in one hall all of them are strangers, in the other all are trusted.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.testing.ports import HOST
from server.testing.running import ROOT, HallProcess
from tests.siege.honest import Call, HonestCaller
from tests.siege.sip_floods import FLOODS

SECONDS = 2.0  # of a flood
GOAL = 0.2  # seconds from INVITE to 200, p99: what `make siege` holds, where nothing else runs
DAILY = 2.5  # beside other tests: what is starved is refused, or takes four seconds and more
QUIET = 0.02  # what the slowest of a few calls takes on a machine that does nothing else
PAUSE = 0.1  # seconds between two of its calls: as an honest caller, far below the share of one address
TRIES = 3  # others use this machine, too: what the flood does it does each time
OF_A_TRUSTED_PEER = ["malformed", "dear", "junk", "inside_a_call", "idle_connections"]


def hall_that_trusts(folder: Path, network: str) -> Iterator[HallProcess]:
    hall = HallProcess(folder, settings=f'[sip]\ntrusted = ["{network}"]\n')
    try:
        yield hall
        assert hall.failures() == []
    finally:
        hall.stop()


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    yield from hall_that_trusts(tmp_path_factory.mktemp("strangers"), "10.0.0.0/8")


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    yield from hall_that_trusts(tmp_path_factory.mktemp("trusting"), "127.0.0.0/8")


@pytest.fixture
def goal(request: pytest.FixtureRequest) -> float:
    return GOAL if request.config.getoption("--soak") else DAILY


def besieged(hall: HallProcess, flood: str, *, tcp: bool = False) -> tuple[list[Call], float]:
    """Calls made beside a flood; how much slower this machine is just now than a quiet one."""
    source = f"127.0.2.{1 + list(FLOODS).index(flood)}"
    command = [sys.executable, "-m", "tests.siege.sip_floods", flood, f"{HOST}:{hall.sip}"]
    command += ["--source", source, "--seconds", str(SECONDS)]
    with HonestCaller(HOST, hall.sip, tcp=tcp) as caller:
        caller.call()
        alone = max(caller.call().seconds for _ in range(8))
        attacker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        calls = []
        try:
            while attacker.poll() is None:
                calls.append(caller.call())
                time.sleep(PAUSE)
        finally:
            attacker.kill()
            sent = attacker.communicate()[0]
    assert int(sent) > 0
    return calls, max(1.0, alone / QUIET)


def served(hall: HallProcess, flood: str, goal: float, *, tcp: bool = False) -> None:
    """None of the honest calls is refused, and they are answered in time."""
    seen = []
    for _ in range(TRIES):
        calls, slowness = besieged(hall, flood, tcp=tcp)
        refused = Counter(call.status for call in calls if call.status != 200)
        slowest = sorted(call.seconds for call in calls)[int(len(calls) * 0.99)]
        if not refused and slowest < goal * slowness:
            return
        seen.append(f"{len(calls)} calls, refused {refused}, p99 {slowest:.3f} s, slowness {slowness:.1f}")
    raise AssertionError("; ".join(seen))


@pytest.mark.parametrize("flood", FLOODS)
def test_beside_a_flood_of_strangers(strangers: HallProcess, flood: str, goal: float) -> None:
    before = len(list(strangers.log_lines()))
    served(strangers, flood, goal)
    lines = [str(line.get("text")) for line in strangers.log_lines()][before:]
    assert len(lines) <= 10, lines  # one a minute a source, where there were thousands of messages


@pytest.mark.parametrize("flood", OF_A_TRUSTED_PEER)
def test_beside_a_flood_of_a_trusted_peer(trusting: HallProcess, flood: str, goal: float) -> None:
    served(trusting, flood, goal)


def test_a_trusted_peer_that_acknowledges_nothing_keeps_nobody_out(trusting: HallProcess) -> None:
    """It may have nearly all set-ups a second that the hall can do: others may wait, none is refused."""
    calls, _slowness = besieged(trusting, "unacknowledged")
    assert {call.status for call in calls} == {200}


def test_by_tcp_beside_a_flood_of_connections(strangers: HallProcess, goal: float) -> None:
    served(strangers, "slow_connections", goal, tcp=True)


def test_what_was_refused_is_counted(strangers: HallProcess) -> None:
    besieged(strangers, "unacknowledged")
    rows = [row for row in strangers.get("/metrics")[1].splitlines() if row.startswith("hall_sip_over_share")]
    assert any(float(row.rpartition(" ")[2]) > 100 for row in rows), rows
