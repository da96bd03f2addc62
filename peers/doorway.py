"""How many connections a port takes: in all, and of one address. One too many is closed at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure


class Doorway(ServerFactory):
    """``made`` gives a connection's protocol; ``share``: connections of one address, ``most``: of all."""

    noisy = False

    def __init__(self, made: Callable[[], Protocol], *, share: int, most: int) -> None:
        self._made = made
        self._share = share
        self._most = most
        self._open: Counter[str] = Counter()

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        host = str(getattr(addr, "host", ""))
        if self._open[host] >= self._share or self._open.total() >= self._most:
            return None
        protocol = self._made()
        protocol.factory = self
        self._open[host] += 1
        self._watch(protocol, host)
        return protocol

    def _watch(self, protocol: Any, host: str) -> None:
        lost = protocol.connectionLost

        def gone(reason: Failure = connectionDone) -> None:
            self._open[host] -= 1
            if not self._open[host]:
                del self._open[host]
            lost(reason)

        protocol.connectionLost = gone
