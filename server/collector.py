"""Python's garbage collector, set for a process that must not pause.

Almost everything a hall makes is freed by reference counts. What lives long (the menu, sessions, evidence of
redelivery) is looked through again and again by the collector's third generation: with 2,000 subscribers that
was 30 % of the CPU of the SMS hall, and its p99 was 188 ms where it now is 42 ms.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 50, 100
"""Allocations before a look at the youngest; looks before the next older are looked through."""


def look_seldom() -> None:
    """For a process that starts: what it imports and reads is made to stay, and looking through it while it
    is made was a fifth of the start."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def freeze_start_up_objects() -> None:
    """Call once everything that stays has been made: it is never looked through again, the rest seldom."""
    gc.collect()
    gc.freeze()
    look_seldom()
