"""A subscriber's number as SMSCs write it, and as the hall knows it: 11 digits.

::

    +8613900000001  8613900000001  008613900000001  013900000001  13900000001  ->  13900000001

Anything else (short numbers, foreign ones, names) stays as it is.
"""

from __future__ import annotations

import re

MOBILE_DIGITS = 11
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})", re.ASCII)


def national(address: str) -> str:
    """The 11 digits of a mobile in any usual writing; any other address unchanged."""
    match = _MOBILE.fullmatch(address)
    return match[1] if match else address


def written(number: str, prefix: str) -> str:
    """``number`` as an SMSC wants it that writes ``prefix`` (86, +86) before the 11 digits."""
    return prefix + number if _MOBILE.fullmatch(number) and len(number) == MOBILE_DIGITS else number
