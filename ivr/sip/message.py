"""SIP messages: bytes to Message and back (RFC 3261 §7, §25), strict and total.

:func:`parse` gives a :class:`Request` or a :class:`Response`, or raises :class:`ParseError` and nothing
else; the error carries the answer that is due (400 with a reason, 505, 513) or None for silence. Line ends
are CRLF, a line that begins with white space goes on with the one before, names are compared without case
and in their compact forms, octets that are not UTF-8 survive a round trip::

    INVITE sip:10086@192.0.2.1 SIP/2.0        start line: single spaces, nothing else
    v: SIP/2.0/UDP 192.0.2.5:5062;rport;      v = Via
     branch=z9hG4bK776                        folded
    f: <sip:13900000001@192.0.2.5>;tag=1      From
    ...
    l: 0                                      Content-Length: more than that is cut, less is an error
"""

from __future__ import annotations

import re

from ivr.sip.bounds import MAX_HEAD, MAX_VALUE, MOST, too_much
from ivr.sip.headers import (
    CSeq,
    HeaderError,
    NameAddr,
    Uri,
    Via,
    parse_cseq,
    parse_name_addr,
    parse_number,
    parse_uri,
    parse_via,
    split_commas,
)

COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}
_WRITTEN = {"call-id": "Call-ID", "cseq": "CSeq", "rseq": "RSeq", "rack": "RAck", "min-se": "Min-SE"}
_USUAL = {
    name: name.lower()
    for name in (
        *(
            "Via",
            "From",
            "To",
            "Call-ID",
            "CSeq",
            "Contact",
            "Max-Forwards",
            "Content-Type",
            "Content-Length",
        ),
        *(
            "Allow",
            "Supported",
            "Require",
            "Route",
            "Record-Route",
            "User-Agent",
            "Subject",
            "Accept",
            "Expires",
        ),
        *("P-Asserted-Identity", "Session-Expires", "Min-SE", "Server"),
    )
}
_ONCE = ("from", "to", "call-id", "cseq")
_AT_MOST_ONCE = ("max-forwards", "content-length", "content-type", "expires", "date", "session-expires")

_REQUEST_LINE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+) (\S+) (SIP/\d+\.\d+)\Z", re.ASCII | re.IGNORECASE)
_STATUS_LINE = re.compile(r"SIP/2\.0 (\d{3})(?: (.*))?\Z", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z", re.ASCII)
_FOLD = re.compile(r"(?<![ \t])[ \t]*\r\n[ \t]+")  # each run of spaces is looked at once, not once a space
# A line cut at CRLF holds no CR or LF, and other control characters only behind a backslash (quoted-pair).
_BAD = re.compile(r"[\x00-\x08\x0a-\x1f\x7f](?:(?<=[\r\n])|(?<!\\.))", re.DOTALL)
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d{2}:\d{2}:\d{2} GMT\Z",
    re.ASCII,
)
_LOOKS_LIKE_REQUEST = re.compile(rb"\S+ .*SIP/\d+\.\d+\s*\Z")

MAX_MESSAGE = 65_535
MAX_HEADERS = 128
MAX_CALL_ID = 512  # characters; phones and proxies make do with 100

Headers = dict[str, list[str]]


class ParseError(ValueError):
    """Bytes that are no SIP message. ``status``: the answer due, None for silence; ``reason``: its phrase;
    ``headers``: what could be read, to be echoed in that answer."""

    def __init__(self, reason: str, status: int | None = 400, headers: Headers | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.headers = headers or {}


class Message:
    """What requests and responses share. ``headers`` maps the full lower-case name to the values in order.

    ``via``, ``from_``, ``to``, ``cseq``, ``contacts`` are read and right; other headers stay text.
    """

    __slots__ = ("body", "call_id", "contacts", "cseq", "from_", "headers", "to", "via")

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers = headers
        self.body = body
        from_, to, self.call_id, cseq = _once(headers)
        if len(self.call_id) > MAX_CALL_ID:  # it is kept with the call, in more than one place
            raise HeaderError("Call-ID too long")
        self.from_: NameAddr = parse_name_addr(from_)
        self.to: NameAddr = parse_name_addr(to)
        self.cseq: CSeq = parse_cseq(cseq)
        self.via: Via = _vias(headers)
        self.contacts: list[NameAddr] = _contacts(headers.get("contact"))

    def one(self, name: str) -> str | None:
        """The first value of a header, by its full lower-case name."""
        values = self.headers.get(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return self.headers.get(name, [])

    @property
    def content_type(self) -> str:
        """``application/sdp``, without parameters, in lower case; "" if there is none."""
        return (self.one("content-type") or "").partition(";")[0].strip().lower()


class Request(Message):
    """A request. ``uri`` is the Request-URI."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: Uri, headers: Headers, body: bytes) -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri
        if self.cseq.method != method:
            raise HeaderError("CSeq method does not match")
        _check_others(headers)


class Response(Message):
    """A response. ``status`` 100 to 699."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes) -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason


def written(name: str) -> str:
    """A header's name as people write it."""
    return _WRITTEN.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def parse(
    data: bytes, *, max_message: int = MAX_MESSAGE, max_headers: int = MAX_HEADERS
) -> Request | Response:
    """Read one message, as a datagram brings it or as the framing of a stream cut it.

    Raises:
        ParseError: whatever is wrong with it.
    """
    data = data.lstrip(b"\r\n")
    start, headers, body = _cut(data, max_message, max_headers)
    match = _REQUEST_LINE.match(start)
    if match:
        return _request(match, headers, body)
    status = _STATUS_LINE.match(start)
    if not status or not 100 <= int(status[1]) <= 699:
        silent = start.upper().startswith("SIP/") or not _LOOKS_LIKE_REQUEST.match(
            start.encode("utf-8", "replace")
        )
        raise ParseError("Malformed start line", None if silent else 400, headers)
    try:
        return Response(int(status[1]), status[2] or "", headers, _measured(headers, body))
    except HeaderError as error:
        raise ParseError(str(error), None) from error


def _request(match: re.Match[str], headers: Headers, body: bytes) -> Request:
    method, target, version = match.groups()
    silent = method == "ACK"  # an ACK is never answered (§17)
    if version.upper() != "SIP/2.0":
        raise ParseError("Version Not Supported", None if silent else 505, headers)
    try:
        uri = parse_uri(target)
        if uri.headers is not None:
            raise HeaderError("Headers in Request-URI")  # §19.1.1, table 1
        return Request(method, uri, headers, _measured(headers, body))
    except HeaderError as error:
        raise ParseError(str(error), None if silent else 400, headers) from error


def _cut(data: bytes, max_message: int, max_headers: int) -> tuple[str, Headers, bytes]:
    """The start line, the headers by name, and whatever follows the empty line."""
    head, end, body = data.partition(b"\r\n\r\n")
    too_large = len(data) > max_message or len(head) > MAX_HEAD
    head = head[:MAX_HEAD]
    much = "Message Too Large" if too_large else too_much(head)
    text = head.decode("utf-8", "surrogateescape")
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    headers, wrong = _headers(lines, max_headers, _suspect(head), much)
    if not end or wrong:
        silent = not _LOOKS_LIKE_REQUEST.match(lines[0].encode("utf-8", "replace")) or lines[0].startswith(
            "ACK "
        )
        reason = wrong or "No empty line after the headers"
        raise ParseError(reason, None if silent else 513 if too_large else 400, headers)
    return lines[0], headers, body


def _suspect(head: bytes) -> bool:
    """Is there any control character but TAB and whole CRLFs? Quick, so that single lines are looked at only
    where this says yes."""
    ends = head.count(b"\r\n")
    lonely = head.count(b"\r") != ends or head.count(b"\n") != ends
    return lonely or len(head.translate(None, _CONTROLS)) != len(head)


def _headers(
    lines: list[str], most: int, suspect: bool, wrong: str | None = None
) -> tuple[Headers, str | None]:
    """The headers by name, and what is wrong with them, if anything: an answer echoes what could be read."""
    headers: Headers = {}
    if wrong is None and len(lines) - 1 > most:
        wrong = "Too many headers"
    whole = wrong is not None  # nothing is taken apart any more
    for line in lines[1 : most + 1]:
        if not line:  # the last one, where the empty line is missing
            break
        name, colon, value = line.partition(":")
        key = _USUAL.get(name) or _key(name)
        if not colon or not key:
            wrong = wrong or "Malformed header"
            continue
        if suspect and _BAD.search(value):
            wrong = wrong or "Control character in a header"
            continue
        value = value.strip(" \t")
        if key in MOST and ("," in value or key in headers):
            values = headers.setdefault(key, [])
            values += [value] if whole else split_commas(value)
            if len(values) > MOST[key]:
                wrong = wrong or f"Too many {written(key)} values"
        elif key in headers:
            headers[key].append(value)
        else:
            headers[key] = [value]
    return headers, wrong


def _key(name: str) -> str | None:
    key = name.lower().rstrip(" \t")
    return COMPACT.get(key, key) if _NAME.match(key) else None


def _measured(headers: Headers, body: bytes) -> bytes:
    """The body by Content-Length; without one, all that came (a datagram, §18.3)."""
    given = headers.get("content-length")
    if given is None:
        return body
    length = parse_number(given[0], "Content-Length")
    if length > len(body):
        raise HeaderError("Body shorter than Content-Length")
    return body[:length]


def _once(headers: Headers) -> tuple[str, str, str, str]:
    """From, To, Call-ID and CSeq: one each."""
    try:
        (from_,), (to,), (call_id,), (cseq,) = (
            headers["from"],
            headers["to"],
            headers["call-id"],
            headers["cseq"],
        )
    except (KeyError, ValueError):
        raise _not_once(headers) from None
    if not (from_ and to and call_id and cseq):
        raise _not_once(headers)
    return from_, to, call_id, cseq


def _not_once(headers: Headers) -> HeaderError:
    """What is wrong with the first of them that is not there once."""
    for name in _ONCE:
        values = headers.get(name)
        if not values or not values[0]:
            return HeaderError(f"Missing {written(name)}")
        if len(values) > 1:
            return HeaderError(f"More than one {written(name)}")
    raise AssertionError("all are there once")


def _vias(headers: Headers) -> Via:
    values = headers.get("via")
    if not values:
        raise HeaderError("Missing Via")
    top = parse_via(values[0])
    for value in values[1:]:
        parse_via(value)
    if top.version != "SIP/2.0":
        raise HeaderError("Malformed Via")
    return top


def _contacts(values: list[str] | None) -> list[NameAddr]:
    if not values or values == ["*"]:
        return []
    return [parse_name_addr(value) for value in values]


def _check_others(headers: Headers) -> None:
    """Headers that every request may carry and that the grammar fixes."""
    for name in _AT_MOST_ONCE:
        if name in headers and len(headers[name]) > 1:
            raise HeaderError(f"More than one {written(name)}")
    if "max-forwards" in headers:
        parse_number(headers["max-forwards"][0], "Max-Forwards", 255)
    if "expires" in headers:
        parse_number(headers["expires"][0], "Expires")
    if "date" in headers and not _DATE.match(headers["date"][0]):
        raise HeaderError("Malformed Date")
    for name in ("route", "record-route"):
        if name in headers:
            values = headers[name]
            if not all("<" in value and len(value) <= MAX_VALUE for value in values):
                raise HeaderError(f"Malformed {written(name)}")
            parse_name_addr(values[0])  # the one that we go by; the others are handed on as they came
