"""What customers wrote that was not understood, or was asked back, so that editors can mend the keywords.

    unmatched.row("我的编号是4301021985", "none", now)   # UnmatchedRow("2026-11-27", "我的编号是*", "none")

Masked: of a longer number nothing stays, be it a password, a card or somebody's phone; a code that is none
stays. Bounded: so many different texts a day, the rest are counted together; a text is cut.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from business.port.days import SHANGHAI
from counter.conversation import Turn
from menus.dialogue.session import AtInput, Session
from store import UnmatchedRow

MOST = 2000
"""Different texts of a day."""
LONGEST = 40
"""Characters of a text."""
OTHERS = "（其他）"
NONE, ASK = "none", "ask"
_NUMBER = re.compile(r"[0-9](?:[0-9 \-.]*[0-9Xx])?")
_SHORT = 4
"""Digits of a number that stays: codes are so short."""
_ANSWER = re.compile(r"[\W\d_]{1,3}|[A-Za-z]")
"""A number of a menu, a star, a letter: it says nothing by itself."""


def mask(text: str) -> str:
    """What of a text may be kept; empty: nothing that says anything."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    seen = "".join(each for each in plain if each.isprintable())
    hidden = _NUMBER.sub(lambda found: found[0] if _digits(found[0]) <= _SHORT else "*", seen)
    return "" if _ANSWER.fullmatch(hidden) else hidden[:LONGEST]


def _digits(number: str) -> int:
    return sum(map(str.isdecimal, number))


class UnmatchedTexts:
    """See the head of this file. A hall that starts anew on a day may keep as many again."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._day = ""
        self._texts: set[str] = set()

    def left_by(self, turn: Turn, before: Session, text: str, now: float) -> UnmatchedRow | None:
        """What a turn leaves of the text that began it; never of what was written where an input is asked
        for: it may be a secret, or a name. ``before``: the session that it came to."""
        if isinstance(before.waiting, AtInput):
            return None
        return self.row(text, turn.recognised.how, now)

    def row(self, text: str, how: str, now: float) -> UnmatchedRow | None:
        """What is written down of a text, recognised by ``how``, at ``now`` (seconds since the epoch); None:
        it was understood, or says nothing."""
        kept = mask(text) if how in (NONE, ASK) else ""
        if not kept:
            return None
        day = datetime.fromtimestamp(now, SHANGHAI).date().isoformat()
        if day != self._day:
            self._day, self._texts = day, set()
        if kept not in self._texts and len(self._texts) >= self._most:
            kept = OTHERS
        else:
            self._texts.add(kept)
        return UnmatchedRow(day, kept, how)
