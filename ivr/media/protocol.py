"""What the hall and the media process say to each other: JSON lines over a local stream socket.

A line is ``[tag, field, …]``, the fields in the order of the dataclass below, ended by ``\\n``:

    ["open",7]
    ["opened",7,20000]
    ["remote",7,"192.0.2.9",4000,8,101,"sendrecv",[],0,null]
    ["play",7,1,[[0,16000,8000],[0,912,2400]]]
    ["key",7,"1",81234.512]

JSON and not packed bytes, because it costs nothing that counts here: a ``play`` of 20 clips is read in 4 µs
and a ``key`` in 1 µs (packed: 1 and 0.4 µs), a few of them per call and minute, beside 3,000 RTP packets.

The first line either way is ``hello`` with :data:`VERSION`; a peer of another version is refused. A line that
cannot be understood is answered by a :class:`Fault` and hurts nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

VERSION = 2
MAX_LINE = 1 << 17  # octets; a play of some 5,000 clips

PCMU = 0  # RTP payload types of RFC 3551 §6
PCMA = 8

SENDING = frozenset({"sendrecv", "sendonly"})
RECEIVING = frozenset({"sendrecv", "recvonly"})
DIRECTIONS = SENDING | RECEIVING | {"inactive"}


class Garbage(ValueError):
    """A line that is none of ours: not JSON, an unknown tag, a field missing or of the wrong type."""


@dataclass(frozen=True, slots=True)
class Hello:
    """First line both ways. ``pid`` is the sender's."""

    version: int
    pid: int


# ---- hall to media -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MapPack:
    """Map the A-law file ``path`` as pack number ``pack``; answered by :class:`Packed`."""

    pack: int
    path: str


@dataclass(frozen=True, slots=True)
class Open:
    """Reserve an RTP/RTCP port pair for ``call``; answered by :class:`Opened` or :class:`OpenRefused`."""

    call: int


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the caller wants its audio, as its SDP says, and what was agreed.

    ``codec``: PCMA or PCMU. ``events``: payload type of telephone-event, None if not agreed (then tones in
    the audio are listened to). ``direction``: ours: may we send, may the caller. ``sources``: further
    addresses besides ``host`` from which the caller's RTP may come (the one its signalling came from, for a
    phone behind a NAT). ``control``: where its RTCP comes from, 0: the port after ``port``. ``unheard``: so
    many packets may go there before anything comes from there; then audio stands still. None: any number."""

    call: int
    host: str
    port: int
    codec: int
    events: int | None
    direction: str
    sources: list[str]
    control: int
    unheard: int | None


@dataclass(frozen=True, slots=True)
class Play:
    """Queue an utterance: clips ``[pack, offset, length]`` in octets (= samples) joined without a gap."""

    call: int
    utterance: int
    segments: list[Any]


@dataclass(frozen=True, slots=True)
class Stop:
    """Barge-in: forget all that is queued; the next frame is silence or a new utterance's first."""

    call: int


@dataclass(frozen=True, slots=True)
class Close:
    """The call is over; answered by :class:`Closed`."""

    call: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Asks for :class:`Measured`."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for :class:`Pong`. ``said``: octets that the hall has sent before this line."""

    said: int


# ---- media to hall -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Packed:
    """A pack is mapped and warm; ``octets`` is its length, -1 when it could not be read."""

    pack: int
    octets: int
    why: str


@dataclass(frozen=True, slots=True)
class Opened:
    """``port`` is the even RTP port; RTCP is the next one."""

    call: int
    port: int


@dataclass(frozen=True, slots=True)
class OpenRefused:
    """A call was not opened: too many calls, no port, number in use."""

    call: int
    why: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed ``digit`` (0-9 * # A-D); ``when`` in seconds of CLOCK_MONOTONIC, shared by all
    processes of a machine."""

    call: int
    digit: str
    when: float


@dataclass(frozen=True, slots=True)
class Played:
    """The frame with the utterance's last sample has just been sent. Never said of a stopped one."""

    call: int
    utterance: int


@dataclass(frozen=True, slots=True)
class Vanished:
    """Neither RTP nor RTCP of the media's host for the set time. ``ever``: something had come before. Said
    once a call."""

    call: int
    ever: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """What passed in the call. ``received`` counts what reached the process (see rtp.py on the filter).
    ``late_ms`` is the 99th percentile of the lateness of its packets, rounded up to a bucket's bound."""

    call: int
    sent: int
    received: int
    late_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of the process since its start; keys are those of ``process.figures``."""

    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pong:
    """All that stood before the ping of these ``said`` is done: the process is alive, and so far behind."""

    said: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something sent was not understood or cannot be done; nothing was changed by it."""

    why: str


Command = Hello | MapPack | Open | Remote | Play | Stop | Close | Measure | Ping
Report = (
    Hello | Packed | Opened | OpenRefused | KeyPressed | Played | Vanished | Closed | Measured | Pong | Fault
)
Message = Command | Report


def _values_of(cls: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the fields of such a message, in order."""
    names = [f.name for f in fields(cls)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple([getattr(message, name) for name in names])


_CLASSES: tuple[type[Any], ...] = (
    *(Hello, MapPack, Open, Remote, Play, Stop, Close, Measure, Ping),
    *(Packed, Opened, OpenRefused, KeyPressed, Played, Vanished, Closed, Measured, Pong, Fault),
)
_TYPES: dict[str, frozenset[type]] = {
    "int": frozenset({int}),
    "str": frozenset({str}),
    "bool": frozenset({bool}),
    "float": frozenset({int, float}),
    "int | None": frozenset({int, type(None)}),
    "list[str]": frozenset({list}),
    "list[Any]": frozenset({list}),
    "dict[str, Any]": frozenset({dict}),
}
_SHORT = {KeyPressed: "key", MapPack: "pack", OpenRefused: "refused"}
_TAGS = {_SHORT.get(cls, cls.__name__.lower()): cls for cls in _CLASSES}
_WRITTEN = {cls: (tag, _values_of(cls)) for tag, cls in _TAGS.items()}
_SHAPES = {cls: tuple(_TYPES[str(f.type)] for f in fields(cls)) for cls in _CLASSES}
_decode = json.JSONDecoder().decode
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def encode(message: Message) -> bytes:
    """The line of ``message``, with its newline."""
    tag, values = _WRITTEN[type(message)]
    return _encode((tag, *values(message))).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line without its newline. Raises :class:`Garbage`."""
    try:
        parts = _decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise Garbage("not JSON") from error
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        raise Garbage("not [tag, …]")
    cls = _TAGS.get(parts[0])
    if cls is None:
        raise Garbage(f"unknown tag {parts[0][:20]!r}")
    shape = _SHAPES[cls]
    wrong = len(parts) != len(shape) + 1
    for value, types in zip(parts[1:], shape, strict=False):
        wrong = wrong or type(value) not in types
    if wrong:
        raise Garbage(f"wrong fields for {parts[0]!r}")
    message: Message = cls(*parts[1:])
    return message


class LineSplitter:
    """Cuts a stream of octets into lines. A line longer than ``MAX_LINE`` is passed over to its end and
    given as None, so that one bad line costs no more than itself."""

    __slots__ = ("_passing", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._passing = False

    def feed(self, octets: bytes) -> Iterator[bytes | None]:
        """The lines that ``octets`` completes."""
        *whole, self._rest = (self._rest + octets).split(b"\n")
        for line in whole:
            if self._passing:
                self._passing = False
                yield None
            else:
                yield line if len(line) <= MAX_LINE else None
        if len(self._rest) > MAX_LINE:
            self._rest, self._passing = b"", True
