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
        self._ends: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in dict.fromkeys(words):
            for end in {word[0], "-" + word[-1]}:
                self._ends[end, len(word)].append(word)

    def of(self, written: str) -> list[str]:
        """Those that are one character, or two exchanged, from it; itself too if it is one of them."""
        if len(written) < LEAST:
            return []
        ends, length = (written[0], "-" + written[-1]), len(written)
        near = [
            word
            for end in ends
            for long in (length, length - 1, length + 1)
            for word in self._ends.get((end, long), ())
            if OSA.distance(written, word, score_cutoff=1) <= 1
        ]
        return list(dict.fromkeys(near))
