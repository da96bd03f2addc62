"""A raw recording becomes a clip that joins: trimmed, one loudness, silent edges."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.voice.samples import SAMPLE_RATE
from studio.levels import FADE, LEAD, PEAK, SPEECH_LEVEL, TAIL, NotSpeech, Wave, finish, frame_levels, trim


def tone(seconds: float, level: float) -> Wave:
    """A 300 Hz tone, its RMS at ``level`` dBFS."""
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (np.sqrt(2) * 10 ** (level / 20) * np.sin(2 * np.pi * 300 * at)).astype(np.float32)


def silence(seconds: float) -> Wave:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)


@pytest.mark.parametrize("before", [0.0, 0.004, 0.05, 0.7])
@pytest.mark.parametrize("behind", [0.0, 0.01, 0.4])
def test_the_silence_around_speech_is_always_the_same(before: float, behind: float) -> None:
    speech = tone(0.5, -15)
    cut = trim(np.concatenate([silence(before), speech, silence(behind)]))
    assert abs(len(cut) - (len(speech) + LEAD + TAIL)) <= 80  # within a frame at either end


@pytest.mark.parametrize("level", [-45.0, -30.0, -20.0, -6.0])
def test_every_clip_comes_out_equally_loud(level: float) -> None:
    clip = finish(np.concatenate([silence(0.2), tone(0.5, level), silence(0.2)])) / 32768
    middle = clip[len(clip) // 4 : -len(clip) // 4]
    assert 20 * np.log10(np.sqrt((middle**2).mean())) == pytest.approx(SPEECH_LEVEL, abs=0.3)


def test_edges_are_zero_so_that_joints_do_not_click() -> None:
    clip = finish(tone(0.5, -10)).astype(int)
    assert clip[0] == clip[-1] == 0
    assert abs(clip[:FADE]).max() <= abs(clip).max()


def test_a_clap_in_a_recording_is_held_below_the_peak() -> None:
    speech = tone(0.5, -20)
    speech[2000:2010] = 1.0
    assert np.abs(finish(speech)).max() <= PEAK * 32768 + 16


@pytest.mark.parametrize("empty", [silence(0.0), silence(0.5), tone(0.5, -90)])
def test_silence_is_no_speech(empty: Wave) -> None:
    with pytest.raises(NotSpeech):
        finish(empty)


def test_levels_are_measured_in_frames_of_five_milliseconds() -> None:
    assert len(frame_levels(silence(1.0))) == 200
