"""N callers by SIP, lean: each call is answered, presses its keys, hangs up, and is followed by the next one.

    callers = Callers(load, ("127.0.0.1", 5060), numbers, script)
    await callers.begin(300)        # 300 calls in progress from now on, begun evenly over one call's length
    …                               # callers.counted: what was answered, refused, sent again, and how fast
    await callers.end()             # all hang up
    await callers.set_up(1000, rate=100)    # or: calls that hang up at once

The RTP of a call is one stream of ``rtp_load``; the SIP is written here, from templates, because a full user
agent would need more of the driver's core than the callers' RTP does. What may go wrong on a loopback is
handled all the same: an INVITE or BYE without an answer is sent again (RFC 3261 §17.1, T1 = 0.5 s).

    INVITE ──►     ◄── 200     ACK ──►      … press 1 after 8 s …      BYE ──►     ◄── 200
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.rtp_load import RtpLoad

SO_TIMESTAMPNS = 35  # asm-generic/socket.h; not in the socket module
T1, TRIES = 0.5, 7
RECEIVE_BUFFER = 1 << 22
_TAG = re.compile(rb"(?im)^To:.*;tag=([^;\s]+)")
_CALL = re.compile(rb"(?im)^Call-ID: *(\d+)@")
_CSEQ = re.compile(rb"(?im)^CSeq: *\d+ (\w+)")
_AUDIO = re.compile(rb"(?m)^m=audio (\d+)")

_OFFER = (
    "v=0\r\no=bench 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller does: keys at seconds after the answer, and the end. Asterisk was measured with this."""

    keys: tuple[tuple[float, str], ...] = ((8.0, "1"),)
    seconds: float = 18.0


@dataclass(frozen=True, slots=True)
class Response:
    """What a caller needs of a response."""

    status: int
    call: int
    method: str
    tag: str
    port: int | None


def read_response(octets: bytes) -> Response | None:
    """None for a request, or for what is not of a call of ours."""
    call, cseq = _CALL.search(octets), _CSEQ.search(octets)
    if not octets.startswith(b"SIP/2.0 ") or call is None or cseq is None:
        return None
    tag, audio = _TAG.search(octets), _AUDIO.search(octets)
    return Response(
        int(octets[8:11]),
        int(call[1]),
        cseq[1].decode(),
        "" if tag is None else tag[1].decode(),
        None if audio is None else int(audio[1]),
    )


@dataclass(slots=True)
class Counted:
    """Since it was last made anew. ``answer_seconds``: from INVITE to 200."""

    answered: int = 0
    ended: int = 0
    refused: int = 0
    given_up: int = 0
    sent_again: int = 0
    answer_seconds: list[float] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Caller:
    """One call. ``waits``: for the answer to what was sent last."""

    number: int
    stream: int
    msisdn: str
    at_once: bool
    began: float = 0.0
    tag: str = ""
    cseq: int = 1
    last: bytes = b""
    tries: int = 0
    up: bool = False
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    waits: asyncio.TimerHandle | None = None


class Callers:
    """See the head of this file. ``numbers``: who calls, in turn."""

    def __init__(
        self, load: RtpLoad, hall: tuple[str, int], numbers: Sequence[str], script: Script | None = None
    ) -> None:
        self.counted = Counted()
        self._load, self._hall, self._script = load, hall, script or Script()
        self._loop = asyncio.get_running_loop()
        self._numbers = deque(numbers)
        self._streams = deque(range(len(load.ports)))
        self._calls: dict[int, Caller] = {}
        self._last = 0
        self._again = False
        self._empty = asyncio.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._port = self._socket.getsockname()[1]
        self._loop.add_reader(self._socket.fileno(), self._read)

    @property
    def up(self) -> int:
        """Calls in progress."""
        return sum(call.up for call in self._calls.values())

    async def begin(self, calls: int) -> None:
        """Returns when all are up; each is followed by another until :meth:`end`."""
        self._again = True
        for _ in range(calls):
            self._invite(at_once=False)
            await asyncio.sleep(self._script.seconds / calls)
        await asyncio.sleep(1.0)

    async def end(self) -> None:
        """Everybody hangs up."""
        self._again = False
        self._empty.clear()
        for call in tuple(self._calls.values()):
            if call.up:
                self._bye(call)
            await asyncio.sleep(0.002)
        if self._calls:
            await asyncio.wait_for(self._empty.wait(), T1 * 2**TRIES)

    async def set_up(self, calls: int, rate: float, *, at_once: bool = True) -> None:
        """Calls that hang up at once, or do what the script says; one every 1/rate seconds."""
        self._again = False
        began = time.monotonic()
        for number in range(calls):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            self._invite(at_once=at_once)
        await asyncio.sleep(0 if at_once else self._script.seconds)
        await self.end()

    def close(self) -> None:
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    # ---- one call ------------------------------------------------------------------------------------------
    def _invite(self, at_once: bool) -> None:
        self._last += 1
        stream, msisdn = self._streams.popleft(), self._numbers[0]
        self._numbers.rotate(-1)
        call = self._calls[self._last] = Caller(self._last, stream, msisdn, at_once, time.monotonic())
        self._load.ring(stream)
        self._ask(call, self._request(call, "INVITE", _OFFER.format(port=self._load.ports[stream])))

    def _answered(self, call: Caller, response: Response, at_ns: int) -> None:
        self._settled(call)
        call.tag = call.tag or response.tag
        self._send(self._request(call, "ACK"))
        if call.up or response.port is None:
            return
        call.up = True
        self.counted.answered += 1
        self.counted.answer_seconds.append(time.monotonic() - call.began)
        if call.at_once:
            self._bye(call)
            return
        self._load.answered(call.stream, response.port, at_ns)
        for after, key in self._script.keys:
            call.timers.append(self._loop.call_later(after, self._load.press, call.stream, key))
        call.timers.append(self._loop.call_later(self._script.seconds, self._bye, call))

    def _bye(self, call: Caller) -> None:
        for timer in call.timers:
            timer.cancel()
        call.up = False
        call.cseq += 1
        self._load.drop(call.stream)
        self._ask(call, self._request(call, "BYE"))

    def _over(self, call: Caller) -> None:
        self._settled(call)
        if self._calls.pop(call.number, None) is None:
            return
        self.counted.ended += 1
        self._streams.append(call.stream)
        if self._again:
            self._invite(at_once=False)
        elif not self._calls:
            self._empty.set()

    # ---- the wire ------------------------------------------------------------------------------------------
    def _request(self, call: Caller, method: str, body: str = "") -> bytes:
        me = f"sip:{call.msisdn}@127.0.0.1:{self._port}"
        to = f"<sip:10086@{self._hall[0]}:{self._hall[1]}>" + (f";tag={call.tag}" if call.tag else "")
        branch = f"z9hG4bK-{self._port}-{call.number}-{call.cseq}-{method}"
        lines = [
            f"{method} sip:10086@{self._hall[0]}:{self._hall[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch={branch}",
            "Max-Forwards: 70",
            f"From: <{me}>;tag={call.number}",
            f"To: {to}",
            f"Call-ID: {call.number}@bench-{self._port}",
            f"CSeq: {call.cseq} {method}",
            f"Contact: <{me}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _ask(self, call: Caller, request: bytes) -> None:
        """Send, and again until it is answered."""
        call.last, call.tries = request, 0
        self._send(request)
        call.waits = self._loop.call_later(T1, self._ask_again, call)

    def _ask_again(self, call: Caller) -> None:
        call.tries += 1
        if call.tries >= TRIES:
            self.counted.given_up += 1
            self._over(call)
            return
        self.counted.sent_again += 1
        self._send(call.last)
        call.waits = self._loop.call_later(T1 * 2**call.tries, self._ask_again, call)

    @staticmethod
    def _settled(call: Caller) -> None:
        if call.waits is not None:
            call.waits.cancel()

    def _send(self, request: bytes) -> None:
        self._socket.sendto(request, self._hall)

    def _read(self) -> None:
        while True:
            try:
                octets, control, _, source = self._socket.recvmsg(4096, 128)
            except BlockingIOError:
                return
            except OSError:  # ECONNREFUSED: the hall is not there; the timers tell
                continue
            response = read_response(octets)
            if response is None:
                self._refuse(octets, source)
            elif response.call in self._calls:
                self._take(self._calls[response.call], response, _stamp(control))

    def _take(self, call: Caller, response: Response, at_ns: int) -> None:
        if response.status < 200:
            self._settled(call)
        elif response.method == "BYE":
            self._over(call)
        elif response.status == 200:
            self._answered(call, response, at_ns)
        else:
            self.counted.refused += 1
            call.tag = response.tag
            self._send(self._request(call, "ACK"))
            self._over(call)

    def _refuse(self, octets: bytes, source: tuple[str, int]) -> None:
        """The hall asks something (a BYE of its own): the call is over here, too."""
        call = _CALL.search(octets)
        kept = [
            line
            for line in octets.split(b"\r\n")
            if line[:4].lower() in (b"via:", b"from", b"to: ", b"call", b"cseq")
        ]
        self._socket.sendto(b"\r\n".join([b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""]), source)
        if octets.startswith(b"BYE") and call is not None and int(call[1]) in self._calls:
            caller = self._calls[int(call[1])]
            for timer in caller.timers:
                timer.cancel()
            self._load.drop(caller.stream)
            self.counted.given_up += 1
            self._over(caller)


def _stamp(control: list[tuple[int, int, bytes]]) -> int:
    """When the kernel took a datagram in, ns since the epoch."""
    for level, kind, octets in control:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, ns = struct.unpack("qq", octets)
            return int(seconds) * 1_000_000_000 + int(ns)
    return time.time_ns()
