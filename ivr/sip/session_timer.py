"""Session timers (RFC 4028): who refreshes, when, and when a call counts as gone.

INVITE  Supported: timer  Session-Expires: 600;refresher=uac   Min-SE: 90
200     Require: timer    Session-Expires: 600;refresher=uac
the caller sends UPDATE or re-INVITE every 300 s; without one we hang up after 600 - 32 s
"""

from __future__ import annotations

from typing import NamedTuple

from ivr.sip.headers import HeaderError, parse_number, parse_params, tokens
from ivr.sip.message import Message, Request


class SessionTimer(NamedTuple):
    """An agreed timer: ``seconds`` between refreshes at the most; ``ours``: we refresh."""

    seconds: int
    ours: bool

    @property
    def due(self) -> float:
        """Seconds until we act: refresh at half time, or hang up a little before the end (§10)."""
        return self.seconds / 2 if self.ours else self.seconds - min(32.0, self.seconds / 3)


class TooSmall(Exception):
    """The interval asked for is below ours: 422 with Min-SE (§9)."""


def read(message: Message) -> tuple[int, str | None] | None:
    """Session-Expires as (seconds, refresher); None: not there.

    Raises:
        HeaderError: not readable.
    """
    value = message.one("session-expires")
    if value is None:
        return None
    seconds, semicolon, rest = value.partition(";")
    refresher = parse_params(semicolon + rest).get("refresher")
    if refresher not in (None, "uac", "uas"):
        raise HeaderError("Malformed Session-Expires")
    return parse_number(seconds, "Session-Expires"), refresher


def accept(
    request: Request, minimum: int, wanted: int | None
) -> tuple[SessionTimer | None, list[tuple[str, str]]]:
    """Our side of the bargain for a 2xx, and the headers that say so.

    Raises:
        TooSmall: the peer asked for less than ``minimum`` and could understand a 422.
        HeaderError: Session-Expires is not readable.
    """
    supported = "timer" in tokens(request.all("supported") + request.all("require"))
    asked = read(request)
    if asked is None:
        if wanted is None:
            return None, []
        asked = (max(wanted, _min_se(request)), None)
    seconds, refresher = asked
    if seconds < minimum:
        if supported:
            raise TooSmall
        seconds = minimum  # a caller without the extension: the proxy's wish, not below ours
    refresher = refresher or ("uac" if supported else "uas")
    if not supported:
        refresher = "uas"
    headers = [("Session-Expires", f"{seconds};refresher={refresher}")]
    if refresher == "uac":
        headers.append(("Require", "timer"))
    return SessionTimer(seconds, refresher == "uas"), headers


def agreed(response: Message) -> SessionTimer | None:
    """What a 2xx to a request of ours says: ``uac`` are we. None: no timer (or one that nobody can read)."""
    try:
        found = read(response)
    except HeaderError:
        return None
    return None if found is None else SessionTimer(max(found[0], 32), found[1] != "uas")


def _min_se(request: Request) -> int:
    value = request.one("min-se")
    return 0 if value is None else parse_number(value.partition(";")[0], "Min-SE", 86_400)
