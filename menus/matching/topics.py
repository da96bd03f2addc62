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


_Phrase = tuple[str, tuple[str, ...], int]
"""An entry's id, the parts of one of its phrases, and their length."""


class TopicIndex:
    """The entries of one hall, ready to be searched. ``services``: those that have any."""

    def __init__(self, hall: Hall) -> None:
        self._topics = hall.topics
        topics = tuple(hall.topics.values())
        self.services = frozenset(topic.service for topic in topics)
        self._phrases: dict[str, list[_Phrase]] = {}  # by the first two characters of their longest part
        for topic in topics:
            for parts in topic.asks:
                phrase = (topic.id, parts, sum(map(len, parts)))
                self._phrases.setdefault(max(parts, key=len)[:2], []).append(phrase)
        self._pairs = {t.id: _pairs((t.title, *("".join(parts) for parts in t.asks))) for t in topics}
        held = Counter(pair for pairs in self._pairs.values() for pair in pairs)
        self._weight = {pair: math.log(1 + len(topics) / count) for pair, count in held.items()}
        self._unknown = math.log(1 + len(topics))

    def find(self, text: str, service: str) -> tuple[Topic, ...]:
        """Those that answer the text, the best first; of ``service`` only, if it has any that does."""
        worth = self._worth(compact(clean(text)), plainly=False)
        own = {id: w for id, w in worth.items() if self._topics[id].service == service}
        return tuple(self._topics[id] for id in _best(own or worth))

    def news(self, service: str) -> tuple[Topic, ...]:
        """Those of a service that do not always hold."""
        own = (t for t in self._topics.values() if t.service == service and t.when.words)
        return tuple(own)[:SHOWN]

    def meant(self, word: str, service: str | None, *, plainly: bool) -> str | None:
        """The service whose entry a text in normal form asks for; None: none, or none surely. ``service``:
        the one that was recognised, unless another one's entry fits better. ``plainly``: only one that a
        phrase of its own names."""
        worth = self._worth(word, plainly)
        if not worth:
            return None
        found = _best(worth)
        best = worth[found[0]]
        if any(self._topics[id].service == service and worth[id] == best for id in found):
            return service
        return None if plainly and best < PLAIN else self._topics[found[0]].service

    def _worth(self, word: str, plainly: bool) -> dict[str, float]:
        worth: dict[str, float] = {}
        if len(word) > LONGEST or not self._phrases:
            return worth
        for at in range(len(word) - 1):
            for id, parts, length in self._phrases.get(word[at : at + 2], ()):
                if length > worth.get(id, 0) and all(_stands(part, word) for part in parts):
                    worth[id] = float(length)
        return worth if worth or plainly else self._covered(word)

    def _covered(self, word: str) -> dict[str, float]:
        asked = _pairs((word,))
        if len(asked) < PAIRS or word.isascii() or not asked & self._weight.keys():
            return {}
        whole = sum(self._weight.get(pair, self._unknown) for pair in asked)
        shares = {id: sum(self._weight[p] for p in asked & of) / whole for id, of in self._pairs.items()}
        return {id: share for id, share in shares.items() if share >= COVERED}


def _best(worth: Mapping[str, float]) -> tuple[str, ...]:
    least = max(worth.values(), default=0.0) * ALIKE
    return tuple(sorted((id for id in worth if worth[id] >= least), key=lambda id: -worth[id]))[:SHOWN]


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
