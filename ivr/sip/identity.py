"""Who calls, and which number was called (RFC 3325; requirement R012).

A caller's number is believed from trusted peers only. In how many ways one is written, and what it is known
as: :mod:`menus.model.numbers`.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from ivr.sip.headers import HeaderError, Uri, parse_name_addr, unescape
from ivr.sip.message import Request
from menus.model.numbers import dialled, national

LONGEST = 40
"""Characters of a number called that are kept: E.164 has 15 digits, names of halls a few letters more."""
UNREADABLE = "\ufffd"
Networks = tuple[IPv4Network | IPv6Network, ...]

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
    return national(text)


def called_number(uri: Uri, service: str) -> tuple[str, str | None]:
    """The number called, and the city prefix that was dialled before the ``service`` number (with its 0), if
    any. Anybody may call anything, and it is kept for months: of what is no number, no more than a person can
    read."""
    number, city = dialled(unescape(uri.user or "").partition(";")[0], service)
    if len(number) > LONGEST or not number.isprintable():
        return _readable(number), None
    return number, city


def _readable(text: str) -> str:
    """Its first characters. What cannot be seen shows as U+FFFD: octets that are no UTF-8, control
    characters, marks that turn the direction of what stands behind them."""
    shown = "".join(each if each.isprintable() else UNREADABLE for each in text[:LONGEST])
    return shown if len(text) <= LONGEST else f"{shown[:-1]}…"
