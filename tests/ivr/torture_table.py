"""What each of the 49 messages of RFC 4475 must get from a user agent server that answers calls.

``SILENCE`` is a message that is not answered: a response that is nobody's. Every entry carries the RFC's
section; where the RFC leaves a choice, the reason for ours stands behind it. They arrive from 127.0.0.1,
which may REGISTER.
"""

from __future__ import annotations

SILENCE = 0

TABLE: dict[str, tuple[int, str]] = {
    # 3.1.1 valid messages
    "wsinv": (481, "3.1.1.1 read as it is meant; its To carries the tag of a call that we never had"),
    "intmeth": (501, "3.1.1.2 well-formed; the method is not ours"),
    "esc01": (200, "3.1.1.3 escapes that are no separators"),
    "escnull": (200, "3.1.1.4 escaped nulls in URIs of a REGISTER"),
    "esc02": (501, "3.1.1.5 %45 in a method is not E: an unknown method, with an unknown header C%6Fntact"),
    "lwsdisp": (200, "3.1.1.6 no white space between display name and <"),
    "longreq": (200, "3.1.1.7 long values"),
    "dblreq": (200, "3.1.1.8 what follows the body is not looked at: one REGISTER, no INVITE"),
    "semiuri": (200, "3.1.1.9 semicolon parameters in the user part"),
    "transports": (200, "3.1.1.10 five transports in Via"),
    "mpart01": (405, "3.1.1.11 well-formed; MESSAGE is known and not allowed"),
    "unreason": (SILENCE, "3.1.1.12 a valid response to nothing"),
    "noreason": (SILENCE, "3.1.1.13 a valid response to nothing"),
    # 3.1.2 invalid messages
    "badinv01": (400, "3.1.2.1 separators too many in Via and Contact"),
    "clerr": (400, "3.1.2.2 Content-Length larger than the datagram"),
    "ncl": (400, "3.1.2.3 negative Content-Length"),
    "scalar02": (400, "3.1.2.4 numbers out of range in a request"),
    "scalarlg": (SILENCE, "3.1.2.5 numbers out of range in a response: dropped"),
    "quotbal": (400, "3.1.2.6 a quoted string without end"),
    "ltgtruri": (400, "3.1.2.7 <> around the Request-URI"),
    "lwsruri": (400, "3.1.2.8 white space inside the Request-URI"),
    "lwsstart": (400, "3.1.2.9 more than one space in the start line"),
    "trws": (400, "3.1.2.10 spaces at the end of the start line"),
    "escruri": (400, "3.1.2.11 headers in the Request-URI"),
    "baddate": (400, "3.1.2.12 a Date that is not GMT: we refuse rather than guess"),
    "regbadct": (400, "3.1.2.13 a Contact with ? outside of <>"),
    "badaspec": (400, "3.1.2.14 white space inside an addr-spec"),
    "baddn": (400, "3.1.2.15 a display name that is neither tokens nor quoted"),
    "badvers": (505, "3.1.2.16 SIP/7.0"),
    "mismatch01": (400, "3.1.2.17 CSeq names another method"),
    "mismatch02": (400, "3.1.2.18 CSeq names another, unknown method; 501 would be right, too"),
    "bigcode": (SILENCE, "3.1.2.19 a status of ten digits: dropped"),
    # 3.2 transaction layer
    "badbranch": (200, "3.2.1 the cookie and nothing behind it: matched as RFC 2543 did"),
    # 3.3 application layer
    "insuf": (400, "3.3.1 From, To, Call-ID are missing"),
    "unkscm": (416, "3.3.2 unknown scheme in the Request-URI"),
    "novelsc": (416, "3.3.3 known to others, not to SIP"),
    "unksm2": (404, "3.3.4 To is no SIP address: not one of this registrar (RFC 3261 10.3, step 5)"),
    "bext01": (420, "3.3.5 Require of two unknown extensions"),
    "invut": (415, "3.3.6 unknown body"),
    "regaut01": (200, "3.3.7 credentials of an unknown scheme; none were asked for"),
    "multi01": (400, "3.3.8 several values of single headers"),
    "mcl01": (400, "3.3.9 two Content-Lengths"),
    "bcast": (SILENCE, "3.3.10 a 200 whose Via is somebody else's"),
    "zeromf": (200, "3.3.11 Max-Forwards 0 stops proxies, not the one who is meant"),
    "cparam01": (200, "3.3.12 an unknown parameter of a Contact"),
    "cparam02": (200, "3.3.13 an unknown parameter inside a Contact's URI"),
    "regescrt": (200, "3.3.14 an escaped Route inside a Contact's URI"),
    "sdp01": (406, "3.3.15 a caller who does not take SDP back"),
    # 3.4 backward compatibility
    "inv2543": (200, "3.4.1 an INVITE of RFC 2543"),
}
