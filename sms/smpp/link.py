"""The hall's link to an SMSC: an ESME that binds as a transceiver, stays bound, and comes back.

    link = Link(LinkConfig(...), receiver, reactor, random)
    link.start();  link.bound;  link.room;  link.submit(message, answered);  await link.stop()

``receiver`` is told ``message(connection, mo)`` for each MO (and answers it by ``connection.answer``),
``receipt(mo)``, ``bound(link)`` and ``lost(link)``. A connection that falls, a bind that is refused or never
answered is tried again after ``first_delay`` seconds, growing to ``longest_delay``, each with jitter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from sms.numbers import MOBILE_DIGITS, national, written
from sms.smpp.pdu import (
    ALERT_NOTIFICATION,
    BIND_TRANSCEIVER,
    DELIVER_SM,
    ENQUIRE_LINK,
    ESM_INTERMEDIATE,
    ESM_RECEIPT,
    ESM_TYPE,
    INVALID_BIND_STATUS,
    OK,
    OUTBIND,
    SUBMIT_SM,
    UNBIND,
    Message,
    decode_message,
    decode_message_id,
    encode_answer,
    encode_empty,
    encode_message,
)
from sms.smpp.rare import Bind, encode_bind
from sms.smpp.wire import LOST, TIMED_OUT, Wire

INTERNATIONAL = 1  # type of number (SMPP 3.4 §5.2.5)
Submitted = Callable[[int, str], None]  # status (or LOST, TIMED_OUT), the SMSC's message id


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """Times in seconds. ``window``: submit_sm under way at once. ``prefix``: what this SMSC wants before the
    11 digits of a subscriber (86); what it writes itself is understood in any case."""

    host: str
    port: int
    system_id: str = "hall10086"
    password: str = field(default="", repr=False)
    system_type: str = ""
    name: str = "smsc"
    window: int = 100
    prefix: str = ""
    answer_timeout: float = 15.0
    bind_timeout: float = 10.0
    enquire_every: float = 30.0
    first_delay: float = 1.0
    longest_delay: float = 60.0


class Receiver(Protocol):
    """Who is told what comes over a link. No method may raise."""

    def message(self, connection: Connection, mo: Message) -> None: ...

    def receipt(self, mo: Message) -> None: ...

    def bound(self, link: Link) -> None: ...

    def lost(self, link: Link) -> None: ...


class Connection(Wire):
    """One TCP connection of a link, from its bind to its end."""

    def __init__(self, link: Link, reactor: Any) -> None:
        super().__init__(reactor, link.complain)
        self.link = link
        self.is_bound = False
        self.handlers[DELIVER_SM] = self._delivered
        self.handlers[OUTBIND] = self.handlers[ALERT_NOTIFICATION] = lambda frame: None

    def connectionMade(self) -> None:
        super().connectionMade()
        config, sequence = self.link.config, self.next_sequence()
        bind = Bind(BIND_TRANSCEIVER, config.system_id, config.password, config.system_type)
        self.request(encode_bind(bind, sequence), sequence, config.bind_timeout, self._bind_answered)

    def _bind_answered(self, status: int, frame: bytes) -> None:
        if status == OK:
            self.is_bound = True
            self.link.is_bound(self)
        elif status != LOST:
            why = "the bind was never answered" if status == TIMED_OUT else f"bind refused, {status:#04x}"
            self.link.trouble = why
            self.transport.loseConnection()

    def _delivered(self, frame: bytes) -> None:
        mo = decode_message(frame)
        if mo.esm & ESM_TYPE in {ESM_RECEIPT, ESM_INTERMEDIATE}:
            self.link.receiver.receipt(mo)
            self.answer(mo.sequence, OK)
        else:
            if len(mo.source) != MOBILE_DIGITS:
                mo = mo._replace(source=national(mo.source))
            self.link.receiver.message(self, mo)

    def answer(self, sequence: int, status: int) -> bool:
        """Answer a deliver_sm; False: the connection is gone."""
        if self.lost_at is not None:
            return False
        self.send(encode_answer(DELIVER_SM, status, sequence, ""))
        return True

    def enquire(self, seconds: float) -> None:
        sequence = self.next_sequence()
        self.request(encode_empty(ENQUIRE_LINK, sequence), sequence, seconds, self._enquiry_answered)

    def _enquiry_answered(self, status: int, frame: bytes) -> None:
        if status == TIMED_OUT:
            self.link.trouble = "enquire_link was not answered"
            self.transport.abortConnection()

    def unbind(self, seconds: float) -> None:
        sequence = self.next_sequence()
        frame = encode_empty(UNBIND, sequence)
        self.request(frame, sequence, seconds, lambda status, answer: self.transport.loseConnection())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        was_bound, self.is_bound = self.is_bound, False  # no room here for what comes back from super()
        super().connectionLost(reason)
        self.link.connection_lost(self, reason, was_bound)


class Link:
    """See the head of this file. Times come from ``reactor``, jitter from ``random``."""

    log = Logger()

    def __init__(self, config: LinkConfig, receiver: Receiver, reactor: Any, random: Random) -> None:
        self.config = config
        self.receiver = receiver
        self.trouble = "not started"
        self.in_flight = 0
        self._reactor = reactor
        self._random = random
        self._connection: Connection | None = None
        self._retry: Any = None
        self._failures = 0
        self._stopped: Deferred[None] | None = None
        self._connecting: Deferred[Any] | None = None
        self._complained: float | None = None
        self._ticks = LoopingCall(self._tick)
        self._ticks.clock = reactor

    @property
    def bound(self) -> bool:
        return self._connection is not None and self._connection.is_bound

    @property
    def room(self) -> int:
        """How many more submit_sm the window takes now."""
        if self._stopped is not None or not self.bound:
            return 0
        return self.config.window - self.in_flight

    def complain(self, why: str) -> None:
        """One line a minute at the most about what the other side sends (promise 9)."""
        now = self._reactor.seconds()
        if self._complained is None or now - self._complained >= 60:
            self._complained = now
            self.log.warn("link {link}: {why}", link=self.config.name, why=why)

    # ---- coming and going ----------------------------------------------------------------------------------
    def start(self) -> None:
        """Connect, and go on for ever until :meth:`stop`."""
        self.trouble = "connecting"
        self._ticks.start(min(1.0, self.config.answer_timeout / 4), now=False)
        self._connect()

    def _connect(self) -> None:
        self._retry = None
        self.trouble = ""
        config = self.config
        endpoint = HostnameEndpoint(self._reactor, config.host.encode(), config.port, timeout=10)
        self._connecting = endpoint.connect(Factory.forProtocol(lambda: Connection(self, self._reactor)))
        self._connecting.addCallbacks(self._connected, self._not_connected)

    def _connected(self, connection: Connection) -> None:
        self._connecting = None
        if connection.lost_at is None:
            self._connection = connection
            if self._stopped is not None:
                connection.transport.loseConnection()

    def _not_connected(self, failure: Failure) -> None:
        self._connecting = None
        self.trouble = failure.getErrorMessage() or failure.type.__name__
        self._come_back()

    def is_bound(self, connection: Connection) -> None:
        self._connection = connection
        self._failures = 0
        self.trouble = ""
        self.log.info("link {link}: bound", link=self.config.name)
        self.receiver.bound(self)

    def connection_lost(self, connection: Connection, reason: Failure, was_bound: bool) -> None:
        self._connection = None
        if was_bound:
            self.receiver.lost(self)
        self.trouble = self.trouble or reason.getErrorMessage()
        self._come_back()

    def _come_back(self) -> None:
        if self._stopped is not None:
            self._finish()
            return
        config = self.config
        delay = min(config.longest_delay, config.first_delay * 2**self._failures)
        delay *= 0.8 + 0.4 * self._random.random()
        self._failures = min(self._failures + 1, 16)
        self.log.warn(
            "link {link}: {why}; again in {delay:.1f} s", link=config.name, why=self.trouble, delay=delay
        )
        self._retry = self._reactor.callLater(delay, self._connect)

    def stop(self) -> Deferred[None]:
        """Unbind, so that the SMSC holds what comes, and close. Fires when the connection is gone."""
        stopped: Deferred[None] = Deferred()
        self._stopped = stopped
        if self._connection is not None and self._connection.is_bound:
            self._connection.unbind(2.0)
        elif self._connection is not None:
            self._connection.transport.loseConnection()
        elif self._connecting is not None:
            self._connecting.cancel()
        else:
            self._finish()
        return stopped

    def _finish(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._ticks.running:
            self._ticks.stop()
        if self._stopped is not None and not self._stopped.called:
            self._stopped.callback(None)

    def _tick(self) -> None:
        """Time-outs, and an enquire_link where nothing was heard for long."""
        connection = self._connection
        if connection is None:
            return
        now = self._reactor.seconds()
        connection.expire(now)
        if connection.is_bound and now - connection.heard >= self.config.enquire_every:
            connection.heard = now  # one enquiry at a time
            connection.enquire(self.config.bind_timeout)

    # ---- messages ------------------------------------------------------------------------------------------
    def submit(self, message: Message, answered: Submitted) -> None:
        """Send one submit_sm; ``answered`` is called exactly once. Only while ``room`` > 0."""
        connection = self._connection
        assert connection is not None, "submit on a link that is not bound"
        if self.config.prefix:
            to = written(message.destination, self.config.prefix)
            message = message._replace(destination=to, destination_ton=INTERNATIONAL)
        sequence = connection.next_sequence()
        self.in_flight += 1

        def done(status: int, frame: bytes) -> None:
            self.in_flight -= 1
            if status == INVALID_BIND_STATUS:  # the SMSC has forgotten us: the message is not at fault
                self.trouble = "the SMSC says that we are not bound"
                connection.transport.abortConnection()
                status = LOST
            answered(status, decode_message_id(frame) if status == OK else "")

        frame = encode_message(SUBMIT_SM, message, sequence)
        connection.request(frame, sequence, self.config.answer_timeout, done)
