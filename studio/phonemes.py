"""Speech text to the phonemes that Kokoro was trained on, with the project's own phrases.

jieba finds the words and pypinyin how they are read; where they err (您的当前: dì dàng)
``prompts/pinyin.txt`` says better. A line there is a phrase and its pinyin with tone numbers::

    您的当前 nin2 de5 dang1 qian2

Capital letters are spelled with English letter names. Needs the ``voice`` extra.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path

import jieba
from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.contrib.tone_convert import to_tone

from studio import syllables

_NAMES = (
    "ˈA bˈi sˈi dˈi ˈi ˈɛf ʤˈi ˈAʧ ˈI ʤˈA kˈA ˈɛl ˈɛm "
    "ˈɛn ˈO pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi dˈʌbᵊlju ˈɛks wˈI zˈi"
)
LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _NAMES.split(), strict=True))
_RUNS = re.compile(r"[A-Z]+|[^A-Z]+")
_SCRIPTS = re.compile(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")
PAUSES = str.maketrans(
    {
        **dict.fromkeys("、，…—", ", "),
        **dict.fromkeys("。．\n", ". "),
        **dict.fromkeys("«《「【", " “"),
        **dict.fromkeys("»》」】", "” "),
        **{"！": "! ", "：": ": ", "；": "; ", "？": "? ", "（": " (", "）": ") "},
    }
)
"""Chinese marks as the model knows them."""


class BadPinyin(ValueError):
    """A line of pinyin.txt that does not read as a phrase with one syllable a character."""


def read_phrases(text: str) -> dict[str, list[str]]:
    """Phrases of pinyin.txt: the words, and their syllables with tone numbers. Raises BadPhrase."""
    phrases: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words, *syllables = line.split("#")[0].split() or [""]
        if not words:
            continue
        if len(words) != len(syllables) or not all(re.fullmatch(r"[a-zü]+[1-5]", s) for s in syllables):
            raise BadPinyin(f"line {number}: {line!r} needs one syllable with its tone (1-5) a character")
        phrases[words] = syllables
    return phrases


@lru_cache(maxsize=1)
def learn(file: Path) -> None:
    """Teach the phrases of ``file`` to the readers below; once a process."""
    jieba.setLogLevel(logging.WARNING)
    phrases = read_phrases(file.read_text(encoding="utf-8")) if file.exists() else {}
    load_phrases_dict({words: [[to_tone(s)] for s in said] for words, said in phrases.items()})
    for words in phrases:
        jieba.add_word(words, freq=10_000_000)


def phonemes(text: str) -> str:
    """Phonemes of speech text, words kept apart by spaces as the model learned them."""
    said = []
    for run in _RUNS.findall(text):
        if run[0] in LETTERS:
            said.append(" ".join(LETTERS[letter] for letter in run))
        else:
            said.append(_mandarin(run))
    return " ".join(part for part in said if part)


def _mandarin(text: str) -> str:
    flat = text.translate(PAUSES).strip()
    return "".join(_sounds(run) if _is_chinese(run) else run for run in _SCRIPTS.findall(flat))


def _sounds(run: str) -> str:
    """Word by word. Raises ValueError for a character that nobody knows how to read."""
    words = jieba.lcut(run, cut_all=False)
    return " ".join("".join(map(syllables.phonemes, _syllables(word))) for word in words)


def _is_chinese(run: str) -> bool:
    return "\u4e00" <= run[0] <= "\u9fff"


def pinyin(text: str) -> str:
    """Pinyin with tone numbers, words apart: what a person checks in tests/voice/pinyin.txt."""
    said = []
    for run in _SCRIPTS.findall(text):
        if _is_chinese(run):
            words = jieba.lcut(run, cut_all=False)
            said.append(" ".join("".join(_syllables(word)) for word in words))
        else:
            said.append(run)
    return "".join(said).strip()


def _syllables(word: str) -> list[str]:
    return lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
