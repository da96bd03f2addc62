"""Not talking to robots: how many replies a number gets, and how often to the same nonsense."""

from __future__ import annotations

import re
import sys
from typing import TypeVar

from menus.model.numbers import MOBILE_DIGITS, undressed

K = TypeVar("K")
ALPHANUMERIC = 5  # type of number (SMPP 3.4 §5.2.5)
_SERVICE = re.compile(r"(?:\+?86)?(?:1[0-2][0-9]{1,18}|9[56][0-9]{3,6}|[0-9]{1,6})")
"""10086, 12580, 106…, 95588, and whatever is too short for a telephone."""


def is_robot(source: str, ton: int) -> bool:
    """Whether no person texts from there: a name, or a service's number."""
    if len(source) == MOBILE_DIGITS and "13" <= source < "2" and source.isdecimal() and ton != ALPHANUMERIC:
        return False  # a mobile, as nearly all are
    digits = undressed(source)
    return ton == ALPHANUMERIC or not digits.lstrip("+").isdecimal() or _SERVICE.fullmatch(digits) is not None


class ReplyThrottle:
    """``replies`` in ``seconds`` for one subscriber; the same unrecognised text ``repeats`` times in
    ``repeats_within`` seconds is the last one answered. Recognised commands never count for the latter."""

    def __init__(
        self, replies: int = 30, seconds: float = 30.0, repeats: int = 3, repeats_within: float = 3600.0
    ) -> None:
        self._replies = replies
        self._seconds = seconds
        self._repeats = repeats
        self._within = repeats_within
        self._sent: dict[str, list[float]] = {}  # few each, of very many: a deque takes seven times the room
        self._nonsense: dict[tuple[str, str], list[float]] = {}

    def may_answer(self, subscriber: str, text: str, recognised: bool, now: float) -> bool:
        """Whether this text is answered; counts it if so."""
        if not recognised and not _room(self._nonsense, (subscriber, text), self._repeats, self._within, now):
            return False
        return _room(self._sent, subscriber, self._replies, self._seconds, now)

    def when(self, subscriber: str, now: float) -> float:
        """When a reply that must be given may go, at the earliest; counts it for then."""
        sent = self._sent.setdefault(subscriber, [])
        at = max(now, sent[-self._replies] + self._seconds) if len(sent) >= self._replies else now
        sent.append(at)
        return at

    def age(self, now: float) -> None:
        """Forget what no longer counts."""
        _age(self._sent, self._seconds, now)
        _age(self._nonsense, self._within, now)


UNLIMITED = ReplyThrottle(replies=sys.maxsize, repeats=sys.maxsize)
"""For a hall that no robot reaches."""


def _age(times: dict[K, list[float]], seconds: float, now: float) -> None:
    for key in [key for key, seen in times.items() if now - seen[-1] >= seconds]:
        del times[key]


def _room(times: dict[K, list[float]], key: K, most: int, seconds: float, now: float) -> bool:
    seen = times.get(key)
    if seen is None:
        seen = times[key] = []
    while seen and now - seen[0] >= seconds:
        del seen[0]
    if len(seen) >= most:
        return False
    seen.append(now)
    return True
