"""A call written by hand on a UDP socket, and datagrams with the kernel's time of their arrival."""

from __future__ import annotations

import re
import socket
import struct
from itertools import count
from types import TracebackType
from typing import Self

from server.testing.ports import HOST
from server.testing.running import HallProcess

SO_TIMESTAMPNS = 35
_numbers = count(1)


def stamped(ancillary: list[tuple[int, int, bytes]]) -> float:
    """The time of arrival that came with a datagram, seconds since the epoch."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("ll", data[:16])
            return float(seconds + nanoseconds / 1e9)
    raise AssertionError("the kernel gave no time")


class Line:
    """One call over UDP. The caller's RTP is heard at ``port`` of ``host``; the hall's is at ``rtp`` once it
    has answered. ``text`` is the last answer."""

    def __init__(self, hall: HallProcess, number: str, port: int, host: str = HOST) -> None:
        self._hall, self._number, self._port, self._host = hall, number, port, host
        self.rtp, self.text = 0, ""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.settimeout(5)
        self.call_id = f"wire-{next(_numbers)}-{self._socket.getsockname()[1]}"
        self._tag, self._cseq = "", 1
        self._send("INVITE", 1, self._offer())

    def _offer(self) -> str:
        return (
            f"v=0\r\no=w 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {self._host}\r\nt=0 0\r\n"
            f"m=audio {self._port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )

    def _send(self, method: str, cseq: int, body: str = "") -> None:
        here = f"{HOST}:{self._socket.getsockname()[1]}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"{method} sip:10086@{HOST}:{self._hall.sip} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{next(_numbers)};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{self._number}@{HOST}>;tag=w\r\nTo: <sip:10086@{HOST}>{self._tag}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:w@{here}>\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(text.encode(), (HOST, self._hall.sip))

    def response(self) -> tuple[int, str, float]:
        """The next response's status, text and time of arrival."""
        data, ancillary, _, _ = self._socket.recvmsg(65_536, 1024)
        text = data.decode()
        return int(text.split(" ", 2)[1]), text, stamped(ancillary)

    def final(self) -> tuple[int, float]:
        """The final status, and when it came."""
        while True:
            status, self.text, when = self.response()
            if status >= 200:
                return status, when

    def answer(self) -> float:
        """ACK the 200; when that came."""
        status, when = self.final()
        assert status == 200, self.text
        found = re.search(r"^To:.*(;tag=\S+)", self.text, re.MULTILINE)
        where = re.search(r"^m=audio (\d+)", self.text, re.MULTILINE)
        assert found is not None
        assert where is not None
        self._tag, self.rtp = found[1], int(where[1])
        self._send("ACK", 1)
        return when

    def again(self, port: int, host: str = HOST) -> int:
        """A re-INVITE that names another place for the audio, and its ACK; the status."""
        self._port, self._host = port, host
        self._cseq += 1
        self._send("INVITE", self._cseq, self._offer())
        status, _ = self.final()
        self._send("ACK", self._cseq)
        return status

    def bye(self) -> None:
        """Hang up, and wait for the answer."""
        self._cseq += 1
        self._send("BYE", self._cseq)
        while "BYE" not in self.response()[1]:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
