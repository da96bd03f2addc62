"""RTP/RTCP port pairs (RFC 3550 §11: RTP even, RTCP the next), chosen at random (RFC 6056 §3.3.1) so that
nobody knows a call's port before its caller is told; and let rest after a call, so that what its caller still
sends does not come in upon the next one."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from random import Random

TRIES = 200  # pairs a call; what others have taken costs a bind(2) each
REST = 5_000_000_000  # ns


class NoPort(OSError):
    """No free port pair in the range, or no file descriptor left."""


class Ports:
    """Gives out port pairs from ``first`` to ``last``; ``first`` 0: whatever the system gives.

    A pair rests for :data:`REST` after :meth:`give_back`; sooner only where no other is left: a caller is
    not turned away for it. ``clock``: monotonic, ns."""

    def __init__(self, address: str, first: int, last: int, random: Random, clock: Callable[[], int]) -> None:
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._address, self._random, self._clock = address, random, clock
        self._any = first == 0
        self._free = [] if self._any else list(range(first + first % 2, last, 2))
        self._resting: dict[int, int] = {}  # port: until when; the oldest first

    def take(self) -> tuple[socket.socket, socket.socket]:
        """The RTP and the RTCP socket, bound, non-blocking. Raises :class:`NoPort`."""
        self._wake()
        others: list[int] = []
        try:
            for _ in range(TRIES):
                port = self._next()
                if port is None:
                    break
                pair = self._pair(port)
                if pair is not None:
                    return pair
                others.append(port)
        finally:
            if not self._any:
                self._rest(*others)
        raise NoPort(errno.EADDRINUSE, "no free RTP port pair")

    def give_back(self, port: int) -> None:
        """The call on ``port`` is over, its sockets are closed."""
        self._rest(port)

    def _rest(self, *ports: int) -> None:
        until = self._clock() + REST
        for port in ports:
            self._resting[port] = until

    def _wake(self) -> None:
        now = self._clock()
        while self._resting:
            port = next(iter(self._resting))
            if self._resting[port] > now:
                return
            del self._resting[port]
            if not self._any:
                self._free.append(port)

    def _next(self) -> int | None:
        if self._any:
            return self._systems()
        if self._free:
            place = self._random.randrange(len(self._free))
            self._free[place], self._free[-1] = self._free[-1], self._free[place]
            return self._free.pop()
        oldest = next(iter(self._resting), None)
        if oldest is not None:
            del self._resting[oldest]
        return oldest

    def _systems(self) -> int:
        """A number that the system thinks free. It is bound by name afterwards: a port that the system gave
        would be lost by ``sockets.disconnect``."""
        found = self._bound(0)
        if found is None:
            return 1
        with found:
            port: int = found.getsockname()[1]
        return 1 if port in self._resting else port

    def _pair(self, port: int) -> tuple[socket.socket, socket.socket] | None:
        rtp_socket = self._bound(port) if port % 2 == 0 and port < 65535 else None
        if rtp_socket is None:
            return None
        try:
            control = self._bound(port + 1)
        except NoPort:
            rtp_socket.close()
            raise
        if control is None:
            rtp_socket.close()
            return None
        return rtp_socket, control

    def _bound(self, port: int) -> socket.socket | None:
        try:
            made = socket.socket(self.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        except OSError as error:
            raise NoPort(error.errno, "no file descriptor left for RTP") from error
        try:
            made.bind((self._address, port))
        except OSError as error:
            made.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return None
            raise NoPort(error.errno, f"cannot use {self._address} for RTP") from error
        return made
