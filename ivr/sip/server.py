"""SIP on real sockets: :class:`SipServer` ties the user agent to UDP, TCP and the reactor's clock.

    server = SipServer(reactor, SipSettings(), on_invite, host="127.0.0.1", port=5060)
    server.start()                 # raises OSError or CannotListenError when the port is taken
    server.port                    # UDP and TCP, the same; chosen by the system if 0 was asked for
    call = server.dial("sip:10086@127.0.0.1:5060", "sip:13900000001@127.0.0.1", offer_bytes, handler)
    await server.stop()            # closes sockets; calls in progress are told nothing: end them before

``server.calls`` is the number of calls in progress, ``server.refused`` how many were turned away (503).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from ivr.sip.api import Admit, Failure, Hop, Log, OutgoingHandler, SipSettings, admit_all
from ivr.sip.core import OnInvite, UserAgent
from ivr.sip.dialogs import hop_of, is_address
from ivr.sip.fair_queue import FairQueue
from ivr.sip.headers import parse_uri
from ivr.sip.outgoing import OutgoingCall
from ivr.sip.quiet import FewPerMinute, OncePerMinute
from ivr.sip.tcp import TcpTransport
from ivr.sip.transport import ISipReactor, UdpTransport

TICK = 0.01  # timers due within this are fired together
TRIES = 20


_logger = Logger("ivr.sip")


def _warn(line: str) -> None:
    _logger.warn("{line}", line=line)


def _fail(where: str) -> None:
    """Called inside an ``except``."""
    _logger.failure("{where}", where=where)


def random_id() -> str:
    return secrets.token_hex(8)


class SipServer:
    """One SIP address, UDP and TCP.

    Args:
        reactor: a Twisted reactor (time, FD set, TCP).
        on_invite: gets every call that may come in (``IncomingCall``).
        host, port: where to listen (IPv4); port 0: any that is free.
        advertise: the address written into Contact and Via; default: ``host``. Needed with 0.0.0.0.
        log: what bad peers did; default: one log line a minute per source.
        failure: called inside an ``except`` when a handler raised; default: the log, with
            traceback, a few a minute.
        admit: see ``ivr.sip.api.Admit``; drain and overload say no here.
    """

    def __init__(
        self,
        reactor: ISipReactor,
        settings: SipSettings,
        on_invite: OnInvite,
        *,
        host: str = "127.0.0.1",
        port: int = 5060,
        advertise: str | None = None,
        log: Log | None = None,
        failure: Failure | None = None,
        admit: Admit = admit_all,
        ids: Callable[[], str] = random_id,
    ) -> None:
        if advertise is None and host == "0.0.0.0":
            raise ValueError("listening on every address needs one to advertise")
        self._reactor = reactor
        self._host = host
        self.port = port
        self._advertise = advertise or host
        self._settings = settings
        self._log = log or OncePerMinute(_warn, reactor.seconds)
        self._failure = failure or FewPerMinute(_fail, reactor.seconds)
        self.agent = UserAgent(
            settings,
            on_invite,
            clock=reactor.seconds,
            ids=ids,
            send=self._send,
            log=self._log,
            failure=self._failure,
            admit=admit,
        )
        self.agent.endpoint.on_timer = self._timer_set
        self._udp: UdpTransport | None = None
        self._turns, self._tcp = self._transports()
        self._armed: float | None = None
        self._delayed: Any = None

    def _transports(self) -> tuple[FairQueue, TcpTransport]:
        """Where messages wait for their turn, and TCP; UDP begins with :meth:`start`."""
        sources, clock, receive = self.agent.sources, self.agent.endpoint.clock, self.agent.receive
        later = self._reactor.callLater
        turns = FairQueue(sources, receive, clock=clock, later=later, most=self._settings.turn)
        tcp = TcpTransport(
            self._reactor, self._settings, sources=sources, turns=turns, receive=receive, log=self._log
        )
        return turns, tcp

    @property
    def calls(self) -> int:
        return len(self.agent.calls)

    @property
    def refused(self) -> int:
        return self.agent.refused

    @property
    def over_share(self) -> Mapping[str, int]:
        """What was refused or dropped because an address had its share of it, and how often."""
        return self.agent.sources.over

    # ---- start and stop
    def start(self) -> None:
        """Listen. With port 0 a few ports are tried until one is free for both UDP and TCP."""
        for left in reversed(range(TRIES if self.port == 0 else 1)):
            udp = UdpTransport(self._reactor, self._host, self.port, self._turns)
            try:
                self._tcp.listen(self._host, udp.port)
            except CannotListenError:
                udp.close()
                if not left:
                    raise
                continue
            self._udp, self.port = udp, udp.port
            break
        for transport in ("UDP", "TCP"):
            self.agent.listens(transport, self._advertise, self.port)

    async def stop(self) -> None:
        if self._delayed is not None and self._delayed.active():
            self._delayed.cancel()
        self._armed = float("-inf")  # nothing is armed any more
        self._turns.stop()
        if self._udp is not None:
            self._udp.close()
        await self._tcp.close()

    # ---- calling
    def dial(
        self,
        target: str,
        caller: str,
        sdp: bytes,
        handler: OutgoingHandler,
        *,
        hop: Hop | None = None,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> OutgoingCall:
        """Call ``target`` as ``caller`` (SIP URIs), by way of ``hop`` (default: where ``target`` points).

        Raises:
            HeaderError: not a URI.
        """
        return self.agent.dial(
            target, caller, sdp, handler, hop=hop or hop_of(parse_uri(target)), extra=extra
        )

    # ---- the wire
    def _send(self, data: bytes, hop: Hop) -> None:
        if hop.transport == "TCP":
            self._tcp.send(data, hop)
        elif is_address(hop.host):
            if self._udp is not None:
                self._udp.send(data, hop.host, hop.port)
        else:
            self._reactor.resolve(hop.host).addCallbacks(
                lambda address: self._send(data, hop._replace(host=address)),
                lambda _failure: self._log(hop.host, "SIP: no such host"),
            )

    # ---- time
    def _timer_set(self, when: float) -> None:
        if self._armed is None or when < self._armed:
            self._arm(when)

    def _arm(self, when: float) -> None:
        if self._delayed is not None and self._delayed.active():
            self._delayed.cancel()
        self._armed = when
        self._delayed = self._reactor.callLater(max(TICK, when - self.agent.endpoint.clock()), self._due)

    def _due(self) -> None:
        self._armed = None
        self.agent.advance()
        self._arm_next()

    def _arm_next(self) -> None:
        """What fired may have set a timer later than others that wait: the earliest counts."""
        when = self.agent.next_timer()
        if when is not None and (self._armed is None or when < self._armed):
            self._arm(when)
