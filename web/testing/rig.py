"""A web hall with the demo's back office, a store that ends with the process, and no SMS hall: what would be
sent to handsets is kept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from counter.common import Common
from counter.messages import ShortMessage
from counter.parts import ChannelParts
from counter.promos import Promos
from counter.testing.house import House, at_once
from menus.model.events import Asks
from store import Outbound
from store.memory import MemoryStore
from store.seal import PLAIN
from web.hall import WebHall


class Handsets:
    """A :class:`counter.post.Post` that keeps what it is to send."""

    def __init__(self) -> None:
        self.sent: list[ShortMessage] = []

    def compose(self, message: ShortMessage, *, joins: bool = True) -> Sequence[Outbound]:
        self.sent.append(message)
        return ()

    def send(self, rows: Sequence[Outbound]) -> None:
        """There are none."""

    def ask(self, subscriber: str, asks: Asks) -> None:
        """Nobody answers."""


class WebRig:
    """``house``: its back office and its time. :meth:`restart` keeps the store alone."""

    def __init__(self, house: House | None = None) -> None:
        self.house = house or House()
        self.store = MemoryStore()
        self.handsets = Handsets()
        self._names = count(1)
        self.restart()

    def restart(self) -> None:
        house, timers = self.house, self.house.timers
        common = Common(house.halls, house.desk, timers, Promos(0))
        parts = ChannelParts(common, self.store, self.handsets, house.journal.came_late, PLAIN, "10086")
        self.hall = WebHall(parts, new_name=lambda n: f"name-{next(self._names)}")
        at_once(self.hall.sessions.start())

    def open(self, number: str | None) -> dict[str, Any]:
        return at_once(self.hall.open(number, "203.0.113.9"))

    def take(self, name: str, text: str, key: str = "") -> dict[str, Any]:
        return at_once(self.hall.take(name, text, key))


def words(told: dict[str, Any]) -> str:
    """All that an answer says."""
    return "\n".join(event["text"] for event in told["events"] if "text" in event)
