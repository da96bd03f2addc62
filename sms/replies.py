"""From what a turn says to rows for the outbox: one reply a text (R115), and perhaps a promo (R107).

:class:`Letters` composes messages (parts, references, ids); :class:`Promos` decides on the one extra message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from menus.dialogue.promos import choose
from menus.model.events import Event, Facts, Say, SayKind, Send
from menus.model.hall import Hall, Slot
from menus.model.text import render_text
from menus.model.values import SECRET_KINDS
from sms.text import MOST_PARTS, TextTooLong, split
from store import Outbound, Recovered

PROMO_LIFE = 600.0
PROMO, RESULT, COPY = "promo", "result", "copy"
"""Kinds of messages; an answer bears the kind of what it says last."""
QUESTIONS = frozenset({SayKind.ASK, SayKind.CONFIRM})


class Ids(Protocol):
    def next_outbox_id(self) -> int: ...


class Letters:
    """Composes messages from ``number``. ``wide``: 16-bit references. ``receipts``: ask for them."""

    def __init__(self, ids: Ids, number: str, *, wide: bool = False, receipts: bool = False) -> None:
        self._ids = ids
        self._number = number
        self._wide = wide
        self._receipts = int(receipts)
        self._references: dict[str, int] = {}

    def recover(self, found: Recovered) -> None:
        self._references.update(found.references)

    def compose(
        self,
        address: str,
        text: str,
        kind: str,
        now: float,
        *,
        joins: bool = True,
        waits_for: int | None = None,
        expires: float | None = None,
    ) -> list[Outbound]:
        """The rows of one message, cut off beyond 255 parts. ``joins``: the handset joins parts."""
        reference = (self._references.get(address, -1) + 1) & 0xFFFF
        try:
            pieces = split(text, reference=reference if joins else None, wide=self._wide)
        except TextTooLong:
            pieces = split(text[: MOST_PARTS * 60], reference=reference if joins else None, wide=self._wide)
        if pieces[0].reference is not None:
            self._references[address] = pieces[0].reference
        ids = [self._ids.next_outbox_id() for _ in pieces]
        return [
            Outbound(
                id,
                ids[0],
                address,
                self._number,
                piece.coding,
                piece.esm,
                piece.body,
                kind,
                waits_for,
                now,
                expires,
                piece.reference,
                self._receipts,
            )
            for id, piece in zip(ids, pieces, strict=True)
        ]


def said(events: Sequence[Event]) -> tuple[str, SayKind | None]:
    """Everything that a turn says, as one message, and the kind of what stands last. "" where nothing."""
    says = [event for event in events if isinstance(event, Say)]
    text = "\n".join(render_text(say.template, say.values).strip("\n") for say in says)
    return text, says[-1].kind if says else None


def worded(events: Sequence[Event]) -> str:
    """All that is said or sent, as one message."""
    return "\n".join(
        render_text(each.template, each.values).strip("\n") for each in events if isinstance(each, Say | Send)
    )


def sends(events: Sequence[Event]) -> list[Send]:
    """Messages of their own."""
    return [each for each in events if isinstance(each, Send)]


def names_secret(events: Iterable[Event]) -> bool:
    """Whether what is said or sent names a secret: such a message lies sealed on the disk."""
    templates = [each.template for each in events if isinstance(each, Say | Send)]
    slots = [piece for template in templates for piece in template.pieces if isinstance(piece, Slot)]
    return any(slot.kind in SECRET_KINDS for slot in slots)


def may_promote(events: Sequence[Event]) -> bool:
    """Only behind a last-level answer: the last thing said is final, and nothing in it was a question."""
    says = [event for event in events if isinstance(event, Say)]
    return bool(says) and says[-1].final and not any(say.kind in QUESTIONS for say in says)


class Promos:
    """外挂宣传: at most ``a_day`` a subscriber and day, never to one who refused."""

    def __init__(self, a_day: int) -> None:
        self._a_day = a_day
        self._counts: dict[tuple[str, str], int] = {}
        self._refused: set[str] = set()

    def recover(self, found: Recovered) -> None:
        self._counts.update(found.promos)
        self._refused.update(found.promo_refused)

    def choose(self, hall: Hall, facts: Facts, address: str, just: str | None) -> tuple[str, int, str] | None:
        """(day, count with this one, text), by the newest hall; None: no promo. ``just``: what was used."""
        day = facts.now.date().isoformat()
        had = self._counts.get((address, day), 0)
        if had >= self._a_day or address in self._refused:
            return None
        promo = choose(hall, facts, had + facts.now.toordinal(), just)
        return None if promo is None else (day, had + 1, render_text(promo.text, {}).strip("\n"))

    def counted(self, address: str, day: str, count: int) -> None:
        self._counts[(address, day)] = count

    def refuse(self, address: str, refused: bool) -> None:
        (self._refused.add if refused else self._refused.discard)(address)

    def forget_before(self, day: str) -> None:
        """Counts of days gone by."""
        self._counts = {key: count for key, count in self._counts.items() if key[1] >= day}
