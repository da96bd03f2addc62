"""By which link a message goes, and how its address is written there.

What somebody texted came by one link, from an address as that SMSC writes it; what is for him goes there
again, to the same address. It stands with each text and each message in the store, so that a restart knows::

    ""                             any link; eleven digits, of no type
    "north"                        that link
    "north 1 1 8613900000001"      that link; type and plan of number (SMPP 3.4 §5.2.5, §5.2.6), the address

Where there is one link it has no name in here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from sms.smpp.pdu import ISDN, MessagePdu

MOST = 100_000
"""Numbers whose way is remembered."""
PLAIN = (0, ISDN)


class LinkRoute(NamedTuple):
    """As it is written at the head of this file. ``address`` "": as we know the number."""

    link: str = ""
    ton: int = 0
    npi: int = ISDN
    address: str = ""


def read_route(text: str) -> LinkRoute:
    """What :func:`written` wrote."""
    link, *address = text.split(" ", 3)  # an address may be anything, blanks and all
    if not address:
        return LinkRoute(link)
    ton, npi, number = address
    return LinkRoute(link, int(ton), int(npi), number)


def written(link: str, mo: MessagePdu) -> str:
    """The way back for a text that came by ``link``."""
    if not mo.written and (mo.source_ton, mo.source_npi) == PLAIN:
        return link
    return f"{link} {mo.source_ton} {mo.source_npi} {(mo.written or mo.source).lstrip('+')}"


class LinkRoutes:
    """The way to each number by which it was heard last. ``several``: there is more than one link."""

    def __init__(self, several: bool = False) -> None:
        self._several = several
        self._ways: OrderedDict[str, str] = OrderedDict()

    def came(self, link: str, mo: MessagePdu) -> str:
        """Note by which way a text came; that way, as it is kept."""
        route = written(link if self._several else "", mo)
        if route or mo.source in self._ways:
            self.note(mo.source, route)
        return route

    def note(self, source: str, route: str) -> None:
        self._ways[source] = route
        self._ways.move_to_end(source)
        if len(self._ways) > MOST:
            self._ways.popitem(last=False)

    def recover(self, heard: Iterable[tuple[str, str]]) -> None:
        """Numbers and ways of the last texts, the oldest first."""
        for source, route in heard:
            if route:
                self.note(source, route)

    def to(self, number: str) -> str:
        return self._ways.get(number, "")


def addressed(message: MessagePdu, route: str, link: str, *, alone: bool) -> MessagePdu:
    """``message`` as it goes over ``link`` (``alone``: the only one): to the address as it came, where it
    goes back the way that it came."""
    known = read_route(route)
    if known.link != ("" if alone else link):
        return message
    return message._replace(destination=known.address, destination_ton=known.ton, destination_npi=known.npi)
