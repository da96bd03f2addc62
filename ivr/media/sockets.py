"""The two UDP sockets of a call: RTP on an even port, RTCP on the next (RFC 3550 §11).

Whose packets count (*latching*): the caller's SDP names host and port, but a phone behind a NAT comes from
another port, or from the address that its signalling came from. So the first valid RTP packet that comes from
one of the allowed hosts, from whatever port, decides; the socket is then connected to that source, and the
kernel drops what any other sends. Until then, and for ever if nothing comes, we send where the SDP says. A
new address in a re-INVITE starts this afresh.
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
TRIES = 200  # port pairs

Address = tuple[str, int]
_libc = ctypes.CDLL(None, use_errno=True)


class NoPort(OSError):
    """No free port pair in the range, or no file descriptor left."""


class Ports:
    """Gives out port pairs, always the next one in turn, so that a late packet of an old call seldom meets
    a new one. ``first`` 0: whatever the system gives."""

    def __init__(self, address: str, first: int, last: int) -> None:
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._address = address
        self._first, self._pairs = first + first % 2, (last - first - first % 2 + 1) // 2
        self._next = 0

    def take(self) -> tuple[socket.socket, socket.socket]:
        """The RTP and the RTCP socket, bound, non-blocking. Raises :class:`NoPort`."""
        for _ in range(TRIES if self._first == 0 else self._pairs):
            pair = self._try()
            if pair is not None:
                return pair
        raise NoPort(errno.EADDRINUSE, "no free RTP port pair")

    def _try(self) -> tuple[socket.socket, socket.socket] | None:
        port = self._free() if self._first == 0 else self._first + 2 * self._next
        if self._first:
            self._next = (self._next + 1) % self._pairs
        rtp_socket = self._bound(port) if port % 2 == 0 and port < 65535 else None
        if rtp_socket is None:
            return None
        control = self._bound(port + 1)
        if control is None:
            rtp_socket.close()
            return None
        return rtp_socket, control

    def _free(self) -> int:
        """A number that the system thinks free. It is bound by name afterwards: a port that the system gave
        would be lost by :func:`disconnect`."""
        found = self._bound(0)
        if found is None:
            return 1
        with found:
            port: int = found.getsockname()[1]
        return port

    def _bound(self, port: int) -> socket.socket | None:
        try:
            made = socket.socket(self.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        except OSError as error:
            raise NoPort(error.errno, "no file descriptor left for RTP") from error
        try:
            made.bind((self._address, port))
        except OSError as error:
            made.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return None
            raise NoPort(error.errno, f"cannot use {self._address} for RTP") from error
        return made


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
    """One call's RTP socket and whom it talks to."""

    __slots__ = ("_filter", "_hosts", "_signalled", "latched", "on_latched", "socket")

    def __init__(self, own: socket.socket, on_latched: Callable[[], None]) -> None:
        self.socket = own
        self.latched: Address | None = None
        self.on_latched = on_latched
        self._signalled: Address | None = None
        self._hosts: frozenset[str] = frozenset()
        self._filter: bytes | None = None

    def signalled(self, address: Address, hosts: frozenset[str], program: bytes | None) -> None:
        """The SDP's address, the hosts whose packets count, and the filter for when the source is known."""
        if self.latched is not None and (address, hosts) != (self._signalled, self._hosts):
            disconnect(self.socket)
            self.latched = None
        detach_filter(self.socket)
        self._signalled, self._hosts, self._filter = address, hosts, program
        if self.latched is not None and program is not None:
            attach_filter(self.socket, program)

    def known(self, host: str) -> bool:
        """May a packet from this host be the caller's?"""
        return host in self._hosts or (self.latched is not None and host == self.latched[0])

    def put(self, packet: bytearray) -> None:
        """Send, while the source is not known. Afterwards ``socket.send`` is the faster way."""
        if self._signalled is not None:
            self.socket.sendto(packet, self._signalled)

    def receive(self, kinds: frozenset[int]) -> rtp.Packet | None:
        """One packet of the caller's; None where what came is not one: a stranger's, garbage, or of a payload
        type not in ``kinds``. Raises BlockingIOError when nothing is there."""
        octets, source = self.socket.recvfrom(2048)
        if self._strange(source):
            return None
        try:
            packet = rtp.parse(octets)
        except rtp.NotRtp:
            return None
        if packet.payload_type not in kinds:
            return None
        if self.latched is None:
            self._latch(source)
        return packet

    def _strange(self, source: tuple[str, int]) -> bool:
        """What was queued before the socket was connected may still be anybody's: so always look."""
        if self.latched is not None:
            return source[:2] != self.latched
        return source[0] not in self._hosts

    def _latch(self, source: tuple[str, int]) -> None:
        self.socket.connect(source)
        self.latched = source[:2]
        if self._filter is not None:
            attach_filter(self.socket, self._filter)
        self.on_latched()
