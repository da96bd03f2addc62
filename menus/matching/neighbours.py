"""Words that are one slip of the finger from what was written. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

LEAST = 3
"""Characters: in a shorter word one slip changes both ends."""


class Neighbours:
    """Of some words. One slip leaves the first character of a word or its last; only those are compared."""

    def __init__(self, words: Iterable[str]) -> None:
        self._firsts: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._lasts: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for word in dict.fromkeys(words):
            self._firsts[word[0]].append((len(word), word))
            self._lasts[word[-1]].append((len(word), word))

    def of(self, written: str) -> list[str]:
        """Those that are one character, or two exchanged, from it; itself too if it is one of them."""
        if len(written) < LEAST:
            return []
        length = len(written)
        alike = (*self._firsts.get(written[0], ()), *self._lasts.get(written[-1], ()))
        near = [
            word
            for long, word in alike
            if -1 <= long - length <= 1 and OSA.distance(written, word, score_cutoff=1) <= 1
        ]
        return list(dict.fromkeys(near))
