"""One server for most end-to-end tests: its start-up is paid once a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import ROOT, House

SETTINGS = """
[sip]
trusted = ["127.0.0.1/32"]
vanished_after = 60
agent = "sip:agent@127.0.0.1:AGENT"
"""


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running server for tests that leave it running. At its end its log is clean."""
    house = House(tmp_path_factory.mktemp("house"), settings=SETTINGS)
    try:
        yield house
        assert house.failures() == []
    finally:
        house.stop()


@pytest.fixture
def house(request: pytest.FixtureRequest, shared_house: House) -> House:
    """The shared server; trial's test cases find it as ``self.house``."""
    if request.instance is not None:
        request.instance.house = shared_house
    return shared_house


STRICT = """
[sip]
trusted = ["10.0.0.0/8"]
vanished_after = 2
"""


@pytest.fixture(scope="session")
def strict_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One that believes no identity from this machine, and has little patience with silent callers."""
    house = House(tmp_path_factory.mktemp("strict"), settings=STRICT)
    try:
        yield house
        assert house.failures() == []
    finally:
        house.stop()


@pytest.fixture
def menus(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "menus.yaml", tmp_path / "menus.yaml"))


@pytest.fixture
def own_house(tmp_path: Path, menus: Path) -> Iterator[House]:
    """One that the test may break."""
    house = House(tmp_path / "house", menus=menus)
    try:
        yield house
    finally:
        house.stop()
