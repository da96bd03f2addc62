"""Renders what a hall needs and the prompts lack. Run by ``hall10086 prompts --render``.

    index = render(hall, paths, record, progress=…)      # raises BadRecording, NotSpeech, TooLong

Incremental: only clips that the index lacks are spoken. Each is kept under ``var/voice/takes`` as soon as it
is done, so that an interrupted rendering goes on where it stopped. Clips that nothing needs any more are
dropped. Recordings of people replace the voice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.voice.clips import Clip, Style
from ivr.voice.files import write_whole
from ivr.voice.pack import ClipEntry, PackIndex, read_index, sha_of, write_prompts
from ivr.voice.reading import ValueReader
from ivr.voice.samples import Samples
from ivr.voice.wanted import read_vocabulary, wanted, wordings
from menus.model.hall import Hall
from studio.levels import Wave, quantise
from studio.recordings import Recording, load, recordings

Progress = Callable[[int, int, str], None]
"""Called with how many are done, of how many, and the text of the last."""
Record = Callable[[Iterable[Clip]], Iterator[tuple[Clip, Samples]]]
"""What speaks clips: :func:`studio.booth.record` with a voice, in this process or another."""


@dataclass(frozen=True, slots=True)
class Paths:
    """``prompts``: what is shipped. ``takes``: what was spoken before, by the clip's digest."""

    prompts: Path
    takes: Path


def clips_of(hall: Hall, prompts: Path, reader: ValueReader) -> list[Clip]:
    """Every clip that the prompts of ``hall`` should hold."""
    return [each.clip for each in wanted(hall, read_vocabulary(prompts), reader)]


def render(
    hall: Hall, paths: Paths, record: Record, *, style: Style, reader: ValueReader, progress: Progress
) -> PackIndex:
    """Bring the prompts up to date with ``hall``; gives the index as written."""
    before = read_index(paths.prompts)
    clips = clips_of(hall, paths.prompts, reader)
    own = _recorded(hall, paths.prompts, reader)
    synthetic = [clip for clip in clips if clip not in own and clip.other not in own]
    entries = before.entries if before.style == style else ()
    kept = _kept(entries, synthetic, own)
    known = {entry.clip for entry in kept}
    new = [(_entry(own[clip], clip), load(own[clip])) for clip in sorted(own) if clip not in known]
    lacking = [clip for clip in synthetic if clip not in known]
    new += _spoken(lacking, Takes(paths.takes, style), record, progress)
    return write_prompts(paths.prompts, style, kept, new)


def _recorded(hall: Hall, prompts: Path, reader: ValueReader) -> dict[Clip, Recording]:
    named = dict(wordings(hall))
    return {each.clip: each for each in recordings(prompts / "recordings", named, reader)}


def _kept(entries: Iterable[ClipEntry], synthetic: list[Clip], own: dict[Clip, Recording]) -> list[ClipEntry]:
    """Entries still good: wanted and synthetic, or a recording that has not changed."""
    needed = set(synthetic)
    return [
        entry
        for entry in entries
        if (entry.clip in own and own[entry.clip].source == entry.source)
        or (not entry.source and entry.clip in needed and entry.clip not in own)
    ]


def _entry(recording: Recording, clip: Clip) -> ClipEntry:
    return ClipEntry(clip.text, clip.ending.value, "", 0, 0, "", recording.source)


def _spoken(
    clips: list[Clip], takes: Takes, record: Record, progress: Progress
) -> Iterator[tuple[ClipEntry, Samples]]:
    for clip in clips:
        samples = takes.get(clip)
        if samples is not None:
            yield ClipEntry(clip.text, clip.ending.value, "", 0, len(samples), sha_of(samples)), samples
    rest = [clip for clip in clips if takes.get(clip) is None]
    for number, (clip, samples) in enumerate(record(rest) if rest else (), 1):
        takes.put(clip, samples)
        progress(number, len(rest), clip.text)
        yield ClipEntry(clip.text, clip.ending.value, "", 0, len(samples), sha_of(samples)), samples


class Takes:
    """Finished sounds on disk, one file a clip (16-bit little-endian, 8 kHz), named by style and words."""

    def __init__(self, directory: Path, style: Style) -> None:
        self._directory = directory
        self._style = style

    def path(self, clip: Clip) -> Path:
        return self._directory / f"{self._style.digest(clip)}.s16"

    def get(self, clip: Clip) -> Samples | None:
        path = self.path(clip)
        if not path.exists():
            return None
        wave: Wave = np.fromfile(path, dtype="<i2").astype(np.float32) / np.float32(32768)
        return quantise(wave)

    def put(self, clip: Clip, samples: Samples) -> None:
        write_whole(self.path(clip), samples.astype("<i2").tobytes())
