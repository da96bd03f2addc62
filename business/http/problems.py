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


class Kind(StrEnum):
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


STATUS: Mapping[Kind, int] = {
    Kind.UNKNOWN_SUBSCRIBER: 404,
    Kind.NOT_FOUND: 404,
    Kind.BAD_REQUEST: 400,
    Kind.UNAUTHORIZED: 401,
    Kind.FORBIDDEN: 403,
    Kind.MISDIRECTED: 421,
    Kind.WRONG_METHOD: 405,
    Kind.WRONG_MEDIA_TYPE: 415,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.RESTING: 503,
    Kind.UNAVAILABLE: 503,
    Kind.NOT_OFFERED: 501,
    Kind.INTERNAL: 500,
}
_TITLES: Mapping[Kind, str] = {
    Kind.UNKNOWN_SUBSCRIBER: "no such subscriber here",
    Kind.NOT_FOUND: "there is no such thing",
    Kind.BAD_REQUEST: "the request is not as described",
    Kind.FORBIDDEN: "this may not be asked from here",
    Kind.MISDIRECTED: "the request names another host",
    Kind.UNAUTHORIZED: "the bearer token is missing or wrong",
    Kind.WRONG_METHOD: "this path has another method",
    Kind.WRONG_MEDIA_TYPE: "the body must be application/json",
    Kind.TOO_LARGE: "the body is too large",
    Kind.TOO_MANY: "too many requests at once; try again later",
    Kind.RESTING: "this rests for some hours",
    Kind.UNAVAILABLE: "the back office does not answer now; nothing was changed",
    Kind.NOT_OFFERED: "this back office does not offer that",
    Kind.INTERNAL: "the server failed; whether something was changed is not known",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """``where``: the place in the request that is wrong, for ``bad-request``; ``since`` and ``until`` of a
    rest; ``retry_after`` seconds, which travels as the header Retry-After."""

    kind: Kind
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
        kind = Kind(said.removeprefix(_URN))
        since = wire.decode(datetime, value["since"]) if kind is Kind.RESTING else None
        until = wire.decode(datetime, value["until"]) if kind is Kind.RESTING else None
    except (ValueError, KeyError, CodecError):
        return None
    return Problem(kind, since=since, until=until)
