"""From clips that are wanted to finished sound: which carrier each is spoken in, and what to try next.

A phrase spoken alone comes out clipped and flat, so it is spoken inside a sentence and cut out at the pauses
around it. One sentence gives both endings::

    您本月消费的总额是。五十二元，谢谢您的来电。五十二元。
                       more follows (join)      it ends (stop)

The lead must be long and the tail begin with a hissing sound: else the model leaves out the pause. A full
stop with
a comma pauses surely; a comma alone keeps the voice up, so it is tried first behind what more follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from ivr.voice.clips import Clip, Ending
from ivr.voice.samples import Samples
from studio.carrier import Spoken, Take, cut
from studio.levels import NotSpeech

LEADS: Final = ("您本月消费的总额是", "您查询的结果是")
TAIL: Final = "谢谢您的来电"
COMMA: Final = ", "
SURE: Final = "., "
CLEAR: Final = 0.85  # pace of a single digit or letter: codes and numbers are written down
SHORT: Final = 12  # characters: from here on a sentence needs no lead


class Synthesiser(Protocol):
    """What the studio needs of a voice; :class:`studio.kokoro.Kokoro` is one."""

    def speak(self, take: Take) -> Spoken: ...


def record(voice: Synthesiser, clips: Iterable[Clip]) -> Iterator[tuple[Clip, Samples]]:
    """Each of ``clips`` with its sound, a text's two endings together. Raises NotSpeech, TooLong."""
    wanted: dict[str, set[Ending]] = {}
    for clip in clips:
        wanted.setdefault(clip.text, set()).add(clip.ending)
    for text, endings in wanted.items():
        sounds = _both(voice, text) if len(endings) == 2 and len(text) < SHORT else {}
        for ending in sorted(endings):
            yield Clip(text, ending), sounds[ending] if ending in sounds else _one(voice, text, ending)


def _both(voice: Synthesiser, text: str) -> dict[Ending, Samples]:
    """Both endings from one sentence, or what of it could be cut out."""
    spoken = voice.speak(Take((LEADS[0], text, TAIL, text), (SURE, COMMA, SURE), _pace(text)))
    sounds = {}
    for ending, piece in ((Ending.JOIN, 1), (Ending.STOP, 3)):
        try:
            sounds[ending] = cut(spoken, piece)
        except NotSpeech:
            continue
    return sounds


def _one(voice: Synthesiser, text: str, ending: Ending) -> Samples:
    """The first carrier that leaves pauses to cut at; alone, if none does."""
    for take, piece in _carriers(text, ending):
        try:
            return cut(voice.speak(take), piece)
        except NotSpeech:
            continue
    return cut(voice.speak(Take((text,))), 0)


def _carriers(text: str, ending: Ending) -> Iterator[tuple[Take, int]]:
    long = len(text) >= SHORT
    for lead in ((), (LEADS[0],), (LEADS[1],)) if long else ((LEADS[0],), (LEADS[1],)):
        before = (SURE,) * len(lead)
        if ending is Ending.STOP:
            yield Take((*lead, text), before, _pace(text)), len(lead)
            continue
        for mark in (COMMA, SURE):
            yield Take((*lead, text, TAIL), (*before, mark), _pace(text)), len(lead)


def _pace(text: str) -> float:
    return CLEAR if len(text) == 1 else 1.0
