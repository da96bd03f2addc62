"""By which names a server on this machine may be asked, and from which pages it may be told to do something.

A page of anywhere can have its own name lead to 127.0.0.1 (DNS rebinding) and then read whatever is served
there to this machine: the browser believes that the page asks its own server, and only the Host header tells
the difference. So a request that names another host is refused with 421 (RFC 9110 §15.5.20), and one that has
an effect is refused with 403 when it comes from another origin's page. Pure.

    Hosts(("console.example.net",)).refusal(asked)      # None: it may come in
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

SAFE = frozenset({b"GET", b"HEAD"})
"""Methods that change nothing (RFC 9110 §9.2.1), as far as we serve them."""
SAME = frozenset({b"same-origin", b"none"})
"""What Sec-Fetch-Site says of a page of ours, or of somebody who typed the address."""
_AUTHORITY = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(?::([0-9]{0,5}))?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of whom it asks. ``hosts``, ``origins`` and ``sites``: every value of Host, Origin
    and Sec-Fetch-Site; ``authority``: that of an absolute target; ``local``: the address it arrived at."""

    method: bytes
    version: bytes
    local: str
    hosts: Sequence[bytes] = ()
    authority: bytes | None = None
    origins: Sequence[bytes] = ()
    sites: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """``status``: 400, 403 or 421; ``why`` is for whoever asked."""

    status: int
    why: str


def split_target(target: bytes) -> tuple[bytes | None, bytes]:
    """The authority of an absolute target (RFC 9112 §3.2.2; None: it has none) and its path and query."""
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        return None, target
    rest = absolute[2]
    return absolute[1], rest if rest.startswith(b"/") else b"/" + rest


class Hosts:
    """This machine's own names are always ours: localhost, loopback addresses, the address at which the
    request arrived. ``names``: further ones, names or addresses; ``*.example.net`` stands for one label."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(_canonical(name) for name in names)

    def refusal(self, asked: Asked) -> Refusal | None:
        """Why the request may not come in, or None."""
        if len(asked.hosts) > 1:
            return Refusal(400, "there is more than one Host")
        if not asked.hosts and asked.version != b"HTTP/1.0":
            return Refusal(400, "the Host is missing")
        for named in (*asked.hosts, *([] if asked.authority is None else [asked.authority])):
            host = _host(named)
            if host is None:
                return Refusal(400, "the Host is not of its form")
            if not self._ours(host, asked.local):
                return Refusal(421, "nobody of this name is here")
        if asked.method not in SAFE and not _from_here(asked):
            return Refusal(403, "a page of another origin may not do this")
        return None

    def _ours(self, name: str, local: str) -> bool:
        name = _canonical(name)
        parent = "*." + name.partition(".")[2]
        if name == "localhost" or name in self._names or parent in self._names:
            return True
        address = _address(name)
        return address is not None and (address.is_loopback or address == _address(local))


def _from_here(asked: Asked) -> bool:
    """Programs send neither header; browsers send both, or at least Origin."""
    if any(site.lower() not in SAME for site in asked.sites):
        return False
    named = asked.authority or (asked.hosts[0] if asked.hosts else b"")
    for origin in asked.origins:
        page = _ABSOLUTE.fullmatch(origin)
        if page is None or page[2] or page[1].lower() != named.lower() or not named:
            return False
    return True


def _host(named: bytes) -> str | None:
    """The host of ``host[:port]``; None: it is none."""
    found = _AUTHORITY.fullmatch(named)
    if found is None or int(found[2] or 0) > 65535:
        return None
    return found[1].decode("ascii")


def _canonical(name: str) -> str:
    """Lower case, without brackets and the root's dot, an address in its shortest form."""
    name = name.lower().removesuffix(".")
    address = _address(name.removeprefix("[").removesuffix("]"))
    return name if address is None else str(address)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
