"""What is told by SMS of what was done by any channel: the SMS hall, as far as the others need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from counter.messages import ShortMessage
from menus.model.events import Asks
from store import Outbound


class Post(Protocol):
    """Filled by the gateway; the server joins it to whoever writes."""

    def compose(self, message: ShortMessage, *, joins: bool = True) -> Sequence[Outbound]:
        """Its parts, neither kept nor sent yet. ``joins``: the handset joins parts."""

    def send(self, rows: Sequence[Outbound]) -> None:
        """They are in the store: send them."""

    def ask(self, subscriber: str, asks: Asks) -> None:
        """One of them asks this: wait for the answer."""
