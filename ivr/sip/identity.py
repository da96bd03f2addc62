"""Who calls, and which number was called (RFC 3325; requirement R012).

A caller's number is believed from trusted peers only. It is written in many ways and means one thing::

    +8613900000001  8613900000001  008613900000001  013900000001  13900000001  -> 13900000001
    073184001234    +8673184001234                                             -> 073184001234
    10086           073110086       +8673110086     8673110086                 -> 10086, city 0731 or none
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from ivr.sip.headers import HeaderError, Uri, parse_name_addr, unescape
from ivr.sip.message import Request

LONGEST = 40
"""Characters of a number called that are kept: E.164 has 15 digits, names of halls a few letters more."""
UNREADABLE = "\ufffd"
Networks = tuple[IPv4Network | IPv6Network, ...]

_VISUAL = re.compile(r"[\s().\-]")  # RFC 3966 visual separators
_COUNTRY = re.compile(r"(?:\+|00)?86(?=0?[1-9]\d{6,})", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}\Z", re.ASCII)
_FIXED = re.compile(r"0?((?:10|2\d|[3-9]\d{2})\d{7,8})\Z", re.ASCII)
_CITY_CALL = re.compile(r"(?:(?:\+|00)?86)?0?(10|2\d|[3-9]\d{2})(10086\d*)\Z", re.ASCII)
_WITHHELD = frozenset({"anonymous", "unavailable", "unknown", "restricted", ""})


@lru_cache(maxsize=64)
def networks(texts: tuple[str, ...]) -> Networks:
    """Raises ValueError: not a network."""
    return tuple(ip_network(text) for text in texts)


@lru_cache(maxsize=4096)
def within(host: str, allowed: tuple[str, ...]) -> bool:
    """Is this address in one of these networks?"""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks(allowed))


def caller_identity(request: Request, source: str, trusted: tuple[str, ...]) -> str | None:
    """The caller's number, from P-Asserted-Identity, else From; None: withheld, unreadable, not trusted.

    ``Privacy: id`` from a trusted peer still carries the identity (RFC 3325 §7): it is withheld from other
    subscribers, not from the operator, whose hall this is.

    Args:
        source: the address that the message came from.
        trusted: networks whose word counts.
    """
    if not within(source, trusted):
        return None
    for value in request.all("p-asserted-identity"):
        try:
            number = caller_number(parse_name_addr(value).uri)
        except HeaderError:
            continue
        if number:
            return number
    return caller_number(request.from_.uri)


def caller_number(uri: Uri) -> str | None:
    """A caller's number in national form: 11 digits of a mobile, 0 and area code of a fixed line; a foreign
    number keeps its +; None: no number at all."""
    text = unescape(uri.user or "").partition(";")[0]
    if uri.scheme not in ("sip", "sips", "tel") or text.lower() in _WITHHELD:
        return None
    return normalise(text)


def normalise(text: str) -> str | None:
    """See the table at the head of this file."""
    digits = _VISUAL.sub("", text)
    if not re.fullmatch(r"\+?[0-9]{3,20}", digits, re.ASCII):
        return None
    national = _COUNTRY.sub("", digits, count=1) if _COUNTRY.match(digits) else digits
    if _MOBILE.match(national) or _MOBILE.match(national.removeprefix("0")):
        return national.removeprefix("0")
    fixed = _FIXED.match(national)
    if fixed and (national != digits or national.startswith("0")):
        return "0" + fixed[1]
    return digits


def called_number(uri: Uri) -> tuple[str, str | None]:
    """The number called, and the city prefix that was dialled before it (with its 0), if any. Anybody may
    call anything, and it is kept for months: of what is no number, no more than a person can read."""
    digits = _VISUAL.sub("", unescape(uri.user or "").partition(";")[0])
    if len(digits) > LONGEST or not digits.isprintable():
        return _readable(digits), None
    match = _CITY_CALL.match(digits)
    if match:
        return match[2], "0" + match[1]
    plain = re.match(r"(?:\+|00)?86(10086\d*)\Z", digits, re.ASCII)
    return (plain[1] if plain else digits), None


def _readable(text: str) -> str:
    """Its first characters. What cannot be seen shows as U+FFFD: octets that are no UTF-8, control
    characters, marks that turn the direction of what stands behind them."""
    shown = "".join(each if each.isprintable() else UNREADABLE for each in text[:LONGEST])
    return shown if len(text) <= LONGEST else f"{shown[:-1]}…"
