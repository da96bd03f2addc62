"""G.711: A-law and µ-law, by table.

Prompts lie on disk as A-law, one octet a sample at 8,000 samples a second. A caller who agreed to µ-law
gets the same octets through :data:`ALAW_TO_ULAW` (``bytes.translate``: 160 octets in 0.2 µs).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

RATE = 8000  # samples a second
FRAME = 160  # samples in 20 ms
ALAW_SILENCE = 0xD5
ULAW_SILENCE = 0xFF


def _linear_of_alaw(octet: int) -> int:
    """ITU-T G.711 table 1, scaled to 16 bits."""
    octet ^= 0x55
    segment, value = (octet >> 4) & 7, (octet & 15) << 4
    value = value + 8 if segment == 0 else (value + 0x108) << (segment - 1)
    return value if octet & 0x80 else -value


def _linear_of_ulaw(octet: int) -> int:
    """ITU-T G.711 table 2, scaled to 16 bits."""
    octet = ~octet & 0xFF
    value = (((octet & 15) << 3) + 0x84) << ((octet >> 4) & 7)
    return 0x84 - value if octet & 0x80 else value - 0x84


ALAW_LINEAR = array("h", map(_linear_of_alaw, range(256)))
ULAW_LINEAR = array("h", map(_linear_of_ulaw, range(256)))


def _nearest(linear: int, table: array[int]) -> int:
    """The octet whose value is nearest; of two equally near (+0 and -0) the one of the same sign."""
    return min(range(256), key=lambda octet: (abs(table[octet] - linear), (octet < 128) == (linear >= 0)))


ALAW_TO_ULAW = bytes(_nearest(ALAW_LINEAR[octet], ULAW_LINEAR) for octet in range(256))


def _alaw_of(step: int) -> int:
    """The octet of the samples 16 * ``step`` and the 15 above it: segment by the decision values of table 1,
    rounded towards zero inside a step."""
    magnitude = step if step >= 0 else ~step
    segment = max(magnitude.bit_length() - 4, 0)
    code = segment << 4 | (magnitude >> max(segment - 1, 0)) & 15
    return code ^ (0xD5 if step >= 0 else 0x55)


ALAW_OF = bytes(_alaw_of(step) for step in range(-2048, 2048))
"""The A-law octet of a 16-bit sample, at ``(sample >> 4) + 2048``: 12 bits of it count."""


def _ulaw_table() -> bytes:
    """The nearest octet for each 16-bit value in steps of 8, the finest of µ-law."""
    by_value = sorted(range(256), key=lambda octet: ULAW_LINEAR[octet])
    out, place = bytearray(), 0
    for value in range(-32768, 32768, 8):
        while place < 255 and _closer(by_value[place + 1], by_value[place], value):
            place += 1
        out.append(by_value[place])
    return bytes(out)


def _closer(one: int, other: int, value: int) -> bool:
    return abs(ULAW_LINEAR[one] - value) <= abs(ULAW_LINEAR[other] - value)


_ULAW_OF = _ulaw_table()


def _clipped(sample: int) -> int:
    return max(-32768, min(32767, sample))


def to_alaw(samples: Iterable[int]) -> bytes:
    """16-bit samples as A-law; values beyond 16 bits are clipped."""
    return bytes(ALAW_OF[(_clipped(sample) >> 4) + 2048] for sample in samples)


def to_ulaw(samples: Iterable[int]) -> bytes:
    """16-bit samples as µ-law; values beyond 16 bits are clipped."""
    return bytes(_ULAW_OF[(_clipped(sample) + 32768) >> 3] for sample in samples)


def from_alaw(octets: bytes) -> array[int]:
    """A-law octets as 16-bit samples."""
    return array("h", map(ALAW_LINEAR.__getitem__, octets))


def from_ulaw(octets: bytes) -> array[int]:
    """µ-law octets as 16-bit samples."""
    return array("h", map(ULAW_LINEAR.__getitem__, octets))
