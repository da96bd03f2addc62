"""SIP over UDP: one plain socket, emptied at each wake-up and written without Twisted's bookkeeping.

Reading is cheap, serving is not: everything that waits is taken out at once and put in its sender's queue
(:mod:`ivr.sip.fair_queue`), for what one has sent must not stand before what others send, nor push it out of
the kernel's buffer. TCP: see :mod:`ivr.sip.tcp`.
"""

from __future__ import annotations

import socket

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFDSet,
    IReactorTCP,
    IReactorTime,
    IReadDescriptor,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from ivr.sip.fair_queue import FairQueue

BUFFER = 4 * 1024 * 1024
READS = 512  # datagrams a wake-up: some 2 ms
AT_ONCE = 4  # served as they are read if nothing waits: what one brings about has often come by then


class ISipReactor(IReactorTime, IReactorFDSet, IReactorTCP, IReactorCore):
    """Time, datagrams and connections, and names of hosts."""


@implementer(IReadDescriptor)
class UdpTransport:
    """One UDP socket. Raises CannotListenError from ``__init__`` when the address cannot be had."""

    def __init__(self, reactor: ISipReactor, host: str, port: int, turns: FairQueue) -> None:
        self._reactor = reactor
        self._turns = turns
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER)  # the kernel gives what it may
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise CannotListenError(host, port, error) from error
        self.port: int = self._socket.getsockname()[1]
        self.dropped = 0
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:
        return "SIP/UDP"

    def doRead(self) -> None:
        turns = self._turns
        now = turns.clock()
        for number in range(READS):
            try:
                data, (host, port) = self._socket.recvfrom(65_535)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error for something that we sent
                continue
            turns.datagram(data, host, port, now, at_once=number < AT_ONCE)
        turns.run()

    def send(self, data: bytes, host: str, port: int) -> None:
        """What cannot be sent now is dropped: SIP over UDP sends again by itself."""
        try:
            self._socket.sendto(data, (host, port))
        except OSError:
            self.dropped += 1

    def connectionLost(self, reason: Failure) -> None:
        """Called by the reactor when the socket is broken or the reactor stops."""
        self.close()

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._reactor.removeReader(self)
            self._socket.close()
