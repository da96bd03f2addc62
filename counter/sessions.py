"""Sessions that lie in the store alone, for channels whose customers name them: a web hall's, say.

Each lies there with the last input's key and answer: whoever asks again with the same key, after whatever was
lost or killed, gets the same answer, and nothing is done twice::

    async with sessions.in_turn(name):              one input after the other; raises Crowded
        kept = await sessions.find(name)            None: there is none, or it is over
        …                                           sessions.row(name, …) goes into the commit of the turn
        sessions.used(name, version)
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import DeferredLock

from menus.dialogue.session import Session
from menus.model.channels import Channel
from store import SessionRow

LIFE = 1_800.0  # seconds without an input after which a session is over
WAITING = 3  # inputs of one session that wait for the one before them


class Crowded(Exception):
    """Too many inputs of this session wait already."""


class Shelf(Protocol):
    """Of the store: :class:`store.Store`."""

    def session(self, channel: str, address: str, /) -> Awaitable[SessionRow | None]: ...

    def sessions_of(self, channel: str, since: float, /) -> Awaitable[list[SessionRow]]: ...

    def end_session(self, channel: str, address: str, /) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it lies in the store. ``source``: where its customer came from. ``key`` and ``told``: the
    last input's, and its answer, which is JSON (None: it was begun, and broken off)."""

    session: Session
    source: str
    key: str = ""
    told: Any = None


class Sessions:
    """See the head of this file. ``seconds``: since the epoch; ``seal`` and ``unseal``: a session holds what
    was typed, an answer bills."""

    def __init__(
        self,
        shelf: Shelf,
        channel: Channel,
        seconds: Callable[[], float],
        *,
        seal: Callable[[str], str] = str,
        unseal: Callable[[str], str] = str,
    ) -> None:
        self._shelf = shelf
        self._channel = channel.name
        self._seconds = seconds
        self._seal = seal
        self._unseal = unseal
        self._locks: dict[str, DeferredLock] = {}
        self._used: dict[str, tuple[float, str]] = {}  # when, on which hall; the longest unused first

    async def start(self) -> None:
        """Know again those of before. Raises StoreError."""
        for row in await self._shelf.sessions_of(self._channel, self._seconds() - LIFE):
            self._used[row.address] = (row.touched, row.hall)

    def __len__(self) -> int:
        """How many are not over."""
        over = self._seconds() - LIFE
        while self._used and next(iter(self._used.values()))[0] < over:
            del self._used[next(iter(self._used))]
        return len(self._used)

    @property
    def versions(self) -> frozenset[str]:
        """Menu versions that they stand on."""
        return frozenset(version for _, version in self._used.values()) if len(self) else frozenset()

    @asynccontextmanager
    async def in_turn(self, name: str) -> AsyncIterator[None]:
        """Alone with a session. Raises Crowded."""
        lock = self._locks.setdefault(name, DeferredLock())
        if len(lock.waiting) >= WAITING:
            raise Crowded
        await lock.acquire()
        try:
            yield
        finally:
            if not lock.waiting:
                self._locks.pop(name, None)
            lock.release()

    async def find(self, name: str) -> StoredSession | None:
        """Raises StoreError."""
        row = await self._shelf.session(self._channel, name)
        if row is None or row.touched < self._seconds() - LIFE:
            return None
        kept = json.loads(self._unseal(row.state))
        return StoredSession(Session.from_json(kept["session"]), kept["from"], kept["key"], kept["told"])

    def row(self, name: str, kept: StoredSession) -> SessionRow:
        """For the commit of a turn."""
        plain = {"session": kept.session.to_json(), "from": kept.source, "key": kept.key, "told": kept.told}
        state = self._seal(json.dumps(plain, ensure_ascii=False))
        return SessionRow(self._channel, name, kept.session.hall_version, state, self._seconds(), None)

    def used(self, name: str, version: str) -> None:
        """It is committed."""
        self._used.pop(name, None)
        self._used[name] = (self._seconds(), version)

    async def end(self, name: str) -> None:
        """It is over; what was open is not done. Raises StoreError."""
        await self._shelf.end_session(self._channel, name)
        self._used.pop(name, None)
