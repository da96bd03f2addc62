"""Where a caller may have audio sent to: what every description in a message of his must stand up to.

That an address is one that a phone can have, says :mod:`ivr.sip.sdp`. Here is what depends on who asks: a
description is a wish that costs its writer one datagram and its addressee fifty a second, so who is not
trusted may name his own address alone, and nobody ours, or this machine's from elsewhere. What fails gets 488
with a Warning (RFC 3261 §20.43).
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address

from ivr.sip.api import Hop, SessionDescription, SipSettings
from ivr.sip.bodies import Unacceptable, session_of
from ivr.sip.identity import within
from ivr.sip.message import Message

MISCELLANEOUS = 399  # warn-code
LOOPBACK, LINK_LOCAL = ("127.0.0.0/8", "::1/128"), ("169.254.0.0/16",)


def reachable_session(message: Message, source: Hop, settings: SipSettings) -> SessionDescription | None:
    """The session description of a message that came from ``source``; None if it has none.

    Raises:
        Unacceptable: as ``bodies.session_of``; 488 for an address that is not for him to name.
    """
    session = session_of(message)
    if session is None:
        return None
    for media in session.media:
        if media.kind == "audio" and media.port:
            address = media.connection or session.connection or ""
            named = [(address, media.port)]
            if media.rtcp is not None:
                control, control_port = media.rtcp
                named.append((control or address, control_port))
            for host, port in named:
                why = _forbidden(host, port, source.host, settings)
                if why is not None:
                    raise Unacceptable(
                        488, extra=(("Warning", f'{MISCELLANEOUS} {settings.user_agent} "{why}"'),)
                    )
    return session


def _forbidden(text: str, port: int, source: str, settings: SipSettings) -> str | None:
    """Why this source may not have audio sent there; None: it may, or sdp.py has its own say."""
    ours = False
    for own, first, last in settings.own_ports:
        ours = ours or (text == own and first <= port <= last)
    if text == source and not ours:  # as nearly all do
        return None
    try:
        host = IPv4Address(text)
    except AddressValueError:
        return None
    if host.is_unspecified:  # on hold as RFC 2543 had it: nothing is sent
        return None
    here = any(within(own, LINK_LOCAL) for own, _, _ in settings.own_ports)
    objections = (
        ("Loopback is no address of yours", host.is_loopback and not within(source, LOOPBACK)),
        ("Link-local is not reached from here", host.is_link_local and not here),
        ("That port is ours", ours),
        ("Media of your own address only", text != source and not within(source, settings.trusted)),
    )
    return next((why for why, wrong in objections if wrong), None)
