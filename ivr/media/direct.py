"""A local stream socket that is written at once; only what the kernel does not take waits.

Twisted's own transport keeps each write for the reactor's next turn and tells epoll of it twice, which costs
more than what is written here: a call has half a dozen commands of some 50 octets.

    DirectSocket(reactor, socket, protocol)        # calls protocol.makeConnection, dataReceived, …
"""

from __future__ import annotations

import socket

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorFDSet, IReadWriteDescriptor
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

READ = 1 << 16  # octets at once


@implementer(IReadWriteDescriptor)
class DirectSocket:
    """The transport of ``protocol`` over ``own``, which is its own from now on."""

    def __init__(self, reactor: IReactorFDSet, own: socket.socket, protocol: Protocol) -> None:
        own.setblocking(False)
        self._reactor = reactor
        self._socket = own
        self._protocol = protocol
        self._unsent = bytearray()
        self._closing = False
        reactor.addReader(self)
        protocol.makeConnection(self)

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:
        return type(self._protocol).__name__

    def write(self, data: bytes) -> None:
        """Send it, behind what waits."""
        if self._unsent:
            self._unsent += data
            return
        sent = self._send(data)
        if sent < len(data):
            self._unsent += data[sent:]
            self._reactor.addWriter(self)

    def _send(self, data: bytes | bytearray) -> int:
        """How many octets are gone; all of them if nobody is there any more: the next read says so."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)

    def loseConnection(self) -> None:
        """Close, once all is sent."""
        self._closing = True
        if not self._unsent:
            self._close()

    def _close(self) -> None:
        self.connectionLost(Failure(ConnectionDone()))

    # ---- called by the reactor -----------------------------------------------------------------------------
    def doRead(self) -> None:
        try:
            data = self._socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._protocol.dataReceived(data)
        else:
            self._close()

    def doWrite(self) -> None:
        del self._unsent[: self._send(self._unsent)]
        if not self._unsent:
            self._reactor.removeWriter(self)
            if self._closing:
                self._close()

    def connectionLost(self, reason: Failure) -> None:
        """The other end is gone, or we have closed; told once."""
        if self._socket.fileno() < 0:
            return
        self._reactor.removeReader(self)
        self._reactor.removeWriter(self)
        self._socket.close()
        self._protocol.connectionLost(reason)
