"""What the telephone hall and its SIP stack say to each other.

The stack calls a :class:`CallHandler`; the hall calls the methods of a call (``incoming.IncomingCall``,
``outgoing.OutgoingCall``). Nothing here blocks; every callback is synchronous and runs in the reactor.

An incoming call, as the hall sees it::

    def on_invite(call: IncomingCall) -> None:      # given to SipServer
        call.handler = my_handler                   # a CallHandler
        call.caller, call.called, call.city_prefix  # "13900000001" or None, "10086", "0731" or None
        call.offer                                  # sdp.Session; None: delayed offer, accept() carries ours
        call.ringing()                              # 180, optional
        call.accept(sdp_bytes)                      # 200, resent until ACK
        call.reject(503, retry_after=5)             # or this

    handler.acked(session)       # the call is up; session: the answer of a delayed offer, else None;
                                 # again only with the answer to an offer that reinvite(None) gave
    handler.reinvite(session)    # hold, resume, move; give the answer, None to refuse it (488);
                                 # session None: the peer asks for our offer
    handler.info("5")            # a key by SIP INFO
    handler.ended(Ended.BYE)     # once, whoever ended it, also after call.bye() and call.reject()
    call.refer("sip:agent@192.0.2.9")   # then handler.refer_progress(100), (180), (200 or an error)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from ivr.sip.sdp import SessionDescription
from menus.model.numbers import SERVICE_NUMBER


class Hop(NamedTuple):
    """Where a message comes from or goes to. ``flow`` is the connection (TCP) that it came by: an answer
    goes back by it while it stands. ``host`` is an address or, for requests of ours only, a name."""

    transport: str  # "UDP", "TCP"
    host: str
    port: int
    flow: object | None = None

    @property
    def reliable(self) -> bool:
        return self.transport != "UDP"


class EndReason(StrEnum):
    """Why a call ended."""

    BYE = "bye"  # the peer hung up
    LOCAL = "local"  # we hung up or refused
    CANCELLED = "cancelled"  # the caller gave up before we answered
    NO_ACK = "no_ack"  # our 200 was never acknowledged
    NO_ANSWER = "no_answer"  # an ACK or 200 without the SDP that it owed
    EXPIRED = "expired"  # session timer (RFC 4028)
    LOST = "lost"  # the peer does not know the call any more (481, 408)
    REFUSED = "refused"  # outgoing call: the peer said no; see OutgoingCall.status
    FAILED = "failed"  # a handler raised


class CallHandler(Protocol):
    """What the stack tells the one who handles a call."""

    def acked(self, answer: SessionDescription | None) -> None: ...

    def reinvite(self, offer: SessionDescription | None) -> bytes | None: ...

    def info(self, key: str) -> None: ...

    def ended(self, reason: EndReason) -> None: ...

    def refer_progress(self, status: int) -> None: ...


class OutgoingHandler(CallHandler, Protocol):
    """The calling side hears of progress too; ``acked`` is not called there."""

    def ringing(self, status: int, early: SessionDescription | None) -> None: ...

    def answered(self, answer: SessionDescription) -> None: ...


Send = Callable[[bytes, Hop], None]
"""Puts one message on the wire; never raises, never calls back."""

Admit = Callable[[], int | None]
"""Asked for every new call: None lets it in, a number refuses it with 503 and this Retry-After (seconds)."""

Log = Callable[[str, str], None]
"""``log(source, text)``: something a peer did wrong; rate-limited per source by who gives it."""

Failure = Callable[[str], None]
"""Called inside an ``except``: a handler of ours raised; the text says where."""


def admit_all() -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class SipSettings:
    """Limits and names of one SIP endpoint. Times in seconds, sizes in octets.

    ``t1``, ``t2``, ``t4`` are RFC 3261's (§17.1.1.1). ``min_session`` and ``session`` belong to RFC 4028;
    ``session`` None: we accept a session timer and never ask for one. ``hosts``: names and addresses that
    are ours in a Request-URI; empty: whatever reaches us is for us. ``address_share`` and ``trusted_share``:
    the part of every limit that one source may have, see ``ivr.sip.sources``.
    """

    user_agent: str = "hall10086"
    user: str = SERVICE_NUMBER  # the number that is called here, and who answers
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    max_message: int = 32_768
    max_headers: int = 128
    max_transactions: int = 100_000
    max_calls: int = 5_000
    setups_per_second: float = 2_000.0
    retry_after: int = 5
    address_share: float = 0.1
    trusted_share: float = 0.5
    ack_patience: float = 1.0  # a 200 without ACK for so long makes room where there is none
    call_requests: float = 20.0  # a second inside one call (re-INVITE, UPDATE, INFO, ...)
    min_session: int = 90
    session: int | None = None
    trusted: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    registrars: tuple[str, ...] = ("127.0.0.0/8", "::1/128")  # networks that may REGISTER
    own_ports: tuple[tuple[str, int, int], ...] = ()  # address, first and last: no caller's audio goes there
    max_bindings: int = 1_000
    max_binding_seconds: int = 3_600
    hosts: frozenset[str] = field(default_factory=frozenset)
    refer_seconds: float = 60.0  # without any NOTIFY a transfer has failed (408)
    turn: int = 32  # messages served in one turn of the reactor: others in it must not wait
    tcp_idle: float = 600.0
    tcp_first: float = 10.0  # a connection that brings no whole message for so long is cut off
    tcp_message_seconds: float = 10.0  # a message that dribbles in longer than this is cut off
    max_connections: int = 1_000
