"""A wording with its values as a script for the voice: what is said, where it rests. Pure; no audio yet.

    截至{now}，您已消费{spent}。  ->  Said(截至) Said(十一月二十二日九点零五分, FIGURES) Mark(，) …

A script is cut at full stops into sentences; :mod:`ivr.voice.speech` finds the clips of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ivr.voice.clips import Clip, Ending
from ivr.voice.reading import ValueReader
from ivr.voice.wording import PAUSES, STOPS
from menus.model.hall import Slot, Template
from menus.model.values import Kind, Values

_MARKS = re.compile(f"([{PAUSES}{STOPS}])")


class WordSource(StrEnum):
    """Where words come from, and so how they may be put together."""

    WORDING = "wording"  # the editor's: recorded as it stands
    NAME = "name"  # a value that is a phrase: recorded as it stands
    FIGURES = "figures"  # a value that is read out: joined from the closed set


@dataclass(frozen=True, slots=True)
class Said:
    """Words without a rest; names may carry marks inside (话费、积分查询)."""

    text: str
    source: WordSource


@dataclass(frozen=True, slots=True)
class Mark:
    """A rest: one of PAUSES or STOPS."""

    mark: str

    @property
    def stops(self) -> bool:
        return self.mark in STOPS


Part = Said | Mark
Sentence = tuple[Part, ...]


def script(template: Template, values: Values, reader: ValueReader) -> tuple[Part, ...]:
    """The whole wording. Raises KeyError for a value that was not given, and what Reader.read raises."""
    parts: list[Part] = []
    for number, piece in enumerate(template.pieces):
        behind = template.pieces[number + 1] if number + 1 < len(template.pieces) else ""
        following = behind if isinstance(behind, str) else ""
        if isinstance(piece, Slot):
            parts += _value(piece, values, reader, following)
        else:
            parts += _cut(reader.wording(piece, following), WordSource.WORDING)
    return _tidy(parts)


def _value(slot: Slot, values: Values, reader: ValueReader, following: str) -> Iterator[Part]:
    value = values[slot.name]
    text = reader.read(value, following)
    if value.kind is Kind.LIST:
        yield from _cut(text, WordSource.NAME)
    elif value.kind is Kind.TEXT:
        yield Said(text.strip(PAUSES + STOPS), WordSource.NAME)
    else:
        yield from _cut(text, WordSource.FIGURES)


def _cut(text: str, source: WordSource) -> Iterator[Part]:
    for token in _MARKS.split(text):
        if token:
            yield Mark(token) if _MARKS.fullmatch(token) else Said(token, source)


def _tidy(parts: Sequence[Part]) -> tuple[Part, ...]:
    """No mark at the head; of two that meet, the full stop stays; no empty words."""
    out: list[Part] = []
    for part in parts:
        if isinstance(part, Said):
            if part.text:
                out.append(part)
        elif out and isinstance(out[-1], Mark):
            out[-1] = part if part.stops else out[-1]
        elif out:
            out.append(part)
    return tuple(out)


def sentences(parts: Sequence[Part]) -> Iterator[Sentence]:
    """The script cut behind every full stop; each sentence ends with its mark, if it has one."""
    sentence: list[Part] = []
    for part in parts:
        sentence.append(part)
        if isinstance(part, Mark) and part.stops:
            yield tuple(sentence)
            sentence = []
    if sentence:
        yield tuple(sentence)


def phrases(sentence: Sequence[Part]) -> Iterator[tuple[tuple[Said, ...], Mark | None]]:
    """The words between two rests, and the rest behind them."""
    words: list[Said] = []
    for part in sentence:
        if isinstance(part, Said):
            words.append(part)
        else:
            yield tuple(words), part
            words = []
    if words:
        yield tuple(words), None


def whole(parts: Sequence[Part]) -> Clip:
    """All of it as one clip: how a sentence, or a wording without values, is recorded."""
    text = "".join(part.text if isinstance(part, Said) else part.mark for part in parts)
    return Clip(text.strip(PAUSES + STOPS), Ending.STOP)


def ending(mark: Mark | None, last: bool) -> Ending:
    """How the voice ends before ``mark``; ``last``: nothing comes behind it in the whole wording."""
    return Ending.STOP if (mark.stops if mark else last) else Ending.JOIN


def needs(template: Template, reader: ValueReader) -> Iterator[Clip]:
    """The clips that a wording itself needs, whatever its values: whole sentences where no value stands in
    them, else the words between the values."""
    parts = _skeleton(template, reader)
    for sentence in sentences(parts):
        if all(not isinstance(part, Said) or part.source is WordSource.WORDING for part in sentence):
            yield whole(sentence)
            continue
        for words, mark in phrases(sentence):
            for number, said in enumerate(words):
                behind = number + 1 < len(words)
                if said.source is WordSource.WORDING:
                    yield Clip(said.text, Ending.JOIN if behind else ending(mark, True))


def _skeleton(template: Template, reader: ValueReader) -> tuple[Part, ...]:
    """The script with every value as a figure nobody reads."""
    parts: list[Part] = []
    for number, piece in enumerate(template.pieces):
        if isinstance(piece, Slot):
            parts.append(Said("…", WordSource.FIGURES))
        else:
            behind = template.pieces[number + 1] if number + 1 < len(template.pieces) else ""
            following = behind if isinstance(behind, str) else ""
            parts += _cut(reader.wording(piece, following), WordSource.WORDING)
    return _tidy(parts)
