"""The kinds of value that a wording may name, and a value with its kind.

A handler declares ``{"balance": Kind.MONEY}``; ``menus.yaml`` writes only ``{balance}``; text and voice each
know how a kind is shown or read. Raw Python types per kind:

========  ==========================  ======================  =============================
kind      raw type                    SMS shows               voice reads
========  ==========================  ======================  =============================
MONEY     int, 分 (fen)               52.35元                 五十二元三角五分
COUNT     int                         12                      十二 (两 before a measure word)
INDEX     int, from 1                 3                       三
DATE      datetime.date               11月22日                十一月二十二日
MONTH     datetime.date, day 1        2026年10月              二零二六年十月
MON       datetime.date, day 1        10月                    十月
TIME      aware datetime              11月22日9:05            十一月二十二日九点零五分
DURATION  int, seconds                5分钟                   五分钟
PHONE     str of digits               13900000001             digit by digit
DIGITS    str of digits               digit by digit; never logged
CODE      str                         0204                    digit by digit, # 井号键, * 星号键
TEXT      str, a short phrase         as it is                as it is (needs audio)
LIST      tuple[str, ...]             joined with 、          joined with a pause
SECRET    str                         as it is                digit by digit; never logged
========  ==========================  ======================  =============================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Raw = int | str | date | datetime | tuple[str, ...]


class Kind(StrEnum):
    """What a value is; see the table at the head of this file."""

    MONEY = "money"
    COUNT = "count"
    INDEX = "index"
    DATE = "date"
    MONTH = "month"
    MON = "mon"
    TIME = "time"
    DURATION = "duration"
    PHONE = "phone"
    DIGITS = "digits"
    CODE = "code"
    TEXT = "text"
    LIST = "list"
    SECRET = "secret"


SECRET_KINDS = frozenset({Kind.DIGITS, Kind.SECRET})


@dataclass(frozen=True, slots=True)
class Value:
    """One value and how it is to be shown or read."""

    kind: Kind
    raw: Raw

    def __repr__(self) -> str:  # secrets never reach a log through a repr
        shown = "***" if self.kind in SECRET_KINDS else repr(self.raw)
        return f"Value({self.kind.value}, {shown})"


Values = Mapping[str, Value]
