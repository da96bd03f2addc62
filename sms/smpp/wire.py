"""One SMPP connection, either side: frames in, frames out, requests and their answers.

Framing is ours: 16 <= command_length <= 64 KiB, anything else means that framing is lost, and the connection
closes. A PDU that cannot be read gets an answer with its own sequence number, and the link stays up; an
answer that cannot be read, or that nobody waits for, is ignored. What is written during one read goes out in
one write. A request of which an answer counts however late it comes says whom to tell that it is overdue.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import NamedTuple

from twisted.internet.interfaces import IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from sms.smpp.pdu import (
    ENQUIRE_LINK,
    GENERIC_NACK,
    HEADER,
    INVALID_COMMAND,
    LARGEST,
    OK,
    REQUESTS,
    RESPONSE,
    SMALLEST,
    SYSTEM_ERROR,
    UNBIND,
    PduError,
    encode_empty,
)

LOST, TIMED_OUT = -1, -2  # in a status's place: the connection fell, or no answer came
HIGHEST_SEQUENCE = 0x7FFFFFFF
Answered = Callable[[int, bytes], None]  # status (or LOST, TIMED_OUT), the answer's frame


class Pending(NamedTuple):
    """A request that waits for its answer, which bears ``command``. ``overdue``: told once that the time is
    over, and the answer is still waited for; None: then it is not. ``place``: its own among the frames that
    were sent."""

    deadline: float
    answered: Answered
    command: int
    overdue: Callable[[], None] | None = None
    place: int = 0


class Wire(Protocol):
    """See the head of this file. Subclasses give ``handlers``: command_id to a method taking the frame.
    ``sent``: frames so far; ``arrived``: as many of them as are proved to be there, for a request behind them
    was answered."""

    log = Logger()
    transport: ITCPTransport

    def __init__(self, reactor: IReactorTime, complaints: Callable[[str], None]) -> None:
        self._reactor = reactor
        self._complain = complaints
        self._buffer = b""
        self._out: list[bytes] = []
        self._flushing = False
        self._sequence = 0
        self.pending: dict[int, Pending] = {}
        self.handlers: dict[int, Callable[[bytes], None]] = {
            ENQUIRE_LINK: self._enquired,
            UNBIND: self._unbound,
        }
        self.heard = 0.0
        self.lost_at: float | None = None
        self.sent = self.arrived = 0

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.heard = self._reactor.seconds()

    # ---- in ------------------------------------------------------------------------------------------------
    def dataReceived(self, data: bytes) -> None:
        self.heard = self._reactor.seconds()
        data = self._buffer + data if self._buffer else data
        at, flushing = 0, self._flushing
        self._flushing = True  # answers made on the way are written at the end, at once
        while len(data) - at >= SMALLEST and self.lost_at is None:
            length = int.from_bytes(data[at : at + 4], "big")
            if not SMALLEST <= length <= LARGEST:
                self._complain(f"framing is lost: command_length {length}")
                self.transport.loseConnection()
                at = len(data)
                break
            if len(data) - at < length:
                break
            self._frame(data[at : at + length])
            at += length
        self._buffer = data[at:]
        if not flushing:
            self.flush()

    def _frame(self, frame: bytes) -> None:
        _, command, status, sequence = HEADER.unpack_from(frame)
        try:
            if command & RESPONSE:
                self._answered(command, status, sequence, frame)
            elif (handler := self.handlers.get(command)) is not None:
                handler(frame)
            else:
                raise PduError(INVALID_COMMAND, f"command {command:#010x} is not served")
        except PduError as error:
            self._complain(f"PDU {command:#010x}: {error}")
            self._refuse(command, error.status, sequence)
        except Exception:
            self.log.failure("PDU {command:#010x} was not handled", command=command)
            self._refuse(command, SYSTEM_ERROR, sequence)

    def _refuse(self, command: int, status: int, sequence: int) -> None:
        """An error status of the command's own response; a generic_nack where there is none (§4.3)."""
        if command & RESPONSE:
            return
        known = command in self.handlers and command in REQUESTS
        self.send(encode_empty(command | RESPONSE if known else GENERIC_NACK, sequence, status))

    def _answered(self, command: int, status: int, sequence: int, frame: bytes) -> None:
        waiting = self.pending.get(sequence)
        if waiting is None or command not in {waiting.command, GENERIC_NACK}:
            if command != GENERIC_NACK:
                self._complain(f"answer {command:#010x}, that nobody waits for")
            return
        del self.pending[sequence]
        self.arrived = max(self.arrived, waiting.place)
        if command == GENERIC_NACK and status == OK:
            status = SYSTEM_ERROR
        waiting.answered(status, frame)

    def _enquired(self, frame: bytes) -> None:
        self.send(encode_empty(ENQUIRE_LINK | RESPONSE, HEADER.unpack_from(frame)[3]))

    def _unbound(self, frame: bytes) -> None:
        self.send(encode_empty(UNBIND | RESPONSE, HEADER.unpack_from(frame)[3]))
        self.flush()
        self.transport.loseConnection()

    # ---- out -----------------------------------------------------------------------------------------------
    def send(self, frame: bytes) -> None:
        self._out.append(frame)
        self.sent += 1
        if not self._flushing:
            self._flushing = True
            self._reactor.callLater(0, self.flush)

    def flush(self) -> None:
        """Write what has gathered, once."""
        self._flushing = False
        if self._out:
            out, self._out = self._out, []
            if self.lost_at is None:
                self.transport.write(b"".join(out))

    def next_sequence(self) -> int:
        self._sequence = self._sequence % HIGHEST_SEQUENCE + 1
        return self._sequence

    def request(
        self,
        frame: bytes,
        sequence: int,
        seconds: float,
        answered: Answered,
        overdue: Callable[[], None] | None = None,
    ) -> None:
        """Send a request; ``answered`` is called exactly once."""
        command = HEADER.unpack_from(frame)[1] | RESPONSE
        deadline = self._reactor.seconds() + seconds
        self.pending[sequence] = Pending(deadline, answered, command, overdue, self.sent + 1)
        self.send(frame)

    def forget(self, sequence: int) -> None:
        """Its answer is not waited for any more, and nobody is told."""
        self.pending.pop(sequence, None)

    def expire(self, now: float) -> None:
        """Tell of requests whose time is over; called on a timer."""
        late = [sequence for sequence, waiting in self.pending.items() if waiting.deadline <= now]
        for sequence in late:
            waiting = self.pending.get(sequence)
            if waiting is None:
                continue
            if waiting.overdue is not None:
                self.pending[sequence] = waiting._replace(deadline=inf)
                waiting.overdue()
            else:
                del self.pending[sequence]
                waiting.answered(TIMED_OUT, b"")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost_at = self._reactor.seconds()
        pending, self.pending = self.pending, {}
        for waiting in pending.values():
            waiting.answered(LOST, b"")
