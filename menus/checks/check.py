"""The rules that a whole hall must keep, each a small function; :func:`check` runs them all.

Public: :func:`check`, :data:`CHECKS`, :data:`CHECKS_OF_CHANNELS`. Rules on how a line is written are the
reader's; here stand those on what the hall means. Which severity a rule has stands in
``menus/model/findings.py``, what it is for in ``docs/menu-rules.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    unknown_codes,
    unpriced,
)
from menus.model.channels import Channel
from menus.model.findings import Report
from menus.model.hall import Hall

CHECKS: tuple[Callable[[Hall, Report], None], ...] = (
    dead_ends,
    unreachable_menus,
    unreachable_services,
    guidance_keys,
    menu_wordings,
    unknown_codes,
    fees_in_wordings,
    unpriced,
    not_served,
    long_menus,
    long_texts,
    long_sentences,
)
CHECKS_OF_CHANNELS: tuple[Callable[[Hall, Sequence[Channel], Report], None], ...] = (
    missing_texts,
    missing_wordings,
)


def check(hall: Hall, channels: Sequence[Channel], report: Report) -> None:
    """Puts everything that is wrong with ``hall`` where it is met on ``channels``, and worth knowing of it,
    into ``report``."""
    for rule in CHECKS:
        rule(hall, report)
    for rule_of_channels in CHECKS_OF_CHANNELS:
        rule_of_channels(hall, channels, report)
