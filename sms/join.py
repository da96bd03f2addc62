"""Joining the parts of a long MO: in any order, with copies, with a part that never comes.

    joiner.add(part)       -> Joined when it was the last missing part, else None
    joiner.expire(now)     -> what has waited ``patience`` seconds and is answered as far as it came

Limits: ``per_subscriber`` and ``in_all`` open joins; the oldest is given up early for a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

Key = tuple[str, str, int, int]  # source, destination, reference, total
REMEMBERED = 600.0
"""Seconds for which a joined message is remembered, so that late copies of its parts are known as such."""


class Part(NamedTuple):
    """One part. ``id`` is its inbox row; ``received`` in seconds."""

    key: Key
    number: int
    body: bytes
    coding: int
    id: int
    received: float


class Joined(NamedTuple):
    """A message, whole or (``complete`` False) as far as it came. ``ids``: every inbox row of it, copies too.
    ``received``: when its first part came. ``copies``: nothing but late copies of a message joined before."""

    key: Key
    body: bytes
    coding: int
    ids: tuple[int, ...]
    received: float
    complete: bool
    copies: bool = False


@dataclass(slots=True)
class _Open:
    first: Part
    bodies: dict[int, bytes] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)

    def joined(self, complete: bool, copies: bool = False) -> Joined:
        body = b"".join(self.bodies[number] for number in sorted(self.bodies))
        first = self.first
        return Joined(first.key, body, first.coding, tuple(self.ids), first.received, complete, copies)


class Joiner:
    """See the head of this file. Pure but for its own memory."""

    def __init__(self, patience: float = 60.0, per_subscriber: int = 8, in_all: int = 10_000) -> None:
        self._patience = patience
        self._per_subscriber = per_subscriber
        self._in_all = in_all
        self._open: dict[Key, _Open] = {}
        self._by_source: dict[str, list[Key]] = {}
        self._done: dict[Key, tuple[float, dict[int, bytes]]] = {}
        self._early: list[Joined] = []

    def __len__(self) -> int:
        return len(self._open)

    def add(self, part: Part) -> Joined | None:
        """Take a part in; the whole message if it was the last one missing."""
        found = self._open.get(part.key)
        if found is not None and found.bodies.get(part.number, part.body) != part.body:
            self._give_up(part.key)  # the reference has come round: this is another message
            found = None
        if found is None:
            found = self._begin(part)
        found.bodies[part.number] = part.body
        found.ids.append(part.id)
        if len(found.bodies) < part.key[3]:
            return None
        self._close(part.key)
        self._done[part.key] = (part.received, found.bodies)
        return found.joined(True)

    def _begin(self, part: Part) -> _Open:
        mine = self._by_source.setdefault(part.key[0], [])
        if len(mine) >= self._per_subscriber:
            self._give_up(mine[0])
            mine = self._by_source.setdefault(part.key[0], [])
        elif len(self._open) >= self._in_all:
            self._give_up(next(iter(self._open)))
        mine.append(part.key)
        found = self._open[part.key] = _Open(part)
        return found

    def _close(self, key: Key) -> _Open:
        mine = self._by_source[key[0]]
        mine.remove(key)
        if not mine:
            del self._by_source[key[0]]
        return self._open.pop(key)

    def _give_up(self, key: Key) -> None:
        found = self._close(key)
        before = self._done.get(key, (0.0, {}))[1]
        copies = all(before.get(number) == body for number, body in found.bodies.items())
        self._early.append(found.joined(False, copies))

    def expire(self, now: float) -> list[Joined]:
        """What is given up: too old, or pushed out by a limit. Also forgets what was joined long ago."""
        for key, found in list(self._open.items()):
            if now - found.first.received < self._patience:
                break  # in the order in which they were begun
            self._give_up(key)
        for key, (at, _) in list(self._done.items()):
            if now - at < REMEMBERED:
                break
            del self._done[key]
        early, self._early = self._early, []
        return early
