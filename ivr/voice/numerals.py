"""Whole numbers and money as Mandarin speaks them: pure text, no audio.

=========  ==================  =========================================================
12         十二
110        一百一十            ten inside a hundred is 一十
105        一百零五            one 零 for any run of missing places
2          二, 两 by choice    两 before a measure word (元 个 项 次 …), never in 十二
2000       两千                a leading 2 before 千 万 亿 is 两; before 百 and 十 it stays 二
52.35 yuan 五十二元三角五分
10.05      十元零五分          零 where 角 is missing
0.50       五角
-3.00      负三元
=========  ==================  =========================================================
"""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")
LARGEST = 10 ** (4 * len(_GROUPS)) - 1


def cardinal(number: int, *, liang: bool = False) -> str:
    """``number`` in words. ``liang``: a bare 2 is 两, as before a measure word.

    Raises ValueError beyond ±9999 万亿, which no bill reaches.
    """
    if abs(number) > LARGEST:
        raise ValueError(f"no reading for {number}")
    if number < 0:
        return "负" + cardinal(-number, liang=liang)
    if number == 0:
        return "零"
    if number == 2 and liang:
        return "两"
    words = _groups(number)
    if words.startswith("一十"):
        words = words[1:]
    if words.startswith(("二千", "二万", "二亿")):
        words = "两" + words[1:]
    return words


def _groups(number: int) -> str:
    """The number in groups of four digits, highest first; 零 bridges what is missing between two groups."""
    words = ""
    gap = False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**power % 10_000
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _four(group) + _unit(power, number)
        gap = False
    return words


def _unit(power: int, number: int) -> str:
    """万亿 says 亿 only once: 一万零三亿, not 一万亿零三亿."""
    if power == 3 and number // 10_000**2 % 10_000:
        return "万"
    return _GROUPS[power]


def _four(group: int) -> str:
    """1 to 9999, every place said: 一十 keeps its 一."""
    words = ""
    gap = False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + DIGITS[digit] + _PLACES[place]
        gap = False
    return words


def money(fen: int) -> str:
    """An amount in 分 as 元, 角, 分."""
    if fen < 0:
        return "负" + money(-fen)
    yuan, rest = divmod(fen, 100)
    jiao, cent = divmod(rest, 10)
    if not rest:
        return cardinal(yuan, liang=True) + "元"
    words = cardinal(yuan, liang=True) + "元" if yuan else ""
    if jiao:
        words += _coin(jiao, first=not words) + "角"
    elif words:
        words += "零"
    if cent:
        words += _coin(cent, first=not words) + "分"
    return words


def _coin(digit: int, *, first: bool) -> str:
    return "两" if digit == 2 and first else DIGITS[digit]


def one_by_one(digits: str, *, one: str = "一") -> str:
    """Digit by digit: 10086 is 一零零八六, or 幺零零八六 with ``one="幺"``."""
    return "".join(one if digit == "1" else DIGITS[int(digit)] for digit in digits)
