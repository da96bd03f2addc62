"""Telephone numbers: in how many ways one is written, and the one way in which a hall knows it.

::

    written                                                     known as
    13900000001    013900000001     8613900000001               13900000001    a mobile: eleven digits
    +8613900000001 008613900000001  +86013900000001
    +86-139-0000-0001  (139) 0000.0001
    073184001234   +8673184001234   8673184001234               073184001234   a fixed line: 0, area code
    10086          +8610086         12580   106575123           10086 …        a short or service number
    +14155550100                                                +14155550100   a foreign one keeps its +

86 is the country (ITU-T E.164), + or 00 goes before it; 0 is the trunk prefix, which some leave standing
behind the country; signs between the digits are visual separators (RFC 3966 §5.1.1). Digits are ASCII:
whoever reads what people type makes full-width ones half-width first.

Public: :func:`mobile`, :func:`line`, :func:`segment`, :func:`national`, :func:`dialled`,
:func:`with_country`, :func:`prefix_of`, and what a number in a text looks like: :data:`MOBILE`,
:data:`SEGMENT`."""

from __future__ import annotations

import re
from functools import lru_cache

SERVICE_NUMBER = "10086"
"""What a hall is texted to and called at, unless its operator says otherwise ([sms] number)."""
MOBILE_DIGITS, SEGMENT_DIGITS = 11, 7
_COUNTRY = r"(?:\+|00)?86"
PREFIX = f"(?:{_COUNTRY})?0?"
MOBILE = f"{PREFIX}1[3-9][0-9]{{9}}"
SEGMENT = f"{PREFIX}1[3-9][0-9]{{5}}(?:[0-9]{{4}})?"
"""Patterns of a mobile number, or of one or its first seven digits, without separators, in any writing."""
LINE = f"{MOBILE}|0(?:10|2[0-9]|[3-9][0-9]{{2}})[ -]?[0-9]{{7,8}}"
"""The same of one that may be a fixed line with its area code."""

_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015\u2212]")
_PREFIX = re.compile(PREFIX)
_MOBILE = re.compile(f"{PREFIX}(1[3-9][0-9]{{9}})")
_SEGMENT = re.compile(f"{PREFIX}(1[3-9][0-9]{{5}}(?:[0-9]{{4}})?)")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_AREA = r"10|2[0-9]|[3-9][0-9]{2}"
_FIXED = re.compile(f"(?:{_COUNTRY}0?|0)((?:{_AREA})[0-9]{{7,8}})")
_SHORT = re.compile(r"(?:\+|00)86(1[0-9]{2,5})")


def undressed(written: str) -> str:
    """Without visual separators."""
    return _SEPARATORS.sub("", written)


def mobile(written: str) -> str | None:
    """The eleven digits of a mobile number; None: it is none."""
    found = _MOBILE.fullmatch(written) or _MOBILE.fullmatch(undressed(written))
    return found[1] if found else None


def line(written: str) -> str | None:
    """A mobile number's eleven digits, or a fixed line's with its area code and the 0 before it; None:
    neither."""
    known = mobile(written)
    fixed = _FIXED.fullmatch(undressed(written)) if known is None else None
    return "0" + fixed[1] if fixed else known


def segment(written: str) -> str | None:
    """The eleven digits of a mobile number, or the seven of a number segment; None: it is neither."""
    found = _SEGMENT.fullmatch(undressed(written))
    return found[1] if found else None


def national(written: str) -> str | None:
    """Any number as the table above has it; None: no telephone number at all."""
    known = mobile(written)
    if known is not None:
        return known
    digits = undressed(written)
    if _NUMBER.fullmatch(digits) is None:
        return None
    fixed = _FIXED.fullmatch(digits)
    if fixed is not None:
        return "0" + fixed[1]
    short = _SHORT.fullmatch(digits)
    return short[1] if short else digits


@lru_cache(maxsize=8)
def _service(service: str) -> re.Pattern[str]:
    """``service`` and what is dialled behind it, alone, behind the country, or behind an area code."""
    return re.compile(f"(?:{_COUNTRY})?(?:0?(?P<area>{_AREA}))?(?P<number>{re.escape(service)}[0-9]*)")


def dialled(written: str, service: str) -> tuple[str, str | None]:
    """The number called, and the area code (with its 0) that was dialled before the ``service`` number, if
    any (R012)::

        10086           +8610086                            -> 10086, None
        073110086       +8673110086     8673110086          -> 10086, 0731
    """
    digits = undressed(written)
    found = _service(service).fullmatch(digits)
    if found is None:
        return digits, None
    return found["number"], found["area"] and "0" + found["area"]


def with_country(number: str, prefix: str) -> str:
    """A mobile's eleven digits behind ``prefix`` (86, +86), as an SMSC may want them; anything else as it
    is."""
    return prefix + number if len(number) == MOBILE_DIGITS and _MOBILE.fullmatch(number) else number


def prefix_of(typed: str) -> str:
    """What stands before the number itself in digits that are still being typed: "", 0, 86, 860, 0086 …"""
    found = _PREFIX.match(typed)
    assert found is not None, "the pattern matches nothing at all, too"
    return found[0]
