"""The audio as it is shipped, and as it is played.

Shipped: ``prompts/index.json`` (one clip a line, so that a change reads as a diff of texts) and FLAC files
beside it, 8 kHz, 16 bit in steps of 32. Each rendering adds a file with what is new; a file that nothing uses
any more is deleted.

Played: one file of A-law octets under ``var/voice``, two seconds of silence, then every clip in the order
of the index. It is written at the first start (under another name, then renamed) and checked by its sha256.

    pack = open_prompts(Path("prompts"), Path("var/voice"))    # raises BadPrompts
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import soundfile

from business.files import regular
from ivr.voice.clips import Clip, Ending, Style
from ivr.voice.files import write_whole
from ivr.voice.samples import SAMPLE_RATE, SILENCE, Samples, encode
from ivr.voice.speech import OCTETS_A_MS, AudioSegment

INDEX = "index.json"
FORMAT = 1
REST_OCTETS = 2 * SAMPLE_RATE
_EXPANDED = re.compile(r"prompts-[0-9a-f]{16}\.alaw")


class BadPrompts(Exception):
    """The shipped audio is damaged or incomplete; says which file."""


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """Where a clip lies: ``samples`` from ``at`` in the FLAC file ``file``. ``sha`` begins the sha256 of its
    A-law octets. ``source`` names an editor's recording, and its content, if it is one."""

    text: str
    ending: str
    file: str
    at: int
    samples: int
    sha: str
    source: str = ""

    @property
    def clip(self) -> Clip:
        return Clip(self.text, Ending(self.ending))


@dataclass(frozen=True, slots=True)
class PackIndex:
    """``files``: sha256 of every FLAC file. ``alaw``: sha256 of the expanded pack."""

    style: Style
    files: dict[str, str]
    alaw: str
    entries: tuple[ClipEntry, ...]

    def dump(self) -> str:
        head = {"format": FORMAT, "style": asdict(self.style), "alaw": self.alaw, "files": self.files}
        lines = [json.dumps(head, ensure_ascii=False, indent=1)[:-2], ',\n "clips": [\n']
        rows = (json.dumps(_row(entry), ensure_ascii=False) for entry in self.entries)
        return "".join(lines) + ",\n".join(rows) + "\n]}\n"


def _row(entry: ClipEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value != ""}


def read_index(prompts: Path) -> PackIndex:
    """The index in ``prompts``; an empty one if there is none. Raises BadPrompts."""
    file = prompts / INDEX
    if not file.exists():
        return PackIndex(Style(), {}, "", ())
    try:
        raw = json.loads(regular(file).read_text(encoding="utf-8"))
        entries = tuple(ClipEntry(**row) for row in raw["clips"])
        index = PackIndex(Style(**raw["style"]), dict(raw["files"]), raw["alaw"], entries)
    except (ValueError, KeyError, TypeError) as error:
        raise BadPrompts(f"{file}: {error}") from error
    if raw.get("format") != FORMAT:
        raise BadPrompts(f"{file}: format {raw.get('format')}, this program reads {FORMAT}")
    return index


class Pack:
    """An expanded pack: finds clips in it (:class:`ivr.voice.speech.Clips`)."""

    def __init__(self, path: Path, index: PackIndex) -> None:
        self.path = path
        self._places: dict[Clip, AudioSegment] = {}
        offset = REST_OCTETS
        for entry in index.entries:
            self._places[entry.clip] = AudioSegment(path, offset, entry.samples)
            offset += entry.samples
        self.length = offset

    def find(self, clip: Clip) -> AudioSegment | None:
        return self._places.get(clip)

    def rest(self, milliseconds: int) -> AudioSegment | None:
        return AudioSegment(self.path, 0, min(milliseconds * OCTETS_A_MS, REST_OCTETS))

    def __len__(self) -> int:
        return len(self._places)


def open_prompts(prompts: Path, directory: Path) -> Pack:
    """The shipped prompts, expanded into ``directory`` if they are not there yet. Raises BadPrompts."""
    index = read_index(prompts)
    path = directory / f"prompts-{index.alaw[:16] or '0' * 16}.alaw"
    if not (path.exists() and _digest(path.read_bytes()) == index.alaw):
        content = expanded(prompts, index)
        if index.entries and _digest(content) != index.alaw:
            raise BadPrompts(f"{prompts}: the audio is not what {INDEX} says")
        write_whole(path, content)
        _forget_others(path)
    return Pack(path, index)


def expanded(prompts: Path, index: PackIndex) -> bytes:
    """The octets of the A-law pack. Raises BadPrompts for a file that is missing or changed."""
    sounds = {name: encode(read_file(prompts, name, digest)) for name, digest in index.files.items()}
    parts = [bytes([SILENCE]) * REST_OCTETS]
    for entry in index.entries:
        clip = sounds.get(entry.file, b"")[entry.at : entry.at + entry.samples]
        if _digest(clip)[:16] != entry.sha:
            raise BadPrompts(f"{prompts / entry.file}: {entry.text} is not what {INDEX} says")
        parts.append(clip)
    return b"".join(parts)


def read_file(prompts: Path, name: str, digest: str) -> Samples:
    """One FLAC file, checked. Raises BadPrompts."""
    try:
        raw = regular(prompts / name).read_bytes()
    except OSError as error:
        raise BadPrompts(f"{prompts / name}: {error.strerror}") from error
    if _digest(raw) != digest:
        raise BadPrompts(f"{prompts / name} is damaged: its sha256 is not the one in {INDEX}")
    samples, rate = soundfile.read(io.BytesIO(raw), dtype="int16")
    if rate != SAMPLE_RATE or samples.ndim != 1:
        raise BadPrompts(f"{prompts / name}: {rate} samples a second, {SAMPLE_RATE} in one channel expected")
    checked: Samples = samples
    return checked


def sha_of(samples: Samples) -> str:
    """What ``ClipEntry.sha`` holds."""
    return _digest(encode(samples))[:16]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _forget_others(path: Path) -> None:
    """Older expansions go; a process that has one mapped keeps its pages."""
    for other in path.parent.iterdir():
        if other != path and _EXPANDED.fullmatch(other.name):
            other.unlink(missing_ok=True)


def write_prompts(
    prompts: Path, style: Style, kept: Iterable[ClipEntry], new: Iterable[tuple[ClipEntry, Samples]]
) -> PackIndex:
    """Add ``new`` as one more FLAC file, keep ``kept``, drop the rest; the index is written last."""
    entries = list(kept)
    added = _add_file(prompts, list(new))
    ordered = tuple(sorted([*entries, *added], key=lambda entry: (entry.text, entry.ending)))
    names = sorted({entry.file for entry in ordered})
    files = {name: _digest((prompts / name).read_bytes()) for name in names}
    draft = PackIndex(style, files, "", ordered)
    index = PackIndex(style, files, _digest(expanded(prompts, draft)), ordered)
    write_whole(prompts / INDEX, index.dump().encode())
    for file in prompts.glob("*.flac"):
        if file.name not in files:
            file.unlink()
    return index


def _add_file(prompts: Path, new: list[tuple[ClipEntry, Samples]]) -> Iterator[ClipEntry]:
    import numpy as np

    if not new:
        return
    content = io.BytesIO()
    sound = np.concatenate([samples for _, samples in new])
    soundfile.write(content, sound, SAMPLE_RATE, format="FLAC", subtype="PCM_16", compression_level=1.0)
    raw = content.getvalue()
    name = f"{_digest(raw)[:12]}.flac"
    write_whole(prompts / name, raw)
    at = 0
    for entry, samples in new:
        yield ClipEntry(entry.text, entry.ending, name, at, len(samples), sha_of(samples), entry.source)
        at += len(samples)
