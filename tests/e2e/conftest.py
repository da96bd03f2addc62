"""One hall for most end-to-end tests: its start-up is paid once a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.testing.running import ROOT, HallProcess

SETTINGS = """
[sip]
trusted = ["127.0.0.1/32"]
vanished_after = 60
agent = "sip:agent@127.0.0.1:AGENT"
"""


@pytest.fixture(scope="session")
def shared_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    """A running server for tests that leave it running. At its end its log is clean."""
    hall = HallProcess(tmp_path_factory.mktemp("hall"), settings=SETTINGS)
    try:
        yield hall
        assert hall.failures() == []
    finally:
        hall.stop()


@pytest.fixture
def hall(request: pytest.FixtureRequest, shared_hall: HallProcess) -> HallProcess:
    """The shared server; trial's test cases find it as ``self.hall``."""
    if request.instance is not None:
        request.instance.hall = shared_hall
    return shared_hall


STRICT = """
[sip]
trusted = ["10.0.0.0/8"]
vanished_after = 2
"""


@pytest.fixture(scope="session")
def strict_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    """One that believes no identity from this machine, and has little patience with silent callers."""
    hall = HallProcess(tmp_path_factory.mktemp("strict"), settings=STRICT)
    try:
        yield hall
        assert hall.failures() == []
    finally:
        hall.stop()


@pytest.fixture
def menus(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "menus.yaml", tmp_path / "menus.yaml"))


@pytest.fixture
def own_hall(tmp_path: Path, menus: Path) -> Iterator[HallProcess]:
    """One that the test may break."""
    hall = HallProcess(tmp_path / "hall", menus=menus)
    try:
        yield hall
    finally:
        hall.stop()
