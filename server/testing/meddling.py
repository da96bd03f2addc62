"""A proxy before the back office that meddles with its answers: late, rubbish, or cut off half way; or that
lets through so many requests at once, each after a pause, and refuses and loses none.

    with Meddler(upstream_port) as meddler:
        meddler.port                 # what the hall is told
        meddler.meddle(Mode.SLOW)
    with Meddler(upstream_port, pause=0.5, at_once=8) as narrow: ...
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import Self

from server.testing.ports import HOST, free_port

LATE = 10.0
METHODS = (b"GET ", b"POST", b"PUT ")
RUBBISH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{]\x00\xff42, NaN"


class Mode(Enum):
    PASS = auto()
    SLOW = auto()  # answers come LATE seconds late
    RUBBISH = auto()  # something else comes in their place
    CUT = auto()  # half of an answer comes, then the connection falls
    LOST = auto()  # no answer comes, now or later on that connection


class _Line:
    """One connection: what befalls the answer to its last request."""

    mode = Mode.PASS


class Meddler:
    """See the head of this file. It runs in a thread of its own; ``pause`` in seconds."""

    def __init__(self, upstream: int, *, pause: float = 0.0, at_once: int = 1_000) -> None:
        self.port, self._upstream, self._pause = free_port(), upstream, pause
        self._clerks = asyncio.Semaphore(at_once)
        self._mode, self._only = Mode.PASS, b""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def meddle(self, mode: Mode, only: bytes = b"") -> None:
        """From now on, with answers to requests that hold ``only``."""
        self._mode, self._only = mode, only

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, HOST, self.port)
        asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            try:
                theirs, ours = await asyncio.open_connection(HOST, self._upstream)
                line = _Line()
                asking = asyncio.create_task(self._pass_on(reader, ours, line))
                await self._answers(theirs, writer, line)
                asking.cancel()
                ours.close()
            finally:
                writer.close()

    async def _answers(self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line) -> None:
        while data := await theirs.read(65_536):
            if line.mode is Mode.LOST:
                continue
            if line.mode is Mode.SLOW:
                await asyncio.sleep(LATE)
            if line.mode is Mode.CUT:
                writer.write(data[: len(data) // 2])
                return
            writer.write(RUBBISH if line.mode is Mode.RUBBISH else data)
            await writer.drain()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if line.mode is not Mode.LOST:
                    line.mode = self._mode if self._only in data else Mode.PASS
                if self._pause and data.startswith(METHODS):
                    async with self._clerks:
                        await asyncio.sleep(self._pause)
                writer.write(data)
                await writer.drain()
            writer.close()
