"""What somebody meant who did not hit the word: as the text would read with the word in it. Pure.

    lookalikes.readings("查话废")        -> 查话费        homophones, near sounds (账蛋, 彩零)
    lookalikes.readings("CHA HUAFEI")   -> 查话费        pinyin, with blanks or without
    lookalikes.readings("开通来电示")     -> 开通来电显示   a character too many, too few, or two exchanged
    lookalikes.readings("QX GPSR")      -> QX GPRS       the same with Latin words

Whoever asks reads each in turn as if it had been written so; nothing is changed on its word without a
question (:mod:`menus.matching.bare`). Short words are only helped where little else is said: in a chat,
sounds of two syllables are everywhere. Codes are digits, and never guessed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from menus.matching.neighbours import Neighbours
from menus.matching.normal import stages
from menus.matching.sounds import blurred, syllables
from menus.matching.verbs import without_verbs

LONGEST = 24
"""Characters of a text that may have a word mistaken in it."""
ROOM = 4
"""Characters besides a word that only sounds near what stands there."""
LEAST_LATIN = 4
"""Letters of a Latin word, or pinyin, with one letter wrong: shorter ones are exact, or nothing."""
LEAST_SPELT = 6
SMALL = (
    "我 我要 我想 我的 请 请问 帮我 给我 想 要 的 了 吗 呢 吧 啊 一下 有 没有 是 不要 不用"
    " 这个月 本月 上月 上个月 手机 号码 查 查查 查看 查询 看 看看 还 还剩 还有 剩 剩余 多少 多少钱 几 钱"
    " 怎么 如何 什么 开 开通 办 办理 订 订购 定制 关 关闭 取消 退 退订 停 停用 修改 改"
    " 收费 资费 介绍 业务 服务 功能 怎么办 怎么用 怎么取消 怎么开通"
)
"""Words around a product, as pinyin has them."""
_SAID = set(SMALL.split()) - {"了", "呢", "吧", "啊", "是", "有", "没有"}
_SAYS = frozenset("这本上下前今明去那当首末用有剩查关开退还多几办订停")
_AROUND = re.compile(f"(?:{'|'.join(sorted(_SAID, key=len, reverse=True))})*")
_LATIN = re.compile("[A-Z](?:[A-Z ]*[A-Z])?")
_LETTERS = re.compile("[A-Z]+")
Sound = tuple[str, ...]
_Word = TypeVar("_Word", str, Sound)


class _Span(NamedTuple):
    """What stands at a place of a text, and what was meant."""

    at: int
    written: str
    meant: str


class Lookalikes:
    """Of the keywords of one hall. ``services``: each keyword's; ``number``: the hall's own; ``alone``:
    keywords that count only when they are all that was said."""

    def __init__(self, services: Mapping[str, str], number: str, alone: Collection[str]) -> None:
        own = [each for each in services if each not in alone and not any(c.isdecimal() for c in each)]
        self._services = services
        chinese = [each for each in own if not each.isascii() and len(each) > 1]
        self._number = number
        self._latin = Neighbours(each for each in own if each.isascii() and len(each) >= LEAST_LATIN)
        self._known = set(own)
        self._long = Neighbours(each for each in chinese if len(each) > 3)
        verbs = [each for each in SMALL.split() if len(each) > 1]
        self._heard: dict[Sound, list[str]] = defaultdict(list)
        self._near: dict[Sound, list[str]] = defaultdict(list)
        for each in dict.fromkeys([*chinese, *verbs]):
            sound = syllables(each)
            self._heard[sound].append(each)
            self._near[tuple(map(blurred, sound))].append(each)
        self._tables = (
            (self._heard, beginnings(self._heard), str),
            (self._near, beginnings(self._near), blurred),
        )
        small = {"".join(syllables(each)): each for each in reversed(SMALL.split())}
        self._named = {"".join(syllables(each)): each for each in reversed(chinese)}
        self._spelt = {**small, "kt": "开通", "qx": "取消", "td": "退订", "cx": "查询", **self._named}
        self._longest = max(map(len, self._spelt))
        self._pinyin = Neighbours(each for each in self._named if len(each) >= LEAST_SPELT)
        self._letters = self._initials(chinese)
        self._syllables: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for each in chinese:
            for character, spelt in zip(each, syllables(each), strict=True):
                self._syllables[spelt.upper()].add((character, each))

    def _initials(self, chinese: list[str]) -> dict[str, str]:
        """First letters of four syllables and more that stand for one keyword alone: LDXS, HFYE."""
        meant: dict[str, set[str]] = defaultdict(set)
        for each in chinese:
            if len(each) >= LEAST_LATIN:
                meant["".join(sound[0] for sound in syllables(each)).upper()].add(each)
        return {
            letters: each.pop() for letters, each in meant.items() if len(each) == 1 and letters.isalpha()
        }

    def readings(self, tokens: str) -> Iterator[str]:
        """Of a cleaned text, the surest first."""
        if len(tokens) > LONGEST * 3:
            return
        latin = _LETTERS.search(tokens) is not None
        if latin and (spelt := _LATIN.sub(self._said, tokens)) != tokens:
            yield spelt
        whole = tokens.replace(" ", "")
        if len(whole) > LONGEST:
            return
        if whole in self._letters:
            yield self._letters[whole]
        if not whole.isascii():
            if latin:
                yield from self._half_spelt(whole)
            said = syllables(whole)
            for table, begin, heard in self._tables:
                right = _replaced(whole, self._sounding(whole, tuple(map(heard, said)), table, begin))
                if right != whole:
                    yield right
        yield from self._mistyped(whole)
        if latin and (misspelt := _LETTERS.sub(self._one_letter, tokens)) != tokens:
            yield misspelt

    # ---- pinyin --------------------------------------------------------------------------------------------
    def _said(self, found: re.Match[str]) -> str:
        """Letters as the words that they spell; as they are where they spell none."""
        tokens = found[0].split(" ")
        if len(tokens) > 1 and not self._known.isdisjoint(tokens):  # KAITONG GPRS, but not YING YE TING
            named = self._covered("".join(tokens).lower())
            if named is not None:
                return named
            return " ".join(t if t in self._known else self._covered(t.lower(), False) or t for t in tokens)
        letters = found[0].replace(" ", "").lower()
        if len(letters) < 3 or len(letters) > 4 * LONGEST or found[0] in self._known:
            return found[0]
        covered = self._covered(letters)
        if covered is None and len(letters) >= LEAST_SPELT - 1:
            covered = self._one(self._named[each] for each in self._pinyin.of(letters))
        return covered or found[0]

    def _covered(self, letters: str, named: bool = True) -> str | None:
        """The fewest words that the letters are; ``named``: a keyword must be among them."""
        best: list[tuple[int, bool, str] | None] = [(0, True, "")] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - self._longest), end):
                before, spelt = best[start], letters[start:end]
                word = self._spelt.get(spelt)
                if before is not None and word is not None:
                    one = (before[0] + 1, before[1] and spelt not in self._named, before[2] + word)
                    best[end] = one if best[end] is None else min(best[end] or one, one)
        found = best[-1]
        return None if found is None or (named and found[1]) else found[2]

    def _half_spelt(self, whole: str) -> Iterator[str]:
        """One character of a word in pinyin: HUA费, 彩LING."""
        for run in _LETTERS.findall(whole):
            for character, word in self._syllables.get(run, ()):
                if word in (right := whole.replace(run, character, 1)) and word not in whole:
                    yield right

    # ---- sounds --------------------------------------------------------------------------------------------
    def _sounding(
        self,
        text: str,
        sound: Sound,
        table: Mapping[Sound, list[str]],
        begin: Mapping[Sound, tuple[int, ...]],
    ) -> Iterator[_Span]:
        """What sounds like a keyword and is written as none, the longest first."""
        hits = [
            (length, at)
            for at in range(len(text) - 1)
            for length in begin.get(sound[at : at + 2], ())
            if at + length <= len(text) and sound[at : at + length] in table
        ]
        exactly = table is self._heard
        taken = [False] * len(text)
        for length, at in sorted(hits, key=_first, reverse=True):
            if any(taken[at : at + length]):
                continue
            meant, written = table[sound[at : at + length]], text[at : at + length]
            if written in meant:
                chosen: str | None = written
            else:
                around = text[:at], text[at + length :]
                chosen = self._chosen(written, meant, around, exactly)
            if chosen is not None:
                taken[at : at + length] = [True] * length
                if chosen != written:
                    yield _Span(at, written, chosen)

    def _chosen(self, written: str, meant: list[str], around: tuple[str, str], exactly: bool) -> str | None:
        """The one word that is meant, where enough speaks for it: a character of it that is right, or nothing
        else in the text but what is said around a product (鱼饿了 is no balance)."""
        alike = [each for each in meant if any(a == b for a, b in zip(each, written, strict=True))]
        if alike:
            return self._one(alike) if exactly or sum(map(len, around)) <= ROOM else None
        return self._one(meant) if exactly and all(map(_AROUND.fullmatch, around)) else None

    def _one(self, words: Iterable[str]) -> str | None:
        """The word, or one of several that mean the same service."""
        found = list(words)
        return found[0] if len({self._services.get(each, each) for each in found}) == 1 else None

    # ---- typing errors -------------------------------------------------------------------------------------
    def _mistyped(self, whole: str) -> Iterator[str]:
        """One character too many, too few, or two exchanged, of a word of four and more."""
        for rest in dict.fromkeys([*stages(whole, self._number), *without_verbs(whole, self._number)]):
            if len(rest) < 3 or len(rest) > LONGEST or rest.isascii():
                continue
            near = self._long.of(rest)
            word = self._one(each for each in near if _is_slip(rest, each))
            if word is not None:
                yield whole.replace(rest, word, 1)

    def _one_letter(self, found: re.Match[str]) -> str:
        word = found[0]
        if len(word) < LEAST_LATIN or word in self._known:
            return word
        return self._one(each for each in self._latin.of(word) if _is_slip(word, each)) or word


def beginnings(words: Iterable[_Word]) -> dict[_Word, tuple[int, ...]]:
    """How long the words are that begin with these two characters, or sounds."""
    found: dict[_Word, set[int]] = defaultdict(set)
    for each in words:
        found[each[:2]].add(len(each))
    return {two: tuple(lengths) for two, lengths in found.items()}


def _first(hit: tuple[int, int]) -> int:
    return hit[0]


def _is_slip(written: str, word: str) -> bool:
    """Another character in a word of four is another word: 短信套餐, 彩信套餐, CALL. So is one that says when
    or which: 这个月话费 is not last month's; or what is done: 流量套餐用 is no 流量套餐."""
    if len(written) > len(word):
        return (Counter(written) - Counter(word)).keys().isdisjoint(_SAYS)
    if len(written) < len(word) or sorted(written) == sorted(word):
        return True
    other = next(a for a, b in zip(written, word, strict=True) if a != b)
    return len(word) > 4 and other not in _SAYS


def _replaced(text: str, spans: Iterable[_Span]) -> str:
    """A text with what was meant in it; a word is as long as what stands there."""
    for span in spans:
        text = text[: span.at] + span.meant + text[span.at + len(span.written) :]
    return text
