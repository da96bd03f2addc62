"""A call once it has a dialog: what both sides share, whoever called (RFC 3261 §12-§15).

:class:`SipCall` answers the requests inside the dialog, sends BYE, and is over exactly once. A 2xx of ours is
sent again until its ACK comes, and BYE follows if it never comes (§13.3.1.4)::

    INVITE ->  <- 200  (0.5 s)  <- 200  (1 s)  <- 200 ... (64 T1)  <- BYE
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from ivr.sip import session_timer
from ivr.sip.api import CallHandler, EndReason
from ivr.sip.bodies import Unacceptable, key_of
from ivr.sip.compose import Draft
from ivr.sip.dialogs import Dialog
from ivr.sip.endpoint import Endpoint, OnResponse, ServerTransaction
from ivr.sip.headers import HeaderError
from ivr.sip.limits import Rate
from ivr.sip.message import Request
from ivr.sip.reach import reachable_session
from ivr.sip.referral import Referral
from ivr.sip.reoffer import OnAnswer, Reoffer
from ivr.sip.sdp import SessionDescription
from ivr.sip.session_timer import SessionTimer
from ivr.sip.sources import Source
from ivr.sip.upkeep import Upkeep

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, REGISTER"
Pairs = list[tuple[str, str]]
BURST = 60  # requests inside a call at once; what goes on longer has its rate


class CallOwner(Protocol):
    """What a call needs of the core."""

    endpoint: Endpoint

    def contact(self, transport: str) -> str: ...

    def enter(self, call: SipCall) -> None: ...

    def answered(self, call: SipCall) -> None: ...

    def acknowledged(self, call: SipCall) -> None: ...

    def leave(self, call: SipCall) -> None: ...


class CallState(Enum):
    EARLY = "early"  # not answered yet
    UP = "up"
    OVER = "over"


class SipCall:
    """A call. ``handler`` hears of what the peer does; set it before anything else.

    ``id`` is the Call-ID; ``local_sdp`` what we said last; ``state`` as above.
    """

    handler: CallHandler
    calls_out = False  # we made the Call-ID
    caller_source: Source | None = None  # of an incoming call: whose share it counts to
    was_answered = False  # an incoming call: our 200 went

    def __init__(self, owner: CallOwner, dialog: Dialog) -> None:
        self.owner = owner
        self.endpoint = owner.endpoint
        self.dialog = dialog
        self.state = CallState.EARLY
        self.local_sdp = b""
        self.allows_update = False
        self.referral: Referral | None = None
        self.reoffering: Reoffer | None = None
        self.upkeep: Upkeep | None = None  # only with a session timer: no cycle for the collector
        self._unacked: tuple[int, bytes, float, bool] | None = None  # CSeq, 2xx, next interval, ACK owes SDP
        self._bye_after_ack = False
        self._acked = False
        self._reply_hop = dialog.peer
        self._requests = Rate(self.endpoint.settings.call_requests, self.endpoint.clock(), BURST)

    @property
    def id(self) -> str:
        return self.dialog.call_id

    # ---- what the hall may do
    def bye(self) -> None:
        """Hang up. Harmless when the call is over. ``handler.ended(LOCAL)`` follows at once."""
        self.end(EndReason.LOCAL, bye=True)

    def refer(self, target: str) -> None:
        """Ask the peer to call ``target`` (a SIP URI) instead (RFC 3515); ``handler.refer_progress`` follows.

        Raises:
            RuntimeError: the call is not up, or a transfer is under way.
        """
        if self.state is not CallState.UP or self.referral is not None:
            raise RuntimeError("no call to transfer, or a transfer is under way")
        self.referral = Referral(self, target)
        self.referral.start()

    def reoffer(self, sdp: bytes, on_answer: OnAnswer) -> None:
        """Offer anew inside the call (re-INVITE); ``on_answer(status, session or None)`` follows once.

        Raises:
            RuntimeError: the call is not up, or one is under way.
        """
        if self.state is not CallState.UP or self.reoffering is not None:
            raise RuntimeError("no call to change, or a change is under way")
        self.local_sdp = sdp
        self.reoffering = Reoffer(self, sdp, on_answer)
        self.reoffering.start()

    def refresh_by_invite(self, on_answer: OnAnswer, extra: tuple[tuple[str, str], ...]) -> None:
        """A re-INVITE that changes nothing but the session timer."""
        self.reoffering = Reoffer(self, self.local_sdp, on_answer, extra)
        self.reoffering.start()

    # ---- the end
    def end(self, reason: EndReason, *, bye: bool = False) -> None:
        """The call is over, once. ``bye``: the peer has to be told; not before its ACK (§15)."""
        if self.state is CallState.OVER:
            return
        self.state = CallState.OVER
        for part in (self.upkeep, self.referral, self.reoffering):
            if part is not None:
                part.stop()
        if bye and self._unacked is not None:
            self._bye_after_ack = True
        else:
            self._gone(bye)
        self.tell(lambda: self.handler.ended(reason), "ended")

    def _gone(self, bye: bool) -> None:
        self._stop_resending()
        if bye:
            self.ask(self.dialog.draft("BYE"))
        self.owner.leave(self)

    def give_up(self) -> None:
        """The ACK is not here yet, and the room is needed: over at once. Our BYE goes once: if the INVITE was
        forged, whoever it names has heard enough of us."""
        self._stop_resending()
        self.end(EndReason.NO_ACK)
        self.owner.leave(self)  # one that was over and waited for its ACK to send BYE
        self.endpoint.send_alone(self.dialog.draft("BYE"), self.dialog.hop())

    # ---- for the parts of a call
    def agree(self, timer: SessionTimer | None) -> None:
        """The session timer that a 2xx settled; None: there is none (any more)."""
        if self.upkeep is None and timer is not None:
            self.upkeep = Upkeep(self)
        if self.upkeep is not None:
            self.upkeep.agree(timer)

    def ask(self, draft: Draft, on_response: OnResponse | None = None) -> None:
        """Send a request in the dialog."""
        if on_response is None:
            self.endpoint.request(draft, self.dialog.hop())
        else:
            self.endpoint.request(draft, self.dialog.hop(), on_response)

    def contact(self) -> tuple[str, str]:
        return "Contact", self.owner.contact(self.dialog.peer.transport)

    def tell(self, what: Callable[[], object], name: str) -> None:
        """Call a handler; one that raises ends its own call, no other."""
        try:
            what()
        except Exception:
            self.endpoint.failure(f"{name} of call {self.id}")
            self.end(EndReason.FAILED, bye=self.state is CallState.UP)

    # ---- the 2xx and its ACK
    def answered(self, transaction: ServerTransaction, extra: Pairs, body: bytes, *, owed: bool) -> None:
        """Send the 200 of an INVITE and keep at it. ``owed``: the ACK must bring the answer."""
        extra = [self.contact(), ("Allow", ALLOW), ("Supported", "timer, 100rel"), *extra]
        extra += [("Record-Route", route) for route in transaction.request.all("record-route")]
        number, t1 = transaction.request.cseq.number, self.endpoint.settings.t1
        data = transaction.respond(200, extra, body)
        self._unacked = (number, data, t1, owed)
        self._reply_hop = transaction.hop
        self.endpoint.set_timer(self, "2xx", t1)
        self.endpoint.set_timer(self, "ack", 64 * t1)

    def _stop_resending(self) -> None:
        if self._unacked is not None:
            self._unacked = None
            self.endpoint.timers.stop(self, "2xx")
            self.endpoint.timers.stop(self, "ack")

    def on_ack(self, request: Request) -> None:
        """The ACK of our 2xx; one that comes again, or for another INVITE, changes nothing."""
        if self._unacked is None or request.cseq.number != self._unacked[0]:
            return
        owed = self._unacked[3]
        self._stop_resending()
        self.owner.acknowledged(self)
        if self._bye_after_ack:
            self._gone(True)
            return
        answer: SessionDescription | None = None
        if owed:
            try:
                answer = reachable_session(request, self.dialog.peer, self.endpoint.settings)
            except Unacceptable:
                pass
            if answer is None:
                self.end(EndReason.NO_ANSWER, bye=True)
                return
        if answer is not None or not self._acked:  # the ACK of a re-INVITE that offered says nothing new
            self._acked = True
            self.tell(lambda: self.handler.acked(answer), "acked")

    def fire(self, name: str) -> None:
        """Timers of the 2xx."""
        if self._unacked is None:
            return
        number, data, interval, owed = self._unacked
        if name == "2xx":
            interval = min(2 * interval, self.endpoint.settings.t2)
            self._unacked = (number, data, interval, owed)
            self.endpoint.send(data, self._reply_hop)
            self.endpoint.set_timer(self, "2xx", interval)
        elif self._bye_after_ack:
            self._gone(True)
        else:
            self._stop_resending()
            self.end(EndReason.NO_ACK, bye=True)

    # ---- requests inside the dialog
    def on_request(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        self.dialog.peer = transaction.source
        if request.method != "BYE" and not self._requests.allow(self.endpoint.clock()):
            transaction.respond(500, [("Retry-After", "1")], reason="Too many requests in this call")
        elif self.state is CallState.OVER and request.method != "BYE":
            transaction.respond(481)
        elif not self.dialog.in_order(request):
            transaction.respond(500, reason="CSeq out of order")
        else:
            try:
                self._dispatch(transaction)
            except Unacceptable as refusal:
                transaction.respond(refusal.status, refusal.extra, reason=refusal.reason)
            except HeaderError as error:
                transaction.respond(400, reason=str(error))

    def _dispatch(self, transaction: ServerTransaction) -> None:
        method = transaction.request.method
        if method == "BYE":
            transaction.respond(200)
            if self._bye_after_ack:  # both hung up: no need for ours
                self._gone(False)
            self.end(EndReason.BYE)
        elif method in ("INVITE", "UPDATE"):
            self._on_offer(transaction)
        elif method == "INFO":
            key = key_of(transaction.request)
            transaction.respond(200)
            if key is not None:
                self.tell(lambda: self.handler.info(key), "info")
        elif method == "NOTIFY":
            self._on_notify(transaction)
        elif method == "PRACK":
            self.on_prack(transaction)
        else:
            transaction.respond(200, [("Allow", ALLOW)])

    def on_prack(self, transaction: ServerTransaction) -> None:
        """No reliable provisional response of ours waits (RFC 3262 §3)."""
        transaction.respond(481)

    def _on_notify(self, transaction: ServerTransaction) -> None:
        event = (transaction.request.one("event") or "").partition(";")[0].strip().lower()
        if event != "refer":
            transaction.respond(489, [("Allow-Events", "refer")], reason="Bad Event")
        elif self.referral is None:
            transaction.respond(481)
        else:
            transaction.respond(200)
            self.referral.notified(transaction.request)

    def _on_offer(self, transaction: ServerTransaction) -> None:
        """A re-INVITE or UPDATE: hold, resume, move, or a session refresh (§14.2, RFC 3311 §5.2)."""
        request = transaction.request
        invite = request.method == "INVITE"
        offer = reachable_session(request, transaction.source, self.endpoint.settings)
        if self.state is CallState.EARLY and (invite or offer is not None):
            transaction.respond(500, [("Retry-After", "1")])  # our answer is still due
            return
        if (invite or offer is not None) and (self.reoffering is not None or self._unacked is not None):
            transaction.respond(491)
            return
        accepted = self._session_timer(transaction)
        if accepted is None:
            return
        timer, extra = accepted
        body: bytes | None = b""
        if invite or offer is not None:
            body = self._ask_handler(offer)
        if self.state is CallState.OVER:  # the handler hung up, or raised
            transaction.respond(481)
        elif body is None:
            refuse_media(transaction, self)
        else:
            self.local_sdp = body or self.local_sdp
            self.dialog.refresh(request)
            self.agree(timer)
            if invite:
                self.answered(transaction, extra, body, owed=offer is None)
            else:
                transaction.respond(200, [self.contact(), *extra], body)

    def _ask_handler(self, offer: SessionDescription | None) -> bytes | None:
        answers: list[bytes | None] = []
        self.tell(lambda: answers.append(self.handler.reinvite(offer)), "reinvite")
        return answers[0] if answers else None

    def _session_timer(self, transaction: ServerTransaction) -> tuple[SessionTimer | None, Pairs] | None:
        """The session timer after this refresh; None: refused with 422."""
        least = self.endpoint.settings.min_session
        now = None if self.upkeep is None else self.upkeep.timer
        try:
            return session_timer.accept(transaction.request, least, None if now is None else now.seconds)
        except session_timer.TooSmall:
            transaction.respond(422, [("Min-SE", str(least))])
            return None


def refuse_media(
    transaction: ServerTransaction, call: SipCall, why: str = "Incompatible media format"
) -> None:
    """488 with a Warning (§20.43)."""
    host = call.endpoint.local[transaction.hop.transport][0]
    transaction.respond(488, [("Warning", f'305 {host} "{why}"')])
