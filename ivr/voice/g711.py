"""G.711 A-law, by table: 16-bit samples to octets and back (ITU-T G.711, table 1a; 8,000 samples a second).

An octet is sign, three bits of segment, four of step, every even bit inverted (XOR 0x55). 13 of the 16 bits
count; silence is 0xD5. The encoding rounds towards zero inside a step as the recommendation's decision values
do: sample 0..15 is 0xD5, -1..-16 is 0x55.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 8000
SILENCE = 0xD5

Samples = NDArray[np.int16]
Octets = NDArray[np.uint8]


def _decoding() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 7
    step = code & 15
    inner = (step << 4) + 8
    outer = (inner + 0x100) << np.maximum(segment - 1, 0)
    magnitude = np.where(segment == 0, inner, outer)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _encoding() -> Octets:
    """Octet of every 16-bit sample, indexed by the sample as unsigned."""
    sample = np.arange(65536, dtype=np.int32)
    sample = np.where(sample >= 32768, sample - 65536, sample)
    magnitude = np.where(sample >= 0, sample, ~sample) >> 4  # 0..2047: steps of the finest segment
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 3, 0)
    step = (magnitude >> np.maximum(segment - 1, 0)) & 15
    code = (segment << 4) | step | np.where(sample >= 0, 0x80, 0)
    return (code ^ 0x55).astype(np.uint8)


DECODE: Samples = _decoding()
ENCODE: Octets = _encoding()


def encode(samples: Samples) -> bytes:
    """A-law octets of 16-bit ``samples``."""
    return ENCODE[samples.view(np.uint16)].tobytes()


def decode(octets: bytes) -> Samples:
    """16-bit samples of A-law ``octets``."""
    return DECODE[np.frombuffer(octets, dtype=np.uint8)]
