"""When each call's next 20 ms frame goes out, and what is in it. No socket, no clock of its own.

Time is cut into ticks of 1 ms; a call sends in each tick whose number, modulo 20, is its slot, so that
calls are spread over the 20 ms instead of bursting together. Tick numbers come from a monotonic clock, so
nothing drifts.

**Lead.** A caller who pressed a key hears the next prompt at once, not at the call's next frame (10 ms
later in the mean): the stream moves to the coming slot and runs ahead of its own timestamps by up to
:data:`MOST_LEAD`. Timestamps stay contiguous, to a receiver this is a packet that came early. The lead is
given back in the next silence, by one longer gap.

**Stalls.** A process that was held up (a laptop's lid, a starved machine) does not send all that it missed in
one burst: beyond :data:`MOST_CATCH_UP` whole frames are passed over, for every call, timestamps with them.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable
from mmap import mmap

from ivr.g711 import ALAW_SILENCE, FRAME
from ivr.media.rtp import MARKER

SLOTS = 20
TICK = 1_000_000  # ns
SAMPLES_A_TICK = FRAME // SLOTS
MOST_LEAD = 40  # ticks
MOST_CATCH_UP = 60  # ticks
LATE_BOUNDS = (1, 2, 5, 10, 20, 50)  # ms; the seventh bucket is everything later
CROWDED = 4  # streams more than the mean, from which on a hurried stream takes a slot a little later

Audio = bytes | mmap
Piece = tuple[Audio, int, int]  # clip, first and last+1 sample

_PACKET = struct.Struct("!BBHII160s")
_QUIET = bytes([ALAW_SILENCE]) * FRAME


class Stream:
    """The sending side of one call.

    ``put`` sends one packet; ``table`` translates A-law for a caller who wants µ-law (None: A-law).
    ``continuous``: silence is sent as packets too. ``played`` is told each utterance's number with the frame
    that holds its last sample."""

    __slots__ = (
        *("clip", "position", "end", "packet", "sequence", "timestamp", "ssrc", "put", "sent"),
        *("queue", "kind", "table", "quiet", "continuous", "played", "talking"),
        *("slot", "skip", "lead", "parked", "late"),
    )

    def __init__(
        self,
        put: Callable[[bytearray], object],
        played: Callable[[int], None],
        *,
        ssrc: int,
        sequence: int,
        timestamp: int,
        continuous: bool = True,
    ) -> None:
        self.clip: Audio = b""
        self.position = self.end = 0
        self.packet = bytearray(12 + FRAME)
        self.sequence, self.timestamp, self.ssrc = sequence, timestamp, ssrc
        self.put, self.played = put, played
        self.sent = 0
        self.queue: deque[Piece | int] = deque()
        self.continuous = continuous
        self.talking = False
        self.slot = -1  # -1: not sending
        self.skip = 0  # slots of its own to let pass
        self.lead = 0  # ticks ahead of the timestamps
        self.parked: int | None = None  # the tick that its next frame was due at, while not sending
        self.late: list[int] | None = None  # packets a bucket, but the first; most streams never need it
        self.tune(8, None)

    def tune(self, payload_type: int, table: bytes | None) -> None:
        """Set what the packets are from now on."""
        self.kind, self.table = payload_type, table
        self.quiet = _QUIET if table is None else _QUIET.translate(table)

    def enqueue(self, utterance: int, pieces: Iterable[Piece]) -> None:
        """Queue an utterance."""
        self.queue.extend(pieces)
        self.queue.append(utterance)

    def clear(self) -> None:
        """Forget what is queued and playing."""
        self.queue.clear()
        self.clip, self.position, self.end, self.talking = b"", 0, 0, False

    def suspend(self) -> None:
        """Put back what is half played, so that it begins a talkspurt again."""
        if self.position < self.end:
            self.queue.appendleft((self.clip, self.position, self.end))
        self.clip, self.position, self.end, self.talking = b"", 0, 0, False

    def gather(self) -> bytes:
        """The next frame where the current clip does not fill it: across clips and utterances, silence after
        the last one."""
        frame = bytearray(self.clip[self.position : self.end])
        self.position = self.end
        while self.queue and (len(frame) < FRAME or isinstance(self.queue[0], int)):
            item = self.queue.popleft()
            if isinstance(item, int):
                self.played(item)
            else:
                self.clip, self.position, self.end = item
                take = min(FRAME - len(frame), self.end - self.position)
                frame += self.clip[self.position : self.position + take]
                self.position += take
                if self.position < self.end:
                    break
        return bytes(frame) + _QUIET[len(frame) :]


class Pacer:
    """All streams in their slots. ``now`` is the clock's reading (ns) at tick 0."""

    def __init__(self, now: int, clock: Callable[[], int]) -> None:
        self.tick = 0  # the next one to be run
        self.streams = 0
        self.slots: list[list[Stream]] = [[] for _ in range(SLOTS)]
        self.late = [0] * (len(LATE_BOUNDS) + 1)  # packets by lateness
        self.stalls = 0  # times that frames were passed over
        self.failed = 0  # packets that the kernel did not take
        self.afterwards: list[Callable[[], None]] = []  # what a ``put`` wants done once no slot is being run
        self._epoch = now
        self._clock = clock

    # ---- streams -------------------------------------------------------------------------------------------
    def start(self, stream: Stream) -> None:
        """Begin, or after :meth:`park` go on, sending: within 10 ms, in the emptiest slot."""
        if stream.slot >= 0:
            return
        due = min(range(self.tick, self.tick + SLOTS // 2), key=lambda tick: len(self.slots[tick % SLOTS]))
        if stream.parked is not None:
            due = max(due, stream.parked)
            stream.timestamp = (stream.timestamp + SAMPLES_A_TICK * (due - stream.parked)) & 0xFFFFFFFF
        self._place(stream, due)

    def park(self, stream: Stream) -> None:
        """Send nothing until the next :meth:`start`; what plays stands still."""
        if stream.slot < 0:
            return
        stream.parked = self._due(stream) + stream.lead
        stream.lead = 0
        stream.suspend()
        self._take_out(stream)

    def remove(self, stream: Stream) -> None:
        """It is over."""
        if stream.slot >= 0:
            self._take_out(stream)

    def play(self, stream: Stream, utterance: int, pieces: Iterable[Piece]) -> None:
        """Queue an utterance; if nothing plays now, at once."""
        idle = not stream.talking and not stream.queue
        stream.enqueue(utterance, pieces)
        if idle and stream.slot >= 0:
            self.hasten(stream)

    def hasten(self, stream: Stream) -> None:
        """Bring the next frame forward, as far as the lead allows."""
        due, mean = self._due(stream), self.streams / SLOTS
        soonest = max(self.tick, due - (MOST_LEAD - stream.lead))
        while soonest < due and len(self.slots[soonest % SLOTS]) > 2 * mean + CROWDED:
            soonest += 1
        if soonest < due:
            stream.lead += due - soonest
            self._take_out(stream)
            self._place(stream, soonest)

    def _give_lead_back(self, stream: Stream, now: int) -> None:
        """Give the lead back: the next frame is due that much later. ``now``: the tick that just sent."""
        self._take_out(stream)
        self._place(stream, now + SLOTS + stream.lead)
        stream.lead = 0

    def _due(self, stream: Stream) -> int:
        """The tick of its next frame."""
        return self.tick + (stream.slot - self.tick) % SLOTS + SLOTS * stream.skip

    def _place(self, stream: Stream, due: int) -> None:
        stream.slot = due % SLOTS
        stream.skip = (due - self.tick) // SLOTS
        self.slots[stream.slot].append(stream)
        self.streams += 1

    def _take_out(self, stream: Stream) -> None:
        self.slots[stream.slot].remove(stream)
        stream.slot = -1
        self.streams -= 1

    # ---- time ----------------------------------------------------------------------------------------------
    def advance(self) -> None:
        """Run every tick that is due."""
        behind = (self._clock() - self._epoch) // TICK - self.tick
        if behind > MOST_CATCH_UP:
            self._pass_over(behind // SLOTS)
        while True:
            late = self._clock() - self._epoch - self.tick * TICK
            if late < 0:
                break
            slot = self.slots[self.tick % SLOTS]
            self.tick += 1
            if slot:
                self._run(slot, late // TICK)
        while self.afterwards:
            self.afterwards.pop()()

    def _pass_over(self, frames: int) -> None:
        self.tick += frames * SLOTS
        self.stalls += 1 if self.streams else 0  # with nobody listening the loop simply sleeps
        for slot in self.slots:
            for stream in slot:
                stream.timestamp = (stream.timestamp + FRAME * frames) & 0xFFFFFFFF

    def _run(self, slot: list[Stream], late: int) -> None:
        """Send one frame of each stream in ``slot``. The hot path: 3,000 packets a call-minute."""
        quiet_now: list[Stream] = []
        packets = 0
        for stream in slot:
            following = stream.position + FRAME
            if following < stream.end:  # the frame with a clip's last sample is the slow one
                payload = stream.clip[stream.position : following]
                stream.position = following
                if stream.table is not None:
                    payload = payload.translate(stream.table)
                self._fill(stream, stream.kind, payload)
            elif not self._slow_frame(stream, quiet_now):
                continue
            packets += 1
            try:
                stream.put(stream.packet)
                stream.sent += 1
            except OSError:  # full buffer, port unreachable, network down: as if lost under way
                self.failed += 1
        self._note_lateness(slot, packets, late)
        for stream in quiet_now:
            self._give_lead_back(stream, self.tick - 1)

    @staticmethod
    def _fill(stream: Stream, kind: int, payload: bytes) -> None:
        sequence = stream.sequence = (stream.sequence + 1) & 0xFFFF
        timestamp = stream.timestamp
        stream.timestamp = (timestamp + FRAME) & 0xFFFFFFFF
        _PACKET.pack_into(stream.packet, 0, 0x80, kind, sequence, timestamp, stream.ssrc, payload)

    def _slow_frame(self, stream: Stream, quiet_now: list[Stream]) -> bool:
        """Fill the packet where it is not simply the next 160 samples. False: nothing to send."""
        if stream.skip:
            stream.skip -= 1
            return False
        if stream.position < stream.end or stream.queue:
            kind = stream.kind if stream.talking else stream.kind | MARKER
            stream.talking = True
            frame = stream.gather()
            self._fill(stream, kind, frame if stream.table is None else frame.translate(stream.table))
            return True
        stream.talking = False
        if stream.lead:
            quiet_now.append(stream)
        if stream.continuous:
            self._fill(stream, stream.kind, stream.quiet)
        else:  # time goes on, so that the next talkspurt's timestamp tells the gap
            stream.timestamp = (stream.timestamp + FRAME) & 0xFFFFFFFF
        return stream.continuous

    def _note_lateness(self, slot: list[Stream], packets: int, late: int) -> None:
        if late < LATE_BOUNDS[0]:
            self.late[0] += packets
            return
        bucket = next((n for n, bound in enumerate(LATE_BOUNDS) if late < bound), len(LATE_BOUNDS))
        self.late[bucket] += packets
        for stream in slot:
            if stream.late is None:
                stream.late = [0] * len(LATE_BOUNDS)
            stream.late[bucket - 1] += 1


def late_p99(sent: int, late: list[int] | None) -> float:
    """The bound (ms) of the bucket that holds the 99th percentile of a stream's lateness; 1,000 beyond the
    last bound."""
    tail = 0
    for bound, packets in zip((1000, *reversed(LATE_BOUNDS[1:])), reversed(late or ()), strict=False):
        tail += packets
        if tail * 100 > sent:
            return float(bound)
    return float(LATE_BOUNDS[0])
