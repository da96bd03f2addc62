"""The prompts that are shipped: complete, undamaged, equally loud, and joined without a click or a hole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from handlers import SPECS
from ivr.testing.clips import template
from ivr.voice.clips import Clip
from ivr.voice.inventory import closed_set
from ivr.voice.pack import Pack, PackIndex, expanded, open_prompts, read_file, read_index
from ivr.voice.reading import ValueReader
from ivr.voice.samples import Samples, encode
from ivr.voice.speech import AudioSegment, Voice
from ivr.voice.wanted import missing, read_vocabulary
from menus.model.hall import Hall
from menus.model.values import Kind, Value
from menus.reading.reader import read
from studio.levels import FADE, PEAK, frame_levels
from studio.say import sound

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = ROOT / "prompts"
MEGABYTE = 1_000_000


@lru_cache
def index() -> PackIndex:
    return read_index(PROMPTS)


@lru_cache
def hall() -> Hall:
    file = ROOT / "menus.yaml"
    found = read(file.read_text(encoding="utf-8"), SPECS, file.name).hall
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return open_prompts(PROMPTS, tmp_path_factory.mktemp("voice"))


def sounds() -> Iterator[tuple[Clip, Samples]]:
    files = {name: read_file(PROMPTS, name, digest) for name, digest in index().files.items()}
    for entry in index().entries:
        yield entry.clip, files[entry.file][entry.at : entry.at + entry.samples]


def test_every_wording_of_the_hall_has_audio(pack: Pack) -> None:
    lacking = missing(hall(), [pack], read_vocabulary(PROMPTS), ValueReader())
    assert not lacking, "run: hall10086 prompts --render\n" + "\n".join(
        f"{each.place.file}:{each.place.line} {each.name}: {each.clip.text}" for each in lacking
    )


def test_every_figure_was_recorded_with_both_endings() -> None:
    assert set(closed_set()) <= {entry.clip for entry in index().entries}


def test_the_audio_is_what_the_index_says() -> None:
    assert len(expanded(PROMPTS, index())) > MEGABYTE  # raises BadPrompts where it is not


def test_nothing_lies_about_that_no_index_knows() -> None:
    assert {file.name for file in PROMPTS.glob("*.flac")} == set(index().files)


def test_it_fits_into_a_clone() -> None:
    assert sum(file.stat().st_size for file in PROMPTS.rglob("*") if file.is_file()) < 15 * MEGABYTE


def test_a_start_loads_it_in_less_than_a_second(pack: Pack) -> None:
    before = time.process_time()
    again = open_prompts(PROMPTS, pack.path.parent)
    assert time.process_time() - before < 1.0
    assert again.path == pack.path


def test_clips_begin_and_end_in_silence() -> None:
    loud = [c.text for c, s in sounds() if max(abs(int(s[0])), abs(int(s[-1]))) > 16]
    assert not loud


def test_clips_have_no_hole_at_their_ends() -> None:
    """At most 20 ms of quiet before the words and 30 ms behind them, so that no joint has more than 50 ms."""
    holes = []
    for clip, samples in sounds():
        levels = frame_levels((samples / 32768).astype(np.float32))
        audible = np.flatnonzero(levels > levels.max() - 42)
        if audible[0] > 4 or len(levels) - 1 - audible[-1] > 6:
            holes.append(clip.text)
    assert not holes


def test_clips_are_equally_loud_and_none_is_clipped() -> None:
    wrong = []
    for clip, samples in sounds():
        levels = frame_levels((samples / 32768).astype(np.float32))
        heard = levels[levels > levels.max() - 25]
        loudness = 10 * np.log10((10 ** (heard / 10)).mean())
        if not -22.5 < loudness < -18.5 or np.abs(samples.astype(int)).max() > PEAK * 32768 + 16:
            wrong.append(f"{clip.text} {loudness:.1f}")
    assert not wrong


def test_clips_last_as_long_as_their_words() -> None:
    """A syllable is 0.1 to 0.6 s; outside that something was cut off, or the carrier is still in it."""
    wrong = []
    for clip, samples in sounds():
        syllables = sum(3 if c == "W" else 1 for c in clip.text if c.isalnum())
        a_syllable = len(samples) / 8000 / syllables
        if not 0.1 < a_syllable < 0.62:
            wrong.append(f"{clip.text} {a_syllable:.2f}")
    assert not wrong


def joints(pack: Pack) -> Iterator[tuple[Samples, int, str]]:
    """Amounts as they are played, and where each joint is."""
    voice = Voice([pack])
    for fen in (5235, 1005, 50, 12345, 99999, 123456, 2000000, 20202):
        segments: tuple[AudioSegment, ...] = voice.segments(
            template("您本月已消费{it}，账户余额{it}。", it=Kind.MONEY), {"it": Value(Kind.MONEY, fen)}
        )
        samples, at = sound(segments), 0
        for segment in segments[:-1]:
            at += segment.length
            yield samples, at, str(fen)


def test_a_joint_does_not_click(pack: Pack) -> None:
    """Around a joint the samples step by less than speech itself does: at most two of A-law's finest steps
    at the seam, and below -30 dBFS within the fades."""
    for samples, at, what in joints(pack):
        near = np.abs(np.diff(samples[at - FADE : at + FADE].astype(int)))
        assert near[FADE - 1] <= 32, what
        assert near.max() <= 1036, what


def test_a_joint_leaves_no_hole(pack: Pack) -> None:
    """Where two clips of one amount meet, there is nothing at all (below -62 dBFS, where even an f is louder)
    for less than 65 ms."""
    voice = Voice([pack])
    for fen in (5235, 1005, 12345, 99999, 123456, 2000000, 20202):
        said = voice.segments(template("{it}", it=Kind.MONEY), {"it": Value(Kind.MONEY, fen)})
        quiet = frame_levels((sound(said) / 32768).astype(np.float32)) < -62
        inner = "".join("q" if each else "." for each in quiet).strip("q")
        assert max(len(run) for run in inner.split(".")) * 5 < 65, fen


def test_the_pack_holds_what_the_index_says(pack: Pack) -> None:
    octets = pack.path.read_bytes()
    for clip, samples in list(sounds())[::50]:
        segment = pack.find(clip)
        assert segment is not None
        assert octets[segment.offset : segment.offset + segment.length] == encode(samples)
