"""The local socket to a media process, and that process as a child. Used by ``ivr.media.client`` alone."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from typing import Protocol as Interface

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, ProcessProtocol, Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from ivr.media import protocol

CONTROL = 3  # the child's descriptor


class Hall(Interface):
    """Who is told what the child says, and that it ended."""

    log: Logger

    def received(self, report: protocol.Message) -> None: ...

    def process_ended(self, reason: Failure) -> None: ...


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """``address``: where RTP is sent from and received. ``first_port`` 0: any free even port.
    ``vanished_after``: seconds without RTP and RTCP after which a caller is gone; ``absent_after``: the same
    where nothing came from the start; 0 turns either off; not below 5 (one packet in 64 is seen).
    ``silence``: what is sent between prompts, ``continuous`` or ``none``. ``realtime``: run
    before all ordinary processes of its core (SCHED_RR), where allowed; else with ``nice``, where allowed.
    """

    address: str = "127.0.0.1"
    first_port: int = 0
    last_port: int = 0
    calls: int = 2000
    vanished_after: float = 30.0
    absent_after: float = 30.0
    silence: str = "continuous"
    realtime: bool = True
    nice: int = -10
    python: str = field(default=sys.executable)

    def arguments(self) -> list[str]:
        return [
            *("--address", self.address, "--ports", f"{self.first_port}-{self.last_port}"),
            *("--calls", str(self.calls), "--silence", self.silence, "--nice", str(self.nice)),
            *("--vanished-after", str(self.vanished_after), "--absent-after", str(self.absent_after)),
            *(["--realtime"] if self.realtime else []),
        ]


def launch(hall: Hall, reactor: Any, settings: MediaSettings, ended: Deferred[None]) -> Link:
    """Start a child; ``ended`` fires when it is gone."""
    link, child = Link(hall), Child(hall, ended)
    link.child = child
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        ours.setblocking(False)
        command = [
            settings.python,
            "-m",
            "ivr.media",
            "--control",
            str(CONTROL),
            "--parent",
            str(os.getpid()),
        ]
        reactor.spawnProcess(
            child,
            settings.python,
            [*command, *settings.arguments()],
            env=_environment(),
            childFDs={0: "w", 1: "r", 2: "r", CONTROL: theirs.fileno()},
        )
        reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, Factory.forProtocol(lambda: link))
    return link


def _environment() -> dict[str, str]:
    """The child's: our modules to be found, numpy without threads of its own."""
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Link(Protocol):
    """The local socket to one child."""

    child: Child

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._lines = protocol.Lines()
        self.ready = False

    def send(self, command: protocol.Command) -> bool:
        if self.transport is None or not self.connected:
            return False
        self.transport.write(protocol.encode(command))
        return True

    def close(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            try:
                report = protocol.decode(line or b"")
            except protocol.Garbage as why:
                self._hall.log.error("media process sent garbage: {why}", why=why)
            else:
                self._hall.received(report)

    def connectionLost(self, reason: Failure = Failure(error.ConnectionDone())) -> None:  # noqa: B008
        self.child.kill()  # without its socket it is of no use; most often it is gone already


class Child(ProcessProtocol):
    """The child itself: what it writes is logged, its end is told."""

    def __init__(self, hall: Hall, ended: Deferred[None]) -> None:
        self._hall = hall
        self._ended = ended

    def kill(self) -> None:
        """Kill -9, if it still runs."""
        if self.transport is not None:
            with suppress(error.ProcessExitedAlready):
                self.transport.signalProcess("KILL")

    @property
    def pid(self) -> int | None:
        return None if self.transport is None else self.transport.pid

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self._hall.log.warn("media process: {text}", text=data.decode("utf-8", "replace").rstrip())

    def processEnded(self, reason: Failure) -> None:
        self._hall.process_ended(reason)
        self._ended.callback(None)
