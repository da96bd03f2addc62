"""An honest caller beside a siege: calls, is answered, acknowledges, hangs up, and notes how long it took.

with HonestCaller("127.0.0.1", port) as caller:
    taken = [caller.call() for _ in range(50)]      # Call(status=200, seconds=0.012)
"""

from __future__ import annotations

import socket
import time
from itertools import count
from types import TracebackType
from typing import NamedTuple, Self

from tests.siege.sip_floods import HONEST, request

T1, GIVE_UP = 0.5, 8.0  # seconds
_numbers = count(1)


class Call(NamedTuple):
    """``status``: final, 0 for none. ``seconds``: from the first INVITE to it."""

    status: int
    seconds: float


class HonestCaller:
    """One phone that calls once at a time, over UDP or TCP."""

    def __init__(self, host: str, port: int, source: str = HONEST, *, tcp: bool = False) -> None:
        self._tcp = tcp
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self._socket.bind((source, 0))
        self._socket.settimeout(GIVE_UP)
        self._socket.connect((host, port))
        self._here: tuple[str, int] = self._socket.getsockname()

    def call(self) -> Call:
        """One call from INVITE to BYE."""
        call, branch = f"honest-{next(_numbers)}-{self._here[1]}", f"z9hG4bKh{next(_numbers)}-{self._here[1]}"
        invite = self._request("INVITE", call, branch=branch)
        began = time.monotonic()
        final = self._ask(invite, f"{call}\r\nCSeq: 1 INVITE")
        taken = time.monotonic() - began
        status = int(final.split(" ", 2)[1]) if final else 0
        if status >= 300 or not final:
            return Call(status, taken)
        to = ";tag=" + final.partition("\r\nTo: ")[2].partition("tag=")[2].partition("\r\n")[0]
        self._socket.send(self._request("ACK", call, to=to))
        self._ask(self._request("BYE", call, to=to, cseq=2), f"{call}\r\nCSeq: 2 BYE")
        return Call(status, taken)

    def _request(self, method: str, call: str, **given: object) -> bytes:
        data = request(method, self._here, call=call, **given)  # type: ignore[arg-type]
        return data.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP") if self._tcp else data

    def _ask(self, data: bytes, wanted: str) -> str:
        """Send, again after T1 as phones do, until the final answer comes; that, or nothing."""
        began, wait, resend = time.monotonic(), T1, time.monotonic()
        while (now := time.monotonic()) - began < GIVE_UP:
            if now >= resend:
                self._socket.send(data)
                resend, wait = now + wait, wait * 2
                if self._tcp:
                    resend = began + GIVE_UP
            self._socket.settimeout(max(0.001, resend - time.monotonic()))
            try:
                text = self._socket.recv(65_536).decode("utf-8", "replace")
            except TimeoutError:
                continue
            if not text:
                return ""
            for message in ("SIP/2.0 " + part for part in text.split("SIP/2.0 ")[1:]):
                if message[8:9] != "1" and wanted in message:
                    return message
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
