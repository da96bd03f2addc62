"""An HTTP server that says what it is told to say: broken, slow, cut off, or nothing at all."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol


@dataclass(frozen=True)
class Say:
    """These octets, then the connection is closed, or not."""

    octets: bytes
    close: bool = False


SILENCE = Say(b"")
HANG_UP = Say(b"", close=True)


def answer(
    body: bytes | Any, status: str = "200 OK", kind: str = "application/json", headers: str = ""
) -> Say:
    """A whole, proper answer with this body."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Say(_head(status, kind, len(octets), headers) + octets)


def problem(kind: str, status: str, headers: str = "", **more: Any) -> Say:
    body = {"type": f"urn:hall10086:problem:{kind}", "title": kind, "status": int(status[:3]), **more}
    return answer(body, status, "application/problem+json", headers)


def cut(body: Any, octets: int) -> Say:
    """The answer with only its body's first ``octets``, and then the connection is closed."""
    whole = json.dumps(body).encode()
    return Say(_head("200 OK", "application/json", len(whole), "") + whole[:octets], close=True)


def _head(status: str, kind: str, length: int, headers: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{headers}\r\n"
    return head.encode()


class Liar(Factory):
    """Answers requests in the order of ``sayings``; the last one stays. ``requests`` are as they came."""

    def __init__(self, *sayings: Say) -> None:
        self.sayings = deque(sayings)
        self.requests: list[bytes] = []
        self.open: list[_Connection] = []
        self._gone: Deferred[None] | None = None

    def buildProtocol(self, address: Any) -> Protocol:
        return _Connection(self)

    def next(self) -> Say:
        return self.sayings.popleft() if len(self.sayings) > 1 else self.sayings[0]

    async def nobody(self) -> None:
        """Until no connection is open."""
        if self.open:
            self._gone = Deferred()
            await self._gone

    def closed(self, connection: _Connection) -> None:
        self.open.remove(connection)
        if not self.open and self._gone is not None:
            gone, self._gone = self._gone, None
            gone.callback(None)


class _Connection(Protocol):
    def __init__(self, liar: Liar) -> None:
        self._liar = liar
        self._got = b""

    def connectionMade(self) -> None:
        self._liar.open.append(self)

    def connectionLost(self, reason: Any = None) -> None:
        self._liar.closed(self)

    def dataReceived(self, data: bytes) -> None:
        self._got += data
        head, blank, body = self._got.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if b"content-length" in line]
        if not blank or len(body) < (int(lengths[0]) if lengths else 0):
            return
        self._liar.requests.append(self._got)
        self._got = b""
        saying = self._liar.next()
        self.transport.write(saying.octets)  # type: ignore[union-attr]
        if saying.close:
            self.transport.loseConnection()  # type: ignore[union-attr]
