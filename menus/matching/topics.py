"""Which entries of the knowledge base answer a question (R084). Pure; no entry is found by chance.

An entry is found by its phrases (``asks:``), longer ones first; or, where none stands in the text, by how
much of what the text is about stands in the entry's title and phrases: pairs of characters, weighed by how
few entries have them. What only frames a question (怎么, 多少钱, 请问) counts for nothing."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from menus.matching.normal import clean, compact, cuts
from menus.model.hall import Hall, Topic

QUESTION = "topic"
"""The input of a service that its entries answer."""
PLAIN = 4
"""Characters of a phrase that say by themselves what is meant."""
ALIKE = 0.7
"""Of the best one's worth: entries so good are shown beside it."""
COVERED = 0.6
"""Of what a text without any phrase is about, so much must stand in an entry."""
PAIRS = 3
"""Of fewer pairs nothing can be said."""
SHOWN = 5
LONGEST = 60
"""Characters of a question; longer ones are stories, in which everything stands."""
_FRAME = re.compile(
    "请问|你好|您好|怎么办理|怎么办|怎么|怎样|如何|为什么|什么|多少钱|多少|收费|资费|一下|可以|我想|我要|需要"
    "|知道|了解|介绍|手机|移动|业务|我的|你们|是不是|有没有|能不能|[吗呢啊呀吧的了我你]"
)


_Phrase = tuple[Topic, tuple[str, ...], int]


class TopicIndex:
    """The entries of one hall, ready to be searched. ``services``: those that have any."""

    def __init__(self, hall: Hall) -> None:
        self._topics = tuple(hall.topics.values())
        self.services = frozenset(topic.service for topic in self._topics)
        self._phrases: dict[str, list[_Phrase]] = {}  # by the first two characters of their longest part
        for topic in self._topics:
            for parts in topic.asks:
                phrase = (topic, parts, sum(map(len, parts)))
                self._phrases.setdefault(max(parts, key=len)[:2], []).append(phrase)
        self._pairs = {t.id: _pairs((t.title, *("".join(parts) for parts in t.asks))) for t in self._topics}
        held = Counter(pair for pairs in self._pairs.values() for pair in pairs)
        self._weight = {pair: math.log(1 + len(self._topics) / count) for pair, count in held.items()}
        self._unknown = math.log(1 + len(self._topics))

    def find(self, text: str, service: str) -> tuple[Topic, ...]:
        """Those that answer the text, the best first; of ``service`` only, if it has any that does."""
        worth = self._worth(compact(clean(text)), plainly=False)
        return _best({t: w for t, w in worth.items() if t.service == service} or worth)

    def news(self, service: str) -> tuple[Topic, ...]:
        """Those of a service that do not always hold."""
        return tuple(t for t in self._topics if t.service == service and t.when.words)[:SHOWN]

    def meant(self, word: str, service: str | None, *, plainly: bool) -> str | None:
        """The service whose entry a text in normal form asks for; None: none, or none surely. ``service``:
        the one that was recognised, unless another one's entry fits better. ``plainly``: only one that a
        phrase of its own names."""
        worth = self._worth(word, plainly)
        found = _best(worth)
        if not found:
            return None
        best = worth[found[0]]
        if any(t.service == service and worth[t] == best for t in found):
            return service
        return None if plainly and best < PLAIN else found[0].service

    def _worth(self, word: str, plainly: bool) -> dict[Topic, float]:
        worth: dict[Topic, float] = {}
        if len(word) > LONGEST:
            return worth
        for at in range(len(word) - 1):
            for topic, parts, length in self._phrases.get(word[at : at + 2], ()):
                if length > worth.get(topic, 0) and all(_stands(part, word) for part in parts):
                    worth[topic] = float(length)
        return worth if worth or plainly else self._covered(word)

    def _covered(self, word: str) -> dict[Topic, float]:
        asked = _pairs((word,))
        if len(asked) < PAIRS or word.isascii() or not asked & self._weight.keys():
            return {}
        whole = sum(self._weight.get(pair, self._unknown) for pair in asked)
        shares = {t: sum(self._weight[p] for p in asked & self._pairs[t.id]) / whole for t in self._topics}
        return {topic: share for topic, share in shares.items() if share >= COVERED}


def _best(worth: Mapping[Topic, float]) -> tuple[Topic, ...]:
    least = max(worth.values(), default=0.0) * ALIKE
    return tuple(sorted((t for t in worth if worth[t] >= least), key=lambda t: -worth[t]))[:SHOWN]


def _stands(part: str, word: str) -> bool:
    at = word.find(part)
    return at >= 0 and not cuts(word, at, at + len(part))


def _pairs(texts: Iterable[str]) -> frozenset[str]:
    """The pairs of characters of what the texts are about."""
    pieces = (piece for text in texts for piece in _FRAME.split(compact(clean(text))))
    return frozenset(piece[i : i + 2] for piece in pieces for i in range(len(piece) - 1))


def topics_of(hall: Hall) -> TopicIndex:
    """The hall's index, built when it is first asked for."""
    index = hall.derived.get("topics")
    if not isinstance(index, TopicIndex):
        index = hall.derived["topics"] = TopicIndex(hall)
    return index
