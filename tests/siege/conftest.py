"""What honest people waited for beside each attack, as a table at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.siege.beside import HEAD, Figures, row

SEEN = pytest.StashKey[list[Figures]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[Figures], None]:
    """Puts a line into the table."""
    return request.config.stash.setdefault(SEEN, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    seen = config.stash.get(SEEN, [])
    if seen and config.getoption("--soak"):
        terminalreporter.section("beside each attack")
        terminalreporter.write_line("\n".join([HEAD, *map(row, seen)]))
