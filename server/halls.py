"""The versions of the menu that are in use: the newest for new sessions, older ones for those still running.

A new menu is read and checked in a child process (compiling YAML in this one would hold up every call),
comes back as one pickled :class:`menus.model.Hall` over the child's own pipe, and becomes the newest by
swapping one reference. A menu with errors changes nothing, loudly.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.interfaces import IReactorProcess
from twisted.internet.utils import getProcessOutputAndValue

import handlers
from menus import Finding, Severity, read, read_bytes
from menus.model import Hall


@dataclass(frozen=True, slots=True)
class Loaded:
    """A menu that was read and checked. ``hall`` is None when ``findings`` hold an error."""

    hall: Hall | None
    text: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


def load(file: Path) -> Loaded:
    """Read and check ``file`` here and now (the child, ``check``, and the first start use this)."""
    raw = file.read_bytes()
    reading = read_bytes(raw, handlers.SPECS, str(file))
    return Loaded(reading.hall, raw.decode("utf-8", "replace"), reading.findings)


async def load_in_child(reactor: IReactorProcess, file: Path) -> Loaded:
    """As :func:`load`, in a child process. Raises OSError when the child could not do it."""
    code = "import os, sys; os.nice(10); from server.halls import child; child(sys.argv[1])"  # calls go first
    out, err, status = await getProcessOutputAndValue(
        sys.executable, ["-c", code, str(file)], env=None, path=None, reactor=reactor
    )
    if status != 0:
        last = err.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it gave no reason"]
        raise OSError(f"reading {file} failed: {last[0]}")
    loaded = pickle.loads(out)  # from our own child over its own pipe
    assert isinstance(loaded, Loaded)
    return loaded


def child(file: str) -> None:
    """What the child process runs."""
    sys.stdout.buffer.write(pickle.dumps(load(Path(file)), protocol=pickle.HIGHEST_PROTOCOL))


class Halls(Mapping[str, Hall]):
    """Version to hall: the newest, and older ones that sessions still stand on."""

    def __init__(self, newest: Hall) -> None:
        self._known = {newest.version: newest}
        self.newest = newest

    def __getitem__(self, version: str) -> Hall:
        return self._known[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def publish(self, hall: Hall) -> None:
        """Make ``hall`` the newest; sessions under way keep theirs."""
        self._known[hall.version] = hall
        self.newest = hall

    def remember(self, version: str, text: str) -> None:
        """After a restart: a version that a session stands on, from the text that the store kept. One that
        cannot be read any more is left out; its sessions go on with the newest."""
        hall = read(text, handlers.SPECS, f"menus@{version}").hall
        if hall is not None:
            self._known[version] = hall

    def forget(self, in_use: frozenset[str]) -> None:
        """Let go of versions that no session stands on any more."""
        for version in set(self._known) - in_use - {self.newest.version}:
            del self._known[version]
