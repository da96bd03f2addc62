"""The four transactions of RFC 3261 §17, with RFC 6026's correction for 2xx, as machines without I/O.

Every method returns what is to be done: :class:`SendData`, :class:`TimerSet`, :class:`TimerStop`,
:data:`DELIVER` (give the message to the user of the transaction), :data:`ACKNOWLEDGE` (send the ACK for a
3xx-6xx), :data:`TIMED_OUT` and :data:`GONE` (forget it). Timers carry their letters of RFC 3261 table 4;
``trying`` is the 200 ms after which a 100 is due (§17.2.1).

    INVITE server    proceeding -- 2xx --> accepted (L, the same 2xx again for an INVITE again) --> gone
                         |-- 300-699 --> completed (G resends, H gives up) -- ACK --> confirmed (I) --> gone
    other server     trying --> proceeding -- final --> completed (J) --> gone
    INVITE client    calling (A, B) --> proceeding -- 2xx --> accepted (M) --> gone
                                           |-- 300-699 --> completed (D) --> gone
    other client     trying (E, F) --> proceeding -- final --> completed (K) --> gone
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class SendData(NamedTuple):
    data: bytes


class TimerSet(NamedTuple):
    name: str
    seconds: float


class TimerStop(NamedTuple):
    name: str


class Signal(Enum):
    DELIVER = "deliver"
    ACKNOWLEDGE = "acknowledge"
    TIMED_OUT = "timed out"
    TRYING = "trying"  # send a 100 now
    GONE = "gone"


DELIVER, ACKNOWLEDGE, TIMED_OUT = Signal.DELIVER, Signal.ACKNOWLEDGE, Signal.TIMED_OUT
TRYING, GONE = Signal.TRYING, Signal.GONE

Effect = SendData | TimerSet | TimerStop | Signal
Effects = list[Effect]


class TimerValues(NamedTuple):
    """T1, T2, T4 in seconds (RFC 3261 table 4)."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0


TIMES = TimerValues()


class State(Enum):
    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class _Machine:
    """What all four share. ``reliable``: the transport resends by itself (TCP)."""

    __slots__ = ("_interval", "_last", "_reliable", "_times", "state")

    def __init__(self, state: State, reliable: bool, times: TimerValues) -> None:
        self.state = state
        self._reliable = reliable
        self._times = times
        self._interval = times.t1
        self._last = b""

    def _end(self) -> Effects:
        self.state = State.TERMINATED
        return [GONE]

    def _linger(self, name: str, seconds: float) -> Effects:
        """Stay to absorb what is resent; over a reliable transport nothing is."""
        return self._end() if self._reliable else [TimerSet(name, seconds)]

    def _resend(self, name: str, most: float) -> Effects:
        self._interval = min(2 * self._interval, most)
        return [SendData(self._last), TimerSet(name, self._interval)]


class InviteServer(_Machine):
    """§17.2.1. ``respond`` takes the finished bytes of a response."""

    __slots__ = ()

    def __init__(self, reliable: bool = False, times: TimerValues = TIMES) -> None:
        super().__init__(State.PROCEEDING, reliable, times)

    def start(self) -> Effects:
        return [DELIVER, TimerSet("trying", 0.2)]

    def again(self) -> Effects:
        """The same INVITE came again: the latest answer goes again, the very same bytes."""
        if self.state in (State.CONFIRMED, State.TERMINATED) or not self._last:
            return []
        return [SendData(self._last)]

    def respond(self, status: int, data: bytes) -> Effects:
        """Raises RuntimeError: a final response was given before."""
        if self.state is not State.PROCEEDING:
            raise RuntimeError("answered already")
        first = not self._last
        self._last = data
        effects: Effects = [SendData(data)]
        if first:
            effects.append(TimerStop("trying"))
        if status < 200:
            return effects
        if status < 300:
            self.state = State.ACCEPTED
            return [*effects, TimerSet("L", 64 * self._times.t1)]
        self.state = State.COMPLETED
        if not self._reliable:
            effects.append(TimerSet("G", self._times.t1))
        return [*effects, TimerSet("H", 64 * self._times.t1)]

    def forget(self) -> Effects:
        """Answered without a memory (§8.2.7): nothing is resent, a copy of the INVITE is a new one."""
        self.state = State.TERMINATED
        return [GONE]

    def ack(self) -> Effects:
        """An ACK with the INVITE's own branch: it answers a 300-699; that of a 2xx is the dialog's."""
        if self.state is not State.COMPLETED:
            return []
        self.state = State.CONFIRMED
        return [TimerStop("G"), TimerStop("H"), *self._linger("I", self._times.t4)]

    def fire(self, name: str) -> Effects:
        if name == "trying":
            return [TRYING] if self.state is State.PROCEEDING and not self._last else []
        if name == "G" and self.state is State.COMPLETED:
            return self._resend("G", self._times.t2)
        if name == "H" and self.state is State.COMPLETED:
            return [TimerStop("G"), TIMED_OUT, *self._end()]
        return self._end() if name in ("I", "L") else []


class OtherServer(_Machine):
    """§17.2.2."""

    __slots__ = ()

    def __init__(self, reliable: bool = False, times: TimerValues = TIMES) -> None:
        super().__init__(State.TRYING, reliable, times)

    def start(self) -> Effects:
        return [DELIVER]

    def again(self) -> Effects:
        return [SendData(self._last)] if self._last and self.state is not State.TERMINATED else []

    def respond(self, status: int, data: bytes) -> Effects:
        """Raises RuntimeError: a final response was given before."""
        if self.state not in (State.TRYING, State.PROCEEDING):
            raise RuntimeError("answered already")
        self._last = data
        if status < 200:
            self.state = State.PROCEEDING
            return [SendData(data)]
        self.state = State.COMPLETED
        return [SendData(data), *self._linger("J", 64 * self._times.t1)]

    def ack(self) -> Effects:
        return []

    def fire(self, name: str) -> Effects:
        return self._end() if name == "J" else []


class InviteClient(_Machine):
    """§17.1.1, RFC 6026 §8.4."""

    __slots__ = ()

    def __init__(self, data: bytes, reliable: bool = False, times: TimerValues = TIMES) -> None:
        super().__init__(State.CALLING, reliable, times)
        self._last = data

    def start(self) -> Effects:
        effects: Effects = [SendData(self._last), TimerSet("B", 64 * self._times.t1)]
        return effects if self._reliable else [*effects, TimerSet("A", self._times.t1)]

    def receive(self, status: int) -> Effects:
        if self.state in (State.CALLING, State.PROCEEDING):
            return self._progress(status)
        if self.state is State.ACCEPTED and 200 <= status < 300:
            return [DELIVER]  # again, or from another branch of a fork: its ACK is the user's
        if self.state is State.COMPLETED and status >= 300:
            return [ACKNOWLEDGE]
        return []

    def _progress(self, status: int) -> Effects:
        stops: Effects = [TimerStop("A"), TimerStop("B")] if self.state is State.CALLING else []
        if status < 200:
            self.state = State.PROCEEDING
            return [*stops, DELIVER]
        if status < 300:
            self.state = State.ACCEPTED
            return [*stops, DELIVER, TimerSet("M", 64 * self._times.t1)]
        self.state = State.COMPLETED
        return [*stops, ACKNOWLEDGE, DELIVER, *self._linger("D", 32.0)]

    def fire(self, name: str) -> Effects:
        if self.state is State.CALLING and name == "A":
            return self._resend("A", float("inf"))
        if self.state is State.CALLING and name == "B":
            return [TimerStop("A"), TIMED_OUT, *self._end()]
        return self._end() if name in ("D", "M") else []


class OtherClient(_Machine):
    """§17.1.2."""

    __slots__ = ()

    def __init__(self, data: bytes, reliable: bool = False, times: TimerValues = TIMES) -> None:
        super().__init__(State.TRYING, reliable, times)
        self._last = data

    def start(self) -> Effects:
        effects: Effects = [SendData(self._last), TimerSet("F", 64 * self._times.t1)]
        return effects if self._reliable else [*effects, TimerSet("E", self._times.t1)]

    def receive(self, status: int) -> Effects:
        if self.state not in (State.TRYING, State.PROCEEDING):
            return []
        if status < 200:
            self.state = State.PROCEEDING
            return [DELIVER]
        self.state = State.COMPLETED
        return [TimerStop("E"), TimerStop("F"), DELIVER, *self._linger("K", self._times.t4)]

    def fire(self, name: str) -> Effects:
        waiting = self.state in (State.TRYING, State.PROCEEDING)
        if name == "E" and waiting:
            if self.state is State.PROCEEDING:  # from now on every T2
                self._interval = self._times.t2
            return self._resend("E", self._times.t2)
        if name == "F" and waiting:
            return [TimerStop("E"), TIMED_OUT, *self._end()]
        return self._end() if name == "K" else []


ServerMachine = InviteServer | OtherServer
ClientMachine = InviteClient | OtherClient
