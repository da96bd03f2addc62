"""Every syllable of Mandarin in the letters that the model learned, as it was trained with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.syllables import phonemes

LOCKED = [
    line.split("\t")
    for line in Path(__file__).with_name("syllables.tsv").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("tone", "mark"), [("1", "→"), ("2", "↗"), ("3", "↓"), ("4", "↘"), ("5", "")])
def test_every_syllable_in_every_tone(tone: str, mark: str) -> None:
    """``syllables.tsv`` has each in the first tone."""
    assert len(LOCKED) > 400
    said = {syllable: phonemes(syllable + tone) for syllable, _ in LOCKED}
    assert said == {syllable: locked.replace("→", mark) for syllable, locked in LOCKED}


@pytest.mark.parametrize(
    ("syllable", "said"),
    [
        ("yuan2", "ɥɛ↗n"), ("jun1", "ʨy→n"), ("liu4", "ljou↘"), ("wu3", "u↓"), ("yi1", "i→"),
        ("shi4", "ʂɨ↘"), ("zi5", "ʦɨ"), ("lü4", "ly↘"), ("lv4", "ly↘"), ("er4", "ɚ↘"), ("bo1", "pwo→"),
    ],
)  # fmt: skip
def test_spellings_that_hide_the_sound(syllable: str, said: str) -> None:
    assert phonemes(syllable) == said


@pytest.mark.parametrize("text", ["", "1", "ma", "ma6", "bx1", "犇", "hello1"])
def test_what_is_no_syllable_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no pinyin syllable"):
        phonemes(text)
