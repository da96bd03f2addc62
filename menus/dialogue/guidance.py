"""优先引导: what is offered before the main menu, on keys that the main menu leaves free (R055-R064).

Public: :func:`guides` (which are offered now), :func:`guided` (what a key of theirs leads to).
"""

from __future__ import annotations

from collections.abc import Collection

from menus.model.conditions import holds
from menus.model.events import Facts
from menus.model.hall import Hall, Target

AT_MOST = 2
"""More would keep a caller from the main menu."""


def guides(hall: Hall, facts: Facts, taken: Collection[str]) -> tuple[str, ...]:
    """The ids of the guidance for this caller at this time, in the file's order, one a key: of what has words
    on his channel. ``taken``: keys that the main menu uses; a habitual "1 1" must never lead elsewhere."""
    chosen: dict[str, str] = {}
    for each in hall.guidance:
        free = each.key not in taken and each.key not in chosen and len(chosen) < AT_MOST
        worded = free and each.wording.on(facts.channel) is not None
        if worded and holds(each.when, facts) and holds(each.offers.when, facts):
            chosen[each.key] = each.id
    return tuple(chosen.values())


def guided(hall: Hall, ids: Collection[str]) -> dict[str, Target]:
    """The keys of the guidance that was offered, and where they lead."""
    return {each.key: each.offers for each in hall.guidance if each.id in ids} if ids else {}
