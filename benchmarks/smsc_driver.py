"""An SMSC in lean Python that keeps so many MO ``0101`` under way, and compares every answer.

    driver = Driver(window, subscribers)        # a protocol for asyncio's create_server
    await driver.bound.wait(); driver.start()
    driver.latencies, driver.wrong              # seconds from deliver_sm to the answer's last part

Each answer is compared with the first one, but for the time in it; what comes behind an answer is a promo.
"""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import Sequence

HEADER = struct.Struct(">IIII")
SATURATED = 0.85
"""Of its core: beyond it the driver is what is measured."""
STAMP = re.compile("截至.*?，")


class Driver(asyncio.Protocol):
    """An SMSC that keeps ``window`` MOs under way, each from a subscriber of its own."""

    def __init__(self, window: int, subscribers: Sequence[str]) -> None:
        self.window = window
        self.free = list(subscribers)
        self.sent: dict[str, float] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.latencies: list[float] = []
        self.wrong = 0
        self.promos = 0
        self.running = False
        self.expected = ""
        self.sequence = 0
        self.message_ids = 0
        self.buffer = b""
        self.bound = asyncio.Event()
        self.quiet = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        at, out = 0, []
        while len(data) - at >= 16:
            length, command, _, sequence = HEADER.unpack_from(data, at)
            if len(data) - at < length:
                break
            if command == 4:
                self.message_ids += 1
                out.append(HEADER.pack(25, 0x80000004, 0, sequence) + b"%08x\0" % self.message_ids)
                self.submitted(data[at : at + length])
            elif command == 9:
                out.append(HEADER.pack(22, 0x80000009, 0, sequence) + b"bench\0")
                self.bound.set()
            elif command == 0x15:
                out.append(HEADER.pack(16, 0x80000015, 0, sequence))
            at += length
        self.buffer = data[at:]
        out.extend(self.more())
        if out:
            self.transport.write(b"".join(out))

    def more(self) -> list[bytes]:
        """MOs up to the window."""
        out, now = [], time.perf_counter()
        while self.running and self.free and len(self.sent) < self.window:
            subscriber = self.free.pop(0)
            self.sent[subscriber] = now
            self.sequence += 1
            body = (
                b"\0\0\1"
                + subscriber.encode()
                + b"\0\0\1"
                + b"10086\0"
                + b"\0\0\0\0\0\0\0\0\0"
                + b"\x04"
                + b"0101"
            )
            out.append(HEADER.pack(16 + len(body), 5, 0, self.sequence) + body)
        return out

    def start(self) -> None:
        self.running = True
        self.transport.write(b"".join(self.more()))

    def submitted(self, frame: bytes) -> None:
        """A part of an answer or a promo."""
        source_end = frame.index(b"\0", 19)
        destination_end = frame.index(b"\0", source_end + 3)
        subscriber = frame[source_end + 3 : destination_end].decode()
        rest = frame[destination_end + 1 :]
        esm, length = rest[0], rest[9]
        body = rest[10 : 10 + length]
        if subscriber not in self.sent:
            self.promos += 1
            return
        total, number = (body[4], body[5]) if esm & 0x40 else (1, 1)
        parts = self.parts.setdefault(subscriber, {})
        parts[number] = body[6:] if esm & 0x40 else body
        if len(parts) == total:
            self.answered(subscriber, b"".join(parts[n] for n in sorted(parts)))

    def answered(self, subscriber: str, body: bytes) -> None:
        del self.parts[subscriber]
        text = STAMP.sub("", body.decode("utf-16-be", "replace"))
        self.expected = self.expected or text
        self.wrong += text != self.expected
        self.latencies.append(time.perf_counter() - self.sent.pop(subscriber))
        self.free.append(subscriber)
        if not self.running and not self.sent:
            self.quiet.set()
