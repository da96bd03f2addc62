"""Whose message is next: one of each source in turn, so that a flood of one keeps nobody else waiting.

What the transports bring is put here. Bytes that are no SIP are dropped at the door, without being read; so
is what a source sends beyond its share of messages (over UDP it is sent again; a TCP connection is not read
for a while instead, see :mod:`ivr.sip.tcp`). A turn of the reactor serves a few messages, half of them of
trusted peers if they wait, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from ivr.sip.api import Hop
from ivr.sip.sources import OCTETS, Source, Sources

Receive = Callable[[bytes, Hop], None]
FIRST_LINE = 2_048  # octets within which it ends
QUEUE = 64  # datagrams of one source that wait; of a trusted one eight times as many
ALL = 4_096  # of all that are not trusted


class FairQueue:
    """Messages that wait for their turn.

    Args:
        receive: gets them. later: as ``reactor.callLater``. most: messages served in one turn.
    """

    def __init__(
        self,
        sources: Sources,
        receive: Receive,
        *,
        clock: Callable[[], float],
        later: Callable[..., Any],
        most: int,
    ) -> None:
        self._sources = sources
        self._receive = receive
        self.clock = clock
        self._later = later
        self._most = most
        self._queues: dict[Source, deque[tuple[bytes, Hop]]] = {}
        self._trusted: deque[Source] = deque()  # those with something in their queue, in the order of turns
        self._others: deque[Source] = deque()
        self._due: Any = None

    def datagram(self, data: bytes, host: str, port: int, now: float, *, at_once: bool = False) -> None:
        """One that came by UDP; dropped if it is no SIP or its source has sent too many. ``at_once``: served
        now if nothing waits."""
        source = self._sources.of(host)
        if not is_sip(data):
            if data.strip(b"\r\n\x00"):  # else: to keep a NAT open (RFC 5626 §3.5.1)
                self._sources.junk(source)
            return
        if not source.messages.allow(now, 1.0 + len(data) / OCTETS):
            self._sources.exceeded(source, "messages")
            return
        queue = self._queues.get(source)
        if queue is not None and len(queue) >= (8 * QUEUE if source.trusted else QUEUE):
            self._sources.exceeded(source, "messages")
        elif len(self._others) >= ALL and not source.trusted:
            self._sources.over["messages"] += 1
        elif at_once and not self._queues:
            self._receive(data, Hop("UDP", host, port))
        else:
            self.put(data, Hop("UDP", host, port), source)

    def put(self, data: bytes, hop: Hop, source: Source) -> None:
        """One that has its place; nothing is looked at."""
        queue = self._queues.get(source)
        if queue is None:
            self._queues[source] = deque(((data, hop),))
            (self._trusted if source.trusted else self._others).append(source)
        else:
            queue.append((data, hop))

    def stream(self, messages: list[bytes], hop: Hop, source: Source) -> None:
        """Those that a connection brought at once."""
        for message in messages:
            self.put(message, hop, source)
        self.run()

    def run(self) -> None:
        """Serve a few; the rest in the reactor's next turn."""
        for number in range(self._most):
            turn = self._trusted if self._trusted and (number % 2 or not self._others) else self._others
            if not turn:
                return
            source = turn.popleft()
            queue = self._queues[source]
            data, hop = queue.popleft()
            if queue:
                turn.append(source)
            else:
                del self._queues[source]
            self._receive(data, hop)
        if self._due is None and self._queues:
            self._due = self._later(0, self._again)

    def _again(self) -> None:
        self._due = None
        self.run()

    def stop(self) -> None:
        """Forget what waits."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        for waiting in (self._queues, self._trusted, self._others):
            waiting.clear()


def is_sip(data: bytes) -> bool:
    """Is there SIP/ in the first line? All else is answered with silence anyway, however long it is."""
    end = data.find(b"\r", 0, FIRST_LINE)
    if data.startswith(b"SIP/2.0", max(end - 7, 0)):  # a request, as everybody writes it
        return True
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
        end = data.find(b"\r", 0, FIRST_LINE)
    return b"SIP/" in data[: end if end >= 0 else FIRST_LINE].upper()
