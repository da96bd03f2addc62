"""One TCP connection of a link to an SMSC, from its bind to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from menus.model.numbers import MOBILE_DIGITS, mobile
from sms.receipts import is_receipt
from sms.smpp.pdu import (
    ALERT_NOTIFICATION,
    BIND_TRANSCEIVER,
    DATA_SM,
    DELIVER_SM,
    ENQUIRE_LINK,
    GENERIC_NACK,
    HEADER,
    OK,
    OUTBIND,
    RESPONSE,
    SUBMIT_SM,
    SYSTEM_ERROR,
    UNBIND,
    MessagePdu,
    decode_data,
    decode_message,
    decode_message_id,
    encode_answer,
    encode_empty,
    encode_message,
)
from sms.smpp.rare import Bind, encode_bind
from sms.smpp.statuses import StatusMeaning, named, verdict
from sms.smpp.submits import Submitted
from sms.smpp.wire import LOST, TIMED_OUT, Wire

LINGER = 5.0
"""Seconds that what is written may take to be read by the other side once we leave."""


class ConnectionOwner(Protocol):
    """What a link is to its connections."""

    @property
    def name(self) -> str: ...

    def complain(self, why: str, /) -> None: ...

    def binding(self, connection: SmppConnection, /) -> tuple[Bind, float]: ...

    def is_bound(self, connection: SmppConnection, /) -> None: ...

    def not_bound(self, connection: SmppConnection, why: str, /) -> None: ...

    def message(self, connection: SmppConnection, mo: MessagePdu, /) -> None: ...

    def receipt(self, mo: MessagePdu, /) -> None: ...

    def connection_lost(self, connection: SmppConnection, why: str, was_bound: bool, /) -> None: ...


class SmppConnection(Wire):
    """``answer_timeout``: seconds after which a submit_sm is overdue. ``enquired``: when it was last asked
    whether it lives; ``silent_since``: when it was last heard, if it did not say so."""

    def __init__(self, link: ConnectionOwner, reactor: IReactorTime, answer_timeout: float) -> None:
        super().__init__(reactor, link.complain)
        self.link = link
        self.is_bound = False
        self.leaving = False
        self.bound_at = 0.0
        self.enquired = 0.0
        self._answer_timeout = answer_timeout
        self._why = ""
        self._silent_since: float | None = None
        self._cutting: IDelayedCall | None = None
        self._data: set[int] = set()  # sequence numbers of data_sm that are not answered
        self.handlers[DELIVER_SM] = lambda frame: self._delivered(decode_message(frame))
        self.handlers[DATA_SM] = self._data_delivered
        self.handlers[OUTBIND] = self.handlers[ALERT_NOTIFICATION] = lambda frame: None

    # ---- coming and going ----------------------------------------------------------------------------------
    def connectionMade(self) -> None:
        super().connectionMade()
        bind, seconds = self.link.binding(self)
        sequence = self.next_sequence()
        self.request(encode_bind(bind, sequence), sequence, seconds, self._bind_answered)

    @staticmethod
    def bind(system_id: str, password: str, system_type: str) -> Bind:
        return Bind(BIND_TRANSCEIVER, system_id, password, system_type)

    def _bind_answered(self, status: int, frame: bytes) -> None:
        if status == OK:
            self.is_bound = True
            self.bound_at = self.enquired = self._reactor.seconds()
            self.link.is_bound(self)
        elif status == TIMED_OUT:
            self.close("the bind was never answered")
        elif status != LOST:
            why = f"bind refused, {named(status)}"
            self.link.not_bound(self, why)
            self.close(why)

    def close(self, why: str) -> None:
        self._why = why
        self._leave()

    def _leave(self) -> None:
        """What is written goes out first, as long as the other side reads it."""
        self.transport.loseConnection()
        if self._cutting is None and self.lost_at is None:
            self._cutting = self._reactor.callLater(LINGER, self.transport.abortConnection)

    def abort(self, why: str) -> None:
        self._why = why
        self.transport.abortConnection()

    def unbind(self, seconds: float) -> None:
        """Leave in good order; once."""
        if self.leaving:
            return
        self.leaving = True
        sequence = self.next_sequence()
        frame = encode_empty(UNBIND, sequence)
        self.request(frame, sequence, seconds, lambda status, answer: self._leave())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        was_bound, self.is_bound = self.is_bound, False  # no room here for what comes back from super()
        silent = self.silent_since
        if self._cutting is not None and self._cutting.active():
            self._cutting.cancel()
        super().connectionLost(reason)
        self._silent_since = silent
        self.link.connection_lost(self, self._why or reason.getErrorMessage(), was_bound)

    # ---- whether it lives ----------------------------------------------------------------------------------
    @property
    def silent_since(self) -> float | None:
        if self._silent_since is not None and self.lost_at is None and self.heard > self._silent_since:
            self._silent_since = None
        return self._silent_since

    def enquire(self, seconds: float) -> None:
        self.enquired = self._reactor.seconds()
        sequence = self.next_sequence()
        self.request(encode_empty(ENQUIRE_LINK, sequence), sequence, seconds, self._enquiry_answered)

    def doubt(self, seconds: float) -> None:
        """Whatever was thought of it: it is enquired anew."""
        self._silent_since = None
        self.enquire(seconds)

    def _enquiry_answered(self, status: int, frame: bytes) -> None:
        if status == TIMED_OUT and self.heard <= self.enquired:
            self._silent_since = self.heard

    @property
    def name(self) -> str:
        """Its link's."""
        return self.link.name

    # ---- messages ------------------------------------------------------------------------------------------
    @property
    def owes(self) -> bool:
        """A submit_sm is not answered."""
        return any(waiting.command == SUBMIT_SM | RESPONSE for waiting in self.pending.values())

    def submit(self, message: MessagePdu, answered: Submitted, overdue: Callable[[], None]) -> int:
        """Send one submit_sm; its sequence number. ``answered`` once, ``overdue`` perhaps before."""

        def done(status: int, frame: bytes) -> None:
            if status >= OK and verdict(status) is StatusMeaning.UNBOUND:  # the message is not at fault
                self.abort(f"the SMSC says that we are not bound, {named(status)}")
                status = LOST
            elif _rejected(status, frame):
                status = SYSTEM_ERROR
            answered(status, decode_message_id(frame) if status == OK else "")

        sequence = self.next_sequence()
        frame = encode_message(SUBMIT_SM, message, sequence)
        self.request(frame, sequence, self._answer_timeout, done, overdue)
        return sequence

    def _data_delivered(self, frame: bytes) -> None:
        mo = decode_data(frame)
        self._data.add(mo.sequence)
        self._delivered(mo)

    def _delivered(self, mo: MessagePdu) -> None:
        if is_receipt(mo):
            self.link.receipt(mo)
            self.answer(mo.sequence, OK)
        else:
            if len(mo.source) != MOBILE_DIGITS:
                known = mobile(mo.source)
                mo = mo if known is None else mo._replace(source=known, written=mo.source)
            self.link.message(self, mo)

    def answer(self, sequence: int, status: int) -> bool:
        """Answer a deliver_sm or data_sm; False: the connection is gone."""
        if self.lost_at is not None:
            return False
        command = DELIVER_SM
        if sequence in self._data:
            self._data.remove(sequence)
            command = DATA_SM
        self.send(encode_answer(command, status, sequence, ""))
        return True


def _rejected(status: int, frame: bytes) -> bool:
    """A generic_nack blames the octets that came, which the network may have spoilt, and no message."""
    if status < OK or HEADER.unpack_from(frame)[1] != GENERIC_NACK:
        return False
    return verdict(status) in {StatusMeaning.NEVER, StatusMeaning.UNSURE}
