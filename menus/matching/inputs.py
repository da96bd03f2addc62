"""Reads one input of a fixed kind out of what a customer typed or texted, into its normal form.

Public: :func:`read_given`, :func:`read_input`, :func:`looks_like`, :func:`months`, :func:`full_length`,
:func:`list_numbers`.
Normal forms: MOBILE eleven digits; FORWARD a number, perhaps behind a code and a blank; SEGMENT eleven or
seven; TICKET letters and digits; CHOICE one digit; MONTH ``YYYYMM``; CARD eighteen digits; AMOUNT whole yuan
without leading zeros; PASSWORD and NEW_PASSWORD six digits; ID_NUMBER eighteen digits, a final X written 0;
NAME without blanks; TEXT trimmed; ITEMS numbers joined with commas.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from menus.model import numbers
from menus.model.asked import InputKind
from menus.model.specs import MONTHS_KEPT, InputSpec

TEXT_LIMIT = 500  # characters
ITEMS_LIMIT = 100  # numbers in one reply

_LENGTHS: Mapping[InputKind, int] = {
    InputKind.MOBILE: numbers.MOBILE_DIGITS,
    InputKind.FORWARD: numbers.MOBILE_DIGITS,
    InputKind.MONTH: 6,
    InputKind.CARD: 18,
    InputKind.PASSWORD: 6,
    InputKind.NEW_PASSWORD: 6,
    InputKind.ID_NUMBER: 18,
    InputKind.SEGMENT: numbers.MOBILE_DIGITS,
    InputKind.CHOICE: 1,
}
PREFIXED = frozenset({InputKind.MOBILE, InputKind.SEGMENT, InputKind.FORWARD})
"""Numbers that may have a prefix (:func:`menus.model.numbers.prefix_of`), and are longer then."""
_THIS_MONTH = frozenset({"本月", "这个月", "当月"})
_LAST_MONTH = frozenset({"1", "上月", "上个月", "前一个月"})
_BEFORE_LAST = frozenset({"上上月", "上上个月", "前个月", "前月"})
_MONTH_FULL = re.compile(r"(20[0-9]{2}|[0-9]{2}(?=年))(?:年|-|/|\.)?(0[1-9]|1[0-2]|[1-9])月?份?")
_MONTH_ONLY = re.compile(r"(0?[1-9]|1[0-2])(?:月份|月)?")
_AMOUNT = re.compile(r"[¥$]?0*([1-9][0-9]{0,5})(?:\.0{1,2})?(?:元钱|元整|元|块钱|块|RMB|圆)?")
_TWO_NUMBERS = re.compile(r"[0-9][\s\-]+[0-9]")
_HAN = "[\u3400-\u9fff\U00020000-\U0003ffff]"
_PATTERNS: Mapping[InputKind, re.Pattern[str]] = {
    InputKind.AMOUNT: _AMOUNT,
    InputKind.CARD: re.compile(r"([0-9]{18})"),
    InputKind.PASSWORD: re.compile(r"([0-9]{6})"),
    InputKind.TICKET: re.compile(r"([A-Z]{0,4}[0-9]{4,20})"),
    InputKind.CHOICE: re.compile(r"([1-9])"),
    InputKind.NEW_PASSWORD: re.compile(r"([0-9]{6})"),
    InputKind.ID_NUMBER: re.compile(r"([0-9]{17}[0-9X*])"),  # by telephone the X is the star key
    InputKind.NAME: re.compile(f"((?=.{{2,20}}$){_HAN}+(?:[·•.]{_HAN}+)*)"),
}
CALLS: Mapping[str, str] = {
    "67": "遇忙|占线|忙时|忙",
    "61": "无应答|无人接听|没人接听|没人接|无人接|不接",
    "62": "不可及|不在服务区|关机|没信号|无信号",
}
"""Which calls are forwarded, by the code that a handset sets it with (3GPP TS 22.030 Annex C); all else is
all."""
_FORWARDING = re.compile(
    f"(?:\\*{{1,2}}(?P<code>21|67|61|62)\\*|(?P<when>{'|'.join(CALLS.values())}|全部|所有|无条件|直接)?(?:来电|的时候|时)?"
    r"(?:转移到|转接到|转到|转至|转移|转)?)[\s:#*+,]*(?P<number>[+0-9][0-9()\s-]{6,20})#?"
)


def _forwarding(written: str) -> str | None:
    """The number, and before it the code of the calls that go there, unless it is all of them."""
    found = _FORWARDING.fullmatch(written)
    number = numbers.line(found["number"].strip()) if found else None
    if found is None or number is None:
        return None
    named = next((code for code, words in CALLS.items() if found["when"] in words.split("|")), None)
    code = named or (found["code"] if found["code"] != "21" else None)
    return number if code is None else f"{code} {number}"


_NUMBERS: Mapping[InputKind, Callable[[str], str | None]] = {
    InputKind.MOBILE: numbers.mobile,
    InputKind.SEGMENT: numbers.segment,
    InputKind.FORWARD: _forwarding,
}
_DRESS = frozenset("\ufe0f\u20e3")
_LAYOUT = frozenset("\n\t")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_ITEMS = re.compile(r"[0-9]{1,3}(?:[,、 .;和]+[0-9]{1,3})*[,、 .;]*")


_LABEL = re.compile(
    "(?:我的|我|他的|她的|本机|本人|机主的?|请|回复|发送|发|查询|查|给|转到|转|改为|改成|改|要|充值|充|选|新的?|旧的?|原来的?"
    "|原|临时|服务|手机|电话|充值卡|身份证件?|证件|投诉|低于|号码|密码|卡密|卡号|编号|工单号|号|金额|月份|年月|月|是|为|设为|设成"
    "|[:： ,，])*"
)
_NAME_LABEL = re.compile(
    "(?:机主|我的?|本人)?(?:姓名|名字|全名)(?:是|叫|为)?[:： ]*|(?:我|本人|机主)(?:姓名)?(?:是|叫)[:： ]*"
)
_ENDING = re.compile(
    "(?:[。.,，、;；!！~…？?：:\"'“”‘’)）\\]】》]|谢谢你?您?|多谢|号码|号|的|吧|账单|清单|话费|月份的)+$"
)
_CHINESE = re.compile("[零〇一二两三四五六七八九十百]+")
_BARE = re.compile(r"[\s\-]")


def plain(text: str) -> str:
    """Full-width forms made half-width, one sort of line ends, outer blanks and what cannot be seen removed
    (a keyboard's zero-width spaces, the dress of an emoji digit, control characters, which no back office
    need take): what a customer meant to type."""
    written = unicodedata.normalize("NFKC", text)
    if not (written.isascii() and written.isprintable()):
        lines = written.replace("\r\n", "\n").replace("\r", "\n")
        written = "".join(filter(_is_seen, lines))
    return written.strip()


def _is_seen(character: str) -> bool:
    return character in _LAYOUT or not (character in _DRESS or unicodedata.category(character) in _UNSEEN)


def full_length(kind: InputKind) -> int | None:
    """The number of digits after which an input of this kind is complete without #; None: # ends it."""
    return _LENGTHS.get(kind)


def months(today: date, running: bool = False) -> tuple[date, ...]:
    """The first days of the months that may be asked for, the latest first; ``running``: this one, too."""
    found: list[date] = [today.replace(day=1)] if running else []
    year, month = today.year, today.month
    for _ in range(MONTHS_KEPT):
        year, month = (year, month - 1) if month > 1 else (max(year - 1, 1), 12)
        found.append(date(year, month, 1))
    return tuple(found)


def read_given(spec: InputSpec, text: str, today: date) -> str | None:
    """The normal form of ``text`` as this input, within what it may be; None when it is not one."""
    value = read_input(spec.kind, text, today, spec.running)
    if spec.kind is InputKind.CHOICE and value is not None and int(value) > spec.choices:
        return None
    return value


def read_input(kind: InputKind, text: str, today: date, running: bool = False) -> str | None:
    """The normal form of ``text`` as an input of this kind; None when it is not one. What people write around
    it is taken off: 号码是139…, 查9月的, 密码258036。, 张三。"""
    written = plain(text)
    if kind is InputKind.TEXT:
        return written[:TEXT_LIMIT] or None
    if kind is InputKind.ITEMS:
        return ",".join(map(str, list_numbers(written))) or None
    for each in _undressed(kind, written):
        found = _read(kind, each, today, running)
        if found is not None:
            return found
    return None


def _undressed(kind: InputKind, written: str) -> Iterator[str]:
    """As it stands; without what stands around it; and its Chinese numerals as digits."""
    if kind is not InputKind.NAME:
        yield written
    bare = _ENDING.sub("", written).strip()
    bare = (
        (_NAME_LABEL if kind is InputKind.NAME else _LABEL).sub("", bare, count=1).strip(" #*\"'“”‘’(（[【")
    )
    yield bare
    if kind in (InputKind.MONTH, InputKind.AMOUNT):
        yield _CHINESE.sub(lambda found: _counted(found.group()), bare)


def _read(kind: InputKind, written: str, today: date, running: bool) -> str | None:
    if kind in _NUMBERS:
        return _NUMBERS[kind](written)
    if kind is InputKind.MONTH:
        return _month(written.replace(" ", ""), today, running)
    if kind is InputKind.AMOUNT and _TWO_NUMBERS.search(written):
        return None  # 0209 20 is a command over again, and not 20920 yuan
    found = _group(_PATTERNS[kind], _BARE.sub("", written.upper()))
    if kind is not InputKind.ID_NUMBER or found is None:
        return found
    return _x_as_0(found) if _is_id(found, today) else None


def _counted(numeral: str) -> str:
    """二十 is 20, 十二 is 12, 一百 is 100, 二〇一〇 is 2010; what is no such number stays."""
    if not set(numeral) & set("十百"):
        return "".join(str(_NUMERALS[each]) for each in numeral)
    found = _TENS.fullmatch(numeral)
    if found is None:
        return numeral
    hundreds, tens, ones = found["hundreds"], found["tens"], found["ones"]
    total = 100 * _NUMERALS[hundreds[0]] if hundreds else 0
    total += 10 * (_NUMERALS[tens[0]] if len(tens) > 1 else 1) if tens else 0
    return str(total + (_NUMERALS[ones] if ones else 0))


_NUMERALS = {each: n for n, each in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS = re.compile(
    "(?P<hundreds>[一二两三四五六七八九]百)?零?(?P<tens>[一二三四五六七八九]?十)?(?P<ones>[一二两三四五六七八九])?"
)
_NEARLY: Mapping[InputKind, tuple[int, int]] = {
    InputKind.MOBILE: (7, 15),
    InputKind.SEGMENT: (5, 15),
    InputKind.CARD: (9, 24),
    InputKind.PASSWORD: (5, 12),
    InputKind.NEW_PASSWORD: (5, 12),
    InputKind.ID_NUMBER: (13, 22),
}
"""Between how many digits, and nothing else, something was meant for a number of this kind."""


def looks_like(kind: InputKind, text: str) -> bool:
    """Whether ``text`` was meant as an input of this kind, be it one or not: a fixed line's number for a
    mobile's, a card with a digit too few."""
    fewest, most = _NEARLY.get(kind, (1, 0))
    *_, bare = _undressed(kind, plain(text))
    digits = re.sub(r"[\s\-().+]|[Xx]$", "", bare)
    return digits.isascii() and digits.isdecimal() and fewest <= len(digits) <= most


_REGIONS = frozenset(
    (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    )
)
"""The first two digits of an ID number: the province (GB/T 2260)."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def _is_id(number: str, today: date) -> bool:
    """Whether region, day of birth and check digit agree (GB 11643-1999). A 0 may stand for the X."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    check = _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]
    last = number[-1].replace("*", "X")
    right = last == check or (last == "0" and check == "X")
    return right and int(number[:2]) in _REGIONS and date(1900, 1, 1) <= born <= today


def _x_as_0(number: str) -> str:
    """What the back office compares: the X of an ID number as those write it who have only digits."""
    return number[:-1] + number[-1].replace("X", "0").replace("*", "0")


def list_numbers(text: str) -> tuple[int, ...]:
    """The numbers of ``1,3`` ``1，3`` ``1、3`` ``1 3`` in order, each once; empty: no such reply."""
    written = plain(text)
    if _ITEMS.fullmatch(written) is None:
        return ()
    found = dict.fromkeys(int(n) for n in re.findall(r"[0-9]+", written))
    return tuple(found) if len(found) <= ITEMS_LIMIT else ()


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.fullmatch(text)
    return match.group(1) if match else None


def _month(written: str, today: date, running: bool) -> str | None:
    """A bare ``1`` means last month, as the question says; ``01`` and ``1月`` mean January."""
    allowed = months(today, running)
    if written in _LAST_MONTH:
        return _yyyymm(months(today)[0])
    if written in _BEFORE_LAST:
        return _yyyymm(months(today)[1])
    if running and written in _THIS_MONTH:
        return _yyyymm(today)
    full = _MONTH_FULL.fullmatch(written)
    if full is not None:
        wanted = f"20{full.group(1)[-2:]}{int(full.group(2)):02d}"
        return wanted if wanted in map(_yyyymm, allowed) else None
    only = _MONTH_ONLY.fullmatch(written)
    if only is None:
        return None
    return next((_yyyymm(m) for m in allowed if m.month == int(only.group(1))), None)


def _yyyymm(month: date) -> str:
    return f"{month.year:04d}{month.month:02d}"
