"""An utterance as sound: which stretches of which pack are played one after the other.

    voice = Voice([pack])                              # ivr.voice.pack.open_prompts
    voice.can_say(template, values)                    -> bool
    voice.segments(template, values)                   -> (AudioSegment(path, offset, length), …); raises
    Missing

``path`` is a file of A-law octets for the media process to map; offset and length count octets, which are
samples. The best recording that there is wins: the whole wording, else each whole sentence, else each phrase,
else words and values one by one; figures are joined from the fewest clips of the closed set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from ivr.voice.clips import Clip, Ending
from ivr.voice.reading import ValueReader
from ivr.voice.script import Mark, Part, Said, Sentence, WordSource, ending, phrases, script, sentences, whole
from ivr.voice.wording import PAUSES, STOPS
from menus.model.hall import Position, Template
from menus.model.values import Values

REST = {
    "、": 90,
    "，": 180,
    "：": 220,
    "…": 250,
    "—": 180,
    "；": 320,
    "\n": 350,
    "。": 380,
    "！": 380,
    "？": 380,
}
"""Milliseconds of silence for each mark; clips bring 30 ms of their own at a joint."""
LONGEST_PHRASE = 12  # characters of the closed set's longest phrase, with room
_FIGURES = re.compile(r"[零一二三四五六七八九十百千万亿两幺负点元角分年月日整秒天小时钟加A-Z]+")
_MARKS = re.compile(f"[{PAUSES}{STOPS}]")
OCTETS_A_MS = 8


class AudioSegment(NamedTuple):
    """``length`` octets from ``offset`` of the A-law file ``pack``."""

    pack: Path
    offset: int
    length: int


class Missing(Exception):
    """There is no audio for these clips; ``clips`` in the order in which they would be said."""

    def __init__(self, clips: Iterable[Clip]) -> None:
        self.clips = tuple(dict.fromkeys(clips))
        super().__init__("no audio for " + " / ".join(clip.text for clip in self.clips))


class Clips(Protocol):
    """Where clips are found: a pack of shipped prompts, or what the voice worker spoke since."""

    def find(self, clip: Clip) -> AudioSegment | None: ...

    def rest(self, milliseconds: int) -> AudioSegment | None:
        """Silence; None if this one keeps none."""


class Voice:
    """Finds the audio of wordings in packs, first pack first."""

    def __init__(self, packs: Sequence[Clips], reader: ValueReader | None = None) -> None:
        self.packs = tuple(packs)
        self.reader = reader or ValueReader()

    def segments(self, template: Template, values: Values) -> tuple[AudioSegment, ...]:
        """The whole wording. Raises Missing; KeyError, TypeError, ValueError for values that do not fit."""
        parts = script(template, values, self.reader)
        missing: list[Clip] = []
        found = list(self._utterance(parts, missing))
        if missing:
            raise Missing(missing)
        return tuple(found)

    def can_say(self, template: Template, values: Values) -> bool:
        """Whether every word of it has audio."""
        try:
            self.segments(template, values)
        except Missing:
            return False
        return True

    def text_segments(self, text: str) -> tuple[AudioSegment, ...]:
        """Plain text, as if an editor had written it. Raises Missing."""
        return self.segments(Template((text,), Position("", 1, 1)), {})

    def can_say_text(self, text: str) -> bool:
        """Whether every word of plain text has audio."""
        return self.can_say(Template((text,), Position("", 1, 1)), {})

    def _utterance(self, parts: Sequence[Part], missing: list[Clip]) -> Iterator[AudioSegment]:
        recorded = self._find(whole(parts)) if parts else None
        if recorded:
            yield recorded
            return
        cut = list(sentences(parts))
        for number, sentence in enumerate(cut):
            last = number == len(cut) - 1
            yield from self._sentence(sentence, last, missing)

    def _sentence(self, sentence: Sentence, last: bool, missing: list[Clip]) -> Iterator[AudioSegment]:
        mark = sentence[-1] if isinstance(sentence[-1], Mark) else None
        recorded = self._find(whole(sentence))
        if recorded:
            yield recorded
        else:
            for words, rest in phrases(sentence):
                yield from self._phrase(words, ending(rest, last), missing)
                if rest is not None and rest is not mark:
                    yield from self._rest(rest)
        if mark is not None and not last:
            yield from self._rest(mark)

    def _phrase(self, words: Sequence[Said], end: Ending, missing: list[Clip]) -> Iterator[AudioSegment]:
        recorded = self._find(Clip("".join(said.text for said in words), end))
        if recorded:
            yield recorded
            return
        for number, said in enumerate(words):
            behind = number + 1 < len(words)
            yield from self._said(said, Ending.JOIN if behind else end, missing)

    def _said(self, said: Said, end: Ending, missing: list[Clip]) -> Iterator[AudioSegment]:
        clip = Clip(said.text, end)
        recorded = self._find(clip)
        if recorded:
            yield recorded
        elif said.source is WordSource.FIGURES or _FIGURES.fullmatch(said.text):
            yield from self._figures(clip, missing)
        elif _MARKS.search(said.text):
            yield from self._name(said.text, end, missing)
        else:
            missing.append(clip)

    def _name(self, text: str, end: Ending, missing: list[Clip]) -> Iterator[AudioSegment]:
        """A name with rests inside, part by part."""
        parts = [part for part in _MARKS.split(text) if part]
        for number, part in enumerate(parts):
            behind = number + 1 < len(parts)
            yield from self._said(Said(part, WordSource.NAME), Ending.JOIN if behind else end, missing)
            if behind:
                yield from self._rest(Mark("、"))

    def _figures(self, clip: Clip, missing: list[Clip]) -> Iterator[AudioSegment]:
        """The fewest clips that make up ``clip.text``, the longest first where there is a choice."""
        text, size = clip.text, len(clip.text)
        best: list[tuple[int, AudioSegment | None, int]] = [(0, None, size)] * (size + 1)
        for start in range(size - 1, -1, -1):
            best[start] = (size + 1, None, start + 1)
            for stop in range(min(size, start + LONGEST_PHRASE), start, -1):
                count = best[stop][0] + 1
                if count >= best[start][0]:
                    continue
                end = clip.ending if stop == size else Ending.JOIN
                segment = self._find(Clip(text[start:stop], end))
                if segment:
                    best[start] = (count, segment, stop)
        place = 0
        if best[0][0] > size:
            missing += (Clip(c, Ending.JOIN) for c in text if not self._find(Clip(c, Ending.JOIN)))
            return  # only the characters: the figures may be a password
        while place < size:
            _, segment, place = best[place]
            if segment:
                yield segment

    def _rest(self, mark: Mark) -> Iterator[AudioSegment]:
        silence = self.rest(REST[mark.mark])
        if silence:
            yield silence

    def rest(self, milliseconds: int) -> AudioSegment | None:
        """Silence, from the first pack that keeps some."""
        return next((found for pack in self.packs if (found := pack.rest(milliseconds))), None)

    def _find(self, clip: Clip) -> AudioSegment | None:
        """This clip, else the same words with the other ending."""
        for each in (clip, clip.other):
            for pack in self.packs:
                segment = pack.find(each)
                if segment:
                    return segment
        return None
