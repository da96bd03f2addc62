"""A handset on the demo SMSC's console: texts as a number, and waits for what comes back.

    replies = text_as("13900000001", ["10086", "2"], port=2776, on_reply=print)

Blocking, over a plain socket: ``hall10086 text`` needs no reactor for it. The waiting rule: a text is
answered when nothing has come for ``quiet`` seconds after the last message, or after ``longest`` seconds.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

QUIET, LONGEST = 1.5, 10.0
NO_TOKEN = "the token is missing or wrong"


class HandsetError(Exception):
    """The text did not get through."""


class NotTaken(HandsetError):
    """The demo SMSC, or the hall behind it, did not take the text."""


class WrongToken(HandsetError):
    """The token is not that of this console."""


@dataclass(frozen=True, slots=True)
class HandsetMessage:
    """One message as the handset shows it, joined from ``parts``."""

    sender: str
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One text and what came of it."""

    text: str
    replies: list[HandsetMessage] = field(default_factory=list)


def text_as(
    number: str,
    texts: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 2776,
    token: str = "",
    quiet: float = QUIET,
    longest: float = LONGEST,
    on_reply: Callable[[HandsetMessage], None] = lambda reply: None,
) -> list[Exchange]:
    """Send ``texts`` one after another as ``number``, each when the one before is answered. ``on_reply`` is
    called as each message comes; ``token`` is the console's. Raises :class:`HandsetError`."""
    try:
        with socket.create_connection((host, port), timeout=5.0) as connection:
            return [
                _exchange(
                    connection,
                    {"token": token, "from": number, "text": text},
                    waits=(quiet, longest),
                    on_reply=on_reply,
                )
                for text in texts
            ]
    except OSError as error:
        why = "it is started by a hall whose settings name no [[smsc]]"
        raise HandsetError(f"no demo SMSC on {host}:{port} ({why}): {error}") from None


def _exchange(
    connection: socket.socket,
    asked: dict[str, str],
    *,
    waits: tuple[float, float],
    on_reply: Callable[[HandsetMessage], None],
) -> Exchange:
    exchange = Exchange(asked["text"])
    connection.sendall(json.dumps(asked).encode() + b"\n")
    for message in _messages(connection, *waits):
        if "error" in message:
            refused = WrongToken if message["error"] == NO_TOKEN else NotTaken
            raise refused(str(message["error"]))
        if "text" in message:
            reply = HandsetMessage(str(message["from"]), str(message["text"]), int(str(message["parts"])))
            exchange.replies.append(reply)
            on_reply(reply)
    return exchange


def _messages(connection: socket.socket, quiet: float, longest: float) -> Iterator[dict[str, object]]:
    """What the console says until it falls quiet behind a reply."""
    end = time.monotonic() + longest
    until, held = end, b""
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            data = connection.recv(65_536)
        except TimeoutError:
            return
        if not data:
            raise HandsetError("the demo SMSC has gone")
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            yield message
            if "text" in message:
                until = min(end, time.monotonic() + quiet)
