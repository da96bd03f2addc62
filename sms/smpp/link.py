"""The hall's link to an SMSC: an ESME that binds as a transceiver, stays bound, and comes back.

    link = SmppLink(LinkConfig(...), receiver, reactor, random)
    link.start();  link.bound;  link.room;  link.submit(message, answered);  await link.stop()

``receiver`` is told ``message(connection, mo)`` for each MO (and answers it by ``connection.answer``),
``receipt(mo)``, ``bound(link)`` (there is room) and ``lost(link)``. A connection that falls, a bind that is
refused or never answered is tried again after ``first_delay`` seconds, growing to ``longest_delay``, each
with jitter; the delay begins anew once a message was answered, or a connection lived for ``longest_delay``.

An SMSC that is silent (``sms/smpp/submits.py``) may be one that stands still, takes what was sent to it when
it goes on, and answers then. So its connection is kept for that answer, and a second one is tried beside it:

    bound, and the old one answers enquire_link  ─ both are kept until the old one owes nothing
    bound, and the old one does not              ─ the old one is dropped, what it owes is sent again
    refused (one bind a system_id)               ─ the SMSC lives: drop the old one, at once if it is deaf,
                                                   else after ten minutes of silence
    not answered                                 ─ it stands still: wait, with growing pauses
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTCP, IReactorTime
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from menus.model.numbers import with_country
from sms.smpp.connection import SmppConnection
from sms.smpp.pdu import MessagePdu
from sms.smpp.rare import Bind
from sms.smpp.submits import Submits, Submitted

__all__ = ["LinkConfig", "Receiver", "SmppConnection", "SmppLink"]

INTERNATIONAL = 1  # type of number (SMPP 3.4 §5.2.5)
TRIED, PATIENCE, NOTED = 2, 40, 4
"""Unanswered messages of a silence (a copy counts twice) after which a second connection is tried; and, as
multiples of the time that an answer may take: how long a silent link is kept where only one bind is allowed,
and how long a silence lasts until health says so."""


class ILinkReactor(IReactorTime, IReactorTCP, IReactorPluggableNameResolver):
    """Time, connections, and names of hosts."""


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """Times in seconds. ``window``: submit_sm under way at once; ``per_second``: sent in one, 0: no limit.
    ``prefix``: what this SMSC wants before the 11 digits of a subscriber (86); what it writes itself is
    understood in any case. ``numbers``: what the numbers begin with that this link is for, none: all alike.
    ``tls``: makes what a TLS connection is made with (Twisted's ``IOpenSSLClientConnectionCreator``), None:
    plain TCP. ``recall``: after this long an unanswered message is given back, for another link."""

    host: str
    port: int
    system_id: str = "hall10086"
    password: str = field(default="", repr=False)
    system_type: str = ""
    name: str = "smsc"
    window: int = 100
    prefix: str = ""
    numbers: tuple[str, ...] = ()
    per_second: float = 0.0
    tls: Callable[[], Any] | None = field(default=None, repr=False)
    answer_timeout: float = 15.0
    bind_timeout: float = 10.0
    enquire_every: float = 30.0
    first_delay: float = 1.0
    longest_delay: float = 10.0
    recall: float = inf


class Receiver(Protocol):
    """Who is told what comes over a link. No method may raise."""

    def message(self, connection: SmppConnection, mo: MessagePdu) -> None: ...

    def receipt(self, mo: MessagePdu) -> None: ...

    def bound(self, link: SmppLink) -> None: ...

    def lost(self, link: SmppLink) -> None: ...


class SmppLink:
    """See the head of this file. Times come from ``reactor``, jitter from ``random``."""

    log = Logger()

    def __init__(self, config: LinkConfig, receiver: Receiver, reactor: ILinkReactor, random: Random) -> None:
        self.config = config
        self.receiver = receiver
        self._reactor = reactor
        self._random = random
        self._connection: SmppConnection | None = None  # bound: messages go here
        self._old: SmppConnection | None = None  # bound before it, and owes answers
        self._binding: SmppConnection | None = None  # connected, not bound yet
        self._connecting: Deferred[Any] | None = None
        self._retry: Any = None
        self._failures = 0
        self._stopped: Deferred[None] | None = None
        self._complained: float | None = None
        self._deaf = False  # at the last tick
        self._told_silent = False
        self._submits = Submits(config.window, config.answer_timeout, reactor.seconds, config.recall)
        self._ticks = LoopingCall(self._tick)
        self._ticks.clock = reactor

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def unanswered(self) -> int:
        """Messages that it was given and has not answered."""
        return self._submits.in_time + self._submits.overdue

    @property
    def bound(self) -> bool:
        """It is bound, and the other side answers."""
        current = self._connection
        return current is not None and current.is_bound and current.silent_since is None

    @property
    def silent_for(self) -> float:
        """Seconds since a message was to be answered, and none was."""
        since = self._submits.silent_since
        return 0.0 if since is None else self._reactor.seconds() - since

    @property
    def well(self) -> bool:
        """It is bound and takes messages; a silence of a minute counts as none yet."""
        return self.bound and self.silent_for < NOTED * self.config.answer_timeout

    @property
    def room(self) -> int:
        """How many more submit_sm the window takes now."""
        if self._stopped is not None or not self.bound:
            return 0
        return self._submits.room

    def complain(self, why: str) -> None:
        """One line a minute at the most about what the other side sends (promise 9)."""
        now = self._reactor.seconds()
        if self._complained is None or now - self._complained >= 60:
            self._complained = now
            self.log.warn("link {link}: {why}", link=self.config.name, why=why)

    def submit(self, message: MessagePdu, answered: Submitted) -> None:
        """Send one submit_sm; ``answered`` is called exactly once. Only while ``room`` > 0."""
        assert self._connection is not None, "submit on a link that is not bound"
        if self.config.prefix:
            to = with_country(message.destination, self.config.prefix)
            if to != message.destination:
                message = message._replace(destination=to, destination_ton=INTERNATIONAL)
        self._submits.send(self._connection, message, answered)

    # ---- coming and going ----------------------------------------------------------------------------------
    def start(self) -> None:
        """Connect, and go on for ever until :meth:`stop`."""
        self._ticks.start(min(1.0, self.config.answer_timeout / 4), now=False)
        self._connect()

    def _connect(self) -> None:
        self._retry = None
        if self._connection is not None and (self._old is not None or not self._unwell):
            return  # it was to stand beside a silent one, which has found its voice again
        config = self.config
        endpoint: Any = HostnameEndpoint(self._reactor, config.host.encode(), config.port, timeout=10)
        if config.tls is not None:
            endpoint = wrapClientTLS(config.tls(), endpoint)
        made = Factory.forProtocol(lambda: SmppConnection(self, self._reactor, config.answer_timeout))
        self._connecting = endpoint.connect(made)
        self._connecting.addCallbacks(self._connected, self._not_connected)

    def _connected(self, connection: SmppConnection) -> None:
        self._connecting = None
        if self._stopped is not None:
            connection.close("stopped")

    def _not_connected(self, failure: Failure) -> None:
        self._connecting = None
        self._come_back(failure.getErrorMessage() or failure.type.__name__)

    def _come_back(self, why: str) -> None:
        """Try again, unless that is being done."""
        if self._stopped is not None:
            self._finish()
        if self._stopped is not None or self._trying:
            return
        config = self.config
        delay = min(config.longest_delay / 1.2, config.first_delay * 2**self._failures)
        delay *= 0.8 + 0.4 * self._random.random()
        self._failures = min(self._failures + 1, 16)
        told = {"link": config.name, "why": why, "delay": delay}
        self.log.warn("link {link}: {why}; again in {delay:.1f} s", **told, log_state=True)
        self._retry = self._reactor.callLater(delay, self._connect)

    @property
    def _trying(self) -> bool:
        return self._connecting is not None or self._binding is not None or self._retry is not None

    def stop(self) -> Deferred[None]:
        """Unbind, so that the SMSC holds what comes, and close. Fires when the connection is gone."""
        stopped: Deferred[None] = Deferred()
        self._stopped = stopped
        for connection in (self._connection, self._old):
            if connection is not None:
                connection.unbind(2.0)
        if self._binding is not None:
            self._binding.close("stopped")
        if self._connecting is not None:
            self._connecting.cancel()
        self._finish()
        return stopped

    def _finish(self) -> None:
        """Once nothing is left of it."""
        if any((self._connection, self._old, self._binding, self._connecting)):
            return
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._ticks.running:
            self._ticks.stop()
        if self._stopped is not None and not self._stopped.called:
            self._stopped.callback(None)

    # ---- told by connections (sms.smpp.connection.ConnectionOwner) ----------------------------------------
    def binding(self, connection: SmppConnection) -> tuple[Bind, float]:
        self._binding = connection
        config = self.config
        return connection.bind(config.system_id, config.password, config.system_type), config.bind_timeout

    def is_bound(self, connection: SmppConnection) -> None:
        self._binding = None
        if self._connection is not None and not self._unwell:
            self._old = connection  # not needed any more
            return
        if self._connection is not None:
            self._old = self._connection
            self._old.doubt(self.config.bind_timeout)
        self._connection = connection
        self._submits.bound()
        if self._stopped is not None:
            connection.unbind(2.0)
            return
        self.log.info("link {link}: bound", link=self.config.name, log_state=True)
        self.receiver.bound(self)

    def not_bound(self, connection: SmppConnection, why: str) -> None:
        """An SMSC that refuses lives: if we are bound and not heard, it is because of that connection."""
        current = self._connection
        if current is None:
            return
        deaf = current.silent_since is not None
        if deaf or self.silent_for >= PATIENCE * self.config.answer_timeout:
            current.abort(f"the SMSC does not answer, and a second bind is refused: {why}")

    def connection_lost(self, connection: SmppConnection, why: str, was_bound: bool) -> None:
        now = self._reactor.seconds()
        if connection is self._old:
            self._old = None
        elif connection is self._binding:
            self._binding = None
        elif connection is self._connection:
            if now - connection.bound_at >= self.config.longest_delay:
                self._failures = 0
            self._connection = None
            if self._old is not None and not self._old.leaving:
                self._connection, self._old = self._old, None
            self.receiver.lost(self)
        beside = self._unwell and self._old is None
        if self._connection is None or self._stopped is not None or beside:
            self._come_back(why)

    def message(self, connection: SmppConnection, mo: MessagePdu) -> None:
        self.receiver.message(connection, mo)

    def receipt(self, mo: MessagePdu) -> None:
        self.receiver.receipt(mo)

    # ---- time ----------------------------------------------------------------------------------------------
    @property
    def _unwell(self) -> bool:
        """The connection that we have is not answered on."""
        current = self._connection
        return current is not None and (current.silent_since is not None or self._submits.tried >= TRIED)

    def _tick(self) -> None:
        """What is overdue; whether the other side lives; a second connection beside one that is silent."""
        for connection in (self._old, self._connection, self._binding):
            if connection is not None:
                connection.expire(self._reactor.seconds())
                self._enquire(connection)
        self._submits.tick()
        self._tell_silence()
        if self._submits.answered:
            self._submits.answered = False
            self._failures = 0
        heard_again, self._deaf = self._deaf and self.bound, not self.bound
        if (heard_again or self._submits.waits) and self.room:
            self.receiver.bound(self)
            if self._connection is not None and self.room:
                self._submits.try_again(self._connection)
        self._look_after_old()
        if self._stopped is None and self._old is None and self._unwell and not self._trying:
            self._connect()

    def _tell_silence(self) -> None:
        silent = self.bound and self.silent_for >= NOTED * self.config.answer_timeout
        if silent and not self._told_silent:
            line = (
                "link {link}: the SMSC has answered none of {n} messages for {seconds:.0f} s; they are kept"
            )
            told = {"link": self.name, "n": self.unanswered, "seconds": self.silent_for}
            self.log.warn(line, **told, log_state=True)
        if self._told_silent and self.bound and not self.silent_for:
            self.log.info("link {link}: the SMSC answers again", link=self.name, log_state=True)
            self._told_silent = False
        self._told_silent = self._told_silent or silent

    def _enquire(self, connection: SmppConnection) -> None:
        """Where nothing was heard for long, or no message is answered."""
        if not connection.is_bound or connection.leaving:
            return
        now, every = self._reactor.seconds(), self.config.enquire_every
        quiet = now - connection.heard >= every or self._submits.silent_since is not None
        if quiet and now - connection.enquired >= every:
            connection.enquire(self.config.bind_timeout)

    def _look_after_old(self) -> None:
        old = self._old
        if old is None or self._stopped is not None:
            return
        if not old.owes:
            old.unbind(2.0)
        elif old.silent_since is not None:
            old.abort("the SMSC does not answer on it")
