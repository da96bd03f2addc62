"""A caller made of our own parts: SIP user agent, phone, keys, ears. ``hall10086 dial`` and the tests use it.

    call = await dial(reactor, "sip:10086@127.0.0.1:5060", "sip:13900000001@127.0.0.1", keys="1 1",
                      record=Path("call.wav"), on_line=click.echo, transcript=lines_of)
    call.status, call.ended, call.keys, call.heard_seconds

``keys`` are groups between spaces. A group is pressed at once, 40 ms between its keys; the next group when a
prompt has begun after the one before, and ``pause`` seconds have gone by. A group that is a dot presses
nothing: the caller listens until what is being said is over. The caller hangs up when all is pressed and
nothing was said for ``quiet`` seconds, or after ``seconds`` at the most; or the hall does.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import LoopingCall

from ivr import g711
from ivr.media import rtp
from ivr.media.protocol import PCMA, PCMU
from ivr.sip import sdp
from ivr.sip.api import EndReason, SipSettings
from ivr.sip.outgoing import OutgoingCall
from ivr.sip.server import SipServer
from ivr.sip.transport import ISipReactor
from peers.phone import IPhoneReactor, Phone

LOUD = 250  # of 32,768: about -42 dB; a prompt's pauses are below, its words above
BEYOND_SIP_TIMERS = 35.0  # seconds; 64 * T1 and a little
LISTEN = "."
"""The group that hears the hall out."""
STEP = 0.05  # seconds between two looks at what to do next

Transcript = Callable[[str], AsyncIterator[str]]
"""Given the Call-ID: what the hall says in that call, line by line, as it is said."""


class IDialReactor(IPhoneReactor, ISipReactor):
    """What a caller of our own needs: a phone, and SIP."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What became of a call. ``status``: of the INVITE; ``ended``: who ended it, None: it never ended by
    itself within the time; ``keys``: those that were pressed; of seconds from the answer,
    ``first_audio`` is when the first packet came and ``first_sound`` when the first one that was not silence
    did, None: none came; ``said_seconds``: how much of what came was not silence."""

    call_id: str
    status: int | None
    ended: EndReason | None
    keys: str
    packets: int
    first_audio: float | None
    first_sound: float | None
    said_seconds: float


@dataclass(frozen=True, slots=True)
class DialTimes:
    """Seconds; see the head of this file. ``deaf``: a hall that says nothing is pressed at after this."""

    pause: float = 1.0
    deaf: float = 5.0
    quiet: float = 3.0
    seconds: float = 180.0


class Caller:
    """One call, as its caller has it. An ``OutgoingHandler``."""

    def __init__(
        self, reactor: IDialReactor, phone: Phone, address: str, groups: list[str], times: DialTimes
    ) -> None:
        self.call: OutgoingCall | None = None
        self.pressed = ""
        self.ended_by: EndReason | None = None
        self.over: Deferred[None] = Deferred()
        self.answered_at: float | None = None
        self.first_audio: float | None = None
        self.first_sound: float | None = None
        self.said_seconds = 0.0
        self._reactor, self._phone, self.address = reactor, phone, address
        self._groups, self.times = deque(groups), times
        self._version = 1
        self._began = self._pressed_at = self._loud_at = reactor.seconds()
        self._prompted = False  # something was said since the last group
        self._pressing = False
        self._look = LoopingCall(self._step)
        self._look.clock = reactor
        phone.on_packet = self._heard

    # ---- signalling ----------------------------------------------------------------------------------------
    def ringing(self, status: int, early: sdp.SessionDescription | None) -> None:
        """Nothing to do."""

    def answered(self, answer: sdp.SessionDescription) -> None:
        agreed = sdp.agreed(answer)
        if isinstance(agreed, sdp.NoCommonCodec) or agreed.remote is None:
            self.hang_up()
            return
        self.answered_at = self._loud_at = self._pressed_at = self._reactor.seconds()
        self._connect(agreed)
        self._look.start(STEP)

    def reinvite(self, offer: sdp.SessionDescription | None) -> bytes | None:
        """Hold and resume by the other side; we go along."""
        self._version += 1
        if offer is None:
            return sdp.offer(self.address, self._phone.port, version=self._version)
        answer = sdp.answer(offer, self.address, self._phone.port, version=self._version)
        if isinstance(answer, sdp.NoCommonCodec):
            return None
        self._connect(answer)
        return answer.body

    def acked(self, answer: sdp.SessionDescription | None) -> None:
        """The calling side sends the ACK."""

    def info(self, key: str) -> None:
        """The hall presses no keys."""

    def refer_progress(self, status: int) -> None:
        """We transfer nobody."""

    def ended(self, reason: EndReason) -> None:
        self.ended_by = reason
        self.stop()

    def hang_up(self) -> None:
        """BYE, or CANCEL before the answer; ``ended`` follows."""
        if self.call is not None:
            self.call.bye()

    def offer(self) -> bytes:
        """What we send with the INVITE."""
        return sdp.offer(self.address, self._phone.port)

    def result(self) -> Dialled:
        """What became of it, once it is over."""
        assert self.call is not None
        return Dialled(
            self.call.dialog.call_id,
            self.call.status,
            self.ended_by,
            self.pressed,
            self._phone.heard.packets,
            self.first_audio,
            self.first_sound,
            self.said_seconds,
        )

    def stop(self) -> None:
        """It is over, one way or the other."""
        if self._look.running:
            self._look.stop()
        if not self.over.called:
            self.over.callback(None)

    def _connect(self, agreed: sdp.Agreed) -> None:
        codec = PCMU if agreed.codec.name == "PCMU" else PCMA
        if agreed.remote is not None:
            host, port = agreed.remote
            self._phone.connect(host, port, codec=codec, events=agreed.events)

    # ---- ears and fingers ----------------------------------------------------------------------------------
    def _heard(self, packet: rtp.Packet) -> None:
        now = self._reactor.seconds()
        if self.first_audio is None and self.answered_at is not None:
            self.first_audio = now - self.answered_at
        table = g711.ULAW_LINEAR if packet.payload_type == PCMU else g711.ALAW_LINEAR
        if packet.payload and max(abs(table[octet]) for octet in packet.payload[::4]) > LOUD:
            self._loud_at, self._prompted = now, True
            if self.first_sound is None and self.answered_at is not None:
                self.first_sound = now - self.answered_at
            self.said_seconds += len(packet.payload) / g711.RATE

    def _step(self) -> None:
        now = self._reactor.seconds()
        if self._pressing:
            return
        if self._groups:
            if self._due(now):
                self._press(self._groups.popleft())
        elif now - max(self._loud_at, self._pressed_at) >= self.times.quiet:
            self.hang_up()
        if now - self._began >= self.times.seconds:
            self.hang_up()

    def _due(self, now: float) -> bool:
        """Whether it is time for the next group."""
        if self._groups[0] == LISTEN:
            return self._loud_at > self._pressed_at and now - self._loud_at >= self.times.pause
        return now - self._pressed_at >= (self.times.pause if self._prompted else self.times.deaf)

    def _press(self, group: str) -> None:
        if group == LISTEN:
            self._pressed_at = self._reactor.seconds()
            return
        self._pressing, self._prompted = True, False
        self.pressed += group

        def done(_: None) -> None:
            self._pressing, self._pressed_at = False, self._reactor.seconds()

        self._phone.press(group).addCallback(done)


async def dial(
    reactor: IDialReactor,
    target: str,
    caller: str,
    *,
    keys: str = "",
    record: Path | None = None,
    on_line: Callable[[str], object] | None = None,
    transcript: Transcript | None = None,
    address: str = "127.0.0.1",
    times: DialTimes | None = None,
    sip: SipSettings | None = None,
) -> Dialled:
    """Call ``target`` (a SIP URI) as ``caller`` (another) and do what the head of this file says.

    Raises ValueError for no such key, HeaderError for no URI, OSError if ``record`` cannot be written."""
    groups = keys.split()
    if bad := set("".join(group for group in groups if group != LISTEN)) - set("0123456789*#"):
        raise ValueError(f"no such key: {' '.join(sorted(bad))}")
    if record is not None:
        record.open("ab").close()  # told now, not after the call
    phone = Phone(reactor, ssrc=secrets.randbits(32), address=address)
    person = Caller(reactor, phone, address, groups, times or DialTimes())
    try:
        agent = _agent(reactor, address, sip or SipSettings(user_agent="hall10086 dial"))
        await _talk(
            reactor, agent, person, (target, caller), lambda call_id: _read(transcript, call_id, on_line)
        )
    finally:
        await phone.close()
    if record is not None:
        phone.heard.save(record)
    return person.result()


def _agent(reactor: IDialReactor, address: str, settings: SipSettings) -> SipServer:
    """A user agent that calls and takes no calls."""
    return SipServer(reactor, settings, lambda call: call.reject(486), host=address, port=0)


async def _talk(
    reactor: IDialReactor,
    agent: SipServer,
    person: Caller,
    way: tuple[str, str],
    read: Callable[[str], Deferred[None]],
) -> None:
    """The call from INVITE to the last line of its transcript. ``way``: whom, and as whom."""
    agent.start()
    guard = reactor.callLater(person.times.seconds + BEYOND_SIP_TIMERS, person.stop)
    try:
        person.call = agent.dial(*way, person.offer(), person)
        reading = read(person.call.dialog.call_id)
        await person.over
        await _finished(reactor, reading)
    finally:
        if guard.active():
            guard.cancel()
        await agent.stop()


def _read(
    transcript: Transcript | None, call_id: str, on_line: Callable[[str], object] | None
) -> Deferred[None]:
    """Pass the transcript's lines on until it ends."""

    async def lines() -> None:
        if transcript is not None and on_line is not None:
            async for line in transcript(call_id):
                on_line(line)

    return Deferred.fromCoroutine(lines())


async def _finished(reactor: IDialReactor, reading: Deferred[None], most: float = 2.0) -> None:
    """The last lines come after the call's end; not for ever."""
    late = reactor.callLater(most, reading.cancel)
    with suppress(CancelledError):
        await reading
    if late.active():
        late.cancel()
