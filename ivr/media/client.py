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
new one is up (0.1 s later, then growing to 5 s), and the packs are mapped again under the same numbers. One
that says nothing for 2 s (2.75 s while nobody calls) is not ``running`` (whoever waits for ``open`` is told
so), after 5 s it is killed.
If the hall dies, the process ends by itself (end of file on the socket, and PR_SET_PDEATHSIG).
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
from ivr.media.heartbeat import BEAT, DEAD, MUTE, Heartbeat
from ivr.media.link import ChildLink, IMediaReactor, MediaSettings, launch
from ivr.media.protocol import PCMA, PCMU
from ivr.media.questions import Questions
from ivr.sip.quiet import OncePerMinute

__all__ = ["PCMA", "PCMU", "MediaCall", "MediaProcess", "MediaRefused", "MediaSettings", "MediaUnavailable"]

Segment = tuple[int, int, int]  # pack, offset, length; octets = samples
FIRST_RESTART, LAST_RESTART = 0.1, 5.0  # seconds
START_SECONDS = 15.0
STOP_SECONDS = 2.0
DIED = "the media process died"


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
        elif isinstance(report, protocol.KeyPressed):
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
    """The supervised media process."""

    log = Logger()

    def __init__(self, reactor: IMediaReactor, settings: MediaSettings | None = None) -> None:
        self.settings = settings or MediaSettings()
        self.restarts = 0
        self.pid: int | None = None
        self._reactor = reactor
        self._link: ChildLink | None = None
        self._packs: list[Path | None] = []
        self._calls: dict[int, MediaCall] = {}
        self._last_call = 0
        self._heart = Heartbeat(
            reactor,
            self._beat,
            needed=lambda: bool(self._calls or self._questions),
            on_mute=self._mute,
            on_back=lambda: self.log.info("media process answers again", log_state=True),
            on_dead=self._dead,
        )
        self._questions = Questions(lambda: self._heart.beats)
        self._complain = OncePerMinute(lambda line: self.log.warn("{line}", line=line), reactor.seconds)
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
        """A process is up, its packs are mapped, and it answers."""
        return self._link is not None and self._link.ready and not self._heart.mute

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
        self._heart.stop()
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
        try:
            call: MediaCall = await self._ask("open", self._last_call, protocol.Open(self._last_call))
        except (MediaRefused, MediaUnavailable) as why:
            self.complain("no call opened", str(why))
            raise
        return call

    async def figures(self) -> dict[str, Any]:
        """Figures for the metrics; see ``process.MediaServer.figures``."""
        measured: dict[str, Any] = await self._ask("measure", 0, protocol.Measure())
        return measured

    # ---- asking --------------------------------------------------------------------------------------------
    def _ask(self, what: str, number: int, command: protocol.Command) -> Deferred[Any]:
        self._heart.hurry()
        answer, new = self._questions.ask((what, number))
        if new:
            self._send(command)
        return answer

    def _send(self, command: protocol.Command) -> None:
        if self._link is None or not self._link.send(command):
            self._questions.give_up(MediaUnavailable(DIED))

    def complain(self, kind: str, text: str) -> None:
        """A log line, one a minute for each kind."""
        self._complain(f"media process, {kind}", text)

    async def _map(self, number: int) -> None:
        path = self._packs[number]
        if path is not None:
            await self._ask("pack", number, protocol.MapPack(number, str(path.resolve())))

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
        self._heart.start()

    def process_ended(self, reason: Failure) -> None:
        """Called by the child's protocol: tell everybody, and start another."""
        self._link, self.pid = None, None
        self._heart.stop()
        self._questions.give_up(MediaUnavailable(DIED))
        calls, self._calls = self._calls, {}
        if self._stopping:
            return
        self.log.error(
            "media process ended; its {calls} calls move to the next one: {why}",
            calls=len(calls),
            why=reason.getErrorMessage(),
            log_state=True,
        )
        for call in calls.values():
            call.lost()
        self._restart = self._reactor.callLater(self._delay, self._start_again)
        self._delay = min(LAST_RESTART, self._delay * 2)

    def _start_again(self) -> None:
        self.restarts += 1
        started = Deferred.fromCoroutine(self._launch())
        started.addErrback(lambda why: self.log.error("media process: {why}", why=why.getErrorMessage()))

    # ---- is it there? --------------------------------------------------------------------------------------
    def _beat(self) -> None:
        """Ask; and let nobody wait for ever for one answer where others come."""
        if self._link is not None:
            self._link.ping()
        slow = MediaUnavailable("the media process is too slow")
        self._questions.give_up(slow, ("open", "measure"), before=self._heart.beats - MUTE - 1)

    def _mute(self) -> None:
        self.log.warn("media process says nothing any more: new calls get 503", log_state=True)
        self._questions.give_up(MediaUnavailable("the media process does not answer"), ("open", "measure"))

    def _dead(self) -> None:
        if self._link is not None:
            seconds = DEAD * BEAT
            self.log.error("media process killed: it has said nothing for {seconds} s", seconds=seconds)
            self._link.abort()

    # ---- what it says --------------------------------------------------------------------------------------
    def received(self, report: protocol.Message) -> None:
        """One report of the process."""
        self._heart.heard()
        match report:
            case protocol.KeyPressed() | protocol.Played() | protocol.Vanished() | protocol.Closed():
                call = self._calls.get(report.call)
                if call is not None:
                    call.receive(report)
            case protocol.Opened():
                self._opened(report)
            case protocol.OpenRefused():
                self._questions.answer(("open", report.call), MediaRefused(report.why))
            case protocol.Packed():
                refused = MediaRefused(report.why) if report.octets < 0 else report.octets
                self._questions.answer(("pack", report.pack), refused)
            case protocol.Measured():
                self._questions.answer(("measure", 0), report.figures)
            case protocol.Hello():
                self._greeted(report)
            case protocol.Fault():
                self.complain("fault", report.why)

    def _greeted(self, hello: protocol.Hello) -> None:
        other = MediaUnavailable(f"media process speaks version {hello.version}, not {protocol.VERSION}")
        self._questions.answer(("hello", 0), hello if hello.version == protocol.VERSION else other)

    def _opened(self, report: protocol.Opened) -> None:
        if ("open", report.call) not in self._questions:  # nobody waits for it any more
            self._send(protocol.Close(report.call))
            return
        call = MediaCall(report.call, report.port, self._send_if_up, self._forget)
        self._calls[report.call] = call
        self._questions.answer(("open", report.call), call)

    def _send_if_up(self, command: protocol.Command) -> None:
        if self._link is not None:
            self._link.send(command)

    def _forget(self, number: int) -> None:
        self._calls.pop(number, None)
