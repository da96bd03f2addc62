"""One call in the media process: its sockets, its stream, its keys, and whether it is still there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivr.g711 import ALAW_TO_ULAW
from ivr.media import protocol, rtp
from ivr.media.dtmf import KeyReceiver
from ivr.media.inband import ToneReceiver
from ivr.media.pacer import Audio, Pacer, Piece, Stream, late_p99
from ivr.media.protocol import PCMA, PCMU, RECEIVING, SENDING
from ivr.media.sockets import Peer

AUDIO = frozenset({PCMA, PCMU, rtp.COMFORT_NOISE})


ON_HOLD = 20
"""A caller who has put us on hold, or only listens, may be silent this many times as long: phones on hold
often send nothing, and people are gone for minutes. Not for ever: a phone may vanish on hold, too. Not who
was never heard at all while we send, either: that may be somebody who never called."""
UNPROVEN = 10.0
"""Seconds, at the most, for a caller who must show first that the address is his (``Remote.unheard``), and of
which nothing comes."""
HINTS = 3
"""RTCP from another port of the media's host may be a NAT's work, or anybody's on that host: it lengthens the
patience this many times at the most."""


class Impossible(Exception):
    """A command that cannot be done; nothing was changed."""


@dataclass(frozen=True, slots=True)
class VanishedAfter:
    """Seconds without RTP and RTCP after which a caller has vanished; 0: never. ``absent``: the same where
    nothing has come yet."""

    vanished: float
    absent: float


class Leg:
    """One call. ``tell`` takes what the hall is to know."""

    def __init__(
        self,
        number: int,
        sockets: tuple[socket.socket, socket.socket],
        pacer: Pacer,
        tell: Callable[[protocol.Report], None],
        *,
        identity: tuple[int, int, int],  # SSRC, first sequence number, first timestamp: all random
        continuous: bool,
        clock: Callable[[], int],
    ) -> None:
        self.number = number
        self.rtp, self.rtcp = sockets
        self.received = 0
        self._pacer, self._tell, self._clock = pacer, tell, clock
        self._peer = Peer(self.rtp, self._moved, clock)
        ssrc, sequence, timestamp = identity
        self.stream = Stream(
            self._peer.put,
            self._played,
            ssrc=ssrc,
            sequence=sequence,
            timestamp=timestamp,
            continuous=continuous,
        )
        self._kinds: frozenset[int] = frozenset()
        self._events: int | None = None
        self._keys, self._tones = KeyReceiver(), ToneReceiver()
        self._waiting_since: int | None = None  # ns; None: nobody is agreed with yet
        self._hinted = 0  # ns; RTCP from where it need not be the caller's
        self._control = 0  # the named one's RTCP port
        self._unheard: int | None = None  # packets that may go out before anything comes; None: any number
        self._slow, self._sends = 1, False
        self._ever = self._proven = self._gone = False

    @property
    def port(self) -> int:
        port: int = self.rtp.getsockname()[1]
        return port

    def remote(self, command: protocol.Remote) -> None:
        """Raises :class:`Impossible` for what cannot be agreed."""
        _check_remote(command)
        before = self._peer.named
        try:
            self._peer.signalled((command.host, command.port), frozenset(command.sources), command.events)
        except OSError as error:
            raise Impossible(str(error)) from error
        self._events = command.events
        self._kinds = AUDIO if command.events is None else AUDIO | {command.events}
        self._control = command.control or command.port + 1
        self._spare(command.unheard, self._peer.named != before)
        self.stream.tune(command.codec, ALAW_TO_ULAW if command.codec == PCMU else None)
        self._sends = command.direction in SENDING and command.port > 0
        self._put()
        self._go()
        self._waiting_since = self._clock()
        both_ways = command.direction in SENDING and command.direction in RECEIVING
        self._slow = 1 if both_ways else ON_HOLD

    def _spare(self, unheard: int | None, moved: bool) -> None:
        """How many packets may go to an address before anything comes from it. What has come counts for that
        address only; naming it again adds nothing."""
        self._proven = self._proven and not moved
        if unheard is None or self._proven:
            self._unheard = None
        elif moved or self._unheard is None:
            self._unheard = unheard

    def _put(self) -> None:
        """Choose how packets go out: the fast way, if we may and can."""
        if self._unheard is not None:
            self.stream.put = self._put_sparingly
        else:
            self.stream.put = self.rtp.send if self._peer.connected else self._peer.put

    def _put_sparingly(self, packet: bytearray) -> None:
        if self._unheard is not None and self._unheard > 0:
            self._peer.put(packet)
            self._unheard -= 1
            if self._unheard == 0:
                self._pacer.afterwards.append(self._go)

    def _go(self) -> None:
        """Send, or stand still: what is being said then goes on afterwards."""
        if self._sends and self._unheard != 0:
            self._pacer.start(self.stream)
        else:
            self._pacer.park(self.stream)

    def play(self, utterance: int, segments: Sequence[object], packs: dict[int, Audio]) -> None:
        """Raises :class:`Impossible` if a segment is not within a pack; nothing is queued then."""
        pieces = [_piece(segment, packs) for segment in segments]
        self._pacer.play(self.stream, utterance, [piece for piece in pieces if piece[1] < piece[2]])

    def stop(self) -> None:
        self.stream.clear()

    def close(self) -> protocol.Closed:
        """End it and say what passed."""
        self._pacer.remove(self.stream)
        self.rtp.close()
        self.rtcp.close()
        sent = self.stream.sent
        return protocol.Closed(self.number, sent, self.received, late_p99(sent, self.stream.late))

    def on_rtp(self) -> None:
        """The RTP socket has something. One packet a call: the others get their turn, and a flood on one port
        holds nobody up."""
        try:
            packet = self._peer.receive(self._kinds)
        except OSError:  # nothing there after all, or ECONNREFUSED: the caller's port is closed
            return
        if packet is None:
            return
        self.received += 1
        self._heard()
        if packet.payload_type == self._events:
            digit = self._keys.receive(packet)
            if digit is not None:
                self._key(digit)
        elif self._events is None:
            for digit in self._tones.receive(packet):
                self._key(digit)

    def on_rtcp(self) -> None:
        """RTCP is read for one thing only: the caller is still there. That of another host than the media's
        says nothing."""
        try:
            octets, source = self.rtcp.recvfrom(2048)
        except OSError:
            return
        if len(octets) < 8 or octets[0] >> 6 != 2 or source[0] != self._peer.host:
            return
        named = self._peer.named
        if named is not None and source[:2] == (named[0], self._control):
            self._heard()
        elif self._waiting_since is not None:
            self._hinted = self._clock()
            self._prove()

    def check(self, now: int, after: VanishedAfter) -> None:
        """Tell if the caller has vanished; called about once a second."""
        self._peer.look()
        limit = after.vanished if self._ever else after.absent
        if self._gone or self._waiting_since is None or limit <= 0:
            return
        slow = self._slow if self._ever or not self._sends else 1
        if self._unheard is not None and self._sends:
            limit, slow = min(limit, UNPROVEN), 1
        allowed = limit * slow * 1e9
        silent = now - self._waiting_since
        if silent > allowed and (now - self._hinted > allowed or silent > HINTS * allowed):
            self._gone = True
            self._tell(protocol.Vanished(self.number, self._ever))

    def _heard(self) -> None:
        self._ever = True
        if self._waiting_since is not None:
            self._waiting_since = self._clock()
        if self._unheard is not None or not self._proven:
            self._prove()

    def _prove(self) -> None:
        """Something came from where we send to: there is somebody who wants it."""
        self._proven, self._unheard = True, None
        self._put()
        self._go()

    def _moved(self) -> None:
        """Another source holds the call: what the one before pressed is no part of its keys."""
        self._keys, self._tones = KeyReceiver(), ToneReceiver()
        self._put()

    def _key(self, digit: str) -> None:
        self._tell(protocol.KeyPressed(self.number, digit, self._clock() / 1e9))

    def _played(self, utterance: int) -> None:
        self._tell(protocol.Played(self.number, utterance))


def _check_remote(command: protocol.Remote) -> None:
    if command.codec not in (PCMA, PCMU) or command.direction not in protocol.DIRECTIONS:
        raise Impossible(f"no such codec or direction: {command.codec}, {command.direction[:20]}")
    if not 0 <= command.port <= 65535 or not (command.events is None or 0 <= command.events <= 127):
        raise Impossible("port or payload type out of range")
    if not 0 <= command.control <= 65535 or (command.unheard is not None and command.unheard < 0):
        raise Impossible("RTCP port or number of packets out of range")
    if not all(isinstance(host, str) for host in command.sources):
        raise Impossible("sources are not text")
    family = socket.AF_INET6 if ":" in command.host else socket.AF_INET
    try:
        socket.inet_pton(family, command.host)
    except (OSError, ValueError) as error:
        raise Impossible("host is not an address") from error


def _piece(segment: object, packs: dict[int, Audio]) -> Piece:
    match segment:
        case [int(pack), int(offset), int(length)] if pack in packs:
            clip = packs[pack]
            if offset >= 0 and length >= 0 and offset + length <= len(clip):
                return clip, offset, offset + length
    raise Impossible(f"no such segment: {str(segment)[:60]}")
