"""Requests of bounded size: twisted.web would write a body of any length to a temporary file first."""

from __future__ import annotations

from twisted.web.server import Request

BODY = 64 * 1024  # octets; the longest request, a complaint, has some ten thousand
GIVE_UP = 16 * BODY  # whoever goes on sending is cut off


class BoundedRequest(Request):
    """``too_large``: the body is longer than :data:`BODY`, and was thrown away as it came."""

    too_large = False
    _octets = 0

    def gotLength(self, length: int | None) -> None:
        if length is not None and length > BODY:
            self.too_large = True
        super().gotLength(0 if self.too_large or length is None else length)

    def handleContentChunk(self, data: bytes) -> None:
        self._octets += len(data)
        if self._octets > BODY:
            self.too_large = True
        if not self.too_large:
            super().handleContentChunk(data)
        elif self._octets > GIVE_UP and self.channel is not None:
            self.channel.forceAbortClient()
