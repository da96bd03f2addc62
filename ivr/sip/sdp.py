"""SDP: reading offers, answering them (RFC 4566, RFC 3264), keys as RFC 4733 telephone-event.

An offer of a softphone, and what we answer::

    v=0                                  v=0
    o=joe 1 1 IN IP4 192.0.2.5           o=hall 7 1 IN IP4 192.0.2.1
    s=-                                  s=-
    c=IN IP4 192.0.2.5                   c=IN IP4 192.0.2.1
    t=0 0                                t=0 0
    m=audio 4000 RTP/AVP 8 0 101         m=audio 30000 RTP/AVP 8 101
    a=rtpmap:101 telephone-event/8000    a=rtpmap:8 PCMA/8000
    a=sendonly                           a=rtpmap:101 telephone-event/8000
    m=video 5000 RTP/AVP 31              a=fmtp:101 0-15
                                         a=ptime:20
                                         a=recvonly
                                         m=video 0 RTP/AVP 31

Public: :func:`parse`, :func:`offer`, :func:`answer`, :func:`agreed` and their results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network


class SdpError(ValueError):
    """Not a session description that we can read; the text says why (goes into a Warning or a log)."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One audio coding, and the payload type by which the *peer* knows it. ``rate`` in Hz."""

    name: str
    payload_type: int
    rate: int = 8000


PCMA = Codec("PCMA", 8)
PCMU = Codec("PCMU", 0)
CODECS = (PCMA, PCMU)
EVENT = "telephone-event"
DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_MIRROR = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
_SENDING, _RECEIVING = ("sendrecv", "sendonly"), ("sendrecv", "recvonly")
_STATIC = {"0": ("PCMU", 8000), "8": ("PCMA", 8000), "9": ("G722", 8000), "18": ("G729", 8000)}


@dataclass(slots=True)
class MediaDescription:
    """One ``m=`` section as offered. ``formats`` in the offerer's order of preference."""

    kind: str
    port: int
    proto: str
    formats: tuple[str, ...]
    connection: str | None = None  # its own c= address
    direction: str | None = None
    rtpmap: dict[str, tuple[str, int]] = field(default_factory=dict)
    fmtp: dict[str, str] = field(default_factory=dict)
    ptime: int | None = None  # milliseconds
    rtcp: tuple[str | None, int] | None = None  # address, if it has one of its own, and port (RFC 3605)


@dataclass(slots=True)
class SessionDescription:
    """A whole description. ``body`` is what was read, as it came."""

    origin: str
    connection: str | None
    direction: str
    media: list[MediaDescription]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class NoCommonCodec:
    """Nothing here that we can talk (488). ``why`` is for the Warning header (RFC 3261 §20.43, code 305)."""

    why: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides will do. ``direction`` is *ours*: may we send, will we receive. ``remote`` None: the
    peer takes no packets (port 0 or the old hold address 0.0.0.0). ``events``: the payload type for keys,
    None: not agreed, listen in-band. ``ptime`` in milliseconds. ``control``: the port of the peer's RTCP, 0:
    the one after RTP's."""

    codec: Codec
    remote: tuple[str, int] | None
    events: int | None
    direction: str
    ptime: int = 20
    control: int = 0

    @property
    def sends(self) -> bool:
        return self.direction in ("sendrecv", "sendonly") and self.remote is not None

    @property
    def receives(self) -> bool:
        return self.direction in ("sendrecv", "recvonly")


@dataclass(frozen=True, slots=True)
class Answer(Agreed):
    """An agreement and the body that says so."""

    body: bytes = b""


# ---- reading -----------------------------------------------------------------------------------------------
_MEDIA = re.compile(r"(\w[\w.+-]*) (\d{1,5})(?:/\d+)? ([\w/.+-]+)((?: [^\s]+)*) *\Z", re.ASCII)
_RTCP = re.compile(r"(\d{1,5})(?: +IN +IP4 +([\d.]{7,15}))? *\Z", re.ASCII)
_RTPMAP = re.compile(r"(\d{1,3}) +([\w.+-]+)/(\d{1,7})(?:/\S+)?", re.ASCII)
MAX_LINES = 500
NOBODYS = tuple(map(IPv4Network, ("0.0.0.0/8", "127.255.255.255/32", "224.0.0.0/4", "240.0.0.0/4")))
"""Addresses that no phone has: this network (RFC 6890; 0.0.0.0 alone means hold), the broadcast addresses,
groups, and what is reserved. Packets for them are not sent on a caller's word."""
LEAST_PORT = 1024  # below are the services of the machines that run them (RFC 6335)
HOLD = "0.0.0.0"  # RFC 3264 §8.4


def parse(body: bytes) -> SessionDescription:
    """Read a description. Unknown lines and attributes are passed over, as RFC 4566 §5 wants.

    Raises:
        SdpError: no version, origin or time line, a broken m= or c= line, an address that is none.
    """
    lines = _lines(body)
    session = SessionDescription(lines[1][1], None, "sendrecv", [], body)
    media: MediaDescription | None = None
    timed = False
    for letter, value in lines[2:]:
        if letter == "m":
            media = _media(value)
            session.media.append(media)
        elif letter == "c":
            address = _address(value)
            if media is None:
                session.connection = address
            else:
                media.connection = address
        elif letter == "t":
            timed = True
        elif letter == "a":
            _attribute(session, media, value)
    if not timed:
        raise SdpError("no t= line")
    return session


def _lines(body: bytes) -> list[tuple[str, str]]:
    text = body.decode("utf-8", "replace")
    rows = [row for row in text.replace("\r\n", "\n").split("\n") if row]
    if len(rows) > MAX_LINES:
        raise SdpError("too many lines")
    found = []
    for row in rows:
        if row[1:2] != "=":
            raise SdpError("a line without type=value")
        found.append((row[0], row[2:]))
    if len(found) < 2 or found[0] != ("v", "0") or found[1][0] != "o" or len(found[1][1].split()) != 6:
        raise SdpError("does not begin with v=0 and o=")
    return found


def _media(value: str) -> MediaDescription:
    match = _MEDIA.match(value)
    if not match or int(match[2]) > 65_535:
        raise SdpError("broken m= line")
    return MediaDescription(match[1].lower(), int(match[2]), match[3].upper(), tuple(match[4].split()))


def _address(value: str) -> str:
    """The address of a c= line; an IPv6 one is kept (its media is refused later), a multicast TTL dropped."""
    parts = value.split()
    if len(parts) != 3 or parts[0] != "IN" or parts[1] not in ("IP4", "IP6"):
        raise SdpError("broken c= line")
    return parts[2].split("/")[0]


def _attribute(session: SessionDescription, media: MediaDescription | None, value: str) -> None:
    name, _, rest = value.partition(":")
    if name in DIRECTIONS:
        if media is None:
            session.direction = name
        else:
            media.direction = name
    elif media is None:
        return
    elif name == "rtpmap":
        match = _RTPMAP.match(rest)
        if match:
            media.rtpmap[match[1]] = (match[2], int(match[3]))
    elif name == "fmtp":
        payload, _, parameters = rest.partition(" ")
        media.fmtp[payload] = parameters.strip()
    elif name == "rtcp":
        where = _RTCP.match(rest)
        if where:
            media.rtcp = where[2], int(where[1])
    elif name == "ptime" and rest.strip().isdecimal() and rest.strip().isascii():
        media.ptime = min(int(rest.strip()[:4]), 200)


# ---- agreeing ----------------------------------------------------------------------------------------------
def answer(
    offered: SessionDescription,
    address: str,
    port: int,
    codecs: tuple[Codec, ...] = CODECS,
    *,
    session_id: int = 1,
    version: int = 1,
    allowed: str = "sendrecv",
) -> Answer | NoCommonCodec:
    """Answer an offer: the first audio line that we can talk is taken, every other line refused with port 0.

    Args:
        address, port: where we receive (IPv4 address, even RTP port).
        codecs: what we can talk; the offerer's order decides among them (RFC 3264 §6.1).
        session_id, version: of our o= line; raise ``version`` when the description changes.
        allowed: our own wish; ``recvonly`` would keep us silent.
    """
    index, chosen = _choose(offered, codecs)
    if isinstance(chosen, NoCommonCodec):
        return chosen
    direction = _narrow(chosen.direction, allowed)
    lines = _head(address, session_id, version)
    for number, media in enumerate(offered.media):
        if number == index:
            lines += _audio_lines(
                port,
                media.proto,
                (chosen.codec,),
                events=chosen.events,
                ptime=chosen.ptime,
                direction=direction,
            )
        else:
            lines.append(f"m={media.kind} 0 {media.proto} {' '.join(media.formats) or '0'}")
    body = "\r\n".join([*lines, ""]).encode()
    return Answer(chosen.codec, chosen.remote, chosen.events, direction, chosen.ptime, chosen.control, body)


def why_not(offered: SessionDescription, codecs: tuple[Codec, ...] = CODECS) -> str | None:
    """Why :func:`answer` would find nothing that we can talk; None: it finds something."""
    _index, chosen = _choose(offered, codecs)
    return chosen.why if isinstance(chosen, NoCommonCodec) else None


def offer(
    address: str,
    port: int,
    codecs: tuple[Codec, ...] = CODECS,
    *,
    session_id: int = 1,
    version: int = 1,
    direction: str = "sendrecv",
    events: int = 101,
) -> bytes:
    """Our own offer: for a delayed offer, a re-INVITE of ours, an outgoing call."""
    lines = _head(address, session_id, version)
    lines += _audio_lines(port, "RTP/AVP", codecs, events=events, ptime=20, direction=direction)
    return "\r\n".join([*lines, ""]).encode()


def agreed(
    answered: SessionDescription, codecs: tuple[Codec, ...] = CODECS, *, ours: str = "sendrecv"
) -> Agreed | NoCommonCodec:
    """What the answer to our own offer means; ``ours`` is the direction that we offered."""
    _index, chosen = _choose(answered, codecs)
    if isinstance(chosen, NoCommonCodec):
        return chosen
    direction = _narrow(chosen.direction, ours)
    return replace(chosen, direction=direction)


def _choose(offered: SessionDescription, codecs: tuple[Codec, ...]) -> tuple[int, Agreed | NoCommonCodec]:
    why = "no audio offered"
    for index, media in enumerate(offered.media):
        if media.kind != "audio" or media.port == 0:
            continue
        codec = _common(media, codecs)
        if media.proto not in ("RTP/AVP", "RTP/AVPF"):
            why = f"transport {media.proto} is not RTP/AVP"
        elif codec is None:
            why = "no common audio coding; we have " + " ".join(c.name for c in codecs)
        else:
            address = media.connection or offered.connection
            wrong = _no_phone(address, media)
            if address is None or wrong is not None:
                why = wrong or why
                continue
            return index, _agreement(offered, media, codec, address)
    return -1, NoCommonCodec(why)


def _agreement(offered: SessionDescription, media: MediaDescription, codec: Codec, address: str) -> Agreed:
    direction = _MIRROR[media.direction or offered.direction]
    remote = None if address == HOLD else (address, media.port)
    if remote is None:  # hold as RFC 2543 had it: the peer takes nothing
        direction = _narrow(direction, "recvonly")
    where, control = media.rtcp or (None, 0)
    beside = control if where in (None, address) else 0
    return Agreed(codec, remote, _events(media, codec.rate), direction, _ptime(media.ptime), beside)


def _common(media: MediaDescription, codecs: tuple[Codec, ...]) -> Codec | None:
    for payload in media.formats:
        name, rate = media.rtpmap.get(payload) or _STATIC.get(payload, ("", 0))
        for codec in codecs:
            if codec.name == name.upper() and codec.rate == rate and _payload_type(payload):
                return Codec(codec.name, int(payload), codec.rate)
    return None


def _events(media: MediaDescription, rate: int) -> int | None:
    for payload in media.formats:
        name, clock = media.rtpmap.get(payload, ("", 0))
        if name.lower() == EVENT and clock == rate and _payload_type(payload):
            return int(payload)
    return None


def _payload_type(text: str) -> bool:
    return len(text) <= 3 and text.isascii() and text.isdecimal() and int(text) < 128


def _ptime(wanted: int | None) -> int:
    """20 ms unless the peer asks for a whole number of 20 ms frames up to 60: our frames are 20 ms."""
    return wanted if wanted in (40, 60) else 20


def _narrow(direction: str, allowed: str) -> str:
    """Only what both allow: a set of {send, receive} as RFC 3264 §6.1 writes it."""
    send = direction in _SENDING and allowed in _SENDING
    receive = direction in _RECEIVING and allowed in _RECEIVING
    if send:
        return "sendrecv" if receive else "sendonly"
    return "recvonly" if receive else "inactive"


def _no_phone(address: str | None, media: MediaDescription) -> str | None:
    """Why no phone can listen there; None: one may."""
    control, control_port = media.rtcp or (None, LEAST_PORT)
    if address is None or not _is_ipv4(address):
        return "no IPv4 address for the audio"
    if (address != HOLD and _is_nobodys(address)) or (control is not None and _is_nobodys(control)):
        return "no phone has that address"
    if address != HOLD and min(media.port, control_port) < LEAST_PORT:
        return f"no phone has that port; they begin at {LEAST_PORT}"
    return None


@lru_cache(maxsize=1024)
def _is_ipv4(address: str) -> bool:
    try:
        IPv4Address(address[:16])
    except AddressValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _is_nobodys(address: str) -> bool:
    return not _is_ipv4(address) or any(IPv4Address(address) in network for network in NOBODYS)


def _head(address: str, session_id: int, version: int) -> list[str]:
    origin = f"o=hall {session_id} {version} IN IP4 {address}"
    return ["v=0", origin, "s=-", f"c=IN IP4 {address}", "t=0 0"]


def _audio_lines(
    port: int, proto: str, codecs: tuple[Codec, ...], *, events: int | None, ptime: int, direction: str
) -> list[str]:
    payloads = [str(codec.payload_type) for codec in codecs]
    lines = [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.rate}" for codec in codecs]
    if events is not None:
        payloads.append(str(events))
        lines += [f"a=rtpmap:{events} {EVENT}/8000", f"a=fmtp:{events} 0-15"]
    lines += [f"a=ptime:{ptime}", f"a={direction}"]
    return [f"m=audio {port} {proto} {' '.join(payloads)}", *lines]
