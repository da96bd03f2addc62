"""Bodies: SDP, alone or inside multipart (RFC 5621); a key (SIP INFO); a sipfrag (RFC 3420)."""

from __future__ import annotations

import re

from ivr.sip.bounds import sdp_too_much
from ivr.sip.compose import SDP
from ivr.sip.message import Message
from ivr.sip.sdp import SdpError, SessionDescription, parse

ACCEPT = ("Accept", SDP)
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE)
_SIGNAL = re.compile(rb"\s*signal\s*[=:]\s*([0-9]{1,2}|[*#])\s*(?:[\r\n]|\Z)", re.IGNORECASE)
_BARE = re.compile(rb"\s*([0-9]{1,2}|[*#])\s*\Z")
_SDP_PART = re.compile(rb"^content-type[ \t]*:[ \t]*application/sdp\b", re.IGNORECASE | re.MULTILINE)
MAX_PARTS, MAX_PART_HEAD = 20, 1_024
_NAMED = {"10": "*", "11": "#"}
_FRAG = re.compile(rb"SIP/2\.0 (\d{3})(?:[ \r\n]|\Z)")


class Unacceptable(Exception):
    """A body that we do not take: the status due, its reason, and headers for the answer."""

    def __init__(
        self, status: int, reason: str | None = None, extra: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(reason or str(status))
        self.status = status
        self.reason = reason
        self.extra = extra


def session_of(message: Message) -> SessionDescription | None:
    """The session description of a message; None if it has no body.

    Raises:
        Unacceptable: 415 for another kind of body or encoding, 413 for one longer than any phone's, 400 for
            one that cannot be read.
    """
    if not message.body:
        return None
    if (message.one("content-encoding") or "identity").lower() != "identity":
        raise Unacceptable(415, extra=(("Accept-Encoding", "identity"), ACCEPT))
    body = _part(message)
    if body is None:
        raise Unacceptable(415, extra=(ACCEPT,))
    if sdp_too_much(body):
        raise Unacceptable(413)
    try:
        return parse(body)
    except SdpError as error:
        raise Unacceptable(400, f"Bad SDP: {error}") from error


def _part(message: Message) -> bytes | None:
    kind = message.content_type
    if kind == SDP:
        return message.body
    boundary = _BOUNDARY.search(message.one("content-type") or "") if kind.startswith("multipart/") else None
    if boundary is None:
        return None
    mark = b"--" + (boundary[1] or boundary[2]).encode("utf-8", "surrogateescape")
    for part in message.body.split(mark, MAX_PARTS)[1:MAX_PARTS]:
        head, _, body = part.partition(b"\r\n\r\n")
        if _SDP_PART.search(head[:MAX_PART_HEAD]):
            return body.removesuffix(b"\r\n")
    return None


def key_of(message: Message) -> str | None:
    """The key of an INFO: ``Signal=5`` (application/dtmf-relay) or ``5`` (application/dtmf); None: no key,
    as 12-15 and flash are none for us.

    Raises:
        Unacceptable: another kind of body.
    """
    if not message.body:
        return None
    if message.content_type not in ("application/dtmf-relay", "application/dtmf"):
        raise Unacceptable(415, extra=(("Accept", "application/dtmf-relay, application/dtmf"),))
    match = _SIGNAL.search(message.body[:200]) or _BARE.match(message.body[:20])
    if match is None:
        return None
    text = match[1].decode("ascii")
    return text if len(text) == 1 else _NAMED.get(text)


def status_of_fragment(message: Message) -> int | None:
    """What a NOTIFY of a transfer says (RFC 3515 §2.4.5); None: nothing that can be read."""
    match = _FRAG.match(message.body)
    return int(match[1]) if match and message.content_type == "message/sipfrag" else None
