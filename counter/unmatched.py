"""What customers wrote that was not understood, or was asked back, so that editors can mend the keywords.

    unmatched.row("我的编号是4301021985", "none", now)   # UnmatchedRow("2026-11-27", "我的编号是*", "none")

Masked: of a longer number nothing stays, be it a password, a card or somebody's phone, in digits or in words,
whatever signs part it; nor of several that could be the pieces of one. A code that is none stays. Bounded:
so many different texts a day, the rest are counted together; a text is cut.
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
_DIGIT = r"(?:\d|[〇零一二两三四五六七八九幺壹贰叁肆伍陆柒捌玖])"
_NUMBER = re.compile(rf"{_DIGIT}(?:[\W_]*{_DIGIT})*[Xx]?")
"""Digits, whatever signs part them."""
_ONE = re.compile(_DIGIT)
_WORD = re.compile(r"[〇零一二两三四五六七八九幺壹贰叁肆伍陆柒捌玖]")
"""A digit in words: alone it is a part of some other word (一下, 两个)."""
_SHORT, SECRET_DIGITS = 4, 6
"""Digits of a number that stays, for codes are so short; the least that a service password or a card has."""
_ANSWER = re.compile(r"[\W\d_]{1,3}|[A-Za-z]")
"""A number of a menu, a star, a letter: it says nothing by itself."""


def mask(text: str) -> str:
    """What of a text may be kept; empty: nothing that says anything."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    seen = "".join(each for each in plain if each.isprintable())
    short = 0 if may_hold_secret(seen) else _SHORT
    hidden = _NUMBER.sub(lambda found: found[0] if _digits(found[0]) <= short else "*", seen)
    return "" if _ANSWER.fullmatch(hidden) else hidden[:LONGEST]


def may_hold_secret(text: str) -> bool:
    """Whether it has as many digits as a service password or a card, in one number or in pieces."""
    plain = unicodedata.normalize("NFKC", text)
    return sum(_digits(found[0]) for found in _NUMBER.finditer(plain)) >= SECRET_DIGITS


def _digits(number: str) -> int:
    return 0 if _WORD.fullmatch(number) else len(_ONE.findall(number))


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
