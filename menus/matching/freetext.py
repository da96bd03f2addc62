"""Texts that carry the customer's own words behind a code or a keyword. Pure.

``0702 总是扣错钱``, ``投诉 …``, ``TS…``, ``JB 号码*内容``: the words are handed on as they were written. Only
for what takes one text and nothing else. Behind a sign or a blank, anything is the customer's words; glued to
a Chinese keyword only what reads like them: 投诉电话多少 and 投诉进度 ask something. Digits alone are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from menus.matching.inputs import TEXT_LIMIT, plain
from menus.matching.normal import simplified
from menus.matching.vocabulary import ASKS_ABOUT, EXACT_ONLY, OURS
from menus.model.asked import InputKind
from menus.model.channels import Where
from menus.model.hall import Goal, Hall
from menus.model.specs import Action

_POLITE = "(?:我要|我想要|我想|请|我)?"
_SIGNS = r"[\s#*+:：,，.。;；!！、\-]*"
_LONGER_CODE = re.compile("[0-9]")
_LONGER_WORD = re.compile("[A-Za-z]|[0-9]{1,2}(?![0-9\u4e00-\u9fff])")  # TS3 is no command; JB10661234*… is
_WRITTEN = re.compile("[0-9]{0,4}[\u4e00-\u9fff]{3}|[0-9]{5}")
"""What behind letters (TS乱扣费, JB10661234…) is no slip of another command: 没CX, 不CX."""
SHORTEST = 4
"""Characters that are words of their own when they are glued to a keyword."""
LOOKED_AT = 8
"""Characters behind the keyword that say whether something is asked about it."""


@dataclass(frozen=True, slots=True)
class FreeText:
    """``head``: the code or keyword; ``parted``: a sign or blank stood behind it. ``words`` are personal."""

    head: str
    parted: bool
    service: str
    action: Action
    input: str
    words: str = field(repr=False)


def _are_words(rest: str) -> bool:
    """Whether what stands behind letters, without a sign between, is the customer's own words."""
    asks = ASKS_ABOUT.search(rest[:LOOKED_AT]) is not None
    return not asks and _LONGER_WORD.match(rest) is None and _WRITTEN.match(rest) is not None


class Openings:
    """The codes and keywords of one hall behind which words may stand. ``exact``: its normal keywords."""

    def __init__(self, hall: Hall, exact: Mapping[str, tuple[str, Action | None]]) -> None:
        self._heads: dict[str, tuple[str, Action, str]] = {}
        for keyword, (service, action) in exact.items():
            self._add(hall, keyword, service, action)
        for code, target in hall.codes.items():
            if target.goal is Goal.SERVICE:
                self._add(hall, code, target.name, target.action)
        self._longer = tuple(k for k in exact if any(k != h and k.startswith(h) for h in self._heads))
        heads = "|".join(sorted(map(re.escape, self._heads), key=len, reverse=True))
        self._pattern = re.compile(f"{_POLITE}({heads})({_SIGNS})(.+)", re.IGNORECASE | re.DOTALL)

    def _add(self, hall: Hall, head: str, service: str, action: Action | None) -> None:
        found = hall.services.get(service)
        for does, spec in found.spec.actions.items() if found and found.spec else ():
            asked = [i for i in spec.inputs if i.where is not Where.DIGITS]
            only = len(asked) == 1 and asked[0].kind is InputKind.TEXT and spec.changes
            if only and action in (None, does):
                self._heads[head] = (service, does, asked[0].name)
                return

    def find(self, text: str) -> FreeText | None:
        """What the text opens with, and the words behind it; None: it is no such text."""
        written = plain(text)[:TEXT_LIMIT]
        found = self._pattern.match(simplified(written)) if self._heads else None
        if found is None:
            return None
        head, signs, words = found.group(1).upper(), found.group(2), written[found.start(3) :].strip()
        if not words or words.isdecimal() or not self._stands(head, signs, found.group(3)):
            return None
        return FreeText(head, bool(signs), *self._heads[head], words)

    def _stands(self, head: str, signs: str, rest: str) -> bool:
        if signs:
            return True
        if head.isascii():
            return _LONGER_CODE.match(rest) is None if head.isdecimal() else _are_words(rest)
        longer = any((head + rest).upper().startswith(each) for each in self._longer)
        if longer or len(rest) < SHORTEST or ASKS_ABOUT.search(rest[:LOOKED_AT]):
            return False
        return head not in EXACT_ONLY or OURS.search(rest) is not None
