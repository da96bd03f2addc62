"""The rules that a whole hall must keep, each a small function; :func:`check` runs them all.

Public: :func:`check`, :data:`CHECKS`. Rules on how a line is written are the reader's; here stand those on
what the hall means. Which severity a rule has stands in ``menus/model/findings.py``, what it is for in
``docs/menu-rules.md``.
"""

from __future__ import annotations

from collections.abc import Callable

from menus.checks.trees import (
    dead_ends,
    guidance_keys,
    long_menus,
    menu_wordings,
    not_served,
    unreachable_menus,
    unreachable_services,
)
from menus.checks.words import (
    fees_in_wordings,
    long_sentences,
    long_texts,
    missing_texts,
    missing_wordings,
    unconfirmed,
    unknown_codes,
)
from menus.model.findings import Report
from menus.model.hall import Hall

CHECKS: tuple[Callable[[Hall, Report], None], ...] = (
    dead_ends,
    unreachable_menus,
    unreachable_services,
    guidance_keys,
    menu_wordings,
    missing_texts,
    missing_wordings,
    unconfirmed,
    unknown_codes,
    fees_in_wordings,
    not_served,
    long_menus,
    long_texts,
    long_sentences,
)


def check(hall: Hall, report: Report) -> None:
    """Puts everything that is wrong with ``hall``, and worth knowing of it, into ``report``."""
    for rule in CHECKS:
        rule(hall, report)
