"""An editor's own recordings, which win over the voice: ``prompts/recordings/NAME.wav``.

FLAC, OGG and MP3 will do as well, at any rate (but 8 kHz alone does without the ``voice``
extra). ``NAME`` is the words themselves (``返回，请按星号键.wav``), or the name of a wording without values
(``greet.wav``, ``crbt.info.answer.wav``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from ivr.voice.clips import Clip, Ending
from ivr.voice.reading import ValueReader
from ivr.voice.samples import SAMPLE_RATE, Samples
from ivr.voice.script import script, whole
from menus.model.hall import Position, Template
from studio.levels import NotSpeech, Wave, finish

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3"})


class BadRecording(Exception):
    """A file that is no sound, or silent; says which."""


@dataclass(frozen=True, slots=True)
class Recording:
    """``source`` is the file's name and the start of its sha256: it changes when the sound does."""

    file: Path
    clip: Clip
    source: str


def recordings(directory: Path, named: Mapping[str, Template], reader: ValueReader) -> Iterator[Recording]:
    """The recordings in ``directory``. ``named``: wordings by name, for files named after one."""
    files = sorted(directory.iterdir()) if directory.is_dir() else []
    for file in files:
        if file.suffix.lower() not in SUFFIXES:
            continue
        template = named.get(file.stem, Template((file.stem,), Position(str(file), 1, 1)))
        if len(template.pieces) != 1 or not isinstance(template.pieces[0], str):
            raise BadRecording(
                f"{file}: the wording {file.stem} names values; record its parts by their words"
            )
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        text = whole(script(template, {}, reader)).text
        yield Recording(file, Clip(text, Ending.STOP), f"{file.name} {digest}")


def load(recording: Recording) -> Samples:
    """The sound, as every clip is: 8 kHz, levelled, trimmed. Raises BadRecording."""
    try:
        sound, rate = soundfile.read(recording.file, dtype="float32", always_2d=True)
        return finish(_at_8k(sound.mean(axis=1), int(rate)))
    except (soundfile.SoundFileError, NotSpeech) as error:
        raise BadRecording(f"{recording.file}: {error}") from error


def _at_8k(wave: Wave, rate: int) -> Wave:
    if rate == SAMPLE_RATE:
        return wave
    import soxr  # only for those who record: a running hall does without

    return np.asarray(soxr.resample(wave, rate, SAMPLE_RATE, quality="HQ"), dtype=np.float32)
