"""How every shipped prompt is pronounced, locked: a new dictionary or phrase must not change one unseen.

``pinyin.txt`` holds a line for each text, its pinyin word by word; ``pytest tests/voice/test_pinyin.py
--update`` writes it anew. Read the diff as a caller would.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.voice.pack import read_index
from tests.peers import needs_peer

ROOT = Path(__file__).resolve().parents[2]
LOCKED = Path(__file__).with_name("pinyin.txt")
PHRASES = ROOT / "prompts" / "pinyin.txt"


@needs_peer("voice")
def test_every_shipped_prompt_is_pronounced_as_before(request: pytest.FixtureRequest) -> None:
    from studio.phonemes import learn, pinyin

    learn(PHRASES)
    texts = sorted({entry.text for entry in read_index(ROOT / "prompts").entries if not entry.source})
    said = "".join(f"{' '.join(text.split())}\t{pinyin(text)}\n" for text in texts)
    if request.config.getoption("--update"):
        LOCKED.write_text(said, encoding="utf-8")
    assert said == LOCKED.read_text(encoding="utf-8")


@needs_peer("voice")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("您的当前话费", "nin2de5dang1qian2 hua4fei4"),
        ("还款", "huan2kuan3"),
        ("重听", "chong2ting1"),
        ("一月", "yi1yue4"),
        ("错得太多", "cuo4de5 tai4duo1"),
        ("重新输入", "chong2xin1 shu1ru4"),
        ("退订", "tui4ding4"),
        ("彩铃", "cai3ling2"),
        ("没有收费", "mei2you3 shou1fei4"),
        ("长沙", "chang2sha1"),
        ("银行", "yin2hang2"),
        ("逐条查询", "zhu2tiao2 cha2xun2"),
    ],
)
def test_words_that_dictionaries_get_wrong(text: str, said: str) -> None:
    from studio.phonemes import learn, pinyin

    learn(PHRASES)
    assert pinyin(text).replace(" ", "") == said.replace(" ", "")


@needs_peer("voice")
@pytest.mark.parametrize("line", ["还款 huan2", "还款 huan kuan3", "还款 huan2 kuan9", "还款"])
def test_a_phrase_without_a_syllable_a_character_is_refused(line: str) -> None:
    from studio.phonemes import BadPinyin, read_phrases

    with pytest.raises(BadPinyin, match="line 1"):
        read_phrases(line)


@needs_peer("voice")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("您的当前话费", "ni↗ntɤta→ŋʨʰjɛ↗n xwa↘fei↘"),
        ("您好！请按“一”（重听）", "ni↗nxau↓! ʨʰi↓ŋ a↘n“i→” (ꭧʰʊ↗ŋtʰi→ŋ)"),
        ("PUK码", "pˈi jˈu kˈA ma↓"),
    ],
)
def test_what_the_model_is_given(text: str, said: str) -> None:
    from studio.phonemes import learn, phonemes

    learn(PHRASES)
    assert phonemes(text) == said


@needs_peer("voice")
def test_every_phoneme_is_one_that_the_model_knows() -> None:
    from studio import parts
    from studio.phonemes import learn, phonemes

    learn(PHRASES)
    known = set(parts.vocabulary(ROOT / "var" / "voice" / "parts"))
    unknown = {
        (entry.text, "".join(c for c in phonemes(entry.text) if c not in known))
        for entry in read_index(ROOT / "prompts").entries
        if any(c not in known for c in phonemes(entry.text))
    }
    assert not unknown


@needs_peer("voice")
def test_the_voice_speaks_a_phrase_and_it_can_be_cut_out(tmp_path: Path) -> None:
    """The one test that loads the model: 92 MB, a few seconds."""
    from ivr.voice.clips import Clip, Ending, Style
    from studio.worker import open_studio

    record = open_studio(ROOT / "var" / "voice" / "parts", PHRASES, Style())
    clips = dict(record([Clip("五十二元", Ending.JOIN), Clip("五十二元")]))
    assert len(clips) == 2
    for samples in clips.values():
        assert 0.5 < len(samples) / 8000 < 1.2
        assert samples[0] == samples[-1] == 0
