"""Rendering speaks only what is new, survives interruptions, and gives way to people's own recordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ivr.testing.clips import template
from ivr.voice import wanted
from ivr.voice.clips import Clip, Ending, Style
from ivr.voice.pack import PackIndex, open_prompts, read_index
from ivr.voice.reading import ValueReader
from ivr.voice.samples import Samples
from menus.model.hall import Hall, Menu, Position, Service, Wording
from menus.model.values import Kind
from studio.build import Paths, Takes, render
from studio.recordings import BadRecording
from studio.say import sound
from tests.peers import needs_peer

PLACE = Position("menus.yaml", 1, 1)
FIGURES = {Clip("一元"), Clip("一元", Ending.JOIN)}


class Reads:
    """A voice that notes what it is asked and hums it."""

    def __init__(self, patience: int = 10_000) -> None:
        self.asked: list[Clip] = []
        self._patience = patience

    def __call__(self, clips: Iterable[Clip]) -> Iterator[tuple[Clip, Samples]]:
        for clip in clips:
            if len(self.asked) == self._patience:
                raise KeyboardInterrupt
            self.asked.append(clip)
            yield clip, hum(220.0)


def hum(pitch: float, rate: int = 8000) -> Samples:
    at = np.arange(rate // 10) / rate
    return (np.round(500 * np.sin(2 * np.pi * pitch * at)) * 16).astype(np.int16)


@pytest.fixture(autouse=True)
def _few_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "closed_set", lambda: tuple(sorted(FIGURES)))


def hall(**texts: str) -> Hall:
    wordings = {
        name.replace("_", " "): Wording({"voice": template(text, fee=Kind.MONEY)})
        for name, text in texts.items()
    }
    return Hall("1", {}, {"": Menu("", "", (), PLACE)}, {}, {}, {}, wordings)


def rendered(root: Path, hall: Hall, record: Reads) -> PackIndex:
    (root / "prompts").mkdir(exist_ok=True)
    paths = Paths(root / "prompts", root / "takes")
    return render(hall, paths, record, style=Style(), reader=ValueReader(), progress=lambda *_: None)


def test_a_hall_gets_its_sentences_its_fragments_and_the_figures(tmp_path: Path) -> None:
    index = rendered(tmp_path, hall(greet="您好。请按1。", fee="每月{fee}，谢谢。"), Reads())
    assert {entry.clip for entry in index.entries} == FIGURES | {
        Clip("您好"),
        Clip("请按一"),
        Clip("每月", Ending.JOIN),
        Clip("谢谢"),
    }


def test_only_a_changed_wording_is_spoken_again(tmp_path: Path) -> None:
    rendered(tmp_path, hall(greet="您好。", bye="再见。"), Reads())
    again = Reads()
    index = rendered(tmp_path, hall(greet="早上好。", bye="再见。"), again)
    assert again.asked == [Clip("早上好")]
    assert Clip("您好") not in {entry.clip for entry in index.entries}


def test_an_interrupted_rendering_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        rendered(tmp_path, hall(greet="您好。", bye="再见。"), Reads(patience=1))
    rest = Reads()
    rendered(tmp_path, hall(greet="您好。", bye="再见。"), rest)
    assert Clip("您好") not in rest.asked
    assert Clip("再见") in rest.asked


def test_takes_of_another_style_are_not_mixed_in(tmp_path: Path) -> None:
    Takes(tmp_path, Style()).put(Clip("您好"), hum(220))
    assert Takes(tmp_path, Style(speed=1.0)).get(Clip("您好")) is None


OTHER_RATES = needs_peer("voice")  # soxr is of the voice extra


@pytest.mark.parametrize("name", ["greet", "您好，欢迎致电10086。"])
@pytest.mark.parametrize(
    ("suffix", "rate"),
    [
        (".wav", 8000),
        (".flac", 8000),
        pytest.param(".wav", 44100, marks=OTHER_RATES),
        pytest.param(".mp3", 16000, marks=OTHER_RATES),
    ],
)
def test_a_recording_named_by_its_wording_or_its_words_wins(
    tmp_path: Path, name: str, suffix: str, rate: int
) -> None:
    (tmp_path / "prompts" / "recordings").mkdir(parents=True)
    soundfile.write(tmp_path / "prompts" / "recordings" / f"{name}{suffix}", hum(440.0, rate), rate)
    record = Reads()
    rendered(tmp_path, hall(greet="您好，欢迎致电10086。"), record)
    assert Clip("您好，欢迎致电一零零八六") not in record.asked
    pack = open_prompts(tmp_path / "prompts", tmp_path / "var")
    segment = pack.find(Clip("您好，欢迎致电一零零八六"))
    assert segment is not None
    spectrum = np.abs(np.fft.rfft(sound([segment])[100:700]))
    assert np.argmax(spectrum) * 8000 / 600 == pytest.approx(440, abs=15)


def test_a_recording_recorded_anew_replaces_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "recordings"
    folder.mkdir(parents=True)
    soundfile.write(folder / "greet.wav", hum(440), 8000)
    first = rendered(tmp_path, hall(greet="您好。"), Reads())
    soundfile.write(folder / "greet.wav", hum(330), 8000)
    second = rendered(tmp_path, hall(greet="您好。"), Reads())
    shas = [next(e.sha for e in index.entries if e.text == "您好") for index in (first, second)]
    assert shas[0] != shas[1]
    (folder / "greet.wav").unlink()
    third = Reads()
    rendered(tmp_path, hall(greet="您好。"), third)
    assert third.asked == [Clip("您好")]


def test_a_recording_that_is_no_sound_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "recordings"
    folder.mkdir(parents=True)
    (folder / "greet.wav").write_bytes(b"RIFF....not really")
    with pytest.raises(BadRecording, match=r"greet\.wav"):
        rendered(tmp_path, hall(greet="您好。"), Reads())


def test_a_recording_of_a_wording_with_values_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "recordings"
    folder.mkdir(parents=True)
    soundfile.write(folder / "fee.wav", hum(440), 8000)
    with pytest.raises(BadRecording, match="names values"):
        rendered(tmp_path, hall(fee="每月{fee}。"), Reads())


def test_what_lacks_audio_is_listed_with_its_wording(tmp_path: Path) -> None:
    rendered(tmp_path, hall(greet="您好。"), Reads())
    pack = open_prompts(tmp_path / "prompts", tmp_path / "var")
    lacking = wanted.missing(hall(greet="您好。", bye="再见。"), [pack], [], ValueReader())
    assert [(each.clip.text, each.name, each.place.line) for each in lacking] == [("再见", "bye", 1)]


def test_titles_of_services_that_nobody_serves_are_not_recorded() -> None:
    idle = Service("wlan", "无线上网", PLACE, None, None, {}, {})
    asked = wanted.wanted(Hall("1", {"wlan": idle}, {}, {}, {}, {}, {}), ["全球通"], ValueReader())
    texts = {each.clip.text for each in asked}
    assert "全球通" in texts
    assert "无线上网" not in texts


def test_the_index_says_whose_recording_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "recordings"
    folder.mkdir(parents=True)
    soundfile.write(folder / "greet.wav", hum(440), 8000)
    rendered(tmp_path, hall(greet="您好。"), Reads())
    entry = next(e for e in read_index(tmp_path / "prompts").entries if e.text == "您好")
    assert entry.source.startswith("greet.wav ")
