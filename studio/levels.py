"""A raw recording to a clip that joins: 8 kHz, one loudness, no silence at its ends, no click.

Every clip begins and ends at zero over a 3 ms fade, with :data:`LEAD` before and :data:`TAIL` behind the
speech, so that any two laid end to end make no step and no hole.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ivr.voice.samples import SAMPLE_RATE, Samples

Wave = NDArray[np.float32]

FRAME: Final = 40  # samples: 5 ms, the grain of every measurement here
LEAD: Final = 80  # samples kept before the first audible frame: 10 ms
TAIL: Final = 160  # and behind the last: 20 ms, which is where Mandarin finals die away
FADE: Final = 24  # samples: 3 ms
SPEECH_LEVEL: Final = -20.0  # dBFS, RMS of the audible frames
PEAK: Final = 0.70  # of full scale: -3.1 dBFS
AUDIBLE: Final = -38.0  # dB below the loudest frame: below it is silence
GRAIN: Final = 32  # step of the samples: 13 dB below A-law's own noise in speech, and a third less to ship


class NotSpeech(ValueError):
    """Nothing audible in it."""


def frame_levels(wave: Wave) -> NDArray[np.float64]:
    """RMS of every 5 ms frame, in dBFS."""
    whole = len(wave) // FRAME * FRAME
    power = (wave[:whole].astype(np.float64).reshape(-1, FRAME) ** 2).mean(axis=1)
    return 10 * np.log10(power + 1e-12)


def finish(wave: Wave) -> Samples:
    """Trim, level and fade ``wave`` (8 kHz, ±1.0). Raises NotSpeech."""
    trimmed = trim(wave)
    return quantise(faded(levelled(trimmed)))


def trim(wave: Wave) -> Wave:
    """Cut the silence at both ends down to LEAD and TAIL (zeros are added where there is less)."""
    levels = frame_levels(wave)
    if not len(levels) or np.max(levels) < -60:
        raise NotSpeech("nothing audible in it")
    audible = np.flatnonzero(levels > max(float(np.max(levels)) + AUDIBLE, -60))
    first, last = int(audible[0]) * FRAME, (int(audible[-1]) + 1) * FRAME
    before, behind = max(LEAD - first, 0), max(last + TAIL - len(wave), 0)
    cut = wave[max(first - LEAD, 0) : last + TAIL]
    return np.pad(cut, (before, behind))


def levelled(wave: Wave) -> Wave:
    """The audible part at SPEECH_LEVEL, peaks held below PEAK by a smooth limiter."""
    levels = frame_levels(wave)
    heard = levels[levels > np.max(levels) - 25]
    rms = 10 * np.log10((10 ** (heard / 10)).mean())
    louder = wave * np.float32(10 ** ((SPEECH_LEVEL - rms) / 20))
    return limited(louder)


def limited(wave: Wave) -> Wave:
    """Bend what passes half scale so that nothing passes PEAK; what lies below stays untouched."""
    knee = 0.5
    size = np.abs(wave)
    bent = knee + (PEAK - knee) * np.tanh((size - knee) / (PEAK - knee))
    return np.where(size > knee, np.sign(wave) * bent, wave).astype(np.float32)


def faded(wave: Wave) -> Wave:
    """Raised-cosine fades over FADE samples; the first and the last sample are zero."""
    ramp = (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, FADE))).astype(np.float32)
    out = wave.astype(np.float32).copy()
    out[:FADE] *= ramp
    out[-FADE:] *= ramp[::-1]
    return out


def quantise(wave: Wave) -> Samples:
    """16-bit samples in steps of GRAIN."""
    return (np.round(wave * (32768 / GRAIN)).clip(-32768 // GRAIN, 32767 // GRAIN) * GRAIN).astype(np.int16)


def seconds(samples: Samples) -> float:
    """How long ``samples`` last."""
    return len(samples) / SAMPLE_RATE
