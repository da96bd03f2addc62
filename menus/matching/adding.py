"""Whether a new keyword would take anything away from what is understood already. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from menus.matching import vocabulary as words
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.matching.normal import normalise
from menus.model.hall import Hall
from menus.model.specs import Action

LEAST = 2
"""Characters of a keyword: one stands in everything."""
SHORTEST_NUMBER = 5
"""Digits: shorter ones are codes, and numbers of menus and lists."""

Meaning = tuple[str | None, Action | None, tuple[str, ...]]


def unfit(hall: Hall, keyword: str) -> str | None:
    """Why a word can be no keyword of this hall, whatever it is to mean; None: it can."""
    word = normalise(keyword)
    if len(word) < LEAST:
        return "太短，什么短信里都可能有它"
    if word.isdecimal() and len(word) < SHORTEST_NUMBER:
        return "是数字，会和业务编号、菜单序号混淆"
    if word in words.ASK:
        return "有几个意思，系统会反问客户"
    if words.verb(word) is not None and word not in hall.keywords and len(word) <= LEAST:
        return "是动词，哪项业务都用得上"
    return None


def taken(hall: Hall, keyword: str) -> Match | None:
    """What the word says by itself already, as a code or a keyword; None: nothing."""
    found = recognise(hall, keyword)
    return found if found.how in ("code", "keyword") and normalise(keyword) in _own(hall) else None


def changed(before: Hall, after: Hall) -> tuple[str, ...]:
    """What is written in the hall itself, and would mean something else than it does."""
    halls = [(before, after)]
    halls += [(city, after.cities[name]) for name, city in before.cities.items() if name in after.cities]
    found = (w for old, new in halls for w in _said(old) if _meaning(old, w) != _meaning(new, w))
    return tuple(dict.fromkeys(found))


def _own(hall: Hall) -> frozenset[str]:
    return frozenset(map(normalise, (*hall.keywords, *hall.codes)))


def _said(hall: Hall) -> Iterator[str]:
    yield from hall.keywords
    yield from hall.codes
    yield from (entry.label for menu in hall.sms.values() for entry in menu.entries)
    yield from ("".join(parts) for topic in hall.topics.values() for parts in topic.asks)


def _meaning(hall: Hall, word: str) -> Meaning:
    found = recognise(hall, word)
    return found.service, found.action, found.candidates
