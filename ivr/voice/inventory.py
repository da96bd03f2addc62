"""The closed set: the phrases that every number, amount, date and time is joined from.

Whole phrases sound better than single characters, so 0-99, every 元 and 角分 below 100, days, months and
minutes are recorded whole; single characters stand behind them so that nothing is ever unsayable. Phrases
that can end a sentence are recorded falling as well.
"""

from __future__ import annotations

import string
from functools import lru_cache

from ivr.voice.clips import Clip, Ending
from ivr.voice.numerals import DIGITS, cardinal, one_by_one
from ivr.voice.wording import clock

YEARS = range(2005, 2041)
SYMBOL_NAMES = ("井号键", "星号键")


def numbers() -> list[str]:
    """0 to 99, with the forms they take behind 百 (零五, 一十五), and the units above them."""
    plain = [cardinal(n) for n in range(100)]
    behind = ["零" + DIGITS[n] for n in range(1, 10)] + ["一十" + (DIGITS[n] if n else "") for n in range(10)]
    hundreds = [DIGITS[n] + "百" for n in range(1, 10)]
    thousands = [DIGITS[n] + "千" for n in range(1, 10)] + ["两千"]
    return [
        *plain,
        *behind,
        *hundreds,
        *thousands,
        "两",
        "幺",
        "十",
        "百",
        "千",
        "万",
        "亿",
        "负",
        "点",
        "加",
    ]


def amounts() -> list[str]:
    """Whole 元 and 角分."""
    small = [cardinal(n, liang=True) for n in range(100)]
    behind = ["二"] + ["零" + DIGITS[n] for n in range(1, 10)]
    teens = ["一十" + (DIGITS[n] if n else "") for n in range(10)]
    large = [DIGITS[n] + "百" for n in range(1, 10)] + [DIGITS[n] + "千" for n in range(1, 10)] + ["两千"]
    yuan = [n + "元" for n in (*small, *behind, *teens, *large, "万", "亿", "")]
    jiao = [DIGITS[n] + "角" for n in range(1, 10)] + ["两角"]
    cents = (
        [DIGITS[n] + "分" for n in range(1, 10)] + ["两分"] + ["零" + DIGITS[n] + "分" for n in range(1, 10)]
    )
    return [*yuan, *jiao, *cents, *(a + b for a in jiao for b in cents[:9])]


def days_and_times() -> list[str]:
    """Years, months, days, hours, minutes past the hour."""
    years = [one_by_one(str(year)) + "年" for year in YEARS]
    months = [cardinal(n) + "月" for n in range(1, 13)]
    days = [cardinal(n) + "日" for n in range(1, 32)]
    hours = [cardinal(n, liang=True) + "点" for n in range(24)]
    sharp = [clock(n, 0) for n in range(1, 24)]
    minutes = [clock(0, n)[2:] for n in range(1, 60)]
    return [*years, *months, *days, *hours, *sharp, *minutes, "年", "月", "日"]


def durations() -> list[str]:
    """五分钟, 三十秒, 二十四小时, 三天."""
    long = [cardinal(n, liang=True) + "分钟" for n in range(1, 61)]
    hours = [cardinal(n, liang=True) + "小时" for n in range(1, 25)]
    return [*long, *hours, "分钟", "秒", "小时", "天", "两分"]


def spelled() -> list[str]:
    """Letters and key names for codes."""
    return [*string.ascii_uppercase, *SYMBOL_NAMES]


@lru_cache(maxsize=1)
def closed_set() -> tuple[Clip, ...]:
    """Every clip of it, in a fixed order."""
    both = dict.fromkeys([*amounts(), *days_and_times(), *durations(), *numbers(), *spelled()])
    return tuple(Clip(text, ending) for text in both for ending in (Ending.JOIN, Ending.STOP))
