"""Joining the parts of a long MO: in any order, with copies, with a part that never comes.

    joiner.add(part)       -> Joined when it was the last missing part, else None
    joiner.expire(now)     -> what has waited ``wait`` seconds and is answered as far as it came
    joiner.forget(part)    a part that could not be kept: it will be brought again

Limits: ``per_subscriber`` open joins, and ``in_all`` parts held; the oldest is given up early for a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

Key = tuple[str, str, int, int]  # source, destination, reference, total
REMEMBERED = 600.0
"""Seconds for which a joined message is remembered, so that late copies of its parts are known as such."""


class MessagePart(NamedTuple):
    """One part. ``id`` is its inbox row; ``received`` in seconds."""

    key: Key
    number: int
    body: bytes
    coding: int
    id: int
    received: float


class Joined(NamedTuple):
    """A message, whole or (``complete`` False) as far as it came. ``parts``: octets and data_coding of
    each, in their order. ``ids``: every inbox row of it, copies too. ``received``: when its first part
    came. ``copies``: nothing but late copies of a message joined before."""

    key: Key
    parts: tuple[tuple[bytes, int], ...]
    ids: tuple[int, ...]
    received: float
    complete: bool
    copies: bool = False


@dataclass(slots=True)
class _Open:
    first: MessagePart
    since: float  # when that was read, which for one that lay on the disk is not when it came
    bodies: dict[int, tuple[bytes, int]] = field(default_factory=dict)  # and the data_coding of each
    ids: dict[int, int] = field(default_factory=dict)  # inbox row: which part it is

    def joined(self, complete: bool, copies: bool = False) -> Joined:
        parts = tuple(self.bodies[number] for number in sorted(self.bodies))
        first = self.first
        return Joined(first.key, parts, tuple(self.ids), first.received, complete, copies)

    def without(self, part: MessagePart) -> None:
        """Take one row of it out; its octets too, where no copy of the part is left."""
        if self.ids.pop(part.id, None) is not None and part.number not in self.ids.values():
            self.bodies.pop(part.number, None)


class Joiner:
    """See the head of this file. Pure but for its own memory."""

    def __init__(self, wait: float = 60.0, per_subscriber: int = 8, in_all: int = 10_000) -> None:
        self._wait = wait
        self._per_subscriber = per_subscriber
        self._in_all = in_all
        self._open: dict[Key, _Open] = {}
        self._by_source: dict[str, list[Key]] = {}
        self._done: dict[Key, tuple[float, _Open]] = {}
        self._early: list[Joined] = []
        self._held = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, part: MessagePart, now: float | None = None) -> Joined | None:
        """Take a part in; the whole message if it was the last one missing. ``now``: when it is read, where
        it lay since it was received."""
        now = part.received if now is None else now
        if self._held >= self._in_all:
            self._give_up(next(iter(self._open)))
        found = self._open.get(part.key)
        octets = part.body, part.coding
        if found is not None and found.bodies.get(part.number, octets) != octets:
            self._give_up(part.key)  # the reference has come round: this is another message
            found = None
        if found is None:
            found = self._begin(part, now)
        found.bodies[part.number] = octets
        found.ids[part.id] = part.number
        self._held += 1
        if len(found.bodies) < part.key[3]:
            return None
        self._close(part.key)
        self._done[part.key] = (now, found)
        return found.joined(True)

    def forget(self, part: MessagePart) -> None:
        """``part`` is not on the disk and will be brought again. A message that it was the last part of is
        open again, for what is not wholly kept is not handled either."""
        found = self._open.get(part.key)
        if found is None and part.id in self._done.get(part.key, (0.0, _Open(part, 0.0)))[1].ids:
            found = self._done.pop(part.key)[1]
            self._open[part.key] = found
            self._by_source.setdefault(part.key[0], []).append(part.key)
            self._held += len(found.ids)
        if found is None or part.id not in found.ids:
            return
        found.without(part)
        self._held -= 1
        if not found.ids:
            self._close(part.key)

    def _begin(self, part: MessagePart, now: float) -> _Open:
        mine = self._by_source.setdefault(part.key[0], [])
        if len(mine) >= self._per_subscriber:
            self._give_up(mine[0])
            mine = self._by_source.setdefault(part.key[0], [])
        mine.append(part.key)
        found = self._open[part.key] = _Open(part, now)
        return found

    def _close(self, key: Key) -> _Open:
        mine = self._by_source[key[0]]
        mine.remove(key)
        if not mine:
            del self._by_source[key[0]]
        self._held -= len(self._open[key].ids)
        return self._open.pop(key)

    def _give_up(self, key: Key) -> None:
        found = self._close(key)
        before = self._done[key][1].bodies if key in self._done else {}
        copies = all(before.get(number) == body for number, body in found.bodies.items())
        self._early.append(found.joined(False, copies))

    @property
    def held(self) -> int:
        """Parts that wait for others."""
        return self._held

    def still_coming(self, now: float) -> None:
        """What is missing may lie on our own disk: the wait for all begins anew."""
        for found in self._open.values():
            found.since = now

    def expire(self, now: float) -> list[Joined]:
        """What is given up: too old, or pushed out by a limit. Also forgets what was joined long ago."""
        for key, found in list(self._open.items()):
            if now - found.since < self._wait:
                break  # in the order in which they were begun
            self._give_up(key)
        for key, (at, _) in list(self._done.items()):
            if now - at < REMEMBERED:
                break
            del self._done[key]
        early, self._early = self._early, []
        return early
