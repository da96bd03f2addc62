"""The hall's side of the voice worker: starts it when there is something to speak, one clip at a time.

    link = WorkerLink(reactor, command(parts, spoken, pinyin))
    path = await link.speak(clip)         # file name under ``spoken``; raises NotSpoken

At most :data:`LONGEST_QUEUE` clips wait; the worker ends after :data:`IDLE` seconds without work, so that its
700 MB are not kept for nothing.
"""

from __future__ import annotations

import json
from collections import deque
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from counter import children
from ivr.media.link import IMediaReactor
from ivr.voice.clips import Clip

LONGEST_QUEUE = 200
IDLE = 60.0
MODEL, VOCABULARY, VOICE = "model.onnx", "vocab.json", "zf_xiaoxiao.bin"
"""The files without which the worker cannot speak."""
PACKAGES = ("onnxruntime", "soxr", "jieba", "pypinyin")


class NotSpoken(Exception):
    """The worker did not render this clip, and why."""


def can_speak(parts: Path) -> bool:
    """Whether what the worker needs is here: the ``voice`` extra's packages and the model's parts."""
    files = all((parts / name).is_file() for name in (MODEL, VOCABULARY, VOICE))
    return files and all(find_spec(name) is not None for name in PACKAGES)


def command(parts: Path, spoken: Path, pinyin: Path) -> list[str]:
    """How the worker is started."""
    return children.command("studio.worker", str(parts), str(spoken), str(pinyin))


class WorkerLink:
    """See the head of this file. ``reactor`` gives processes and time."""

    def __init__(self, reactor: IMediaReactor, arguments: list[str]) -> None:
        self._reactor = reactor
        self._arguments = arguments
        self._waiting: deque[tuple[Clip, Deferred[str]]] = deque()
        self._child: _Child | None = None
        self._idle: Any = None
        self._gone: Deferred[None] | None = None

    async def speak(self, clip: Clip) -> str:
        """Name of the A-law file with this clip. Raises NotSpoken."""
        if len(self._waiting) >= LONGEST_QUEUE:
            raise NotSpoken("too many clips are waiting for the voice")
        result: Deferred[str] = Deferred()
        self._waiting.append((clip, result))
        self._next()
        return await result

    async def stop(self) -> None:
        """End the worker and wait until it is gone; what waits fails."""
        self._fail("the voice worker was stopped")
        if self._child is not None:
            self._gone = Deferred()
            self._child.end()
            await self._gone

    def _next(self) -> None:
        if self._child is None:
            self._child = _Child(self)
            children.spawn(self._reactor, self._child, self._arguments)
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._waiting and not self._child.busy:
            self._child.ask(self._waiting[0][0])

    def answered(self, answer: dict[str, Any]) -> None:
        """One line came back."""
        if not self._waiting:
            return
        _, result = self._waiting.popleft()
        if "file" in answer:
            result.callback(str(answer["file"]))
        else:
            result.errback(NotSpoken(str(answer.get("error", "no answer"))))
        if self._waiting:
            self._next()
        elif self._idle is None and self._child is not None:
            self._idle = self._reactor.callLater(IDLE, self._rest)

    def _rest(self) -> None:
        self._idle = None
        if self._child is not None:
            self._child.end()

    def ended(self, child: _Child, why: str) -> None:
        """The worker is gone; what waited fails."""
        if child is not self._child:
            return
        self._child = None
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._fail(why)
        if self._gone is not None:
            gone, self._gone = self._gone, None
            gone.callback(None)

    def _fail(self, why: str) -> None:
        waiting, self._waiting = self._waiting, deque()
        for _, result in waiting:
            result.errback(NotSpoken(why))


class _Child(ProcessProtocol):
    """One worker process."""

    def __init__(self, link: WorkerLink) -> None:
        self._link = link
        self._rest = b""
        self._complaint = b""
        self.busy = False

    def ask(self, clip: Clip) -> None:
        self.busy = True
        request = {"text": clip.text, "ending": clip.ending.value}
        assert self.transport is not None
        self.transport.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")

    def end(self) -> None:
        assert self.transport is not None
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.busy = False
            self._link.answered(json.loads(line))

    def errReceived(self, data: bytes) -> None:
        self._complaint = (self._complaint + data)[-500:]

    def processEnded(self, reason: Failure) -> None:
        why = self._complaint.decode(errors="replace").strip() or "the voice worker ended"
        self._link.ended(self, why)
