"""Options of the whole test run, and the count of what a missing peer kept from running."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from twisted.trial.unittest import SynchronousTestCase

from tests.peers import REASON


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update",
        action="store_true",
        help="rewrite golden files (conversations, pinyin) from what is now so",
    )
    parser.addoption("--soak", action="store_true", help="run the long forms too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "soak: a long form, run by make soak only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long forms are chosen by ``make soak``; everything else is the daily run. What starts whole servers
    takes longest and comes first, so that those who run side by side end together."""
    items.sort(key=lambda item: item.path.parent.name not in {"siege", "e2e"})
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


@pytest.fixture(autouse=True, scope="session")
def trial_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """``self.mktemp()`` of trial's test cases gives a path in pytest's folder, not in the work tree."""

    def mktemp(self: SynchronousTestCase) -> str:
        folder: Path = tmp_path_factory.mktemp("trial")
        return str(folder / "it")

    SynchronousTestCase.mktemp = mktemp
