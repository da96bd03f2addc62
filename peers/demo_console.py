"""The demo SMSC's console, where its handsets are: one JSON object a line, over loopback::

    -> {"token": "…", "from": "13900000001", "text": "0101"}       be that handset, and send
    -> {"from": "13900000001"}                                     be that handset, and only listen
    <- {"sent": true}                                              the hall has acknowledged it
    <- {"from": "10086", "text": "您本月…", "parts": 2}              a message to it, joined
    <- {"error": "…"}                                              a line that was not understood

Whoever is let in texts in any name. So the first line of a connection bears the token, which only this user
can read (``hall10086 text`` does), and a line that is no JSON object ends the connection: any page of the web
may have its browser send a request here, but that begins with a line of HTTP.
"""

from __future__ import annotations

import json
import re
from hmac import compare_digest
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from peers.handset import NO_TOKEN
from sms.text import TextTooLong

FIRST = 10.0
"""Seconds within which a connection says its first line."""


class DemoSmscPort(Protocol):
    """What the console asks of the SMSC."""

    token: str
    number: str
    """The hall's, which a text goes to that names no other."""

    def listen(self, handset: str, console: Console) -> None: ...

    def leave(self, console: Console) -> None: ...

    def text(self, handset: str, to: str, text: str, console: Console) -> bool: ...


def _is_number(given: object) -> bool:
    """A number, or a name, that an SMPP address field holds."""
    return isinstance(given, str) and re.fullmatch("[!-~]{3,20}", given) is not None


def _is_text(given: object) -> bool:
    """A text, or none; half a surrogate pair is neither."""
    return given is None or (isinstance(given, str) and not re.search("[\ud800-\udfff]", given))


@implementer(IPushProducer)
class Console(LineOnlyReceiver):
    """One connection of the console: one handset at a time. One that does not read what it is told ends."""

    delimiter = b"\n"
    MAX_LENGTH = 65_536
    transport: Any

    def __init__(self, post: DemoSmscPort, reactor: IReactorTime) -> None:
        self._post = post
        self._reactor = reactor
        self._let_in = False
        self._late: IDelayedCall | None = None
        self.handset: str | None = None

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, True)
        self._late = self._reactor.callLater(FIRST, self.end)

    def lineReceived(self, line: bytes) -> None:
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            self.refuse('write {"from": "13900000001", "text": "0101"}')
        elif self._let_in or self._bears_token(asked):
            self._asked(asked)
        else:
            self.refuse(NO_TOKEN)

    def _bears_token(self, asked: dict[str, Any]) -> bool:
        given = str(asked.get("token", ""))
        self._let_in = compare_digest(given.encode("utf-8", "replace"), self._post.token.encode())
        if self._let_in:
            self._stop_waiting()
        return self._let_in

    def _asked(self, asked: dict[str, Any]) -> None:
        handset, text, to = asked.get("from"), asked.get("text"), str(asked.get("to", self._post.number))
        if not _is_number(handset) or not _is_number(to) or not _is_text(text):
            self.tell({"error": "from is a number, text is a text"})
            return
        assert isinstance(handset, str)
        self._post.listen(handset, self)
        if text is None:
            return
        try:
            if not self._post.text(handset, to, text, self):
                self.tell({"error": "too many texts wait for the hall"})
        except TextTooLong:
            self.tell({"error": "the text is too long"})

    def tell(self, message: dict[str, Any]) -> None:
        self.sendLine(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace"))

    def refuse(self, why: str) -> None:
        self.tell({"error": why})
        self._leave()
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def end(self) -> None:
        self._leave()
        self.transport.abortConnection()

    def _leave(self) -> None:
        self._stop_waiting()
        self._post.leave(self)

    def _stop_waiting(self) -> None:
        late, self._late = self._late, None
        if late is not None and late.active():
            late.cancel()

    # ---- IPushProducer: what is not read fills the transport's buffer --------------------------------------
    def pauseProducing(self) -> None:
        self._reactor.callLater(0, self.end)  # not within the write that noticed it

    def resumeProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        pass

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._leave()
