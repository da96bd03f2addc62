"""What a clip is: the words, and how they end. The name that every other part of the voice uses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """Whether the voice falls at the end of a clip (a sentence ends there) or stays up (more follows)."""

    STOP = "stop"
    JOIN = "join"

    @property
    def other(self) -> Ending:
        return Ending.JOIN if self is Ending.STOP else Ending.STOP


@dataclass(frozen=True, slots=True, order=True)
class Clip:
    """Speech text (ivr.voice.wording) and its ending."""

    text: str
    ending: Ending = Ending.STOP

    @property
    def other(self) -> Clip:
        """The same words with the other ending: heard instead when this one is missing."""
        return Clip(self.text, self.ending.other)


@dataclass(frozen=True, slots=True)
class Style:
    """What makes two renderings of one clip differ: it is part of the name under which they are kept."""

    voice: str = "zf_xiaoxiao"
    speed: float = 0.9
    model: str = "kokoro-82m-1.0-int8"

    def digest(self, clip: Clip) -> str:
        """16 hex digits naming ``clip`` spoken in this style."""
        words = f"{self.voice}|{self.speed}|{self.model}|{clip.ending.value}|{clip.text}"
        return hashlib.sha256(words.encode()).hexdigest()[:16]
