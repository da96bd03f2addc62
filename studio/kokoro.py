"""The voice itself: Kokoro-82M through ONNX, and each phrase cut out of the sentence it was spoken in.

A phrase spoken alone comes out clipped and flat, so it is spoken inside a sentence and cut out
again. Where to cut is known, not guessed: the model's own duration predictor says how many 25 ms
frames every phoneme lasts. It is an inner tensor; appending it to the graph's outputs takes a few bytes
behind the model file, because protobuf merges a field that comes twice (``ModelProto.graph`` = 7,
``GraphProto.output`` = 12, ``ValueInfoProto.name`` = 1)::

    3a 1a  62 18  0a 16 "/encoder/Clip_output_0"
    graph  output name

Weighs 700 MB resident: only ever in a process of its own (studio.worker), on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnxruntime
import soxr
from numpy.typing import NDArray

from ivr.voice.samples import SAMPLE_RATE
from studio.carrier import Spoken, Take
from studio.levels import Wave
from studio.phonemes import phonemes

MODEL_RATE: Final = 24_000
LONGEST: Final = 510  # phonemes in one call
_DURATIONS: Final = b"/encoder/Clip_output_0"


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
        wave, lengths = self._run(tokens, take.pace)
        ends = np.concatenate(([0], np.cumsum(lengths)))
        return Spoken(wave, tuple((int(ends[a]), int(ends[b])) for a, b in bounds))

    def _tokens(self, said: str) -> list[int]:
        return [self._vocabulary[c] for c in said if c in self._vocabulary]

    def _run(self, tokens: Sequence[int], pace: float) -> tuple[Wave, NDArray[np.int64]]:
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": self._style[len(tokens) - 1][None],
            "speed": self._speed * np.float32(pace),
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
