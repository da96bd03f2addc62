"""The structured parts of a SIP header: URI, name-addr, Via, CSeq, parameters (RFC 3261 §19.1, §20, §25.1).

Every reader here is strict and raises :class:`HeaderError`; nothing else. Folding is undone before, by
:mod:`ivr.sip.message`. No pattern repeats a repetition over one alphabet: reading is
linear in the text.

    "张三" <sip:+8613900000001@192.0.2.5:5062;user=phone;lr>;tag=98asjd8
     display  scheme user         host     port params        parameters of the header
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ivr.sip.bounds import MAX_VALUE


class HeaderError(ValueError):
    """A header that the grammar does not allow; the text is the reason phrase of the 400."""


TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"
HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.\-]*)|\[[0-9A-Fa-f:.]+\])"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_USER = r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+"
_PASSWORD = r"(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*"
_URI_PARAM = r"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})+"
_URI_HEADERS = r"(?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$=&]|%[0-9A-Fa-f]{2})+"

_WORD = r"[A-Za-z0-9\-.!%*_+`'~\u0080-\U0010ffff]+"  # a token; names in Chinese are seen unquoted, too

_SIP_URI = re.compile(
    rf"(sips?):(?:({_USER})(?::({_PASSWORD}))?@)?({HOST})(?::(\d{{1,5}}))?"
    rf"((?:;{_URI_PARAM}(?:={_URI_PARAM})?)*)(?:\?({_URI_HEADERS}))?\Z",
    re.IGNORECASE | re.ASCII,
)
_OTHER_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):([^\s<>\"]+)\Z", re.ASCII)
_NAME_ADDR = re.compile(
    rf"(?:({_QUOTED}|{_WORD}(?:[ \t]+{_WORD})*)[ \t]*)?<([^<>]*)>[ \t]*(;.*)?\Z",
    re.DOTALL,
)
_ADDR_SPEC = re.compile(r"([^\s<>,;?\"]+)[ \t]*(;.*)?\Z")
_PARAM = re.compile(
    rf"[ \t]*;[ \t]*({TOKEN})[ \t]*(?:=[ \t]*({_QUOTED}|[A-Za-z0-9\-.!%*_+`'~\[\]:]+))?[ \t]*"
)
_VIA = re.compile(
    rf"({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]+"
    rf"({HOST})[ \t]*(?::[ \t]*(\d{{1,5}}))?[ \t]*(;.*)?\Z",
    re.ASCII,
)
_CSEQ = re.compile(rf"(\d+)[ \t]+({TOKEN})\Z", re.ASCII)
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ITEM = re.compile(r'(?:[^,"<]|"(?:[^"\\]|\\.)*+"|<[^>]*+>)*+', re.DOTALL)  # one of several values
MAX_CSEQ = 2**31
REMEMBERED = 200  # values up to this length are read once: calls repeat them in every message

Params = dict[str, str | None]


class Uri(NamedTuple):
    """A URI. For schemes other than sip and sips only ``scheme`` and ``user`` (all of the rest) are set;
    of a tel: URI ``user`` is the number without its parameters."""

    scheme: str
    user: str | None
    host: str
    port: int | None
    params: tuple[tuple[str, str | None], ...]
    headers: str | None
    text: str

    def param(self, name: str) -> str | None:
        """The value of a parameter; "" if it stands without one; None if it is not there."""
        for key, value in self.params:
            if key == name:
                return value or ""
        return None

    @property
    def is_sip(self) -> bool:
        return self.scheme in ("sip", "sips")


class NameAddr(NamedTuple):
    """``display <uri>;params``, and the ``tag`` among these. ``text`` is the header's value as it came."""

    display: str
    uri: Uri
    params: Params
    text: str
    tag: str | None


class Via(NamedTuple):
    """One Via value. ``version`` is ``SIP/2.0``."""

    version: str
    transport: str
    host: str
    port: int | None
    params: Params

    @property
    def branch(self) -> str | None:
        return self.params.get("branch")

    @property
    def sent_by(self) -> str:
        return self.host.lower() if self.port is None else f"{self.host.lower()}:{self.port}"


class CSeq(NamedTuple):
    number: int
    method: str


def unescape(text: str) -> str:
    """Undo %HH (RFC 3261 §19.1.2), for comparing and for reading digits; never for sending."""
    if "%" not in text:
        return text
    return _ESCAPE.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"), text)


def parse_uri(text: str) -> Uri:
    """Read a URI.

    Raises:
        HeaderError: not a URI, or one of more than ``MAX_VALUE`` characters.
    """
    if len(text) <= REMEMBERED:
        return _uri(text)
    if len(text) > MAX_VALUE:
        raise HeaderError("URI too long")
    return _uri.__wrapped__(text)


@lru_cache(maxsize=4096)
def _uri(text: str) -> Uri:
    match = _SIP_URI.match(text)
    if match:
        scheme, user, _password, host, port, params, headers = match.groups()
        number = _port(port)
        return Uri(scheme.lower(), user, host.lower(), number, _uri_params(params), headers, text)
    other = _OTHER_URI.match(text)
    if not other or other[1].lower() in ("sip", "sips"):
        raise HeaderError("Malformed URI")
    scheme, rest = other[1].lower(), other[2]
    user, *params = rest.split(";") if scheme == "tel" else [rest]
    pairs = tuple((name.lower(), value or None) for name, _, value in (p.partition("=") for p in params))
    return Uri(scheme, user, "", None, pairs, None, text)


def _uri_params(text: str) -> tuple[tuple[str, str | None], ...]:
    if not text:
        return ()
    pairs = (item.partition("=") for item in text[1:].split(";"))
    return tuple((name.lower(), value or None) for name, _, value in pairs)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    number = int(text)
    if not 0 < number < 65_536:
        raise HeaderError("Port out of range")
    return number


def parse_params(text: str | None) -> Params:
    """Read ``;name=value;flag``; names in lower case, the first of a name counts.

    Raises:
        HeaderError: an empty parameter, or anything that is not one.
    """
    params: Params = {}
    if not text:
        return params
    at = 0
    while at < len(text):
        match = _PARAM.match(text, at)
        if not match:
            raise HeaderError("Malformed header parameter")
        params.setdefault(match[1].lower(), match[2])
        at = match.end()
    return params


def parse_name_addr(text: str) -> NameAddr:
    """Read a From, To, Contact, Route, Record-Route or P-Asserted-Identity value.

    Without ``<>`` a ``;`` begins a parameter of the header and ``,`` and ``?`` are not allowed (§20).

    Raises:
        HeaderError: anything else, or more than ``MAX_VALUE`` characters.
    """
    if len(text) <= REMEMBERED:
        return _name_addr(text)
    if len(text) > MAX_VALUE:
        raise HeaderError("Address too long")
    return _name_addr.__wrapped__(text)


@lru_cache(maxsize=8192)
def _name_addr(text: str) -> NameAddr:
    text = text.strip(" \t")
    match = _NAME_ADDR.match(text)
    if match:
        display, uri, rest = match.groups()
        display = display or ""
        if display.startswith('"'):
            display = _unquoted(display[1:-1])
    else:
        match = _ADDR_SPEC.match(text)
        if not match:
            raise HeaderError("Malformed address")
        display, (uri, rest) = "", match.groups()
    params = parse_params(rest)
    return NameAddr(display, parse_uri(uri), params, text, params.get("tag"))


def _unquoted(text: str) -> str:
    """Undo quoted pairs: a backslash goes, what stands behind it stays."""
    return "\\".join(part.replace("\\", "") for part in text.split("\\\\")) if "\\" in text else text


def parse_via(text: str) -> Via:
    """Raises HeaderError: not a Via value, or one of more than ``MAX_VALUE`` characters."""
    if len(text) > MAX_VALUE:
        raise HeaderError("Via too long")
    match = _VIA.match(text.strip(" \t"))
    if not match:
        raise HeaderError("Malformed Via")
    name, version, transport, host, port, rest = match.groups()
    return Via(f"{name.upper()}/{version}", transport.upper(), host, _port(port), parse_params(rest))


def parse_cseq(text: str) -> CSeq:
    """Raises HeaderError: not ``number method``, or a number of 2**31 and more (§8.1.1.5)."""
    return _cseq(text) if len(text) <= REMEMBERED else _cseq.__wrapped__(text)


@lru_cache(maxsize=1024)
def _cseq(text: str) -> CSeq:
    match = _CSEQ.match(text)
    if not match or len(match[1]) > 20:
        raise HeaderError("Malformed CSeq")
    number = int(match[1])
    if number >= MAX_CSEQ:
        raise HeaderError("CSeq out of range")
    return CSeq(number, match[2])


def parse_number(text: str, name: str, most: int = 2**32 - 1) -> int:
    """Read a header of digits only. Raises HeaderError: anything else, or more than ``most``."""
    number = _number(text) if len(text) <= REMEMBERED else None
    if number is None or number > most:
        raise HeaderError(f"Malformed {name}")
    return number


@lru_cache(maxsize=1024)
def _number(text: str) -> int | None:
    text = text.strip(" \t")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else None


def split_commas(text: str) -> list[str]:
    """Cut a header of several values at its commas, not at those inside quotes or ``<>``."""
    if "," not in text:
        return [text]
    parts, start = [], 0
    while (item := _ITEM.match(text, start)) is not None and item.end() < len(text):
        if text[item.end()] != ",":  # a quote or a bracket without end: the rest is one value
            break
        parts.append(text[start : item.end()])
        start = item.end() + 1
    return [part.strip(" \t") for part in [*parts, text[start:]]]


def tokens(values: list[str]) -> list[str]:
    """The words of a header like Require or Supported, in lower case, empty ones left out."""
    return [word.lower() for value in values for word in (w.strip() for w in value.split(",")) if word]
