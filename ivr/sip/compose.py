"""Writing messages of our own: requests as drafts that get a Via later, responses out of a request.

A response echoes Via, From, To, Call-ID and CSeq (RFC 3261 §8.2.6); a request carries what §8.1.1 asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ivr.sip.headers import Via
from ivr.sip.message import Headers, Request

Extra = Iterable[tuple[str, str]]
SDP = "application/sdp"

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
}
_ECHOED = (("via", "Via"), ("from", "From"), ("to", "To"), ("call-id", "Call-ID"), ("cseq", "CSeq"))


@dataclass(slots=True)
class Draft:
    """A request before the transport has put its Via on it. ``from_`` and ``to`` with their tags."""

    method: str
    uri: str
    from_: str
    to: str
    call_id: str
    cseq: int
    routes: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = SDP

    def finished(self, via: str, user_agent: str = "") -> bytes:
        lines = [f"{self.method} {self.uri} SIP/2.0", f"Via: {via}", "Max-Forwards: 70"]
        lines += [f"Route: {route}" for route in self.routes]
        lines += [f"From: {self.from_}", f"To: {self.to}", f"Call-ID: {self.call_id}"]
        lines.append(f"CSeq: {self.cseq} {self.method}")
        lines += [f"{name}: {value}" for name, value in self.extra]
        if user_agent:
            lines.append(f"User-Agent: {user_agent}")
        return _closed(lines, self.body, self.content_type)

    def companion(self, method: str, to: str | None = None) -> Draft:
        """The CANCEL of this INVITE, or the ACK of its 300-699 (§9.1, §17.1.1.3): same but for the method;
        an ACK takes the To of the response."""
        return Draft(method, self.uri, self.from_, to or self.to, self.call_id, self.cseq, self.routes)


def response(
    request: Request, status: int, to: str, extra: Extra = (), body: bytes = b"", *, reason: str | None = None
) -> bytes:
    """A response as bytes; ``to`` is the To header's value, with our tag where one is due."""
    lines = [f"SIP/2.0 {status} {reason or REASONS.get(status, 'Unknown')}"]
    headers = request.headers
    lines += [f"Via: {via}" for via in headers["via"]]
    lines.append(
        f"From: {request.from_.text}\r\nTo: {to}\r\nCall-ID: {request.call_id}\r\nCSeq: {headers['cseq'][0]}"
    )
    lines += [f"{name}: {value}" for name, value in extra]
    return _closed(lines, body, SDP)


def broken(headers: Headers, status: int, reason: str, tag: str) -> bytes:
    """The answer to a request that could not be read: what there was of it is echoed."""
    lines = [f"SIP/2.0 {status} {reason}"]
    for name, shown in _ECHOED:
        for value in headers.get(name, ())[: None if name == "via" else 1]:
            tagged = (
                f"{value};tag={tag}" if name == "to" and "tag=" not in value and '"' not in value else value
            )
            lines.append(f"{shown}: {tagged}")
    return _closed(lines, b"", SDP)


def _closed(lines: list[str], body: bytes, content_type: str) -> bytes:
    if body:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def stamped(via: Via, host: str, port: int) -> str:
    """The top Via with ``received`` and, if asked for, ``rport`` filled in (§18.2.1, RFC 3581 §4)."""
    text = f"{via.version}/{via.transport} {via.host}" + ("" if via.port is None else f":{via.port}")
    for name, value in via.params.items():
        if name not in ("received", "rport"):
            text += f";{name}" if value is None else f";{name}={value}"
    if "rport" in via.params:
        text += f";rport={port}"
    return f"{text};received={host}"
