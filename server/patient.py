"""A stream for logs that keeps nobody waiting: what reads it may stand still (Ctrl-S, a pager, a collector
that hangs), and the hall goes on.

    stream = PatientStream(sys.stderr)      # a thread writes; what finds no room is counted, and told later
    stream.write(line)                      # never blocks, never raises
    stream.close(1.0)                       # seconds for what is left
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TextIO

ROOM = 10_000
"""Lines that wait to be written: some MB at the most."""


class PatientStream:
    """See the head of this file."""

    def __init__(self, stream: TextIO, room: int = ROOM) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(room)
        self.lost = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> int:
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.lost += 1
        return len(line)

    def flush(self) -> None:
        """The thread does, after each line that none follows at once."""

    def close(self, seconds: float) -> None:
        """No more lines; give it so long to write those that wait."""
        with suppress(queue.Full):
            self._lines.put(None, timeout=seconds)
        self._thread.join(seconds)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            with suppress(OSError, ValueError):  # a full disk, a reader that is gone: nowhere else to say so
                if self.lost:
                    lost, self.lost = self.lost, 0
                    self._stream.write(f'{{"level": "warn", "text": "{lost} lines found no room"}}\n')
                self._stream.write(line)
                if self._lines.empty():
                    self._stream.flush()
