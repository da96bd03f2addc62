"""The leanest application behind a gateway: one process, one SQLite look-up an answer, connections kept open.

    python -m benchmarks.lean_application PORT FOLDER SUBSCRIBERS

What ``hall10086 serve`` is compared with, behind Kannel's ``get-url``: of all that a hall does it reads a
number's balance, and says it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.hall_process import msisdn

ANSWER = "本月已消费62.60元（含代收费23元，发0000可查可退），余额{balance:.2f}元。" + "查账单发0102。" * 8
"""Two parts of UCS-2."""
HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\n"
    "X-Kannel-Coding: 2\r\nContent-Length: {length}\r\n\r\n"
)


def filled(file: Path, count: int) -> sqlite3.Connection:
    made = sqlite3.connect(file)
    made.execute("CREATE TABLE balances (msisdn TEXT PRIMARY KEY, balance REAL)")
    made.executemany("INSERT INTO balances VALUES (?, 52.35)", [(msisdn(n),) for n in range(count)])
    made.commit()
    return made


class Application(asyncio.Protocol):
    """``GET /?from=NUMBER&text=TEXT``."""

    def __init__(self, balances: sqlite3.Connection) -> None:
        self._balances = balances
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._held = (self._held + data).split(b"\r\n\r\n")
        for request in requests:
            target = request.split(b" ", 2)[1].decode("ascii")
            (number,) = parse_qs(urlsplit(target).query)["from"]
            self._transport.write(self._answer(number.lstrip("+ ")))

    def _answer(self, number: str) -> bytes:
        row = self._balances.execute("SELECT balance FROM balances WHERE msisdn=?", (number,)).fetchone()
        body = ANSWER.format(balance=row[0] if row else 0.0).encode()
        return HEAD.format(length=len(body)).encode() + body


async def serve(port: int, folder: Path, count: int) -> None:
    balances = filled(folder / "balances.db", count)
    server = await asyncio.get_running_loop().create_server(lambda: Application(balances), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    sys.stdin.close()
    os.umask(0o077)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
