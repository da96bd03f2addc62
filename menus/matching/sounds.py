"""How words sound: Mandarin syllables without tones, and as those hear them who mix some of them up. Pure.

    syllables("话费")        -> ("hua", "fei")
    blurred("zhang")        -> "zan"            zh z, n l, -ang -an, hu f, er e are one in Hunan's mouths

The readings are of ``syllables.txt`` beside this file (``python -m studio.readings`` writes it).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("syllables.txt")
_AS_F = {"hu": "fu", "hua": "fa", "hui": "fei", "huan": "fan", "huang": "fan", "hun": "fen", "huo": "fo"}
_NASAL = ("ang", "eng", "ing")


@lru_cache(maxsize=1)
def _readings() -> Mapping[str, str]:
    """Each character's syllable."""
    lines = (line.split(" ") for line in FILE.read_text(encoding="utf-8").splitlines())
    return {character: syllable for syllable, characters in lines for character in characters}


def syllables(text: str) -> tuple[str, ...]:
    """One a character; what is no character of Chinese stands for itself."""
    readings = _readings()
    return tuple(readings.get(each, each) for each in text)


@lru_cache(maxsize=1024)
def blurred(syllable: str) -> str:
    """The same for syllables that are mixed up."""
    heard = _AS_F.get(syllable, syllable)
    if heard[:2] in ("zh", "ch", "sh"):
        heard = heard[0] + heard[2:]
    if heard[:1] == "n" and len(heard) > 1:
        heard = "l" + heard[1:]
    if heard.endswith(_NASAL):
        heard = heard[:-1]
    return "e" if heard == "er" else heard
