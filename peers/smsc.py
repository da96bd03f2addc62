"""The SMSC's side of SMPP 3.4: binds with a password, takes submit_sm, brings deliver_sm, sends receipts.

The demo SMSC (``peers/demo_smsc.py``) and the tests' SMSC are made of it. One :class:`SmscConnection` per
ESME; what is told to whom is the :class:`Office`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from sms.smpp.pdu import (
    ALREADY_BOUND,
    BIND_FAILED,
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    DELIVER_SM,
    HEADER,
    INVALID_BIND_STATUS,
    OK,
    RESPONSE,
    SUBMIT_SM,
    MessagePdu,
    PduError,
    decode_message,
    encode_answer,
    encode_empty,
    encode_message,
)
from sms.smpp.rare import decode_bind
from sms.smpp.wire import Wire

Delivered = Callable[[int], None]  # deliver_sm_resp's status, or LOST, TIMED_OUT


class Office(Protocol):
    """Who decides. ``submitted`` gives the message id; it may raise PduError to refuse."""

    def may_bind(self, system_id: str, password: str) -> bool: ...

    def bound(self, connection: SmscConnection) -> None: ...

    def submitted(self, connection: SmscConnection, message: MessagePdu) -> str: ...

    def gone(self, connection: SmscConnection) -> None: ...


class SmscConnection(Wire):
    """One ESME's connection. ``bind``: the command it bound with, 0 before."""

    def __init__(self, office: Office, reactor: IReactorTime, complaints: Callable[[str], None]) -> None:
        super().__init__(reactor, complaints)
        self.office = office
        self.bind = 0
        self.system_id = ""
        for command in (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER):
            self.handlers[command] = self.binds
        self.handlers[SUBMIT_SM] = self.submits

    @property
    def receives(self) -> bool:
        return self.bind in {BIND_RECEIVER, BIND_TRANSCEIVER}

    def binds(self, frame: bytes) -> None:
        if self.bind:
            raise PduError(ALREADY_BOUND, "bound already")
        bind = decode_bind(frame)
        if not self.office.may_bind(bind.system_id, bind.password):
            self.send(encode_empty(bind.command | RESPONSE, HEADER.unpack_from(frame)[3], BIND_FAILED))
            self.flush()
            self.transport.loseConnection()
            return
        self.bind, self.system_id = bind.command, bind.system_id
        self.send(encode_answer(bind.command, OK, HEADER.unpack_from(frame)[3], "hall10086"))
        self.flush()
        self.office.bound(self)

    def submits(self, frame: bytes) -> None:
        if self.bind not in {BIND_TRANSMITTER, BIND_TRANSCEIVER}:
            raise PduError(INVALID_BIND_STATUS, "submit_sm before a bind")
        message = decode_message(frame)
        message_id = self.office.submitted(self, message)
        self.send(encode_answer(SUBMIT_SM, OK, message.sequence, message_id))

    def deliver(self, message: MessagePdu, delivered: Delivered, seconds: float = 10.0) -> int:
        """Bring a message to the ESME; its sequence number."""
        sequence = self.next_sequence()
        frame = encode_message(DELIVER_SM, message, sequence)
        self.request(frame, sequence, seconds, lambda status, answer: delivered(status))
        return sequence

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self.office.gone(self)


def same_secret(given: str, wanted: str) -> bool:
    """Compared in constant time."""
    return compare_digest(given.encode(), wanted.encode())
