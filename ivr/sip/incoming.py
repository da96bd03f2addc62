"""A call to us: from its INVITE to our answer (RFC 3261 §13.3, RFC 3262 for reliable ringing).

See :mod:`ivr.sip.api` for how the hall uses it.
"""

from __future__ import annotations

from ivr.sip.api import EndReason, Hop
from ivr.sip.calls import CallOwner, CallState, Pairs, SipCall, refuse_media
from ivr.sip.dialogs import Dialog
from ivr.sip.endpoint import ServerTransaction
from ivr.sip.headers import tokens
from ivr.sip.identity import called_number, caller_identity, within
from ivr.sip.message import Request
from ivr.sip.sdp import SessionDescription
from ivr.sip.session_timer import SessionTimer


class IncomingCall(SipCall):
    """An INVITE and the call that comes of it.

    Attributes:
        caller: the caller's number as ``identity.caller_number`` gives it; None: withheld or not believed.
        called: the number called (10086); ``city_prefix``: "0731" if it was dialled before it.
        offer: what the caller offers; None: delayed offer, our :meth:`accept` carries one.
        source: where the INVITE came from.
    """

    def __init__(
        self, owner: CallOwner, transaction: ServerTransaction, offer: SessionDescription | None
    ) -> None:
        request, source = transaction.request, transaction.source
        believed = within(source.host, owner.endpoint.settings.trusted)
        dialog = Dialog.answering(request, transaction.to, transaction.tag, source, believed=believed)
        super().__init__(owner, dialog)
        self.request: Request = request
        self.offer = offer
        self.source: Hop = source
        self.caller = caller_identity(request, source.host, self.endpoint.settings.trusted)
        self.called, self.city_prefix = called_number(request.uri, self.endpoint.settings.user)
        self.allows_update = "update" in tokens(request.all("allow"))
        self.timer: SessionTimer | None = None
        self.timer_headers: Pairs = []
        self._transaction = transaction
        self._reliable = "100rel" in tokens(request.all("require"))
        self._rseq = int(self.endpoint.ids()[-6:], 16) + 1  # RFC 3262 §3: random, below 2**31
        self._unpracked: tuple[bytes, float] | None = None

    # ---- what the hall may do
    def ringing(self, sdp: bytes = b"") -> None:
        """180, or 183 with early media; sent reliably where the caller requires it."""
        if self.state is not CallState.EARLY or self._unpracked is not None:
            return
        status = 183 if sdp else 180
        extra: Pairs = [self.contact()]
        extra += [("Record-Route", route) for route in self.request.all("record-route")]
        if self._reliable:
            extra += [("Require", "100rel"), ("RSeq", str(self._rseq))]
        data = self._transaction.respond(status, extra, sdp)
        if self._reliable:
            t1 = self.endpoint.settings.t1
            self._unpracked = (data, t1)
            self.endpoint.set_timer(self, "prack", t1)
            self.endpoint.set_timer(self, "no prack", 64 * t1)

    def accept(self, sdp: bytes) -> None:
        """200 with our answer (or our offer, if ``offer`` is None). Harmless when the caller is gone."""
        if self.state is not CallState.EARLY:
            return
        self._pracked()
        self.state = CallState.UP
        self.was_answered = True
        self.owner.answered(self)
        self.local_sdp = sdp
        self.agree(self.timer)
        self.answered(self._transaction, self.timer_headers, sdp, owed=self.offer is None)

    def reject(self, status: int, reason: str | None = None, retry_after: int | None = None) -> None:
        """A final refusal; ``handler.ended(LOCAL)`` follows. Harmless when the caller is gone.

        Args:
            status: 300 to 699. 488 gets the Warning that it needs.
            retry_after: seconds, for 503 and 486.
        """
        if self.state is not CallState.EARLY:
            return
        if status == 488:
            refuse_media(self._transaction, self, reason or "Incompatible media format")
        else:
            extra = [] if retry_after is None else [("Retry-After", str(retry_after))]
            self._transaction.respond(status, extra, reason=reason)
        self.end(EndReason.LOCAL)

    def bye(self) -> None:
        """Hang up; before the answer this is a refusal with 480."""
        if self.state is CallState.EARLY:
            self.reject(480)
        else:
            super().bye()

    # ---- what the peer does
    def is_of(self, transaction: ServerTransaction) -> bool:
        return self._transaction is transaction

    def cancelled(self) -> None:
        """CANCEL came in time (§9.2)."""
        if self.state is CallState.EARLY:
            self._transaction.respond(487)
            self.end(EndReason.CANCELLED)

    def end(self, reason: EndReason, *, bye: bool = False) -> None:
        if self.state is CallState.EARLY and not self._transaction.answered:  # BYE came first, §15.1.2
            self._transaction.respond(500 if reason is EndReason.FAILED else 487)
        self._pracked()
        super().end(reason, bye=bye)

    def on_prack(self, transaction: ServerTransaction) -> None:
        """The ringing was heard (RFC 3262 §3)."""
        invite = self.request.cseq
        wanted = [str(self._rseq), str(invite.number), invite.method]
        if self._unpracked is None or (transaction.request.one("rack") or "").split() != wanted:
            super().on_prack(transaction)
            return
        self._pracked()
        if transaction.request.body:  # an offer here has no place: ours is not made or not answered yet
            refuse_media(transaction, self, "No offer expected in PRACK")
            return
        transaction.respond(200)

    def _pracked(self) -> None:
        if self._unpracked is not None:
            self._unpracked = None
            self.endpoint.timers.stop(self, "prack")
            self.endpoint.timers.stop(self, "no prack")

    def fire(self, name: str) -> None:
        if name == "prack" and self._unpracked is not None:
            data, interval = self._unpracked
            self._unpracked = (data, 2 * interval)
            self.endpoint.send(data, self._transaction.hop)
            self.endpoint.set_timer(self, "prack", 2 * interval)
        elif name == "no prack":
            self._pracked()
            self._transaction.respond(504)
            self.end(EndReason.LOST)
        else:
            super().fire(name)
