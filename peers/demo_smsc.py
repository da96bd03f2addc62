"""The demo SMSC: a true SMPP 3.4 server for people who have none, with a console for handsets on loopback.

    demo = DemoSmsc(reactor, number="10086", system_id="hall10086", password="")
    demo.start(("127.0.0.1", 2775), ("127.0.0.1", 2776));  demo.smpp_port;  await demo.stop()

An ESME binds (an empty password admits any), takes what handsets send as deliver_sm, and what it submits goes
to the handset it is for; receipts when asked for. MOs wait while no ESME is bound. The handsets' console is
:mod:`peers.demo_console`.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from peers.demo_console import Console
from peers.doorway import Doorway
from peers.smsc import SmscConnection, same_secret
from sms.join import Joiner, MessagePart
from sms.reading import read
from sms.smpp.link import ILinkReactor
from sms.smpp.pdu import (
    ESM_RECEIPT,
    INVALID_DESTINATION,
    MESSAGE_STATE,
    OK,
    RECEIPTED_MESSAGE_ID,
    MessagePdu,
    PduError,
)
from sms.text import concatenation, decode, split

TRIES, AGAIN = 5, 1.0
ESMES, CONSOLES = 50, 1_000
"""Connections of one address; all together have twice as many."""
BIND = 10.0
"""Seconds within which a connection binds (SMPP 3.4 §7.2, session_init_timer)."""
WAITING, HANDSETS = 10_000, 100_000
"""Parts that wait for an ESME, and handsets whose last reference is known, at the most."""
PATIENCE = 5.0
"""Seconds that a handset waits for a part of a long message."""


class _Texted(NamedTuple):
    """A part of an MO under way, and who is told when it is acknowledged."""

    message: MessagePdu
    console: Console | None


class DemoSmsc:
    """See the head of this file. It is the :class:`peers.smsc.Office` of its connections."""

    log = Logger()

    def __init__(
        self,
        reactor: ILinkReactor,
        *,
        number: str,
        system_id: str = "hall10086",
        password: str = "",
        token: str = "",
    ) -> None:
        self.number = number
        self._reactor = reactor
        self.token = token
        self._system_id = system_id
        self._password = password
        self._ports: list[Any] = []
        self._esmes: list[SmscConnection] = []
        self._connections: dict[SmscConnection, float] = {}  # since when they are open
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
        esmes = Doorway(self._made, share=ESMES, most=2 * ESMES)
        self._ports.append(self._reactor.listenTCP(smpp[1], esmes, interface=smpp[0]))
        consoles = Doorway(lambda: Console(self, self._reactor), share=CONSOLES, most=2 * CONSOLES)
        self._ports.append(self._reactor.listenTCP(console[1], consoles, interface=console[0]))
        self._ticks.start(0.5, now=False)

    def _made(self) -> SmscConnection:
        connection = SmscConnection(self, self._reactor, self._complain)
        self._connections[connection] = self._reactor.seconds()
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
                console.transport.abortConnection()
        for connection in list(self._connections):
            if connection.lost_at is None and connection.transport is not None:
                connection.transport.abortConnection()
        await gatherResults(ends)

    def _complain(self, why: str) -> None:
        self.log.debug("demo SMSC: {why}", why=why)

    def _tick(self) -> None:
        now = self._reactor.seconds()
        for connection, since in list(self._connections.items()):
            connection.expire(now)
            if not connection.bind and now - since > BIND and connection.transport is not None:
                connection.transport.abortConnection()
        for joined in self._joiner.expire(now):
            self._show(joined.key[1], joined.key[0], read(joined.parts), len(joined.ids))

    # ---- office --------------------------------------------------------------------------------------------
    def may_bind(self, system_id: str, password: str) -> bool:
        return not self._password or (system_id == self._system_id and same_secret(password, self._password))

    def bound(self, connection: SmscConnection) -> None:
        if connection.receives:
            self._esmes.append(connection)
            self._deliver()

    def gone(self, connection: SmscConnection) -> None:
        self._connections.pop(connection, None)
        if connection in self._esmes:
            self._esmes.remove(connection)

    def submitted(self, connection: SmscConnection, message: MessagePdu) -> str:
        """A message for a handset; ids are rising hexadecimal numbers."""
        if not message.destination:
            raise PduError(INVALID_DESTINATION, "to nobody")
        self._ids += 1
        message_id = f"{self._ids:08X}"
        found = concatenation(message.body, message.esm)
        key = (message.source, message.destination, found.reference, found.total)
        if found.total == 1:
            self._show(message.destination, message.source, decode(found.body, message.coding), 1)
        else:
            part = MessagePart(
                key, found.number, found.body, message.coding, self._ids, self._reactor.seconds()
            )
            joined = self._joiner.add(part)
            if joined is not None:
                self._show(message.destination, message.source, read(joined.parts), found.total)
        if message.registered & 0x03 == 1:
            self._reactor.callLater(0, self._receipt, connection, message, message_id)
        return message_id

    def _receipt(self, connection: SmscConnection, message: MessagePdu, message_id: str) -> None:
        dates = "submit date:0001010000 done date:0001010000"
        text = f"id:{message_id} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000"
        tlvs = {RECEIPTED_MESSAGE_ID: message_id.encode() + b"\0", MESSAGE_STATE: b"\x02"}
        receipt = MessagePdu(message.destination, message.source, text.encode(), 0, ESM_RECEIPT, tlvs=tlvs)
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

    def text(self, handset: str, to: str, text: str, console: Console) -> bool:
        """A handset texts; a long text goes in parts. Whether there is room for one more. Raises
        TextTooLong."""
        if len(self._queue) >= WAITING:
            return False
        reference = (self._references.pop(handset, 0) + 1) & 0xFF
        self._references[handset] = reference
        if len(self._references) > HANDSETS:
            del self._references[next(iter(self._references))]
        pieces = split(text, reference=reference)
        for number, piece in enumerate(pieces, 1):
            tlvs = {RECEIPTED_MESSAGE_ID: secrets.token_hex(8).encode()}  # tells a second wish from a repeat
            message = MessagePdu(handset, to, piece.body, piece.coding, piece.esm, tlvs=tlvs)
            self._queue.append(_Texted(message, console if number == len(pieces) else None))
        self._deliver()
        return True

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

    def _show(self, handset: str, sender: str, text: str, parts: int) -> None:
        message = {"from": sender, "text": text, "parts": parts}
        for console in list(self._handsets.get(handset, ())):
            console.tell(message)
