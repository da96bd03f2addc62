"""The prompts as shipped and as played: added to, expanded, checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ivr.testing.clips import noise
from ivr.voice.clips import Clip, Ending, Style
from ivr.voice.pack import (
    REST_OCTETS,
    BadPrompts,
    ClipEntry,
    PackIndex,
    open_prompts,
    read_index,
    write_prompts,
)
from ivr.voice.samples import decode
from studio.say import sound


def entry(text: str, ending: Ending = Ending.STOP) -> ClipEntry:
    return ClipEntry(text, ending.value, "", 0, 0, "")


def ship(prompts: Path, *texts: str) -> PackIndex:
    prompts.mkdir(exist_ok=True)
    new = [(entry(text), noise(seed)) for seed, text in enumerate(texts)]
    return write_prompts(prompts, Style(), read_index(prompts).entries, new)


def test_a_clip_comes_back_as_it_was_put_in(tmp_path: Path) -> None:
    ship(tmp_path / "prompts", "您好", "再见")
    pack = open_prompts(tmp_path / "prompts", tmp_path / "var")
    segment = pack.find(Clip("再见"))
    assert segment is not None
    off = np.abs(sound([segment]).astype(int) - noise(1))
    assert (off <= np.maximum(np.abs(noise(1)) / 32, 9)).all()  # A-law's own error, no more


def test_silence_lies_at_the_head_of_the_pack(tmp_path: Path) -> None:
    ship(tmp_path / "prompts", "您好")
    pack = open_prompts(tmp_path / "prompts", tmp_path / "var")
    assert pack.rest(250).length == 2000
    assert set(sound([pack.rest(99_999)])) == {8}
    assert pack.rest(99_999).length == REST_OCTETS


def test_rendering_more_adds_a_file_and_keeps_the_others(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    ship(prompts, "您好")
    first = {file.name: file.read_bytes() for file in prompts.glob("*.flac")}
    index = write_prompts(prompts, Style(), read_index(prompts).entries, [(entry("再见"), noise(7))])
    assert [each.text for each in index.entries] == ["再见", "您好"]
    assert len(index.files) == 2
    assert all((prompts / name).read_bytes() == content for name, content in first.items())


def test_a_file_that_nothing_uses_goes(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    ship(prompts, "您好")
    write_prompts(prompts, Style(), [], [(entry("再见"), noise(7))])
    assert len(list(prompts.glob("*.flac"))) == 1
    assert read_index(prompts).entries[0].text == "再见"


def test_the_index_is_a_clip_a_line(tmp_path: Path) -> None:
    ship(tmp_path, "您好", "再见")
    lines = (tmp_path / "index.json").read_text(encoding="utf-8").splitlines()
    assert sum('"text"' in line for line in lines) == 2
    assert json.loads("\n".join(lines))["format"] == 1


def test_expansion_gives_the_same_bytes_every_time_and_is_done_once(tmp_path: Path) -> None:
    ship(tmp_path / "prompts", "您好", "再见")
    one = open_prompts(tmp_path / "prompts", tmp_path / "one")
    two = open_prompts(tmp_path / "prompts", tmp_path / "two")
    assert one.path.name == two.path.name
    assert one.path.read_bytes() == two.path.read_bytes()
    inode = one.path.stat().st_ino
    assert open_prompts(tmp_path / "prompts", tmp_path / "one").path.stat().st_ino == inode


def test_a_damaged_expansion_is_made_anew(tmp_path: Path) -> None:
    ship(tmp_path / "prompts", "您好")
    path = open_prompts(tmp_path / "prompts", tmp_path / "var").path
    good = path.read_bytes()
    path.write_bytes(good[:-10])
    assert open_prompts(tmp_path / "prompts", tmp_path / "var").path.read_bytes() == good


def test_an_older_expansion_makes_room(tmp_path: Path) -> None:
    ship(tmp_path / "prompts", "您好")
    old = open_prompts(tmp_path / "prompts", tmp_path / "var").path
    ship(tmp_path / "prompts", "再见")
    new = open_prompts(tmp_path / "prompts", tmp_path / "var").path
    assert [file.name for file in (tmp_path / "var").iterdir()] == [new.name]
    assert new != old


def test_damaged_audio_is_refused_by_name(tmp_path: Path) -> None:
    ship(tmp_path, "您好")
    flac = next(tmp_path.glob("*.flac"))
    flac.write_bytes(flac.read_bytes()[:-1] + b"x")
    with pytest.raises(BadPrompts, match=flac.name):
        open_prompts(tmp_path, tmp_path / "var")
    flac.unlink()
    with pytest.raises(BadPrompts, match=flac.name):
        open_prompts(tmp_path, tmp_path / "var")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 9, "style": {}, "alaw": "", "files": {}, "clips": []}']
)
def test_an_index_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(BadPrompts):
        read_index(tmp_path)


def test_a_fresh_tree_without_audio_still_starts(tmp_path: Path) -> None:
    pack = open_prompts(tmp_path, tmp_path / "var")
    assert len(pack) == 0
    assert len(decode(pack.path.read_bytes())) == REST_OCTETS
