"""外挂宣传: whether a promo follows, and which (R107-R109): at most so many a subscriber and day, none to
whoever has refused them, by whatever channel that was said."""

from __future__ import annotations

from menus.dialogue.promos import choose
from menus.model.events import Facts
from menus.model.hall import Hall
from menus.model.text import render_text
from store import Conclusion, Recovered

Count = tuple[str, str, int]
"""Subscriber, day (ISO), how many promos he has had on it."""


class Promos:
    """``a_day``: promos a subscriber and day at the most."""

    def __init__(self, a_day: int) -> None:
        self._a_day = a_day
        self._counts: dict[tuple[str, str], int] = {}
        self._refused: set[str] = set()

    def recover(self, found: Recovered) -> None:
        self._counts.update(found.promos)
        self._refused.update(found.promo_refused)

    def refused_by(self, address: str) -> bool:
        """Whether he wants none (QXXC): nor anything else that is sent to many."""
        return address in self._refused

    def choose(self, hall: Hall, facts: Facts, address: str, just: str | None) -> tuple[Count, str] | None:
        """The count with this one, and its text, by the newest hall; None: no promo. ``just``: the service
        that was used."""
        day = facts.now.date().isoformat()
        had = self._counts.get((address, day), 0)
        if had >= self._a_day or address in self._refused:
            return None
        promo = choose(hall, facts, had + facts.now.toordinal(), just)
        return None if promo is None else ((address, day, had + 1), render_text(promo.text, {}).strip("\n"))

    def committed(self, conclusion: Conclusion) -> None:
        """What was written counts from now on."""
        if conclusion.promos is not None:
            subscriber, day, count = conclusion.promos
            self._counts[subscriber, day] = count
        for wish in conclusion.wishes:
            (self._refused.discard if wish.wanted else self._refused.add)(wish.subscriber)

    def forget_before(self, day: str) -> None:
        """Counts of days gone by."""
        self._counts = {key: count for key, count in self._counts.items() if key[1] >= day}
