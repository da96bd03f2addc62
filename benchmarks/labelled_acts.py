"""What texts may do: the labelled set, and what the hall does with each of its texts.

``labelled_acts.tsv`` holds bare commands and what is none of them: questions, complaints, denial, hearsay,
other people, past and future, conditions, failure. Tests hold the hall to all of it, ``bench_understanding``
counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.model.hall import Hall

FILE = Path(__file__).with_name("labelled_acts.tsv")
ACT, ASK, INFORM, NOTHING = "act", "ask", "inform", "nothing"
ANY = "*"


@dataclass(frozen=True, slots=True)
class LabelledAct:
    """``must``: any of what may come of the text; ``services``: any that it may be taken to speak of."""

    text: str
    must: frozenset[str]
    services: frozenset[str]


def labelled_acts() -> tuple[LabelledAct, ...]:
    lines = (line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    rows = (line.split("\t") for line in lines)
    return tuple(LabelledAct(t, frozenset(m.split("|")), frozenset(s.split("|"))) for t, m, s in rows)


def comes_of(found: Match) -> str:
    """What the hall does on this, before any confirmation that the change itself needs."""
    if found.how == "none":
        return NOTHING
    if found.changes:
        return ACT if found.sure else ASK
    return ASK if found.how == "ask" else INFORM


def is_right(hall: Hall, wanted: LabelledAct) -> bool:
    found = recognise(hall, wanted.text)
    spoken_of = {found.service, *found.candidates}
    named = ANY in wanted.services or found.how == "none" or bool(spoken_of & wanted.services)
    return comes_of(found) in wanted.must and named
