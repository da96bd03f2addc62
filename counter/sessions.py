"""Sessions that lie in the store alone, for channels whose customers name them: a web hall's, say.

Each lies there with the keys and answers of its last inputs: whoever asks again with the same key, after
whatever was lost or killed, gets the same answer, and nothing is done twice. Whoever knows a session's name
may go on with it, so that it lies there by a digest of its name::

    async with sessions.in_turn(name):              one input after the other; raises Crowded
        kept = await sessions.find(name)            None: there is none, or it is over
        …                                           sessions.row(name, …) goes into the commit of the turn
        sessions.used(name, kept)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import DeferredLock

from menus.dialogue.session import Session
from menus.model.channels import Channel
from store import SessionRow

LIFE = 7_200.0  # seconds without an input after which a session is over; what an answer says of itself
WAITING = 3  # inputs of one session that wait for the one before them
REMEMBERED = 16  # inputs of one session whose answers are kept: several may be lost, or asked for late


def address_of(name: str) -> str:
    """By what the session of this name lies in the store. Names are random and long: a plain digest does."""
    return sha256(name.encode()).hexdigest()


class Crowded(Exception):
    """Too many inputs of this session wait already."""


class Shelf(Protocol):
    """Of the store: :class:`store.Store`."""

    def session(self, channel: str, address: str, /) -> Awaitable[SessionRow | None]: ...

    def sessions_of(self, channel: str, since: float, /) -> Awaitable[list[SessionRow]]: ...

    def end_session(self, channel: str, address: str, /) -> Awaitable[None]: ...

    def end_sessions(self, channel: str, before: float, /) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it lies in the store. ``source``: where its customer came from. ``inputs``: by their keys,
    the oldest first, what was given, and its answer, which is JSON (None: it was begun, and broken off)."""

    session: Session
    source: str
    inputs: Mapping[str, tuple[str, Any]] = field(default_factory=dict)

    def after(self, session: Session, key: str, given: str, told: Any) -> StoredSession:
        """As one more input leaves it; one without a key is not remembered."""
        if not key:
            return replace(self, session=session)
        others = [each for each in self.inputs.items() if each[0] != key]
        return replace(self, session=session, inputs=dict([*others[1 - REMEMBERED :], (key, (given, told))]))


class _Use(NamedTuple):
    """When a session was used last, the menu version that it stands on, and where its customer came from."""

    at: float
    version: str
    source: str


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
        self._used: dict[str, _Use] = {}  # by address, the longest unused first
        self._sources: Counter[str] = Counter()

    async def start(self) -> None:
        """Know again those of before. Raises StoreError."""
        for row in await self._shelf.sessions_of(self._channel, self._seconds() - LIFE):
            self._note(row.address, _Use(row.touched, row.hall, self._opened(row).source))

    def __len__(self) -> int:
        """How many are not over."""
        over = self._seconds() - LIFE
        while self._used and next(iter(self._used.values())).at < over:
            self._forget(next(iter(self._used)))
        return len(self._used)

    def of(self, source: str) -> int:
        """How many of them are of one source."""
        return self._sources[source]

    @property
    def versions(self) -> frozenset[str]:
        """Menu versions that they stand on."""
        return frozenset(use.version for use in self._used.values()) if len(self) else frozenset()

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
        row = await self._shelf.session(self._channel, address_of(name))
        if row is None or row.touched < self._seconds() - LIFE:
            return None
        return self._opened(row)

    def _opened(self, row: SessionRow) -> StoredSession:
        kept = json.loads(self._unseal(row.state))
        inputs = {key: (given, told) for key, given, told in kept["inputs"]}
        return StoredSession(Session.from_json(kept["session"]), kept["from"], inputs)

    def row(self, name: str, kept: StoredSession) -> SessionRow:
        """For the commit of a turn."""
        inputs = [(key, *what) for key, what in kept.inputs.items()]
        plain = {"session": kept.session.to_json(), "from": kept.source, "inputs": inputs}
        state = self._seal(json.dumps(plain, ensure_ascii=False))
        address, version = address_of(name), kept.session.hall_version
        return SessionRow(self._channel, address, version, state, self._seconds(), None)

    def used(self, name: str, kept: StoredSession) -> None:
        """It is committed."""
        self._note(address_of(name), _Use(self._seconds(), kept.session.hall_version, kept.source))

    def _note(self, address: str, use: _Use) -> None:
        self._forget(address)
        self._used[address] = use
        self._sources[use.source] += 1

    def _forget(self, address: str) -> None:
        use = self._used.pop(address, None)
        if use is not None:
            self._sources -= Counter((use.source,))

    async def end(self, name: str) -> None:
        """It is over; what was open is not done. Raises Crowded, StoreError."""
        async with self.in_turn(name):
            await self._shelf.end_session(self._channel, address_of(name))
            self._forget(address_of(name))

    async def purge(self) -> None:
        """Delete those that are over. Raises StoreError."""
        await self._shelf.end_sessions(self._channel, self._seconds() - LIFE)
