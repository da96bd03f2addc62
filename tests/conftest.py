"""Options of the whole test run, and the count of what a missing peer kept from running."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from twisted.trial.unittest import SynchronousTestCase

from tests.peers import REASON


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update",
        action="store_true",
        help="rewrite golden files (conversations, pinyin) from what is now so",
    )
    parser.addoption("--soak", action="store_true", help="run the long forms too")


LOADED = (HealthCheck.too_slow,)  # others use this machine, too: nothing is said by how long an example took
settings.register_profile("daily", max_examples=100, deadline=None, suppress_health_check=LOADED)
settings.register_profile("soak", parent=settings.get_profile("daily"), max_examples=2000)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if config.getoption("--soak") else "daily")
    config.addinivalue_line("markers", "soak: a long form, run by make soak only")


LONGEST_FIRST = (
    "test_contract.py",
    "test_chaos.py",
    "test_floods.py",
    "test_siege.py",
    "test_contract_command.py",
    "test_load_command.py",
    "test_backlog.py",
    "test_http_contract.py",
    "test_link.py",
    "test_serve_command.py",
    "test_package.py",
    "test_media_process.py",
)


def _turn(item: pytest.Item) -> int:
    if item.path.name in LONGEST_FIRST:
        return LONGEST_FIRST.index(item.path.name)
    starts_halls = item.path.parent.name in {"siege", "e2e"}
    return len(LONGEST_FIRST) + (not starts_halls)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long forms are chosen by ``make soak``; everything else is the daily run. What takes longest comes
    first, so that those who run side by side end together."""
    items.sort(key=_turn)
    if config.getoption("--soak"):
        return
    long_forms = [item for item in items if item.get_closest_marker("soak")]
    if long_forms:
        config.hook.pytest_deselected(items=long_forms)
        items[:] = [item for item in items if not item.get_closest_marker("soak")]


def _reasons(terminal: pytest.TerminalReporter) -> Counter[str]:
    """Why tests were skipped, and how many for each reason."""
    skipped = terminal.stats.get("skipped", [])
    longs = (report.longrepr for report in skipped)
    return Counter(long[2].removeprefix("Skipped: ") for long in longs if isinstance(long, tuple))


def _not_run(terminal: pytest.TerminalReporter) -> int:
    return sum(count for reason, count in _reasons(terminal).items() if REASON in reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = _reasons(terminalreporter)
    lacking = {why.removeprefix(REASON): n for why, n in sorted(reasons.items()) if REASON in why}
    if lacking:
        named = ", ".join(f"{peer} ({count})" for peer, count in lacking.items())
        terminalreporter.write_line(f"{sum(lacking.values())} not run: make peers; lacking: {named}")
    for why, count in reasons.items():
        if REASON not in why:
            terminalreporter.write_line(f"{count} skipped: {why}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    required = os.environ.get("HALL10086_PEERS") == "required"
    if required and exitstatus == 0 and terminal is not None and _not_run(terminal):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _children() -> set[str]:
    """This process's children that run, each by its number and command line."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            with suppress(OSError):
                words = (
                    Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                if words and "resource_tracker" not in words:
                    found.add(f"{pid} {words}")
    return found


def _threads() -> set[str]:
    """Threads that keep a process alive, except those of the reactor, which trial ends."""
    return {
        each.name
        for each in threading.enumerate()
        if not each.daemon and not each.name.startswith("PoolThread-twisted.internet.reactor")
    }


@pytest.fixture(autouse=True, scope="session")
def nothing_stays_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No process and no thread that a test began, and no file but in pytest's folder. Of sockets and timers
    trial sees to it itself."""
    processes, threads = _children(), _threads()
    usual, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = usual
    assert _children() - processes == set(), "a test left processes behind"
    assert _threads() - threads == set(), "a test left threads behind"


@pytest.fixture(autouse=True, scope="session")
def trial_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """``self.mktemp()`` of trial's test cases gives a path in pytest's folder, not in the work tree."""

    def mktemp(self: SynchronousTestCase) -> str:
        folder: Path = tmp_path_factory.mktemp("trial")
        return str(folder / "it")

    SynchronousTestCase.mktemp = mktemp
