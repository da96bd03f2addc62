"""The versions of the menu that are in use: the newest for new sessions, older ones for those still running.

A new menu is read and checked in a child process (compiling YAML in this one would hold up every call),
comes back as one pickled :class:`menus.model.hall.Hall` over the child's own pipe, and becomes the newest by
swapping one reference. A menu with errors changes nothing, loudly.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

import handlers
from counter import children
from menus import Finding, Severity, content, read, read_bytes
from menus.model.hall import Hall
from menus.model.numbers import SERVICE_NUMBER

if TYPE_CHECKING:
    from server.reactor import IServerReactor

LIMIT = 120.0
"""Seconds for reading a menu; 16,000 lines take two of a core that nobody else uses, more of a busy one."""
SAID = 4096  # octets of a child's last words


@dataclass(frozen=True, slots=True)
class LoadedMenu:
    """A menu that was read and checked. ``hall`` is None when ``findings`` hold an error."""

    hall: Hall | None
    text: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


def load(file: Path, number: str = SERVICE_NUMBER) -> LoadedMenu:
    """Read and check ``file`` here and now (the child, ``check``, and the first start use this). ``number``:
    the hall's. Raises OSError as :func:`menus.content` does."""
    raw = content(file)
    reading = read_bytes(raw, handlers.SPECS, str(file), number)
    return LoadedMenu(reading.hall, raw.decode("utf-8", "replace"), reading.findings)


class MenuReaderChild(ProcessProtocol):
    """A child that reads a menu. ``whole`` fires when it has ended, with what it wrote and its status."""

    def __init__(self) -> None:
        self.whole: Deferred[int] = Deferred(lambda _: self.kill())
        self.out = bytearray()
        self._said = bytearray()

    def outReceived(self, data: bytes) -> None:
        self.out += data

    def errReceived(self, data: bytes) -> None:
        self._said = (self._said + data)[-SAID:]

    @property
    def last_words(self) -> str:
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it gave no reason"

    def kill(self) -> None:
        """Kill -9, if it still runs."""
        if self.transport is not None:
            with suppress(ProcessExitedAlready):
                self.transport.signalProcess("KILL")

    def processEnded(self, reason: Failure) -> None:
        code = getattr(reason.value, "exitCode", None)  # None: a signal ended it
        if not self.whole.called:  # nobody waits for a child that was cancelled
            self.whole.callback(-1 if code is None else int(code))


async def load_in_child(
    reactor: IServerReactor, file: Path, number: str = SERVICE_NUMBER, limit: float = LIMIT
) -> LoadedMenu:
    """As :func:`load`, in a child process that gives way to calls; one that takes longer than ``limit``
    seconds, or that nobody waits for any more (the Deferred is cancelled), is killed. Raises OSError when the
    child could not do it, or not in time."""
    reading = MenuReaderChild()
    late: list[bool] = []

    def too_long() -> None:
        late.append(True)
        reading.kill()

    children.spawn(reactor, reading, children.command("server.menu_reader", str(file), number))
    timer = reactor.callLater(limit, too_long)
    try:
        status = await reading.whole
    finally:
        if timer.active():
            timer.cancel()
    if late:
        raise OSError(f"reading {file} took more than {limit:g} s and was given up")
    if status != 0:
        raise OSError(f"reading {file} failed: {reading.last_words}")
    loaded = pickle.loads(bytes(reading.out))  # from our own child over its own pipe
    assert isinstance(loaded, LoadedMenu)
    return loaded


class LoadedHalls(Mapping[str, Hall]):
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
        hall = read(text, handlers.SPECS, f"menus@{version}", number=self.newest.number).hall
        if hall is not None:
            self._known[version] = hall

    def forget(self, in_use: frozenset[str]) -> None:
        """Let go of versions that no session stands on any more."""
        for version in set(self._known) - in_use - {self.newest.version}:
            del self._known[version]
