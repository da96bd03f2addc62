"""SMS round trips: one MO ``0101`` answered, and the promo behind it, against a driver on another core.

    python -m benchmarks.bench_sms [--seconds 8] [--windows 10,100] [--subscribers 2000]

The server (gateway, durable store, real conversation and menu, ``memory`` business) is a process on one core;
the driver, an SMSC in lean Python, one on the other. A round trip is one deliver_sm whose answer has come
completely; each answer is compared with what the first subscriber got, but for the time in it. Printed: round
trips a second, p50 and p99 from deliver_sm to the answer's last part, CPU seconds of the server per 1,000
round trips (all its threads, promo and store included). There is no verdict where the driver used more than
85 % of its core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = struct.Struct(">IIII")
GOAL, FLOOR, SATURATED = 0.15, 0.33, 0.85
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
        text = STAMP.sub("", body.decode("utf-16-be"))
        self.expected = self.expected or text
        self.wrong += text != self.expected
        self.latencies.append(time.perf_counter() - self.sent.pop(subscriber))
        self.free.append(subscriber)
        if not self.running and not self.sent:
            self.quiet.set()


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, user and system, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(window: int, seconds: float, count: int, profile: str | None) -> dict[str, object]:
    subscribers = [f"138{n:08}" for n in range(count)]
    driver = Driver(window, subscribers)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: driver, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        arguments = [sys.executable, "-m", "benchmarks.sms_server", directory, str(port), str(count)]
        server = subprocess.Popen([*arguments, *([profile] if profile else [])], cwd=ROOT)
        try:
            await asyncio.wait_for(driver.bound.wait(), 60)
            driver.start()
            await asyncio.sleep(min(2.0, seconds / 4))  # warm
            driver.latencies.clear()
            cpu, own, began = cpu_of(server.pid), time.process_time(), time.perf_counter()
            await asyncio.sleep(seconds)
            taken = time.perf_counter() - began
            cpu, own = cpu_of(server.pid) - cpu, time.process_time() - own
            latencies = sorted(driver.latencies)
            driver.running = False
            await asyncio.wait_for(driver.quiet.wait(), 30)
        finally:
            server.terminate()
            server.wait(30)
            listening.close()
    return verdict(window, latencies, taken, cpu, own / taken, driver)


def verdict(
    window: int, latencies: list[float], taken: float, cpu: float, load: float, driver: Driver
) -> dict[str, object]:
    per_1000 = cpu / len(latencies) * 1000
    saturated = load > SATURATED
    return {
        "window": window,
        "round trips/s": round(len(latencies) / taken),
        "p50 ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "p99 ms": round(latencies[len(latencies) * 99 // 100] * 1000, 1),
        "CPU-s per 1,000": round(per_1000, 3),
        "promos": driver.promos,
        "wrong": driver.wrong,
        "driver load": round(load, 2),
        "verdict": "none: the driver was saturated"
        if saturated
        else "goal reached"
        if per_1000 <= GOAL
        else "floor reached"
        if per_1000 <= FLOOR
        else "above the floor",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--windows", default="10,100")
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--profile", help="write a profile of the server to this file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.sched_setaffinity(0, {0})
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    results = [
        asyncio.run(measure(int(window), options.seconds, options.subscribers, options.profile))
        for window in options.windows.split(",")
    ]
    if options.json:
        print(json.dumps(results, ensure_ascii=False))
        return 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}")
    print(f"goal {GOAL}, floor {FLOOR} CPU-s per 1,000 round trips; p50 < 5 ms at 10, < 30 ms at 100")
    for result in results:
        print("  ".join(f"{name} {value}" for name, value in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
