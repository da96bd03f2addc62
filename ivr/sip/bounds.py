"""How much of everything one message may carry: reading what is within takes less than a millisecond.

RFC 3261 sets no limits, so whoever sends 24 kB of Route, of parameters or of spaces decides how long we are
busy. What is counted here is counted in C, before anything is taken apart. Phones and proxies stay far below:
an INVITE of an IMS network has some 40 lines, 100 parameters and 8 Vias.
"""

from __future__ import annotations

MAX_HEAD = 16_384  # octets from the start line to the empty line
MAX_COMMAS = 256  # in all headers together
MAX_SEMICOLONS = 384
MAX_QUOTED = 2_048  # backslashes: quoted pairs
MAX_VALUE = 1_024  # characters of what is read: a URI, an address, a Via
MAX_SDP = 8_192  # octets of a session description
MAX_SDP_MEDIA = 16  # m= lines
MAX_SDP_LINES = 250
MAX_SDP_LINE = 512  # octets

MOST = {"via": 64, "route": 64, "record-route": 64, "contact": 10, "p-asserted-identity": 8}
"""Values of the headers that are lists of addresses."""


def too_much(head: bytes) -> str | None:
    """What there is too much of, as the reason phrase of a 400; None: nothing."""
    if len(head) <= MAX_COMMAS:
        return None
    if head.count(b",") > MAX_COMMAS:
        return "Too many values"
    if head.count(b";") > MAX_SEMICOLONS:
        return "Too many parameters"
    if head.count(b"\\") > MAX_QUOTED:
        return "Too many quoted pairs"
    return None


def sdp_too_much(body: bytes) -> bool:
    """Is this more than a session description of a phone ever is?"""
    if len(body) <= MAX_SDP_LINE:
        return False
    if len(body) > MAX_SDP or body.count(b"\n") > MAX_SDP_LINES or body.count(b"\nm=") > MAX_SDP_MEDIA:
        return True
    return max(map(len, body.split(b"\n"))) > MAX_SDP_LINE
