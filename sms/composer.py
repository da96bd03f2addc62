"""From a message to the rows of the outbox that carry it: parts, references, ids."""

from __future__ import annotations

from typing import Protocol

from counter.messages import ShortMessage
from sms.routes import LinkRoutes
from sms.text import MOST_PARTS, TextTooLong, split
from store import Outbound, Recovered


class Ids(Protocol):
    def next_outbox_id(self) -> int: ...


class Composer:
    """Composes messages from ``number``. ``wide``: 16-bit references. ``receipts``: ask for them.
    ``routes``: by which links people were heard."""

    def __init__(
        self,
        ids: Ids,
        number: str,
        *,
        wide: bool = False,
        receipts: bool = False,
        routes: LinkRoutes | None = None,
    ) -> None:
        self._ids = ids
        self._number = number
        self._wide = wide
        self._receipts = int(receipts)
        self._routes = routes or LinkRoutes()
        self._references: dict[str, int] = {}

    def recover(self, found: Recovered) -> None:
        self._references.update(found.references)

    def compose(
        self,
        message: ShortMessage,
        now: float,
        *,
        joins: bool = True,
        waits_for: int | None = None,
        expires: float | None = None,
    ) -> list[Outbound]:
        """The rows of one message, cut off beyond 255 parts. ``joins``: the handset joins parts."""
        address, text = message.to, message.text
        reference = (self._references.get(address, -1) + 1) & 0xFFFF
        try:
            pieces = split(text, reference=reference if joins else None, wide=self._wide)
        except TextTooLong:
            pieces = split(text[: MOST_PARTS * 60], reference=reference if joins else None, wide=self._wide)
        if pieces[0].reference is not None:
            self._references[address] = pieces[0].reference
        route = self._routes.to(address)
        ids = [self._ids.next_outbox_id() for _ in pieces]
        return [
            Outbound(
                id,
                ids[0],
                address,
                message.sender or self._number,
                piece.coding,
                piece.esm,
                piece.body,
                message.kind,
                waits_for,
                now,
                expires,
                piece.reference,
                self._receipts,
                route,
            )
            for id, piece in zip(ids, pieces, strict=True)
        ]
