"""The hall's end of the media process's socket: written at once, in order, and closed once."""

from __future__ import annotations

import socket

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from ivr.media.direct import DirectSocket


class Listener(Protocol):
    def __init__(self) -> None:
        self.heard = b""
        self.lost: list[Failure] = []
        self.ended: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        self.lost.append(reason)
        self.ended.callback(None)


class DirectSocketTest(TestCase):
    timeout = 30

    def setUp(self) -> None:
        ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(self.theirs.close)
        self.listener = Listener()
        self.transport = DirectSocket(reactor, ours, self.listener)
        self.addCleanup(lambda: self.listener.lost or self.transport.connectionLost(Failure(OSError())))

    async def heard(self, size: int) -> bytes:
        """What comes out at the other end, ``size`` octets of it."""
        self.theirs.setblocking(False)
        found = b""
        while len(found) < size:
            try:
                found += self.theirs.recv(1 << 16)
            except BlockingIOError:
                await deferLater(reactor, 0.001, lambda: None)  # type: ignore[arg-type]
        return found

    def test_what_is_written_is_there_before_the_reactor_turns(self) -> None:
        self.transport.write(b"[1]\n")
        assert self.theirs.recv(100) == b"[1]\n"

    async def test_what_the_kernel_does_not_take_goes_afterwards_in_order(self) -> None:
        lines = [b"%07d\n" % number for number in range(500_000)]
        for line in lines:
            self.transport.write(line)
        assert await self.heard(8 * len(lines)) == b"".join(lines)

    async def test_what_was_written_before_the_close_still_comes(self) -> None:
        self.transport.write(b"x" * 3_000_000)
        self.transport.loseConnection()
        assert len(await self.heard(3_000_000)) == 3_000_000
        await self.listener.ended
        assert self.theirs.recv(1) == b""
        assert len(self.listener.lost) == 1

    async def test_the_other_end_speaks_and_goes(self) -> None:
        self.theirs.send(b"[2]\n")
        self.theirs.close()
        await self.listener.ended
        assert self.listener.heard == b"[2]\n"
        self.transport.write(b"nobody hears it")
        self.transport.loseConnection()
        await deferLater(reactor, 0, lambda: None)  # type: ignore[arg-type]
        assert len(self.listener.lost) == 1
