"""A caller's ear and mouth: the RTP side of ``hall10086 dial`` and of the tests.

    phone = Phone(reactor, ssrc=…)                 # listens: phone.port goes into the SDP
    phone.connect("127.0.0.1", 20000, codec=PCMA, events=101)     # from the answer: sends from now on
    await phone.press("11")                        # as RFC 4733 events, 60 ms each, 40 ms apart
    await phone.say(alaw)
    phone.heard.save(Path("call.wav"))
    phone.close()

Every 20 ms one packet goes out: what was pressed or said, else silence. A phone that did not agree to
telephone-event (``events=None``) presses as tones in the audio.
"""

from __future__ import annotations

import wave
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime, IReactorUDP
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall

from ivr import g711
from ivr.media import dtmf, rtp
from ivr.media.inband import tones
from ivr.media.protocol import PCMA, PCMU

FRAME_SECONDS = 0.02
LARGEST = 8192  # octets of a datagram
END_REPEATS = 2  # further packets of a key's end, one a frame: they fill the first 40 ms of the gap


class IPhoneReactor(IReactorTime, IReactorUDP):
    """Time, and datagrams."""


class ReceivedAudio:
    """What came in, put in order: late and doubled packets find their place by timestamp, lost ones leave
    silence."""

    def __init__(self) -> None:
        self.packets = 0
        self._frames: dict[int, bytes] = {}  # by samples since the first packet: linear, 16 bits, native
        self._ssrc: int | None = None
        self._newest = 0  # timestamp of this source
        self._place = 0  # of the newest timestamp

    def add(self, packet: rtp.Packet) -> None:
        """Take in one packet of A-law or µ-law; others are passed over."""
        if packet.payload_type not in (PCMA, PCMU) or not packet.payload:
            return
        if packet.ssrc != self._ssrc:  # another source goes on where the last one ended
            self._ssrc, self._newest, self._place = packet.ssrc, packet.timestamp, self.samples
        moved = rtp.after(packet.timestamp, self._newest)
        place = self._place + moved
        if place < 0:
            return
        if moved > 0:
            self._newest, self._place = packet.timestamp, place
        decode = g711.from_alaw if packet.payload_type == PCMA else g711.from_ulaw
        self.packets += 1
        self._frames[place] = decode(packet.payload).tobytes()

    @property
    def samples(self) -> int:
        """The length so far."""
        return max((place + len(frame) // 2 for place, frame in self._frames.items()), default=0)

    def audio(self, since: int = 0) -> bytes:
        """16-bit samples in native order, from sample ``since`` on."""
        out = bytearray(2 * self.samples)
        for place, frame in self._frames.items():
            out[2 * place : 2 * place + len(frame)] = frame
        return bytes(out[2 * since :])

    def save(self, path: Path) -> None:
        """Write a WAV file: 8 kHz, 16 bits, one channel."""
        with path.open("wb") as plain, wave.open(plain, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(g711.RATE)
            file.writeframes(self.audio())


@dataclass(frozen=True, slots=True)
class _Frame:
    """One packet to send. ``event``: a telephone-event, at the timestamp of its key's first packet."""

    payload: bytes
    event: bool = False
    first: bool = False


class Phone(DatagramProtocol):
    """See the head of this file. ``on_packet`` is called with every RTP packet received, before it is put in
    order."""

    def __init__(
        self, reactor: IPhoneReactor, *, ssrc: int, address: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.heard = ReceivedAudio()
        self.on_packet: Callable[[rtp.Packet], None] | None = None
        self.sent = 0
        self._reactor, self._ssrc = reactor, ssrc
        self._remote: tuple[str, int] | None = None
        self._codec, self._events = PCMA, 101
        self._waiting: deque[_Frame | Deferred[None]] = deque()
        self._sequence, self._timestamp, self._key_began = 0, 0, 0
        self._clock = LoopingCall.withCount(self._tick)
        self._clock.clock = reactor
        self._port = reactor.listenUDP(port, self, address, LARGEST)
        self._first: Deferred[None] | None = Deferred()

    @property
    def port(self) -> int:
        """Where it listens."""
        here = self._port.getHost()
        assert isinstance(here, IPv4Address | IPv6Address)
        return here.port

    def connect(self, host: str, port: int, *, codec: int = PCMA, events: int | None = 101) -> None:
        """Send there from now on. May be called again."""
        self._remote = (host, port)
        self._codec, self._events = codec, -1 if events is None else events
        if not self._clock.running:
            self._clock.start(FRAME_SECONDS)

    def mute(self) -> None:
        """Send nothing any more, not even silence: as a phone whose battery fell out."""
        if self._clock.running:
            self._clock.stop()

    def close(self) -> Deferred[Any]:
        """Stop sending and listening."""
        self.mute()
        return maybeDeferred(self._port.stopListening)

    def press(self, keys: str, *, hold: int = 60, gap: int = 40) -> Deferred[None]:
        """Press keys one after the other, held and apart for milliseconds (multiples of 20; a gap of at least
        40). Fires when the last gap is over. Raises ValueError for no such key."""
        for key in keys:
            if self._events >= 0:
                self._event(key, hold // 20, gap // 20)
            else:
                self._tone(key, hold, gap)
        return self._done()

    def say(self, alaw: bytes) -> Deferred[None]:
        """Send audio, A-law; fires when it is sent."""
        audio = alaw if self._codec == PCMA else alaw.translate(g711.ALAW_TO_ULAW)
        for begin in range(0, len(audio), g711.FRAME):
            self._waiting.append(_Frame(audio[begin : begin + g711.FRAME].ljust(g711.FRAME, self._quiet[:1])))
        return self._done()

    def first_packet(self) -> Deferred[None]:
        """Fires when the first RTP packet has come."""
        fired: Deferred[None] = Deferred()
        if self._first is None:
            fired.callback(None)
        else:
            self._first.chainDeferred(fired)
        return fired

    @property
    def _quiet(self) -> bytes:
        octet = g711.ALAW_SILENCE if self._codec == PCMA else g711.ULAW_SILENCE
        return bytes([octet]) * g711.FRAME

    def _event(self, key: str, held: int, gap: int) -> None:
        payloads = dtmf.key_payloads(key, held)
        self._waiting.extend(_Frame(payload, True, n == 0) for n, payload in enumerate(payloads))
        self._waiting.extend(_Frame(self._quiet) for _ in range(gap - END_REPEATS))

    def _tone(self, key: str, hold: int, gap: int) -> None:
        encode = g711.to_alaw if self._codec == PCMA else g711.to_ulaw
        audio = encode(tones(key, hold)) + self._quiet * (gap // 20)
        for begin in range(0, len(audio), g711.FRAME):
            self._waiting.append(_Frame(audio[begin : begin + g711.FRAME]))

    def _done(self) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._waiting.append(done)
        return done

    def _tick(self, frames: int) -> None:
        """Send what is due; after a hold-up, up to five packets at once and the rest never."""
        for _ in range(min(frames, 5)):
            self._send(self._next())

    def _next(self) -> _Frame:
        while self._waiting:
            item = self._waiting.popleft()
            if isinstance(item, _Frame):
                return item
            item.callback(None)
        return _Frame(self._quiet)

    def _send(self, frame: _Frame) -> None:
        self._sequence += 1
        if frame.first:
            self._key_began = self._timestamp
        timestamp, kind = self._timestamp, self._codec
        if frame.event:
            timestamp, kind = self._key_began, self._events
        packet = rtp.build(kind, self._sequence, timestamp, self._ssrc, frame.payload, marker=frame.first)
        self._timestamp += g711.FRAME
        if self.transport is not None and self._remote is not None:
            self.transport.write(packet, self._remote)
            self.sent += 1

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        try:
            packet = rtp.parse(datagram)
        except rtp.NotRtp:
            return
        if self.on_packet is not None:
            self.on_packet(packet)
        self.heard.add(packet)
        if self._first is not None:
            first, self._first = self._first, None
            first.callback(None)
