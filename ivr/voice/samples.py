"""A-law over whole recordings: 16-bit samples to octets and back, by the tables of :mod:`ivr.g711`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ivr import g711

SAMPLE_RATE = g711.RATE
SILENCE = g711.ALAW_SILENCE

Samples = NDArray[np.int16]
Octets = NDArray[np.uint8]

_LINEAR: Samples = np.array(g711.ALAW_LINEAR, dtype=np.int16)
_OCTETS: Octets = np.frombuffer(g711.ALAW_OF, dtype=np.uint8)


def encode(samples: Samples) -> bytes:
    """A-law octets of 16-bit ``samples``."""
    return _OCTETS[(samples >> 4) + 2048].tobytes()


def decode(octets: bytes) -> Samples:
    """16-bit samples of A-law ``octets``."""
    return _LINEAR[np.frombuffer(octets, dtype=np.uint8)]
