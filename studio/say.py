"""``hall10086 say TEXT --out FILE.wav``: a text as callers would hear it.

    say("您本月已消费52.35元。", Path("a.wav"), voice)      # raises Missing when a clip is lacking

With ``record`` (the voice, :func:`studio.worker.open_studio`) lacking clips are spoken first and kept.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path

from ivr.voice.files import write_whole
from ivr.voice.samples import SAMPLE_RATE, Samples, decode, encode
from ivr.voice.speech import AudioSegment, Missing, Voice
from ivr.voice.spoken import SpokenClips
from studio.worker import Recorder


def say(
    text: str, out: Path, voice: Voice, spoken: SpokenClips | None = None, record: Recorder | None = None
) -> float:
    """Write ``text`` to a WAV file (8 kHz, 16 bit); gives seconds. Raises Missing, and as ``record``."""
    try:
        segments = voice.text_segments(text)
    except Missing as missing:
        if spoken is None or (record is None and _unknown(missing, spoken)):
            raise
        _speak(missing, spoken, record)
        segments = voice.text_segments(text)
    samples = sound(segments)
    with out.open("wb") as plain, wave.open(plain, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return len(samples) / SAMPLE_RATE


def sound(segments: Iterable[AudioSegment]) -> Samples:
    """The samples of ``segments``."""
    octets = b""
    for segment in segments:
        with segment.pack.open("rb") as file:
            file.seek(segment.offset)
            octets += file.read(segment.length)
    return decode(octets)


def _unknown(missing: Missing, spoken: SpokenClips) -> bool:
    return any(spoken.look(clip) is None for clip in missing.clips)


def _speak(missing: Missing, spoken: SpokenClips, record: Recorder | None) -> None:
    lacking = [clip for clip in missing.clips if spoken.look(clip) is None]
    for clip, samples in record(lacking) if record and lacking else ():
        write_whole(spoken.path(clip), encode(samples))
        spoken.look(clip)
