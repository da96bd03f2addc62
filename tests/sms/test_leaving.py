"""A link that leaves, whatever the other side does."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sms.smpp.connection import LINGER, SmppConnection
from sms.smpp.rare import Bind


class Owner:
    """Of one connection."""

    def __init__(self) -> None:
        self.lost: list[str] = []

    def complain(self, what: str) -> None: ...

    def binding(self, connection: SmppConnection) -> tuple[Bind, float]:
        return SmppConnection.bind("hall", "secret", ""), 5.0

    def connection_lost(self, connection: SmppConnection, why: str, was_bound: bool) -> None:
        self.lost.append(why)


class FullTransport(StringTransport):
    """To somebody who does not read: what is to be closed in good order never is."""

    aborted = False

    def setTcpNoDelay(self, on: bool) -> None: ...

    def loseConnection(self) -> None: ...

    def abortConnection(self) -> None:
        self.aborted = True


class Leaving(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.transport, self.owner = Clock(), FullTransport(), Owner()
        owner: Any = self.owner
        self.connection = SmppConnection(owner, self.clock, 60.0)
        self.connection.makeConnection(self.transport)

    def test_one_who_does_not_read_is_cut_off(self) -> None:
        self.connection.close("enough")
        self.clock.advance(LINGER - 0.1)
        self.assertFalse(self.transport.aborted)
        self.clock.advance(0.2)
        self.assertTrue(self.transport.aborted)

    def test_one_who_reads_is_not(self) -> None:
        self.connection.close("enough")
        self.connection.connectionLost(Failure(ConnectionError()))
        self.clock.advance(LINGER)
        self.assertFalse(self.transport.aborted)
        self.assertEqual(self.owner.lost, ["enough"])
