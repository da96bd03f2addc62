"""A billing system that is well, slow and narrow: a proxy that lets through so many requests at once, each
after a pause, and refuses and loses none.

    with Narrow(upstream_port, pause=0.5, at_once=8) as narrow:
        narrow.port                 # what the hall is told
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.e2e.running import HOST, free_port

METHODS = (b"GET ", b"POST", b"PUT ")


class Narrow:
    """See the head of this file. It runs in a thread of its own; ``pause`` in seconds."""

    def __init__(self, upstream: int, *, pause: float, at_once: int) -> None:
        self.port, self._upstream, self._pause = free_port(), upstream, pause
        self._loop = asyncio.new_event_loop()
        self._clerks = asyncio.Semaphore(at_once)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, HOST, self.port)
        asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, hall: asyncio.StreamReader, to_hall: asyncio.StreamWriter) -> None:
        boss, to_boss = await asyncio.open_connection(HOST, self._upstream)
        answers = asyncio.create_task(self._pass_on(boss, to_hall))
        with suppress(OSError):
            while data := await hall.read(65_536):
                if data.startswith(METHODS):
                    async with self._clerks:
                        await asyncio.sleep(self._pause)
                to_boss.write(data)
        answers.cancel()
        to_boss.close()
        to_hall.close()

    async def _pass_on(self, boss: asyncio.StreamReader, to_hall: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await boss.read(65_536):
                to_hall.write(data)
