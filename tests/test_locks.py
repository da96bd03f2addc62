"""What make setup and make test install is locked: all that setup.cfg asks for, each by its hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
PYTHONS = ("3.11", "3.12", "3.13")
EXTRAS = {"base": (), "test": ("test", "postgresql"), "voice": ("voice",)}


def wanted(lock: str) -> Iterator[Requirement]:
    """What setup.cfg asks for, and what builds packages."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = [setup["options"]["install_requires"], (LOCKS / "build.in").read_text(encoding="utf-8")]
    lines += [setup["options.extras_require"][extra] for extra in EXTRAS[lock]]
    for line in "\n".join(lines).splitlines():
        if line.strip() and not line.startswith("#"):
            yield Requirement(line)


def locked(lock: str) -> Iterator[tuple[Requirement, int]]:
    """Each pinned package, and how many hashes it may have."""
    text = (LOCKS / f"{lock}.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if not line.lstrip().startswith("#"):
            pin, *hashes = line.split("--hash=sha256:")
            yield Requirement(pin), len(hashes)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def version(pin: Requirement) -> Version:
    (specifier,) = pin.specifier
    assert specifier.operator == "==", pin
    return Version(specifier.version)


@pytest.mark.parametrize("lock", EXTRAS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_locked_on_every_python(lock: str, python: str) -> None:
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    pins = {
        normal(pin.name): version(pin)
        for pin, _ in locked(lock)
        if pin.marker is None or pin.marker.evaluate(here)
    }
    lacking = [
        str(each)
        for each in wanted(lock)
        if normal(each.name) not in pins or pins[normal(each.name)] not in each.specifier
    ]
    assert lacking == [], "make lock"


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_package_has_its_hashes_and_no_index_is_named(lock: str) -> None:
    assert [str(pin) for pin, hashes in locked(lock) if not hashes] == []
    text = (LOCKS / f"{lock}.lock").read_text(encoding="utf-8")
    assert re.search(r"(?m)https?:|file:|^-|index-url|find-links", text) is None


def test_the_pythons_are_those_that_setup_cfg_names() -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert tuple(re.findall(r"Programming Language :: Python :: (3\.\d+)", text)) == PYTHONS


def test_one_package_has_one_version_in_all_locks() -> None:
    versions: dict[tuple[str, str], set[Version]] = {}
    for lock in EXTRAS:
        for pin, _ in locked(lock):
            versions.setdefault((normal(pin.name), str(pin.marker)), set()).add(version(pin))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
