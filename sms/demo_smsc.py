"""The demo SMSC: a true SMPP 3.4 server for people who have none, with a console for handsets on loopback.

    demo = DemoSmsc(reactor, system_id="hall10086", password="")
    demo.start(("127.0.0.1", 2775), ("127.0.0.1", 2776));  demo.smpp_port;  await demo.stop()

An ESME binds (an empty password admits any), takes what handsets send as deliver_sm, and what it submits goes
to the handset it is for; receipts when asked for. MOs wait while no ESME is bound. The console speaks JSON,
one object a line::

    -> {"from": "13900000001", "text": "0101"}                     be that handset, and send
    -> {"from": "13900000001"}                                     be that handset, and only listen
    <- {"sent": true}                                              the hall has acknowledged it
    <- {"from": "10086", "text": "您本月…", "parts": 2}              a message to it, joined
    <- {"error": "…"}                                              a line that was not understood
"""

from __future__ import annotations

import json
import re
import secrets
from collections import deque
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from sms.join import Joiner, Part
from sms.smpp.pdu import (
    ESM_RECEIPT,
    INVALID_DESTINATION,
    MESSAGE_STATE,
    OK,
    RECEIPTED_MESSAGE_ID,
    Message,
    PduError,
)
from sms.smpp.smsc import SmscConnection, same_secret
from sms.text import TextTooLong, concatenation, decode, split

TRIES, AGAIN = 5, 1.0
PATIENCE = 5.0
"""Seconds that a handset waits for a part of a long message."""


def _is_number(given: object) -> bool:
    """A number, or a name, that an SMPP address field holds."""
    return isinstance(given, str) and re.fullmatch("[!-~]{3,20}", given) is not None


class _Texted(NamedTuple):
    """A part of an MO under way, and who is told when it is acknowledged."""

    message: Message
    console: Console | None


class Console(LineOnlyReceiver):
    """One line of the console: one handset at a time."""

    delimiter = b"\n"
    MAX_LENGTH = 65_536

    def __init__(self, smsc: DemoSmsc) -> None:
        self._smsc = smsc
        self.handset: str | None = None

    def lineReceived(self, line: bytes) -> None:
        try:
            asked = json.loads(line)
            handset, text = asked["from"], asked.get("text")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.tell({"error": 'write {"from": "13900000001", "text": "0101"}'})
            return
        to = str(asked.get("to", "10086"))
        if not _is_number(handset) or not _is_number(to) or not isinstance(text, str | None):
            self.tell({"error": "from is a number, text is a text"})
            return
        self._smsc.listen(handset, self)
        if text is None:
            return
        try:
            self._smsc.text(handset, to, text, self)
        except TextTooLong:
            self.tell({"error": "the text is too long"})

    def tell(self, message: dict[str, Any]) -> None:
        self.sendLine(json.dumps(message, ensure_ascii=False).encode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._smsc.leave(self)


class DemoSmsc:
    """See the head of this file. It is the :class:`sms.smpp.smsc.Office` of its connections."""

    log = Logger()

    def __init__(self, reactor: Any, *, system_id: str = "hall10086", password: str = "") -> None:
        self._reactor = reactor
        self._system_id = system_id
        self._password = password
        self._ports: list[Any] = []
        self._esmes: list[SmscConnection] = []
        self._connections: set[SmscConnection] = set()
        self._handsets: dict[str, set[Console]] = {}
        self._queue: deque[_Texted] = deque()
        self._joiner = Joiner(PATIENCE)
        self._ids = 0
        self._references: dict[str, int] = {}
        self._ticks = LoopingCall(self._tick)
        self._ticks.clock = reactor
        self._stopping = False

    def start(self, smpp: tuple[str, int], console: tuple[str, int]) -> None:
        """Listen. Raises twisted.internet.error.CannotListenError. Port 0 lets the system choose."""
        made = Factory.forProtocol(lambda: self._made(SmscConnection(self, self._reactor, self._complain)))
        self._ports.append(self._reactor.listenTCP(smpp[1], made, interface=smpp[0]))
        consoles = Factory.forProtocol(lambda: Console(self))
        self._ports.append(self._reactor.listenTCP(console[1], consoles, interface=console[0]))
        self._ticks.start(0.5, now=False)

    def _made(self, connection: SmscConnection) -> SmscConnection:
        self._connections.add(connection)
        return connection

    @property
    def smpp_port(self) -> int:
        return int(self._ports[0].getHost().port)

    @property
    def console_port(self) -> int:
        return int(self._ports[1].getHost().port)

    async def stop(self) -> None:
        self._stopping = True
        if self._ticks.running:
            self._ticks.stop()
        ends: list[Deferred[Any]] = [maybeDeferred(port.stopListening) for port in self._ports]
        for consoles in list(self._handsets.values()):
            for console in list(consoles):
                console.transport.abortConnection()  # type: ignore[union-attr]
        for connection in list(self._connections):
            if connection.lost_at is None and connection.transport is not None:
                connection.transport.abortConnection()
        await gatherResults(ends)

    def _complain(self, why: str) -> None:
        self.log.debug("demo SMSC: {why}", why=why)

    def _tick(self) -> None:
        now = self._reactor.seconds()
        for connection in list(self._connections):
            connection.expire(now)
        for joined in self._joiner.expire(now):
            self._show(joined.key[1], joined.key[0], joined.body, joined.coding, len(joined.ids))

    # ---- office --------------------------------------------------------------------------------------------
    def may_bind(self, system_id: str, password: str) -> bool:
        return not self._password or (system_id == self._system_id and same_secret(password, self._password))

    def bound(self, connection: SmscConnection) -> None:
        if connection.receives:
            self._esmes.append(connection)
            self._deliver()

    def gone(self, connection: SmscConnection) -> None:
        self._connections.discard(connection)
        if connection in self._esmes:
            self._esmes.remove(connection)

    def submitted(self, connection: SmscConnection, message: Message) -> str:
        """A message for a handset; ids are rising hexadecimal numbers."""
        if not message.destination:
            raise PduError(INVALID_DESTINATION, "to nobody")
        self._ids += 1
        message_id = f"{self._ids:08X}"
        found = concatenation(message.body, message.esm)
        key = (message.source, message.destination, found.reference, found.total)
        if found.total == 1:
            self._show(message.destination, message.source, found.body, message.coding, 1)
        else:
            part = Part(key, found.number, found.body, message.coding, self._ids, self._reactor.seconds())
            joined = self._joiner.add(part)
            if joined is not None:
                self._show(message.destination, message.source, joined.body, joined.coding, found.total)
        if message.registered & 0x03 == 1:
            self._reactor.callLater(0, self._receipt, connection, message, message_id)
        return message_id

    def _receipt(self, connection: SmscConnection, message: Message, message_id: str) -> None:
        dates = "submit date:0001010000 done date:0001010000"
        text = f"id:{message_id} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000"
        tlvs = {RECEIPTED_MESSAGE_ID: message_id.encode() + b"\0", MESSAGE_STATE: b"\x02"}
        receipt = Message(message.destination, message.source, text.encode(), 0, ESM_RECEIPT, tlvs=tlvs)
        if connection.lost_at is None:
            connection.deliver(receipt, lambda status: None)

    # ---- handsets ------------------------------------------------------------------------------------------
    def listen(self, handset: str, console: Console) -> None:
        self.leave(console)
        console.handset = handset
        self._handsets.setdefault(handset, set()).add(console)

    def leave(self, console: Console) -> None:
        if console.handset is not None:
            consoles = self._handsets.get(console.handset, set())
            consoles.discard(console)
            if not consoles:
                self._handsets.pop(console.handset, None)
            console.handset = None

    def text(self, handset: str, to: str, text: str, console: Console) -> None:
        """A handset texts; a long text goes in parts."""
        reference = self._references[handset] = (self._references.get(handset, 0) + 1) & 0xFF
        pieces = split(text, reference=reference)
        for number, piece in enumerate(pieces, 1):
            tlvs = {RECEIPTED_MESSAGE_ID: secrets.token_hex(8).encode()}  # tells a second wish from a repeat
            message = Message(handset, to, piece.body, piece.coding, piece.esm, tlvs=tlvs)
            self._queue.append(_Texted(message, console if number == len(pieces) else None))
        self._deliver()

    def _deliver(self) -> None:
        while self._queue and self._esmes:
            texted = self._queue.popleft()
            self._bring(texted, TRIES)

    def _bring(self, texted: _Texted, tries: int) -> None:
        if not self._esmes:
            self._queue.append(texted)
            return
        self._esmes[0].deliver(texted.message, lambda status: self._brought(texted, status, tries))

    def _brought(self, texted: _Texted, status: int, tries: int) -> None:
        if status == OK:
            if texted.console is not None and texted.console.handset is not None:
                texted.console.tell({"sent": True})
        elif not self._stopping and tries > 1:
            self._reactor.callLater(AGAIN, self._bring, texted, tries - 1)
        elif texted.console is not None and texted.console.handset is not None:
            texted.console.tell({"error": "the hall does not take the message"})

    def _show(self, handset: str, sender: str, body: bytes, coding: int, parts: int) -> None:
        message = {"from": sender, "text": decode(body, coding), "parts": parts}
        for console in self._handsets.get(handset, ()):
            console.tell(message)
