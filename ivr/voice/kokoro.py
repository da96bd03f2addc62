"""The voice itself: Kokoro-82M through ONNX, and each phrase cut out of the sentence it was spoken in.

A phrase spoken alone comes out clipped and flat, so it is spoken inside a sentence and cut out
again. Where to cut is known, not guessed: the model's own duration predictor says how many 25 ms
frames every phoneme lasts. It is an inner tensor; appending it to the graph's outputs takes a few bytes
behind the model file, because protobuf merges a field that comes twice (``ModelProto.graph`` = 7,
``GraphProto.output`` = 12, ``ValueInfoProto.name`` = 1)::

    3a 1a  62 18  0a 16 "/encoder/Clip_output_0"
    graph  output name

Weighs 700 MB resident: only ever in a process of its own (ivr.voice.worker), on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnxruntime
import soxr
from numpy.typing import NDArray

from ivr.voice.g711 import SAMPLE_RATE, Samples
from ivr.voice.levels import FRAME, NotSpeech, Wave, finish, frame_levels
from ivr.voice.phonemes import phonemes

MODEL_RATE: Final = 24_000
STEP: Final = 200  # samples at 8 kHz for one frame of the duration predictor (25 ms)
LONGEST: Final = 510  # phonemes in one call
_DURATIONS: Final = b"/encoder/Clip_output_0"
QUIET: Final = -30.0  # dB below the loudest frame: a boundary louder than this is no pause


@dataclass(frozen=True, slots=True)
class Take:
    """A sentence to speak, as pieces, and the mark behind each but the last (which a full stop ends)."""

    pieces: tuple[str, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A take's sound at 8 kHz, raw, and where each piece lies in it: frames of STEP samples."""

    wave: Wave
    spans: tuple[tuple[int, int], ...]


class TooLong(ValueError):
    """More phonemes than the model takes; split the wording at a comma or full stop."""


class Kokoro:
    """One loaded model with one voice. Not thread-safe; renders the same bytes for the same words."""

    def __init__(
        self, model: bytes, style: NDArray[np.float32], vocabulary: dict[str, int], speed: float
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            with_durations(model), options, providers=["CPUExecutionProvider"]
        )
        self._style = style
        self._vocabulary = vocabulary
        self._speed = np.array([speed], dtype=np.float32)

    def speak(self, take: Take) -> Spoken:
        """The whole take, with where its pieces lie. Raises TooLong."""
        tokens: list[int] = []
        bounds = []
        for number, piece in enumerate(take.pieces):
            if number:
                tokens += self._tokens(take.marks[number - 1])
            start = len(tokens)
            tokens += self._tokens(phonemes(piece))
            bounds.append((start + 1, len(tokens) + 1))  # the padding token stands in front
        tokens += self._tokens(".")
        if len(tokens) > LONGEST:
            raise TooLong(f"{len(tokens)} phonemes, {LONGEST} at the most: {take.pieces}")
        wave, lengths = self._run(tokens)
        ends = np.concatenate(([0], np.cumsum(lengths)))
        return Spoken(wave, tuple((int(ends[a]), int(ends[b])) for a, b in bounds))

    def _tokens(self, said: str) -> list[int]:
        return [self._vocabulary[c] for c in said if c in self._vocabulary]

    def _run(self, tokens: Sequence[int]) -> tuple[Wave, NDArray[np.int64]]:
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": self._style[len(tokens) - 1][None],
            "speed": self._speed,
        }
        sound, lengths = self._session.run(None, inputs)
        wave = soxr.resample(np.asarray(sound), MODEL_RATE, SAMPLE_RATE, quality="HQ")
        return wave.astype(np.float32), np.asarray(lengths).ravel().astype(np.int64)


def with_durations(model: bytes) -> bytes:
    """``model`` with the durations of its phonemes as a second output."""
    return model + _field(7, _field(12, _field(1, _DURATIONS)))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field; everything here is shorter than 128 octets."""
    return bytes([number << 3 | 2, len(content)]) + content


def cut(spoken: Spoken, piece: int) -> Samples:
    """The sound of one piece, finished. Raises NotSpeech, also where it runs into a neighbour: then it wants
    another carrier."""
    begin = _boundary(spoken, piece - 1) if piece else 0
    last = piece == len(spoken.spans) - 1
    end = len(spoken.wave) if last else _boundary(spoken, piece)
    if end - begin < STEP:
        raise NotSpeech("no room between its neighbours")
    return finish(spoken.wave[begin:end])


def _boundary(spoken: Spoken, piece: int) -> int:
    """The quietest place between this piece and the next, in samples: inside the comma's own frames and a
    frame around, since a final dies away later than the predictor thinks. Raises NotSpeech if it is loud.
    """
    start = spoken.spans[piece][1] * STEP - STEP
    stop = spoken.spans[piece + 1][0] * STEP + STEP // 2
    levels = frame_levels(spoken.wave[start:stop])
    quietest = int(np.argmin(levels))
    if levels[quietest] > frame_levels(spoken.wave).max() + QUIET:
        raise NotSpeech("no pause between its neighbours")
    return start + quietest * FRAME + FRAME // 2
