"""The media process: one loop over one timer, the control socket and every call's two sockets.

No Twisted in here: an ``epoll`` loop of its own costs a third a packet of a reactor's, and nothing may stand
between a tick and its frames. The timer is a ``timerfd`` of 1 ms (epoll's own time-outs are whole
milliseconds and begin late), stopped while no call sends. Ticks come first in every turn of the loop, and a
turn handles a handful of sockets and commands at the most.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import select
import signal
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from random import Random, SystemRandom
from typing import Any

from ivr.media import protocol
from ivr.media.legs import Impossible, Leg, VanishedAfter
from ivr.media.pacer import LATE_BOUNDS, TICK, Audio, Pacer
from ivr.media.ports import NoPort, Ports

SOCKETS_A_TURN = 24
COMMANDS_A_TURN = 8
MOST_COMMANDS = 64  # that wait, before more are read
MOST_UNREAD = 1 << 22  # octets of reports that the hall has not read: it hangs
SPARE_DESCRIPTORS = 32
CHECK_EVERY = 1_000_000_000  # ns


@dataclass(frozen=True, slots=True)
class Options:
    """What ``python -m ivr.media`` is told; see there."""

    address: str = "127.0.0.1"
    first_port: int = 0
    last_port: int = 0
    calls: int = 2000
    vanished_after: VanishedAfter = field(default_factory=lambda: VanishedAfter(30, 30))
    continuous: bool = True


class Hung(Exception):
    """The hall does not read what it is told."""


class Control:
    """The hall's end: commands in, reports out; a report that does not fit waits."""

    def __init__(self, own: socket.socket) -> None:
        own.setblocking(False)
        self.socket = own
        self.commands: deque[bytes | None] = deque()  # lines read, not yet done
        self._lines = protocol.LineSplitter()
        self._unread = bytearray()

    def read(self) -> bool:
        """Take in what came, unless enough waits to be done. False: the hall is gone."""
        if len(self.commands) > MOST_COMMANDS:
            return True
        try:
            octets = self.socket.recv(1 << 14)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.commands.extend(self._lines.feed(octets))
        return bool(octets)

    def tell(self, report: protocol.Report) -> None:
        """Send it, or have it wait behind others. Raises :class:`Hung`."""
        waited = bool(self._unread)
        self._unread += protocol.encode(report)
        if not waited:
            self.write()
        elif len(self._unread) > MOST_UNREAD:
            raise Hung

    def write(self) -> None:
        """Send of what waits as much as the socket takes."""
        try:
            with memoryview(self._unread) as whole, whole[: 1 << 16] as some:
                sent = self.socket.send(some)
        except BlockingIOError:
            return
        except OSError:  # gone: the next read says so
            sent = len(self._unread)
        del self._unread[:sent]

    @property
    def waits(self) -> bool:
        return bool(self._unread)


class MediaServer:
    """All calls, and what the hall may ask of them. ``clock``: monotonic, ns."""

    def __init__(
        self,
        options: Options,
        tell: Callable[[protocol.Report], None],
        watch: Callable[[socket.socket, Callable[[], None]], None],
        load: Callable[[protocol.MapPack], None],
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        random: Random | None = None,
    ) -> None:
        self.pacer = Pacer(clock(), clock)
        self.legs: dict[int, Leg] = {}
        self.packs: dict[int, Audio] = {}
        self._options, self._tell, self._watch, self._load = options, tell, watch, load
        self._clock = clock
        self._random = random or SystemRandom()  # callers see numbers of it: none may tell the next one
        self._ports = Ports(options.address, options.first_port, options.last_port, self._random, clock)
        self._opened = self._refused = self._faults = 0

    def obey(self, line: bytes | None) -> None:
        """Do one command; whatever is wrong with it is told, and changes nothing."""
        try:
            if line is None:
                raise Impossible("line too long")
            self._do(protocol.decode(line))
        except (protocol.Garbage, Impossible) as why:
            self._faults += 1
            self._tell(protocol.Fault(str(why)))

    def _do(self, command: protocol.Message) -> None:
        match command:
            case protocol.Play(call, utterance, segments):
                self._leg(call).play(utterance, segments, self.packs)
            case protocol.Stop(call):
                self._leg(call).stop()
            case protocol.Open(call):
                self._open(call)
            case protocol.Remote():
                self._leg(command.call).remote(command)
            case protocol.Close(call):
                self._close(call)
            case protocol.MapPack():
                self._load(command)
            case protocol.Ping(said):
                self._tell(protocol.Pong(said))
            case protocol.Measure():
                self._tell(protocol.Measured(self.figures()))
            case protocol.Hello(version, _):
                self._tell(protocol.Hello(protocol.VERSION, os.getpid()))
                if version != protocol.VERSION:
                    raise Hung(f"the hall speaks version {version}, we speak version {protocol.VERSION}")
            case _:
                raise Impossible(f"{type(command).__name__} is no command")

    def _leg(self, call: int) -> Leg:
        leg = self.legs.get(call)
        if leg is None:
            raise Impossible(f"no call {call}")
        return leg

    def _open(self, call: int) -> None:
        try:
            if call in self.legs or len(self.legs) >= self._options.calls:
                raise NoPort("call number in use" if call in self.legs else "too many calls")
            sockets = self._ports.take()
        except NoPort as why:
            self._refused += 1
            self._tell(protocol.OpenRefused(call, why.strerror or str(why)))
            return
        bits = self._random.getrandbits
        leg = Leg(
            call,
            sockets,
            self.pacer,
            self._tell,
            identity=(bits(32), bits(16), bits(32)),
            continuous=self._options.continuous,
            clock=self._clock,
        )
        self.legs[call] = leg
        self._opened += 1
        self._watch(leg.rtp, leg.on_rtp)
        self._watch(leg.rtcp, leg.on_rtcp)
        self._tell(protocol.Opened(call, leg.port))

    def _close(self, call: int) -> None:
        leg = self._leg(call)
        port = leg.port
        self._tell(leg.close())
        del self.legs[call]
        self._ports.give_back(port)

    def check(self) -> None:
        """Look for callers that have vanished."""
        now = self._clock()
        for leg in self.legs.values():
            leg.check(now, self._options.vanished_after)

    def figures(self) -> dict[str, Any]:
        """``late``: packets by lateness in ms, the bounds beside it; everything else counts."""
        pacer = self.pacer
        return {
            "calls": len(self.legs),
            "sending": pacer.streams,
            "opened": self._opened,
            "refused": self._refused,
            "faults": self._faults,
            "packets": sum(pacer.late),
            "failed": pacer.failed,
            "stalls": pacer.stalls,
            "late": pacer.late,
            "late_bounds_ms": list(LATE_BOUNDS),
            "cpu_seconds": time.process_time(),
        }


class Loop:
    """Turns until the hall is gone."""

    def __init__(self, own: socket.socket, options: Options) -> None:
        self._control = Control(own)
        self._epoll = select.epoll()
        self._timer = Timer()
        self._wake, self._woken = socket.socketpair()
        self._packed: list[tuple[int, Audio | None, str]] = []  # by the loading thread
        self._ready: dict[int, Callable[[], None]] = {}
        self._alive, self._writing = True, False
        self.media = MediaServer(options, self._control.tell, self._watch, self._start_loading)
        self._watch(own, self._read)
        self._watch(self._timer, self._timer.clear)
        self._watch(self._woken, self._take_packs)

    def _watch(self, what: socket.socket | Timer, ready: Callable[[], None]) -> None:
        """A closed socket leaves the epoll set by itself; its number may be a new call's afterwards."""
        self._ready[what.fileno()] = ready
        self._epoll.register(what.fileno(), select.EPOLLIN)

    def run(self) -> None:
        """Returns when the hall is gone."""
        pacer, control = self.media.pacer, self._control
        next_check = 0
        while self._alive:
            self._timer.run(pacer.streams > 0)
            timeout = 0 if control.commands else 1.0
            events = self._epoll.poll(timeout, SOCKETS_A_TURN)
            pacer.advance()
            for descriptor, _ in events:
                self._ready[descriptor]()
            for _ in range(min(COMMANDS_A_TURN, len(control.commands))):
                self.media.obey(control.commands.popleft())
            if pacer.tick >= next_check:
                next_check = pacer.tick + CHECK_EVERY // TICK
                self.media.check()
            self._want_to_write()

    def _read(self) -> None:
        self._alive = self._control.read()

    def _want_to_write(self) -> None:
        if self._control.waits != self._writing:
            self._writing = self._control.waits
            mask = select.EPOLLIN | select.EPOLLOUT if self._writing else select.EPOLLIN
            self._epoll.modify(self._control.socket.fileno(), mask)
        elif self._writing:
            self._control.write()

    # ---- packs ---------------------------------------------------------------------------------------------
    def _start_loading(self, command: protocol.MapPack) -> None:
        threading.Thread(target=self._load, args=(command,), daemon=True).start()

    def _load(self, command: protocol.MapPack) -> None:
        """In a thread: read the file through once, so that no tick ever waits for the disk; reading lets the
        loop run. Not in a hurry."""
        with suppress(OSError):  # where a sandbox forbids it, the process has no priority either
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # of this thread alone
        try:
            with open(command.path, "rb", buffering=0) as file:
                while file.read(1 << 18):
                    pass
                size = file.seek(0, os.SEEK_END)
                audio: Audio = mmap(file.fileno(), size, access=ACCESS_READ) if size else b""
            self._packed.append((command.pack, audio, ""))
        except OSError as error:
            self._packed.append((command.pack, None, f"{error.strerror}: {command.path}"))
        self._wake.send(b"\0")

    def _take_packs(self) -> None:
        self._woken.recv(1)
        number, audio, why = self._packed.pop(0)
        if audio is not None:
            self.media.packs[number] = audio
        self._control.tell(protocol.Packed(number, -1 if audio is None else len(audio), why))


class Timer:
    """A timerfd that is readable every millisecond while it runs (timerfd_create(2); Python has it from
    3.13)."""

    _MONOTONIC, _FLAGS = 1, os.O_NONBLOCK | os.O_CLOEXEC

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.timerfd_create(self._MONOTONIC, self._FLAGS)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._running = False

    def fileno(self) -> int:
        return int(self._descriptor)

    def run(self, running: bool) -> None:
        """Start or stop it."""
        if running != self._running:
            self._running = running
            each = TICK if running else 0
            setting = struct.pack("qqqq", 0, each, 0, each)
            if self._libc.timerfd_settime(self._descriptor, 0, setting, None) != 0:
                raise OSError(ctypes.get_errno(), "timerfd_settime")

    def clear(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            pass


def raise_descriptors(options: Options) -> int:
    """Raise the limit of open files to the hard one; the calls that then fit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(options.calls, (hard - SPARE_DESCRIPTORS) // 2)


def prefer(nice: int, realtime: bool) -> None:
    """Run before others, as far as allowed: a frame 10 ms late is heard, a reload 10 ms later is not. The
    number of calls bounds what that can take from others; so does the kernel, which keeps 5 % for them."""
    try:
        if realtime:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
            return
    except PermissionError:
        pass
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except PermissionError:
        pass


def become_child(parent: int) -> bool:
    """Make a quiet child of this process: ends with ``parent``, leaves its end to it, and never stops to
    look for garbage. False: the parent is gone already."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the hall drains, then closes the socket
        signal.signal(signum, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    return os.getppid() == parent
