"""A-law by the formula of ITU-T G.711, for every sample that there is."""

from __future__ import annotations

import numpy as np

from ivr.voice.samples import SILENCE, decode, encode


def by_the_book(sample: int) -> int:
    """G.711 table 1a, step by step: 13 bits, sign, the segment by its decision values, four bits inside."""
    magnitude = (sample if sample >= 0 else -sample - 1) >> 3
    ends = (0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF)
    segment = next(number for number, end in enumerate(ends) if magnitude <= end)
    inside = (magnitude >> (1 if segment < 2 else segment)) & 0x0F
    return (segment << 4 | inside) ^ (0xD5 if sample >= 0 else 0x55)


def test_every_sample_is_encoded_as_the_formula_says() -> None:
    samples = np.arange(-32768, 32768).astype(np.int16)
    assert list(encode(samples)) == [by_the_book(int(sample)) for sample in samples]


def test_every_octet_comes_back_as_itself() -> None:
    octets = bytes(range(256))
    assert encode(decode(octets)) == octets


def test_the_error_is_never_more_than_half_a_step() -> None:
    samples = np.arange(-32768, 32768)
    back = decode(encode(samples.astype(np.int16))).astype(int)
    step = np.maximum(16, 2.0 ** (np.floor(np.log2(np.maximum(np.abs(samples), 1))) - 4))
    assert (np.abs(samples - back) <= step / 2 + 1).all()


def test_silence_is_silence() -> None:
    assert encode(np.zeros(3, dtype=np.int16)) == bytes([SILENCE]) * 3
    assert abs(int(decode(bytes([SILENCE]))[0])) == 8  # A-law has no zero
