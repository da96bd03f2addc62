"""A phrase inside the sentence that carries it, and cutting it out at the pauses around it.

The voice says where each piece lies, in frames of the model's duration predictor; the cut is made at the
quietest place near there, and refused where there is no quiet place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ivr.voice.samples import Samples
from studio.levels import FRAME, NotSpeech, Wave, finish, frame_levels

STEP: Final = 200  # samples at 8 kHz for one frame of the duration predictor (25 ms)
QUIET: Final = -30.0  # dB below the loudest frame: a boundary louder than this is no pause


@dataclass(frozen=True, slots=True)
class Take:
    """A sentence to speak, as pieces, and the mark behind each but the last (which a full stop ends)."""

    pieces: tuple[str, ...]
    marks: tuple[str, ...] = ()
    pace: float = 1.0  # below 1 is slower than the voice usually speaks


@dataclass(frozen=True, slots=True)
class Spoken:
    """A take's sound at 8 kHz, raw, and where each piece lies in it: frames of STEP samples."""

    wave: Wave
    spans: tuple[tuple[int, int], ...]


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
    if levels[quietest] > np.max(frame_levels(spoken.wave)) + QUIET:
        raise NotSpeech("no pause between its neighbours")
    return start + quietest * FRAME + FRAME // 2
