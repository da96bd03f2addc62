"""A call's RTP socket and whom it talks to.

Whose packets count: the caller's SDP names a host and a port, and what comes from there is the caller's, at
once and always; the socket is then connected to it, and the kernel drops what any other sends. But a phone
behind a NAT comes from another port, or from the address that its signalling came from. So a stream (not a
single packet) from one of the allowed hosts *stands in* for the named address, after a short wait and only
while nothing comes from there: who is named takes the call back with a packet. A stand-in that falls silent
may be followed by another, for a stranger on the caller's host may have been first.

A new address in a re-INVITE starts this afresh; then who had the call before waits longer, because what it
sent is still under way. The same address named again, too, sends a stand-in back to where all began.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Callable

from ivr.media import rtp

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # asm-generic/socket.h; not in the socket module
WAIT = 300_000_000  # ns for which only the named address counts
FORMER_WAIT = 5_000_000_000  # the same for who had the call before
STREAM = 3  # packets after which a source is a stream
SILENT = 4_000_000_000  # ns; the filter shows one packet of 64, that is every 1.28 s
MOST_SOURCES = 8  # of which packets are counted

Address = tuple[str, int]
_libc = ctypes.CDLL(None, use_errno=True)


def attach_filter(to: socket.socket, program: bytes) -> bool:
    """Let only what ``program`` passes reach ``to``. False where the kernel does not allow it: then all
    packets are read, which costs time and nothing else."""
    instructions = ctypes.create_string_buffer(program, len(program))
    try:
        to.setsockopt(
            socket.SOL_SOCKET,
            SO_ATTACH_FILTER,
            struct.pack("HP", len(program) // 8, ctypes.addressof(instructions)),
        )
    except OSError:
        return False
    return True


def detach_filter(of: socket.socket) -> None:
    """Let everything through again."""
    try:
        of.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def disconnect(connected: socket.socket) -> None:
    """Dissolve a UDP socket's association (connect(2) with AF_UNSPEC); it keeps its port."""
    unspecified = struct.pack("H14x", socket.AF_UNSPEC)
    if _libc.connect(connected.fileno(), unspecified, len(unspecified)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Peer:
    """See the head of this file. ``named``: what the SDP says; ``held``: whose packets count now, None:
    nobody's yet. ``on_moved``: told when ``held`` changes by what comes in. ``clock``: monotonic, ns."""

    __slots__ = (
        *("_clock", "_counts", "_events", "_filtered", "_former", "_heard_at", "_hosts", "_since"),
        *("held", "named", "on_moved", "socket"),
    )

    def __init__(self, own: socket.socket, on_moved: Callable[[], None], clock: Callable[[], int]) -> None:
        self.socket = own
        self.named: Address | None = None
        self.held: Address | None = None
        self.on_moved = on_moved
        self._clock = clock
        self._hosts: frozenset[str] = frozenset()
        self._events: int | None = None
        self._since = self._heard_at = 0  # the address was named; the stand-in was heard
        self._former: Address | None = None
        self._counts: dict[Address, int] = {}
        self._filtered = False

    @property
    def connected(self) -> bool:
        """Is it the named one that is talked to? Then ``socket.send`` is the fast way to it."""
        return self.held is not None and self.held == self.named

    @property
    def host(self) -> str | None:
        """Whose media it is, whatever the port."""
        address = self.held or self.named
        return None if address is None else address[0]

    def signalled(self, address: Address, hosts: frozenset[str], events: int | None) -> None:
        """The SDP's address, the hosts that may stand in for it, and the payload type of telephone-event,
        if nobody listens to the audio. Raises OSError; nothing was changed then."""
        address = self._family(address)
        moved = address != self.named
        if self.held is not None and (moved or not self.connected):
            if self.connected:
                disconnect(self.socket)
            self._former, self.held = self.held if moved else None, None
        if moved:
            self._since = self._clock()
            self._counts.clear()
        self.named, self._events = address, events
        self._hosts = frozenset(self._family((host, 0))[0] for host in hosts)
        self._set_filter()

    def put(self, packet: bytearray) -> None:
        """Send to who holds the call, or else to where the SDP says."""
        to = self.held or self.named
        if to is not None:
            self.socket.sendto(packet, to)

    def receive(self, kinds: frozenset[int]) -> rtp.Packet | None:
        """One packet of the caller's; None where what came is not one: a stranger's, garbage, or of a payload
        type not in ``kinds``. Raises BlockingIOError when nothing is there."""
        octets, source = self.socket.recvfrom(2048)
        source = source[:2]
        if source != self.held and not self._may_take(source):
            return None
        try:
            packet = rtp.parse(octets)
        except rtp.NotRtp:
            return None
        if packet.payload_type not in kinds:
            return None
        if source != self.held and not self._takes(source):
            return None
        if source != self.named:
            self._heard_at = self._clock()
            if not self._filtered:
                self._set_filter()
        return packet

    def look(self) -> None:
        """Called about once a second: behind a stand-in that fell silent the kernel lets others in again."""
        if self._filtered and not self.connected and self._clock() - self._heard_at >= SILENT:
            detach_filter(self.socket)
            self._filtered = False

    # ---- who it is -----------------------------------------------------------------------------------------
    def _may_take(self, source: Address) -> bool:
        """What was queued before the socket was connected may still be anybody's: so always look."""
        if source == self.named:
            return True
        if source[0] not in self._hosts or self.connected:
            return False
        now = self._clock()
        if source == self._former and now - self._since < FORMER_WAIT:
            return False
        return self.held is None or now - self._heard_at >= SILENT

    def _takes(self, source: Address) -> bool:
        """It is RTP and it may: does it hold the call from now on?"""
        if source != self.named:
            if source not in self._counts and len(self._counts) >= MOST_SOURCES:
                return False
            self._counts[source] = self._counts.get(source, 0) + 1
            if self._counts[source] < STREAM or self._clock() - self._since < WAIT:
                return False
        else:
            self.socket.connect(source)
        self._counts.clear()
        self.held = source
        self._heard_at = self._clock()
        self._set_filter()
        self.on_moved()
        return True

    def _set_filter(self) -> None:
        """Nobody holds it: everything is read. The named one: it is connected, and only keys count. A
        stand-in: that, whatever comes from the named port, and nothing else."""
        detach_filter(self.socket)
        self._filtered = False
        if self.held is None or self.named is None:
            return
        if self.connected:
            program = b"" if self._events is None else rtp.key_filter(self._events)
        else:
            program = rtp.stand_in_filter(self.named[1], self.held[1], self._events)
        self._filtered = bool(program) and attach_filter(self.socket, program)

    def _family(self, address: Address) -> Address:
        """As the socket's own family writes it: an IPv6 one knows IPv4 as ::ffff:192.0.2.9."""
        host, port = address
        mapped = self.socket.family == socket.AF_INET6 and ":" not in host
        return (f"::ffff:{host}" if mapped else host, port)
