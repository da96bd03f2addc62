"""Cutting a stream into SIP messages by Content-Length (RFC 3261 §18.3); CRLF keep-alives in between."""

from __future__ import annotations

import re

_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)?([^\r\n]*)", re.IGNORECASE)
MAX_HEAD = 16_384


class FramingError(ValueError):
    """Where the next message begins cannot be known any more: the connection has to go. ``head``: the
    headers, if there are any, so that an answer can still be sent."""

    def __init__(self, reason: str, head: bytes = b"") -> None:
        super().__init__(reason)
        self.head = head


class Framer:
    """One direction of one stream.

    Args:
        most: octets of a whole message.
    """

    def __init__(self, most: int) -> None:
        self._buffer = bytearray()
        self._most = most
        self._need = 0  # octets of the message under way, once its headers are here
        self.pings = 0  # double CRLFs seen: each is answered with one CRLF (RFC 5626 §3.5.1)

    @property
    def partial(self) -> bool:
        """Has a message begun that is not complete?"""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are complete now.

        Raises:
            FramingError: no Content-Length, one that is no number, or more than is allowed. Messages
                complete before it are lost with the connection.
        """
        self._buffer += data
        found: list[bytes] = []
        while (message := self._next()) is not None:
            found.append(message)
        return found

    def _next(self) -> bytes | None:
        if not self._need:
            self._skip_pings()
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > min(MAX_HEAD, self._most):
                    raise FramingError("headers without end")
                return None
            self._need = end + 4 + self._length(bytes(self._buffer[: end + 4]))
        if len(self._buffer) < self._need:
            return None
        message = bytes(self._buffer[: self._need])
        del self._buffer[: self._need]
        self._need = 0
        return message

    def _skip_pings(self) -> None:
        while self._buffer.startswith(b"\r\n"):
            if self._buffer.startswith(b"\r\n\r\n"):
                self.pings += 1
                del self._buffer[:4]
            elif len(self._buffer) == 2 or not self._buffer.startswith(b"\r\n\r"):
                del self._buffer[:2]
            else:
                return

    def _length(self, head: bytes) -> int:
        match = _LENGTH.search(head)
        if match is None:
            raise FramingError("no Content-Length on a stream", head)
        text = match[1].strip()
        if not text.isdigit() or len(text) > 9:
            raise FramingError("malformed Content-Length", head)
        if len(head) + int(text) > self._most:
            raise FramingError("message too large", head)
        return int(text)
