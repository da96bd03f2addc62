"""Written wording to speech text: figures, symbols and letters become what the voice says.

The speech text holds Chinese characters, capital letters (spelled) and the punctuation that makes pauses;
nothing else. It is the key of a clip, so the same words written in two ways share one recording.

A figure in a wording is one of

* an amount, date, time or percentage: ``5.00元`` 五元, ``11月22日`` 十一月二十二日, ``8:05`` 八点零五分;
* a count before a measure word, or one or two digits: ``18位`` 十八位, ``请按1`` 请按一, ``2小时`` 两小时;
* a round hundred: ``满意100`` 满意一百;
* else a code or number, digit by digit: ``10086`` 一零零八六, ``0204`` 零二零四.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from ivr.voice.numerals import DIGITS, cardinal, money, one_by_one

MEASURES = (
    "元 个 项 条 次 位 小时 分钟 秒 天 周 年 岁 种 张 页 折 倍 兆 "
    "家 名 档 款 块 人 遍 步 层 度 点 套 份 部 台 笔 K M G"
)
_LIANG = "|".join(m for m in MEASURES.split() if m not in ("K", "M", "G", "度"))
_ANY_MEASURE = "|".join(MEASURES.split()) + "|月|日|号|分|角"
STARTS_WITH_MEASURE = re.compile(f"(?:{_LIANG}|分)")

STOPS = "。！？；\n"  # what ends a sentence: the voice falls
PAUSES = "，、：…—"  # what it only rests at
_PUNCTUATION = {
    **dict.fromkeys(",", "，"),
    **dict.fromkeys(".", "。"),
    **dict.fromkeys(";", "；"),
    **dict.fromkeys(":", "："),
    **dict.fromkeys("?", "？"),
    **dict.fromkeys("!", "！"),
    **dict.fromkeys("()[]<>《》〈〉【】「」『』“”‘’\"'·", "，"),
    "/": "，",
    "\n": "\n",
}
_SYMBOLS = {
    "#": "井号键",
    "*": "星号键",
    "+": "加",
    "=": "等于",
    "&": "和",
    "@": "艾特",
    "~": "到",
    "～": "到",
}


@lru_cache(maxsize=4096)
def spoken(text: str, *, one: str = "一", following: str = "") -> str:
    """``text`` as it is said. ``following`` is what stands right behind it (a measure word may).

    ``one`` is how the digit 1 is said in codes and numbers: 一 or 幺.
    """
    flat = unicodedata.normalize("NFKC", text).replace("\u3000", " ")
    for pattern, read in _figures(one, following):
        flat = pattern.sub(read, flat)
    flat = re.sub(r"([#*])\s*(?:号?键|号)", r"\1", flat)
    flat = re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", "", flat)
    flat = re.sub(r"(?<=\w)-(?=\w)", "到", flat)
    said = "".join(_character(c) for c in flat)
    return _tidy(said)


Read = Callable[[re.Match[str]], str]


def _figures(one: str, following: str) -> list[tuple[re.Pattern[str], Read]]:
    """Patterns in order; what one has read is no figure any more for the next."""

    def number(match: re.Match[str]) -> str:
        behind = match.string[match.end() :] or following
        return _number(match.group(), behind, one)

    return [
        (re.compile(r"(\d+)\s*[:]\s*(\d\d)(?!\d)"), lambda m: clock(int(m[1]), int(m[2]))),
        (re.compile(r"(?<![\d.])(\d+(?:\.\d\d?)?)\s*元"), lambda m: money(int(Decimal(m[1]) * 100))),
        (re.compile(r"(\d+(?:\.\d+)?)\s*%"), lambda m: "百分之" + _decimal(m[1])),
        (re.compile(r"(\d{4})(?=年)"), lambda m: one_by_one(m[1])),
        (re.compile(r"\d+\.\d+"), lambda m: _decimal(m[0])),
        (re.compile(r"\d+"), number),
    ]


def _number(digits: str, behind: str, one: str) -> str:
    plain = len(digits) <= 5 and not (digits.startswith("0") and len(digits) > 1)
    if plain and re.match(rf"\s*(?:{_ANY_MEASURE})", behind):
        return cardinal(int(digits), liang=bool(re.match(rf"\s*(?:{_LIANG})", behind)))
    if plain and (len(digits) <= 2 or int(digits) % 100 == 0):
        return cardinal(int(digits))
    return one_by_one(digits, one=one)


def _decimal(figure: str) -> str:
    whole, _, part = figure.partition(".")
    return cardinal(int(whole)) + ("点" + one_by_one(part) if part else "")


def clock(hour: int, minute: int) -> str:
    """9:05 is 九点零五分, 9:00 九点整, 2:30 两点三十分, 0:00 零点."""
    words = cardinal(hour, liang=True) + "点"
    if minute == 0:
        return words if hour in (0, 24) else words + "整"
    return words + ("零" + DIGITS[minute] if minute < 10 else cardinal(minute)) + "分"


def _character(c: str) -> str:
    if c in _SYMBOLS:
        return _SYMBOLS[c]
    if c in _PUNCTUATION:
        return _PUNCTUATION[c]
    if c.isspace():
        return "，"
    return c.upper() if c.isascii() else c


def _tidy(said: str) -> str:
    """One mark where several meet: the strongest stays."""
    return re.sub(rf"[{PAUSES}{STOPS}]{{2,}}", lambda m: max(m.group(), key=_strength), said)


def _strength(mark: str) -> int:
    return "、，：…—；\n。！？".index(mark)
