"""Problems (RFC 9457): what is answered when there is no answer, the same words for client and server.

    {"type": "urn:hall10086:problem:resting", "title": "…", "status": 503,
     "since": "2026-11-30T19:00:00+08:00", "until": "2026-12-01T00:00:00+08:00"}

Whoever answers with one of these types (but ``internal``) has done nothing: a change that is answered so is
certainly not done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from business.http import wire
from business.port.codec import CodecError

MEDIA_TYPE = "application/problem+json"
_URN = "urn:hall10086:problem:"


class ProblemKind(StrEnum):
    UNKNOWN_SUBSCRIBER = "unknown-subscriber"
    NOT_FOUND = "not-found"
    BAD_REQUEST = "bad-request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    MISDIRECTED = "misdirected"
    WRONG_METHOD = "wrong-method"
    WRONG_MEDIA_TYPE = "wrong-media-type"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many-requests"
    RESTING = "resting"
    UNAVAILABLE = "unavailable"
    NOT_OFFERED = "not-offered"
    INTERNAL = "internal"


STATUS: Mapping[ProblemKind, int] = {
    ProblemKind.UNKNOWN_SUBSCRIBER: 404,
    ProblemKind.NOT_FOUND: 404,
    ProblemKind.BAD_REQUEST: 400,
    ProblemKind.UNAUTHORIZED: 401,
    ProblemKind.FORBIDDEN: 403,
    ProblemKind.MISDIRECTED: 421,
    ProblemKind.WRONG_METHOD: 405,
    ProblemKind.WRONG_MEDIA_TYPE: 415,
    ProblemKind.TOO_LARGE: 413,
    ProblemKind.TOO_MANY: 429,
    ProblemKind.RESTING: 503,
    ProblemKind.UNAVAILABLE: 503,
    ProblemKind.NOT_OFFERED: 501,
    ProblemKind.INTERNAL: 500,
}
_TITLES: Mapping[ProblemKind, str] = {
    ProblemKind.UNKNOWN_SUBSCRIBER: "no such subscriber here",
    ProblemKind.NOT_FOUND: "there is no such thing",
    ProblemKind.BAD_REQUEST: "the request is not as described",
    ProblemKind.FORBIDDEN: "this may not be asked from here",
    ProblemKind.MISDIRECTED: "the request names another host",
    ProblemKind.UNAUTHORIZED: "the bearer token is missing or wrong",
    ProblemKind.WRONG_METHOD: "this path has another method",
    ProblemKind.WRONG_MEDIA_TYPE: "the body must be application/json",
    ProblemKind.TOO_LARGE: "the body is too large",
    ProblemKind.TOO_MANY: "too many requests at once; try again later",
    ProblemKind.RESTING: "this rests for some hours",
    ProblemKind.UNAVAILABLE: "the back office does not answer now; nothing was changed",
    ProblemKind.NOT_OFFERED: "this back office does not offer that",
    ProblemKind.INTERNAL: "the server failed; whether something was changed is not known",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """``where``: the place in the request that is wrong, for ``bad-request``; ``since`` and ``until`` of a
    rest; ``retry_after`` seconds, which travels as the header Retry-After."""

    kind: ProblemKind
    detail: str = ""
    where: str = ""
    since: datetime | None = None
    until: datetime | None = None
    retry_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return STATUS[self.kind]

    def body(self) -> bytes:
        out: dict[str, Any] = {
            "type": _URN + self.kind.value,
            "title": _TITLES[self.kind],
            "status": self.status,
        }
        said = {"detail": self.detail, "field": self.where, "since": self.since, "until": self.until}
        out |= {name: value for name, value in said.items() if value}
        return wire.dumps(out)


def read(value: Any) -> Problem | None:
    """The problem that a body tells, or None if it is none of ours. Passes over what it does not know."""
    said = value.get("type") if isinstance(value, dict) else None
    if not isinstance(said, str) or not said.startswith(_URN):
        return None
    try:
        kind = ProblemKind(said.removeprefix(_URN))
        since = wire.decode(datetime, value["since"]) if kind is ProblemKind.RESTING else None
        until = wire.decode(datetime, value["until"]) if kind is ProblemKind.RESTING else None
    except (ValueError, KeyError, CodecError):
        return None
    return Problem(kind, since=since, until=until)
