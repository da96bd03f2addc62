"""Keys in RTP: telephone-event (RFC 4733), received and sent.

    payload, 4 octets:   event(8)  E R volume(8)  duration(16)

A key of 60 ms as a phone sends it, every packet with the *same* timestamp, the last three alike:

    seq 10 ts 8000 M   01 0a 00a0
    seq 11 ts 8000     01 0a 0140
    seq 12 ts 8000     01 8a 01e0      E
    seq 13 ts 8000     01 8a 01e0      E
    seq 14 ts 8000     01 8a 01e0      E

So a key *is* its timestamp: however many packets of it are lost or doubled, it counts once, and it is told at
the first packet that arrives, not at its end. Three exceptions, all of one rule (an event that begins within
what is known of the same key is that key): events longer than 65,535 units go on under a new timestamp
(RFC 4733 §2.5.1.3), and some senders move the timestamp on with every packet.

A packet of an older key that arrives after a newer one is dropped: a digit lost is asked for again, two
digits swapped may buy something.
"""

from __future__ import annotations

import struct

from ivr.media import rtp

DIGITS = "0123456789*#ABCD"  # event codes 0-15, RFC 4733 table 3; higher codes are no keys
PAYLOAD = struct.Struct("!BBH")
END = 0x80
VOLUME = 10  # -10 dBm0, what phones send
LONGEST = 0xFFFF  # duration units of one segment
ONE_LOST = 160  # a packet that moved the timestamp on was lost; a true second key is 320 or more away


class KeyReceiver:
    """Turns telephone-event packets of one source into keys."""

    __slots__ = ("_code", "_ended", "_extent", "_ssrc", "_start")

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._start = self._extent = 0  # the last key's timestamp, and how long it is known to be
        self._code = -1
        self._ended = False

    def receive(self, packet: rtp.Packet) -> str | None:
        """The digit that this packet is the first sign of, or None."""
        if len(packet.payload) < PAYLOAD.size:
            return None
        code, flags, duration = PAYLOAD.unpack_from(packet.payload)
        if code >= len(DIGITS):
            return None
        if packet.ssrc == self._ssrc:
            since = rtp.after(packet.timestamp, self._start)
            if since < 0:
                return None
            if since == 0 or self._continues(code, since):
                self._extend(code, since + duration, flags)
                return None
        self._ssrc, self._start, self._code, self._extent = packet.ssrc, packet.timestamp, code, 0
        self._ended = False
        self._extend(code, duration, flags)
        return DIGITS[code]

    def _continues(self, code: int, since: int) -> bool:
        """The same key under a later timestamp; its end not seen. A true second key begins after the first
        one's end, and a pause."""
        return code == self._code and not self._ended and since <= self._reach()

    def _reach(self) -> int:
        """Up to where a continuation may begin: the next segment's start, if the last packets of a nearly
        full one were lost."""
        full = self._extent // LONGEST * LONGEST + LONGEST
        return full if full - self._extent < 0x0800 else self._extent + ONE_LOST

    def _extend(self, code: int, extent: int, flags: int) -> None:
        if code == self._code:
            self._extent = max(self._extent, extent)
            self._ended = self._ended or bool(flags & END)


def key_payloads(digit: str, frames: int, step: int = 160) -> list[bytes]:
    """The payloads of one key held for ``frames`` packets of ``step`` samples; the end is sent three times.
    Raises ValueError for no such key."""
    code = DIGITS.index(digit)
    running = [PAYLOAD.pack(code, VOLUME, step * (n + 1)) for n in range(frames - 1)]
    return [*running, *[PAYLOAD.pack(code, VOLUME | END, step * frames)] * 3]
