"""Keys as tones in the audio (ITU-T Q.23, Q.24), for callers who did not agree to telephone-event.

Blocks of 102 samples (12.75 ms); a tone of 40 ms always holds two whole blocks, and so does a pause of 40
ms. A key begins with two blocks alike and is over after two without it. The energies at the eight
frequencies are one product of the block with a 102 x 16 matrix of sines and cosines (what Goertzel's
recursion computes, by numpy: some 10 µs for a 20 ms frame, the recursion in Python 800).

Speech is kept out (talk-off) by asking that the two tones carry nearly all of the block's energy, stand out
from the others of their group, and fit each other in level (twist).

Lost packets are passed over, not filled: a hole in a tone must not make two keys of one.
"""

from __future__ import annotations

import numpy as np

from ivr import g711
from ivr.media import rtp
from ivr.media.protocol import PCMA, PCMU

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")
BLOCK = 102
LEAST_ENERGY = 102 * 500.0**2 / 2  # a sine of amplitude 500: about -36 dBm0
SHARE = 0.65  # of the block's energy that the two tones carry; tones 1.5 % off still have 0.8
STAND_OUT = 6.3  # 8 dB over the next of the same group
NORMAL_TWIST, REVERSE_TWIST = 6.3, 2.5  # low over high by 8 dB, high over low by 4 dB: Q.24, table A-1
OVER = 2  # blocks without a key's tones that end it

_ANGLES = 2 * np.pi * np.outer(np.arange(BLOCK), LOW + HIGH) / g711.RATE
_BASIS = np.concatenate([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1).astype(np.float32)
_LINEAR = {
    PCMA: np.array(g711.ALAW_LINEAR, dtype=np.float32),
    PCMU: np.array(g711.ULAW_LINEAR, dtype=np.float32),
}


def _digit_of(block: np.ndarray) -> str | None:
    """The key that sounds throughout this block, or None."""
    energy = float(block @ block)
    if energy < LEAST_ENERGY:
        return None
    parts = block @ _BASIS
    tones = (parts[:8] ** 2 + parts[8:] ** 2).tolist()
    low, high = _strongest(tones[:4]), _strongest(tones[4:])
    if low is None or high is None:
        return None
    below, above = tones[low], tones[4 + high]
    if below > above * NORMAL_TWIST or above > below * REVERSE_TWIST:
        return None
    # a sine of amplitude a over N samples: energy N a²/2, and its tone (N a/2)²: the tone is energy * N/2
    if below + above < SHARE * energy * BLOCK / 2:
        return None
    return KEYS[low][high]


def _strongest(group: list[float]) -> int | None:
    """Which of four tones stands out from the others."""
    best = max(range(4), key=group.__getitem__)
    others = max(value for place, value in enumerate(group) if place != best)
    return best if group[best] > STAND_OUT * others else None


class ToneReceiver:
    """Turns the audio of one source into keys."""

    __slots__ = ("_key", "_last", "_misses", "_rest", "_sequence", "_ssrc")

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.float32)
        self._sequence: int | None = None
        self._ssrc: int | None = None
        self._last: str | None = None  # of the block before
        self._key: str | None = None  # sounding now
        self._misses = 0

    def receive(self, packet: rtp.Packet) -> list[str]:
        """The keys whose second block is in this packet. Anything but A-law and µ-law, doubled and late
        packets give none."""
        table = _LINEAR.get(packet.payload_type)
        if table is None or not packet.payload:
            return []
        if packet.ssrc != self._ssrc:  # another source counts from where it likes (RFC 3550 §8)
            self._ssrc, self._sequence, self._rest = packet.ssrc, None, self._rest[:0]
        if self._sequence is not None and -100 < rtp.after(packet.sequence, self._sequence, 16) <= 0:
            return []
        self._sequence = packet.sequence
        samples = table[np.frombuffer(packet.payload, dtype=np.uint8)]
        return self._blocks(np.concatenate([self._rest, samples]))

    def _blocks(self, samples: np.ndarray) -> list[str]:
        keys = []
        whole = len(samples) - len(samples) % BLOCK
        for begin in range(0, whole, BLOCK):
            digit = self._step(_digit_of(samples[begin : begin + BLOCK]))
            if digit is not None:
                keys.append(digit)
        self._rest = samples[whole:]
        return keys

    def _step(self, digit: str | None) -> str | None:
        """Follow one block's digit; gives a key at its second block."""
        before, self._last = self._last, digit
        if digit == self._key:
            self._misses = 0
            return None
        self._misses += 1
        if self._misses >= OVER:
            self._key = None
        if digit is None or digit != before or digit == self._key:
            return None
        self._key, self._misses = digit, 0
        return digit


def tones(digit: str, milliseconds: int, amplitude: int = 7000) -> list[int]:
    """16-bit samples of one key's two tones. Raises ValueError for no such key."""
    row = next((n for n, keys in enumerate(KEYS) if digit in keys), None)
    if row is None or len(digit) != 1:
        raise ValueError(f"no such key: {digit!r}")
    low, high = LOW[row], HIGH[KEYS[row].index(digit)]
    at = 2 * np.pi * np.arange(g711.RATE * milliseconds // 1000) / g711.RATE
    samples: list[int] = np.rint(amplitude * (np.sin(low * at) + np.sin(high * at))).astype(int).tolist()
    return samples
