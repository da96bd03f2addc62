"""Clips that exist in name only, and templates written as an editor would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ivr.voice.clips import Clip, Ending
from ivr.voice.samples import Samples
from ivr.voice.speech import AudioSegment
from menus.model.hall import Position, Slot, Template
from menus.model.values import Kind


class NamedClips:
    """A pack whose segments tell which clip they are: the offset counts the clips."""

    def __init__(self, clips: Iterable[Clip]) -> None:
        self.clips = list(clips)
        self._places = {clip: number for number, clip in enumerate(self.clips)}

    def find(self, clip: Clip) -> AudioSegment | None:
        number = self._places.get(clip)
        return None if number is None else AudioSegment(Path("clips"), number, 1)

    def rest(self, milliseconds: int) -> AudioSegment | None:
        return AudioSegment(Path("rest"), 0, milliseconds)

    def heard(self, segments: Iterable[AudioSegment]) -> str:
        """What the segments say: ``|`` between clips, the milliseconds of each rest in brackets."""
        return "|".join(
            f"[{each.length}]" if each.pack.name == "rest" else self.clips[each.offset].text
            for each in segments
        )

    def endings(self, segments: Iterable[AudioSegment]) -> list[Ending]:
        return [self.clips[each.offset].ending for each in segments if each.pack.name == "clips"]


def template(text: str, **kinds: Kind) -> Template:
    """``"余额{balance}。"``, balance=Kind.MONEY."""
    pieces = [
        Slot(part[1:-1], kinds[part[1:-1]]) if part.startswith("{") else part
        for part in re.split(r"(\{\w+\})", text)
        if part
    ]
    return Template(tuple(pieces), Position("menus.yaml", 1, 1))


def both(*texts: str) -> list[Clip]:
    return [Clip(text, ending) for text in texts for ending in Ending]


def noise(seed: int, samples: int = 800) -> Samples:
    return (np.random.default_rng(seed).integers(-500, 500, samples) * 16).astype(np.int16)
