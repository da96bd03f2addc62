"""The hall's side of the media process: starts it, watches over it, and gives out calls.

    media = MediaProcess(reactor, MediaSettings(address="192.0.2.1", first_port=20000, last_port=29999))
    await media.start()
    pack = await media.pack(Path("var/voice/zh.alaw"))

    call = await media.open()                      # raises MediaRefused, MediaUnavailable
    call.on_key = lambda digit, when: …            # "0"-"9" "*" "#" "A"-"D"; when: CLOCK_MONOTONIC seconds
    call.on_played = lambda utterance: …   # its last frame has been sent; never said of a stopped one
    call.on_vanished = lambda: …                   # no RTP, no RTCP any more: end the call
    call.on_lost = lambda: …                       # the media process died: end the call
    answer = sdp(media.address, call.port)
    call.remote(host, port, codec=PCMA, events=101, direction="sendrecv", sources=(signalled_from,))
    call.play(1, [(pack, offset, length), …])      # queues; utterances follow each other without a gap
    call.stop()                                    # barge-in: forgets all that is queued, at the next frame
    call.close()

``remote`` may be called again (re-INVITE); ``direction`` is ours, as our answer says it. While we may not
send, the queue stands still and goes on afterwards. A play before ``remote`` waits for it.

If the process dies, every open call gets ``on_lost`` once, ``open`` raises :class:`MediaUnavailable` until a
new one is up (0.1 s later, then growing to 5 s), and the packs are mapped again under the same numbers. If
the hall dies, the process ends by itself (end of file on the socket, and PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ivr.media import protocol
from ivr.media.link import Link, MediaSettings, launch
from ivr.media.protocol import PCMA, PCMU

__all__ = ["PCMA", "PCMU", "MediaCall", "MediaProcess", "MediaRefused", "MediaSettings", "MediaUnavailable"]

Segment = tuple[int, int, int]  # pack, offset, length; octets = samples
FIRST_RESTART, LAST_RESTART = 0.1, 5.0  # seconds
START_SECONDS = 15.0
STOP_SECONDS = 2.0


class MediaUnavailable(Exception):
    """There is no media process just now."""


class MediaRefused(Exception):
    """The media process did not open the call, or read the pack: limit reached, no port, no such file."""


def _ignore(*_: object) -> None:
    """Nobody listens yet."""


@dataclass(eq=False, slots=True)
class MediaCall:
    """One call's media. Made by :meth:`MediaProcess.open`; after ``close`` or ``on_lost`` all is silent."""

    number: int
    port: int
    _send: Callable[[protocol.Command], None]
    _forget: Callable[[int], None]
    on_key: Callable[[str, float], None] = _ignore
    on_played: Callable[[int], None] = _ignore
    on_vanished: Callable[[], None] = _ignore
    on_lost: Callable[[], None] = _ignore
    on_closed: Callable[[protocol.Closed], None] = _ignore
    open: bool = True

    def remote(
        self,
        host: str,
        port: int,
        *,
        codec: int = PCMA,
        events: int | None = None,
        direction: str = "sendrecv",
        sources: Iterable[str] = (),
        control: int = 0,
        unheard: int | None = None,
    ) -> None:
        """Where to send, what was agreed (``events``: payload type of telephone-event), who may send; see
        :class:`protocol.Remote`. Raises ValueError for a codec or direction that does not exist."""
        if codec not in (PCMA, PCMU) or direction not in protocol.DIRECTIONS:
            raise ValueError(f"no such codec or direction: {codec}, {direction}")
        hosts = sorted({host, *sources})
        self._say(protocol.Remote(self.number, host, port, codec, events, direction, hosts, control, unheard))

    def play(self, utterance: int, segments: Iterable[Segment]) -> None:
        """Queue an utterance; ``on_played`` tells its number when it has been heard out."""
        self._say(protocol.Play(self.number, utterance, [list(segment) for segment in segments]))

    def stop(self) -> None:
        """Forget all that is queued or playing."""
        self._say(protocol.Stop(self.number))

    def close(self) -> None:
        """End it; ``on_closed`` tells what passed. Closing twice does nothing."""
        if self.open:
            self._send(protocol.Close(self.number))
            self.open = False

    def _say(self, command: protocol.Command) -> None:
        if self.open:
            self._send(command)

    def receive(self, report: protocol.Report) -> None:
        """What the process says of this call."""
        if isinstance(report, protocol.Closed):
            self._forget(self.number)
            self.on_closed(report)
        elif not self.open:
            return
        elif isinstance(report, protocol.Key):
            self.on_key(report.digit, report.when)
        elif isinstance(report, protocol.Played):
            self.on_played(report.utterance)
        elif isinstance(report, protocol.Vanished):
            self.on_vanished()

    def lost(self) -> None:
        """The process died."""
        if self.open:
            self.open = False
            self.on_lost()


class MediaProcess:
    """The supervised media process. ``on_fault`` gets what it complains of (default: a log line)."""

    log = Logger()

    def __init__(self, reactor: Any, settings: MediaSettings | None = None) -> None:
        self.settings = settings or MediaSettings()
        self.restarts = 0
        self.pid: int | None = None
        self._reactor = reactor
        self._link: Link | None = None
        self._packs: list[Path | None] = []
        self._calls: dict[int, MediaCall] = {}
        self._last_call = 0
        self._waiting: dict[tuple[str, int], Deferred[Any]] = {}
        self._ended: Deferred[None] | None = None
        self._stopping = False
        self._delay = FIRST_RESTART
        self._restart: Any = None

    @property
    def address(self) -> str:
        return self.settings.address

    @property
    def calls(self) -> int:
        """Calls open now."""
        return len(self._calls)

    @property
    def running(self) -> bool:
        """A process is up and its packs are mapped."""
        return self._link is not None and self._link.ready

    async def start(self) -> None:
        """Start the process and wait until it answers. Raises :class:`MediaUnavailable`."""
        self._stopping = False
        try:
            await self._launch()
        except MediaUnavailable:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it and wait; its calls are dropped without ``on_lost``."""
        self._stopping = True
        if self._restart is not None and self._restart.active():
            self._restart.cancel()
        self._calls.clear()
        ended, link = self._ended, self._link
        if ended is None or link is None:
            return
        killer = self._reactor.callLater(STOP_SECONDS, link.child.kill)
        link.close()
        await ended
        if killer.active():
            killer.cancel()

    async def pack(self, path: Path) -> int:
        """Map a file of A-law octets; its number stays valid over restarts. Raises :class:`MediaRefused`."""
        number = len(self._packs)
        self._packs.append(path)
        try:
            await self._map(number)
        except MediaRefused:
            self._packs[number] = None
            raise
        return number

    async def open(self) -> MediaCall:
        """A port pair for a new call. Raises :class:`MediaRefused` or :class:`MediaUnavailable`."""
        if not self.running:
            raise MediaUnavailable("the media process is not up")
        self._last_call += 1
        call: MediaCall = await self._ask("open", self._last_call, protocol.Open(self._last_call))
        return call

    async def figures(self) -> dict[str, Any]:
        """Figures for the metrics; see ``process.Media.figures``."""
        measured: dict[str, Any] = await self._ask("measure", 0, protocol.Measure())
        return measured

    # ---- asking --------------------------------------------------------------------------------------------
    def _ask(self, what: str, number: int, command: protocol.Command) -> Deferred[Any]:
        shared = self._waiting.get((what, number))
        answer: Deferred[Any] = Deferred()
        if shared is not None:  # figures asked twice at once: one question, both hear the answer
            shared.addBoth(_also(answer))
            return answer
        self._waiting[what, number] = answer
        self._send(command)
        return answer

    def _send(self, command: protocol.Command) -> None:
        if self._link is None or not self._link.send(command):
            self._drop_waiting()

    def _answer(self, what: str, number: int, value: object) -> None:
        waiting = self._waiting.pop((what, number), None)
        if waiting is not None:
            waiting.errback(value) if isinstance(value, Exception) else waiting.callback(value)

    def _drop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.errback(MediaUnavailable("the media process died"))

    async def _map(self, number: int) -> None:
        path = self._packs[number]
        if path is not None:
            await self._ask("pack", number, protocol.Pack(number, str(path.resolve())))

    # ---- the process ---------------------------------------------------------------------------------------
    async def _launch(self) -> None:
        """Start a child and wait until it greets and has every pack."""
        self._ended = Deferred()
        link = self._link = launch(self, self._reactor, self.settings, self._ended)
        self.pid = link.child.pid
        slow = self._reactor.callLater(START_SECONDS, link.child.kill)
        try:
            await self._ask("hello", 0, protocol.Hello(protocol.VERSION, os.getpid()))
            for number in range(len(self._packs)):
                await self._map(number)
        except MediaRefused:
            link.child.kill()
            raise
        finally:
            if slow.active():
                slow.cancel()
        link.ready = True
        self._delay = FIRST_RESTART

    def process_ended(self, reason: Failure) -> None:
        """Called by the child's protocol: tell everybody, and start another."""
        self._link, self.pid = None, None
        self._drop_waiting()
        calls, self._calls = self._calls, {}
        if self._stopping:
            return
        self.log.error(
            "media process ended, {calls} calls lost: {why}", calls=len(calls), why=reason.getErrorMessage()
        )
        for call in calls.values():
            call.lost()
        self._restart = self._reactor.callLater(self._delay, self._start_again)
        self._delay = min(LAST_RESTART, self._delay * 2)

    def _start_again(self) -> None:
        self.restarts += 1
        started = Deferred.fromCoroutine(self._launch())
        started.addErrback(lambda why: self.log.error("media process: {why}", why=why.getErrorMessage()))

    # ---- what it says --------------------------------------------------------------------------------------
    def received(self, report: protocol.Message) -> None:
        """One report of the process."""
        match report:
            case protocol.Key() | protocol.Played() | protocol.Vanished() | protocol.Closed():
                call = self._calls.get(report.call)
                if call is not None:
                    call.receive(report)
            case protocol.Opened():
                self._opened(report)
            case protocol.Refused():
                self._answer("open", report.call, MediaRefused(report.why))
            case protocol.Packed():
                refused = MediaRefused(report.why) if report.octets < 0 else report.octets
                self._answer("pack", report.pack, refused)
            case protocol.Measured():
                self._answer("measure", 0, report.figures)
            case protocol.Hello():
                self._greeted(report)
            case protocol.Fault():
                self.log.warn("media process: {why}", why=report.why)

    def _greeted(self, hello: protocol.Hello) -> None:
        other = MediaUnavailable(f"media process speaks version {hello.version}, not {protocol.VERSION}")
        self._answer("hello", 0, hello if hello.version == protocol.VERSION else other)

    def _opened(self, report: protocol.Opened) -> None:
        if ("open", report.call) not in self._waiting:  # nobody waits for it any more
            self._send(protocol.Close(report.call))
            return
        call = MediaCall(report.call, report.port, self._send_if_up, self._forget)
        self._calls[report.call] = call
        self._answer("open", report.call, call)

    def _send_if_up(self, command: protocol.Command) -> None:
        if self._link is not None:
            self._link.send(command)

    def _forget(self, number: int) -> None:
        self._calls.pop(number, None)


def _also(other: Deferred[Any]) -> Callable[[Any], Any]:
    def pass_on(value: Any) -> Any:
        other.errback(value) if isinstance(value, Failure) else other.callback(value)
        return value

    return pass_on
