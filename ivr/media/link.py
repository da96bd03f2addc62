"""The local socket to a media process, and that process as a child. Used by ``ivr.media.client`` alone."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol as Interface

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFDSet, IReactorProcess, IReactorTime
from twisted.internet.protocol import ProcessProtocol, Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from counter import children
from ivr.media import protocol
from ivr.media.direct import DirectSocket

CONTROL = 3  # the child's descriptor
MOST_BEHIND = 16 << 20  # octets of commands that it has not done: some 30,000 prompts
MOST_HEARD = 512 << 10  # octets of reports from one ping to the next: some 15,000 keys
MOST_NONSENSE = 1000  # lines that are none
MOST_STDERR = 100  # pieces of what a child writes there that are logged
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # numpy has none of its own


class IMediaReactor(IReactorTime, IReactorProcess, IReactorFDSet):
    """Time, sockets that we watch ourselves, and child processes."""


class ChildListener(Interface):
    """Who is told what the child says, and that it ended."""

    log: Logger

    def complain(self, kind: str, text: str) -> None:
        """A log line, one a minute for each kind."""

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
    python: str = children.PYTHON

    def arguments(self) -> list[str]:
        return [
            *("--address", self.address, "--ports", f"{self.first_port}-{self.last_port}"),
            *("--calls", str(self.calls), "--silence", self.silence, "--nice", str(self.nice)),
            *("--vanished-after", str(self.vanished_after), "--absent-after", str(self.absent_after)),
            *(["--realtime"] if self.realtime else []),
        ]


def launch(
    hall: ChildListener, reactor: IMediaReactor, settings: MediaSettings, ended: Deferred[None]
) -> ChildLink:
    """Start a child; ``ended`` fires when it is gone."""
    link, child = ChildLink(hall), Child(hall, ended)
    link.child = child
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        given = ("--control", str(CONTROL), "--parent", str(os.getpid()), *settings.arguments())
        children.spawn(
            reactor,
            child,
            children.command("ivr.media", *given, python=settings.python),
            descriptors={**children.PIPES, CONTROL: theirs.fileno()},
            **ONE_THREAD,
        )
    DirectSocket(reactor, ours, link)
    return link


class ChildLink(Protocol):
    """The local socket to one child. One that does not keep up with what it is told, talks without end or
    talks nonsense is killed: what waits for it here, and what it costs here, has bounds."""

    child: Child

    def __init__(self, hall: ChildListener) -> None:
        self._hall = hall
        self._lines = protocol.LineSplitter()
        self._said = self._done = 0  # octets: told to it, known to be done
        self._heard = 0  # octets since the last ping
        self._nonsense = 0  # lines
        self.ready = False

    def send(self, command: protocol.Command) -> bool:
        if self.transport is None or not self.connected:
            return False
        if self._said - self._done > MOST_BEHIND:
            self._kill(f"{(self._said - self._done) >> 20} MiB behind with what it is told")
            return False
        line = protocol.encode(command)
        self._said += len(line)
        self.transport.write(line)
        return True

    def ping(self) -> None:
        """Ask whether it is there; the answer says how far it is."""
        self._heard = 0
        self.send(protocol.Ping(self._said))

    def _kill(self, why: str) -> None:
        if self.connected:
            self._hall.log.error("media process killed: {why}", why=why)
            self.abort()

    def abort(self) -> None:
        """Have done with it, at once."""
        self.connected = 0
        self.child.kill()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        if not self.connected:
            return
        self._heard += len(data)
        if self._heard > MOST_HEARD:
            self._kill("it talks without end")
            return
        for line in self._lines.feed(data):
            try:
                report = protocol.decode(line or b"")
            except protocol.Garbage as why:
                self._nonsense += 1
                self._hall.complain("nonsense", str(why))
                if self._nonsense > MOST_NONSENSE:
                    self._kill("it talks nonsense")
                    return
            else:
                if isinstance(report, protocol.Pong):
                    self._done = max(self._done, min(report.said, self._said))
                self._hall.received(report)

    def connectionLost(self, reason: Failure = Failure(error.ConnectionDone())) -> None:  # noqa: B008
        self.child.kill()  # without its socket it is of no use; most often it is gone already


class Child(ProcessProtocol):
    """The child itself: what it writes is logged, its end is told."""

    def __init__(self, hall: ChildListener, ended: Deferred[None]) -> None:
        self._hall = hall
        self._ended = ended
        self._written = 0

    def kill(self) -> None:
        """Kill -9, if it still runs."""
        if self.transport is not None:
            with suppress(error.ProcessExitedAlready):
                self.transport.signalProcess("KILL")

    @property
    def pid(self) -> int | None:
        return None if self.transport is None else self.transport.pid

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self._written += 1
        if self._written <= MOST_STDERR:
            self._hall.log.warn("media process: {text}", text=data.decode("utf-8", "replace").rstrip())

    def processEnded(self, reason: Failure) -> None:
        self._hall.process_ended(reason)
        self._ended.callback(None)
