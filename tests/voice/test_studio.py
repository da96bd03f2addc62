"""Phrases are spoken inside sentences and cut out at the pauses; a voice of tones stands in for the model."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.voice.clips import Clip, Ending
from ivr.voice.samples import SAMPLE_RATE, Samples
from studio.booth import COMMA, SHORT, SURE, record
from studio.carrier import STEP, Spoken, Take, cut
from studio.levels import NotSpeech, Wave

PITCH = {"您本月消费的总额是": 200, "您查询的结果是": 250, "谢谢您的来电": 300}
FRAMES = 12  # of 25 ms: how long every piece lasts here


class Tones:
    """Each piece is a tone; a mark in ``slurred`` leaves no pause, as a real voice may."""

    def __init__(self, slurred: frozenset[str] = frozenset()) -> None:
        self.takes: list[Take] = []
        self._slurred = slurred

    def speak(self, take: Take) -> Spoken:
        self.takes.append(take)
        sound: list[Wave] = [np.zeros(STEP * 4, dtype=np.float32)]
        spans, at = [], 4
        for number, piece in enumerate(take.pieces):
            spans.append((at, at + FRAMES))
            sound.append(tone(PITCH.get(piece, 600)))
            at += FRAMES
            slurred = number < len(take.marks) and take.marks[number] in self._slurred
            sound.append(tone(150)[: STEP * 4] if slurred else np.zeros(STEP * 4, dtype=np.float32))
            at += 4
        return Spoken(np.concatenate(sound), tuple(spans))


def tone(pitch: float) -> Wave:
    at = np.arange(FRAMES * STEP) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * pitch * at)).astype(np.float32)


def pitch_of(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(samples)


def test_one_sentence_gives_both_endings() -> None:
    voice = Tones()
    clips = dict(record(voice, [Clip("五十二元"), Clip("五十二元", Ending.JOIN)]))
    assert set(clips) == {Clip("五十二元"), Clip("五十二元", Ending.JOIN)}
    assert len(voice.takes) == 1
    assert all(pitch_of(samples) == pytest.approx(600, abs=10) for samples in clips.values())


def test_nothing_of_the_carrier_is_left_in_the_clip() -> None:
    ((_, samples),) = record(Tones(), [Clip("请稍候")])
    assert len(samples) / SAMPLE_RATE == pytest.approx(FRAMES * 0.025 + 0.03, abs=0.02)
    spectrum = np.abs(np.fft.rfft(samples))
    lead = spectrum[int(200 * len(samples) / SAMPLE_RATE)]
    assert lead < spectrum.max() / 100


def test_what_runs_together_is_spoken_again_with_a_longer_pause() -> None:
    voice = Tones(slurred=frozenset({COMMA}))
    ((clip, samples),) = record(voice, [Clip("五十二元", Ending.JOIN)])
    assert clip.ending is Ending.JOIN
    assert voice.takes[-1].marks[-1] == SURE
    assert pitch_of(samples) == pytest.approx(600, abs=10)


def test_a_boundary_without_a_pause_is_refused() -> None:
    spoken = Tones(slurred=frozenset({COMMA})).speak(Take(("五十二元", "谢谢您的来电"), (COMMA,)))
    with pytest.raises(NotSpeech, match="no pause"):
        cut(spoken, 0)


def test_a_long_sentence_is_spoken_by_itself() -> None:
    voice = Tones()
    text = "话费积分和归属地查询请按一"
    assert len(text) >= SHORT
    list(record(voice, [Clip(text)]))
    assert voice.takes == [Take((text,))]


def test_if_nothing_leaves_a_pause_it_is_spoken_alone() -> None:
    voice = Tones(slurred=frozenset({COMMA, SURE}))
    ((_, samples),) = record(voice, [Clip("一", Ending.JOIN)])
    assert voice.takes[-1] == Take(("一",))
    assert pitch_of(samples) == pytest.approx(600, abs=10)
